//! The whole decision a second time: written from docs/behaviour.md, docs/configuration.md and the
//! [Fetch standard](https://fetch.spec.whatwg.org/#http-cors-protocol) alone, without a line of the engine. It is
//! slow, allocates freely and is meant to be read beside the documents; tests compare the engine with it.
//!
//! It takes a configuration that the edge accepts, and panics on some that the edge would refuse.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice, reason = "only tests run it")]

mod origin;
mod path;
mod policy;
mod preflight;
pub mod response;
mod target;

use std::collections::BTreeMap;

use serde_json::Value;

use policy::Policy;
use target::{Route, Selected, Target};

/// A request, as a client sends it.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: String,
    /// `http` or `https`.
    pub scheme: String,
    /// The host, with a port if there is one.
    pub authority: String,
    /// The path, with the query.
    pub path: String,
    /// The lines of the headers: names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The policy that the host's routing names.
    pub policy_name: Option<String>,
}

/// An origin server's response.
#[derive(Clone, Debug)]
pub struct Upstream {
    /// The status code.
    pub status: u16,
    /// The lines of the headers: names in lower case, and values.
    pub headers: Vec<(String, String)>,
}

/// What a client gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The status code.
    pub status: u16,
    /// Whether the origin server saw the request.
    pub forwarded: bool,
    /// The headers, by name; the lines of one are joined by `, `, and members of `Vary` are sorted and in lower case.
    pub headers: BTreeMap<String, String>,
    /// The reason of the verdict.
    pub reason: &'static str,
}

/// A configuration.
#[derive(Debug)]
pub struct Model {
    policies: Vec<Policy>,
    routes: Vec<Route>,
    default: Target,
    route_metadata: bool,
}

impl Request {
    /// The combined value of a header.
    fn combined(&self, name: &str) -> Option<String> {
        combined(&self.headers, name)
    }
}

fn combined(lines: &[(String, String)], name: &str) -> Option<String> {
    let values: Vec<&str> = lines.iter().filter(|(line, _)| line == name).map(|(_, value)| value.as_str()).collect();
    (!values.is_empty()).then(|| values.join(", "))
}

impl Model {
    /// The model of a configuration in either form.
    pub fn new(configuration: &Value) -> Self {
        let Some(policies) = configuration.get("policies") else {
            let policy = Policy::new("default", configuration);
            let default = Target::Policies(vec!["default".to_owned()]);
            return Self { policies: vec![policy], routes: Vec::new(), default, route_metadata: false };
        };
        let policies = policies.as_object().unwrap().iter().map(|(name, policy)| Policy::new(name, policy)).collect();
        let routes = configuration.get("routes").and_then(Value::as_array);
        Self {
            policies,
            routes: routes.into_iter().flatten().map(Route::new).collect(),
            default: Target::new(configuration.get("default")),
            route_metadata: configuration.get("routeMetadata") == Some(&Value::Bool(true)),
        }
    }

    fn policy(&self, name: &str) -> Option<&Policy> {
        self.policies.iter().find(|policy| policy.name == name)
    }

    /// What the client of a request gets if the origin server, if asked, answers so, and the request's origin is in
    /// this bucket.
    pub fn outcome(&self, request: &Request, upstream: &Upstream, bucket: u64) -> Outcome {
        let named = request.policy_name.as_deref().filter(|_| self.route_metadata).and_then(|name| self.policy(name));
        let selected = match named {
            Some(policy) => Selected::One(Target::Policies(vec![policy.name.clone()])),
            None => target::of(self, request),
        };
        match selected {
            Selected::One(target) => match self.deciding(target.names(), request) {
                Some((policy, varies)) => response::outcome(policy, request, upstream, bucket, varies),
                None => left_alone(upstream),
            },
            Selected::Ambiguous(targets) => self.on_ambiguous_path(&targets, request, upstream, bucket),
        }
    }

    /// Section 1: of a list, the first policy that allows the origin, or else the last one; those that are off are
    /// passed over. Also whether responses differ by origin because of the others.
    fn deciding<'m>(&'m self, names: &[String], request: &Request) -> Option<(&'m Policy, bool)> {
        let named = names.iter().map(|name| self.policy(name).unwrap());
        let on: Vec<&Policy> = named.filter(|policy| policy.mode != "off").collect();
        let origin = request.combined("origin");
        let allows = |policy: &&&Policy| origin.as_deref().is_some_and(|origin| policy.allows(origin));
        let policy = on.iter().find(allows).or(on.last())?;
        Some((policy, on.len() > 1 && on.iter().any(|policy| policy.can_be_enforced())))
    }

    /// Section 9: no origin is allowed, as strictly as the strictest enforced policy concerned asks for.
    fn on_ambiguous_path(&self, targets: &[Target], request: &Request, upstream: &Upstream, bucket: u64) -> Outcome {
        let concerned = targets.iter().filter_map(|target| self.deciding(target.names(), request));
        let concerned: Vec<(&Policy, bool)> = concerned.collect();
        if concerned.is_empty() {
            return left_alone(upstream);
        }
        let bucket = request.combined("origin").map(|_| bucket);
        let enforced = concerned.iter().map(|(policy, _)| policy).filter(|policy| policy.is_enforced(bucket));
        let enforced: Vec<&&Policy> = enforced.collect();
        let mut closed = Policy::closed();
        closed.mode = if enforced.is_empty() { "report" } else { "enforce" };
        closed.rejects = enforced.iter().any(|policy| policy.rejects);
        closed.web_sockets =
            if enforced.iter().any(|policy| policy.web_sockets == "reject") { "reject" } else { "ignore" };
        closed.forwards_unmatched = enforced.iter().all(|policy| policy.forwards_unmatched);
        closed.debug = enforced.iter().any(|policy| policy.debug);
        let varies = concerned.iter().any(|(policy, varies)| *varies || policy.is_partial());
        response::outcome(&closed, request, upstream, 0, varies)
    }
}

/// The request and its response are left entirely alone.
fn left_alone(upstream: &Upstream) -> Outcome {
    Outcome {
        status: upstream.status,
        forwarded: true,
        headers: response::by_name(&upstream.headers),
        reason: "no-policy",
    }
}
