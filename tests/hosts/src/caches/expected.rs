//! What a client gets without a cache.

use edge_cors::PolicySet;
use serde_json::Value;
use test_support::case::{Expectation, Observed, RequestEntry};
use test_support::head::Head;
use test_support::native;

use super::scenario::Template;

/// An edge, if there is one, and an origin server: as they are without a cache.
pub struct WithoutCache {
    policies: Option<PolicySet>,
    template: Template,
}

/// What they answer to a request.
pub struct Expected {
    head: Expectation,
    body: String,
}

impl WithoutCache {
    pub fn new(configuration: Option<&Value>, template: Template) -> Self {
        let compile = |configuration: &Value| PolicySet::from_json(&configuration.to_string()).unwrap().0;
        Self { policies: configuration.map(compile), template }
    }

    pub fn answer(&self, request: &RequestEntry) -> Expected {
        let answer = self.template.answer(request);
        let lines = |headers: &[(String, String)]| -> Vec<(String, Vec<u8>)> {
            headers.iter().map(|(name, value)| (name.clone(), value.clone().into_bytes())).collect()
        };
        let (status, upstream) = (answer.head.status, lines(&answer.head.headers));
        let Some(policies) = &self.policies else {
            return Expected { head: Observed::response(status, true, upstream).expectation(), body: answer.body };
        };
        let (sent, path) = (lines(&request.headers), Some(request.path.as_bytes()));
        let head = Head { method: &request.method, path, headers: &sent, ..Head::default() };
        let observed = native::respond(&policies.decide(&head), status, &upstream);
        let body = if observed.forwarded { answer.body } else { String::new() };
        Expected { head: observed.expectation(), body }
    }
}

impl Expected {
    /// Whether the request reaches the origin server.
    pub fn is_forwarded(&self) -> bool {
        self.head.forwarded
    }

    /// `Err` tells every difference of what came back.
    pub fn check(&self, (observed, body): (Observed, String)) -> Result<(), String> {
        Observed { forwarded: self.head.forwarded, ..observed }.check(&self.head)?;
        if body == self.body { Ok(()) } else { Err(format!("body: expected {:?}, got {body:?}", self.body)) }
    }
}
