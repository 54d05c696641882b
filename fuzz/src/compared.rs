//! The engine beside the model of `tests/model/`.

use edge_cors::{ConfigError, PolicySet};
use serde_json::Value;
use test_model::{Model, Outcome, Request, Upstream};
use test_support::outcome;

/// A configuration, compiled by the engine and by the model.
pub(crate) struct Compared {
    source: String,
    pub(crate) policies: PolicySet,
    model: Model,
}

impl Compared {
    /// # Errors
    /// Why the engine refuses the configuration.
    pub(crate) fn new(configuration: &Value) -> Result<Self, ConfigError> {
        let source = configuration.to_string();
        let (policies, _) = PolicySet::from_json(&source)?;
        Ok(Self { source, policies, model: Model::new(configuration) })
    }

    /// What the engine makes of a request, which must be what the model makes of it.
    pub(crate) fn outcome(&self, request: &Request, upstream: &Upstream) -> Outcome {
        let found = outcome::of(&self.policies, request, upstream);
        let expected = self.model.outcome(request, upstream, outcome::bucket(request));
        assert!(
            found == expected,
            "{}\n{request:?}\n{upstream:?}\nthe engine: {found:?}\n the model: {expected:?}",
            self.source
        );
        found
    }
}

/// A request to `api.example.com` with these headers.
pub(crate) fn request(method: &str, path: &str, headers: &[(&str, &str)]) -> Request {
    Request {
        method: method.to_owned(),
        scheme: "https".to_owned(),
        authority: "api.example.com".to_owned(),
        path: path.to_owned(),
        headers: owned(headers),
        policy_name: None,
    }
}

/// A response with these headers.
pub(crate) fn response(headers: &[(&str, &str)]) -> Upstream {
    Upstream { status: 200, headers: owned(headers) }
}

fn owned(headers: &[(&str, &str)]) -> Vec<(String, String)> {
    headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}
