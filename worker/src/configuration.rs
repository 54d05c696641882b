//! The configuration of an instance.

use std::hint::black_box;

use edge_cors::{ConfigError, PolicySet, Warnings};

/// Policies, and what their counters are called.
pub(super) struct Configuration {
    policies: PolicySet,
    counter_names: Vec<String>,
}

/// Memory that stays free for requests, in bytes. Cloudflare limits the headers of a request to 128 kB.
const FOR_REQUESTS: usize = 1 << 20;

impl Configuration {
    /// Without a configuration, no origin is allowed.
    pub(super) fn closed() -> Self {
        Self::new(PolicySet::closed())
    }

    /// Compiles a configuration and returns its warnings.
    pub(super) fn compile(source: &str) -> Result<(Self, Warnings), ConfigError> {
        // A configuration that leaves no memory for requests must fail here, not at the first request.
        let reserve = Vec::<u8>::with_capacity(FOR_REQUESTS);
        black_box(&reserve);
        let (policies, warnings) = PolicySet::from_json(source)?;
        let configuration = Self::new(policies);
        drop(reserve);
        Ok((configuration, warnings))
    }

    fn new(policies: PolicySet) -> Self {
        Self { counter_names: policies.counter_names().collect(), policies }
    }

    pub(super) fn policies(&self) -> &PolicySet {
        &self.policies
    }

    /// The name of the counter at a position.
    pub(super) fn counter_name(&self, position: usize) -> Option<&str> {
        self.counter_names.get(position).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_is_found_by_its_position() {
        let source = r#"{ "policies": { "app": { "allowOrigins": ["https://app.example.com"] } }, "default": "app" }"#;
        let (configuration, warnings) = Configuration::compile(source).unwrap();
        assert!(warnings.is_empty());
        assert_eq!(configuration.counter_name(0), configuration.policies().counter_names().next().as_deref());
        assert_eq!(configuration.counter_name(usize::MAX), None);
    }

    #[test]
    fn problems_come_back() {
        assert_eq!(Configuration::compile("{").err().map(|error| error.problems().count()), Some(1));
    }

    #[test]
    fn without_one_no_policy_has_a_name() {
        assert_eq!(Configuration::closed().policies().policies().len(), 0);
    }
}
