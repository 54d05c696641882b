//! Writes the configuration as the JSON that people read.

use serde_json::{Value, json};

use super::configuration::{Configuration, Policy, RouteEntry, RoutePath};
use super::origins::OriginEntry;
use super::rules::{Enforcement, Placed};
use crate::pretty::{self, Members, Node};

impl Configuration {
    /// In the short form if one policy is all there is.
    pub(super) fn to_json(&self) -> String {
        let root = match (self.policies.as_slice(), self.routes.as_slice(), self.default) {
            ([policy], [], Some(0)) => members(policy),
            _ => self.full_form(),
        };
        pretty::text(&Node::Object(root)) + "\n"
    }

    fn full_form(&self) -> Members {
        let policies = self.policies.iter().map(|policy| (policy.name.clone(), Node::Object(members(policy))));
        let mut root = vec![("policies".to_owned(), Node::Object(policies.collect()))];
        if !self.routes.is_empty() {
            let routes = self.routes.iter().map(|route| self.route(route)).collect();
            root.push(("routes".to_owned(), Node::List(routes)));
        }
        if self.default.is_some() {
            root.push(("default".to_owned(), Node::Value(self.name(self.default))));
        }
        root
    }

    fn name(&self, policy: Option<usize>) -> Value {
        policy.and_then(|policy| self.policies.get(policy)).map_or(Value::Null, |policy| json!(policy.name))
    }

    fn route(&self, route: &RouteEntry) -> Node {
        let host = route.host.as_ref().map(|host| ("host", json!(host)));
        let path = route.path.as_ref().map(|path| match path {
            RoutePath::Exact(path) => ("path", json!({ "exact": path })),
            RoutePath::Prefix(path) => ("path", json!(format!("{path}/"))),
        });
        let policy = ("policy", self.name(route.policy));
        let all = host.into_iter().chain(path).chain([policy]);
        Node::Line(all.map(|(name, value)| (name.to_owned(), Node::Value(value))).collect())
    }
}

fn members(policy: &Policy) -> Members {
    let origin = |entry: &Placed<OriginEntry>| match &entry.value {
        OriginEntry::Pattern(text) => Node::Value(json!(text)),
        OriginEntry::Regex(text) => Node::Value(json!({ "regex": text })),
    };
    let names = |list: &[Placed<String>]| {
        let names = list.iter().map(|name| Node::Value(json!(name.value))).collect();
        (!list.is_empty()).then_some(Node::List(names))
    };
    let set = |value: bool, written: Value| value.then_some(Node::Value(written));
    let dangers: Vec<Node> = policy.dangers.iter().map(|name| Node::Value(json!(name))).collect();
    let (mode, rollout) = match policy.enforcement {
        Enforcement::Always => (None, None),
        Enforcement::Partly(percent) => (None, Some(Node::Value(json!(percent)))),
        Enforcement::Report => (Some(Node::Value(json!("report"))), None),
        Enforcement::Off => (Some(Node::Value(json!("off"))), None),
    };
    let all = [
        ("allowOrigins", Some(Node::List(policy.origins.iter().map(origin).collect()))),
        ("allowMethods", names(&policy.methods)),
        ("allowHeaders", names(&policy.headers)),
        ("exposeHeaders", names(&policy.exposed)),
        ("allowCredentials", set(policy.credentials, json!(true))),
        ("maxAge", policy.max_age.map(|seconds| Node::Value(json!(seconds)))),
        ("mode", mode),
        ("rollout", rollout),
        ("unmatchedPreflights", set(policy.forwards_unmatched, json!("forward"))),
        ("allowPrivateNetwork", set(policy.private_network, json!(true))),
        ("dangerouslyAllow", (!dangers.is_empty()).then_some(Node::List(dangers))),
    ];
    all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}
