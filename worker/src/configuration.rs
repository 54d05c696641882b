//! The Worker's configuration: a variable of `wrangler.toml`, or a key of a KV namespace.

use std::fmt;

use wasm_bindgen::JsValue;
use worker::js_sys::{JSON, Reflect};
use worker::{Env, console_error, console_log, console_warn};

use edge_cors::{ConfigError, PolicySet, Warnings};

/// The variable: a JSON object, or a string with one.
const VARIABLE: &str = "CORS_CONFIG";
/// The KV namespace. If it is bound, it is used instead of the variable.
const NAMESPACE: &str = "CORS_CONFIG_KV";
/// The key in the namespace.
const KEY: &str = "cors.json";

/// What was found in the place of the configuration.
pub(super) struct Found {
    source: Result<String, Missing>,
    /// Whether it can change while the isolate runs.
    pub(super) changes: bool,
}

/// Why there is no configuration.
pub(super) enum Missing {
    Binding,
    Key,
    /// The namespace cannot be read; the error.
    Unreachable(String),
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Binding => write!(
                f,
                "There is neither a variable {VARIABLE} nor a KV namespace {NAMESPACE}. \
                 Fix: write one of the two in wrangler.toml."
            ),
            Self::Key => write!(
                f,
                "The KV namespace {NAMESPACE} has no key {KEY}. \
                 Fix: npx wrangler kv key put {KEY} --path {KEY} --binding {NAMESPACE} --remote"
            ),
            Self::Unreachable(why) => write!(f, "The KV namespace {NAMESPACE} cannot be read: {why}"),
        }
    }
}

/// Reads the Worker's bindings.
pub(super) async fn find(env: &Env) -> Found {
    match env.kv(NAMESPACE) {
        Ok(namespace) => {
            let value = namespace.get(KEY).text().await;
            let value = value.map_err(|error| Missing::Unreachable(error.to_string()));
            Found { source: value.and_then(|text| text.ok_or(Missing::Key)), changes: true }
        }
        Err(_) => {
            let variable = Reflect::get(env, &JsValue::from_str(VARIABLE)).unwrap_or_default();
            Found { source: text_of(&variable).ok_or(Missing::Binding), changes: false }
        }
    }
}

/// A string as it is; an object as JSON with line breaks, so that problems have lines.
fn text_of(variable: &JsValue) -> Option<String> {
    let json = || JSON::stringify_with_replacer_and_space(variable, &JsValue::NULL, &JsValue::from(2)).ok();
    variable.as_string().or_else(|| json()?.as_string())
}

/// The active policies of an isolate.
pub(super) struct Configuration {
    policies: PolicySet,
    counter_names: Vec<String>,
    /// Whether the policies come from a configuration.
    is_given: bool,
    /// The source that was compiled last, whether it was accepted or rejected, so that it is not
    /// compiled twice.
    seen: Option<String>,
}

/// What happened to what was found.
pub(super) enum Outcome {
    /// It has not changed.
    Unchanged,
    /// It is active. Its warnings.
    Accepted(Warnings),
    /// It has errors, so the previous configuration stays active.
    Rejected(ConfigError),
    /// There is none, so the previous configuration stays active.
    Missing(Missing),
}

impl Configuration {
    /// Until there is a configuration, no origin is allowed.
    pub(super) fn none() -> Self {
        let policies = PolicySet::closed();
        Self { counter_names: policies.counter_names().collect(), policies, is_given: false, seen: None }
    }

    pub(super) fn policies(&self) -> &PolicySet {
        &self.policies
    }

    /// The name of the counter at a position.
    pub(super) fn counter_name(&self, position: usize) -> Option<&str> {
        self.counter_names.get(position).map(String::as_str)
    }

    /// Activates what was found, if it is valid.
    pub(super) fn accept(&mut self, found: Found) -> Outcome {
        let source = match found.source {
            Ok(source) => source,
            Err(missing) => return Outcome::Missing(missing),
        };
        if self.seen.as_ref() == Some(&source) {
            return Outcome::Unchanged;
        }
        let compiled = PolicySet::from_json(&source);
        self.seen = Some(source);
        match compiled {
            Ok((policies, warnings)) => {
                self.counter_names = policies.counter_names().collect();
                (self.policies, self.is_given) = (policies, true);
                Outcome::Accepted(warnings)
            }
            Err(error) => Outcome::Rejected(error),
        }
    }

    /// Writes the outcome to the Worker's log.
    pub(super) fn log(&self, outcome: &Outcome) {
        match outcome {
            Outcome::Unchanged => {}
            Outcome::Accepted(warnings) => {
                let (count, warned) = (self.policies.policies().len(), warnings.len());
                console_log!("edge-cors: configuration accepted: policies: {count}, warnings: {warned}");
                warnings.iter().for_each(|warning| console_warn!("edge-cors: {warning}"));
            }
            Outcome::Rejected(error) => {
                let count = error.problems().count() + error.omitted();
                console_error!("edge-cors: configuration rejected, problems: {count}. {}", self.what_holds());
                error.problems().for_each(|problem| console_error!("edge-cors: {problem}"));
                if error.omitted() > 0 {
                    console_error!("edge-cors: and {} more", error.omitted());
                }
            }
            Outcome::Missing(missing) => console_error!("edge-cors: {missing} {}", self.what_holds()),
        }
    }

    fn what_holds(&self) -> &'static str {
        if self.is_given {
            "The previous configuration stays active."
        } else {
            "Until there is a valid one, no origin is allowed and preflights are refused."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(source: &str) -> Found {
        Found { source: Ok(source.to_owned()), changes: true }
    }

    const GOOD: &str =
        r#"{ "policies": { "app": { "allowOrigins": ["https://app.example.com"] } }, "default": "app" }"#;

    #[test]
    fn a_version_is_compiled_and_told_of_once() {
        let mut configuration = Configuration::none();
        assert!(matches!(configuration.accept(found(GOOD)), Outcome::Accepted(warnings) if warnings.is_empty()));
        assert!(matches!(configuration.accept(found(GOOD)), Outcome::Unchanged));
        assert!(matches!(configuration.accept(found("{}")), Outcome::Rejected(_)));
        assert!(matches!(configuration.accept(found("{}")), Outcome::Unchanged));
    }

    #[test]
    fn the_last_good_one_stays_in_force() {
        let mut configuration = Configuration::none();
        configuration.accept(found(GOOD));
        configuration.accept(found("{"));
        configuration.accept(Found { source: Err(Missing::Key), changes: true });
        assert_eq!(configuration.policies().policies().len(), 1);
        assert!(configuration.what_holds().contains("stays active"));
    }

    #[test]
    fn without_a_good_one_no_origin_is_allowed() {
        let mut configuration = Configuration::none();
        assert!(matches!(configuration.accept(found("{")), Outcome::Rejected(_)));
        assert!(configuration.policies().policies().len() == 0);
        assert!(configuration.what_holds().contains("no origin is allowed"));
    }
}
