//! What a route or a virtual host has for itself: the name of a policy, or policies of its own.

use edge_cors::{Fingerprint, PolicySet};
use edge_cors_envoy::{Kept, Outcome, Telemetry, load};
use log::error;

/// What replaces the filter's routes and default on a route or a virtual host.
pub(crate) enum PerRoute {
    /// The name of one of the filter's policies.
    Named(String),
    /// A configuration of its own.
    Own(Box<Own>),
}

/// Policies of a route's own.
pub(crate) struct Own {
    pub(crate) policies: PolicySet,
    /// Each counter is an index into `labels`.
    pub(crate) telemetry: Telemetry<usize>,
    pub(crate) labels: Vec<Labels>,
}

/// How the filter's counters are told apart: no others can be defined for a route.
pub(crate) enum Labels {
    /// Of a verdict: the route's name, policy, class and reason.
    Verdict([String; 4]),
    /// Of what a candidate would change: the route's name, policy, candidate and change.
    Change([String; 4]),
    /// Of a policy that does not exist: none.
    UnknownPolicy,
}

impl PerRoute {
    /// `None` makes Envoy refuse the update. Without a configuration, the name is that of a policy.
    pub(crate) fn configure(name: &[u8], text: &[u8]) -> Option<Self> {
        let name = String::from_utf8_lossy(name).into_owned();
        if text.is_empty() && name.is_empty() {
            error!(
                "edge-cors: a route or virtual host has neither the name of a policy nor policies of its own. Fix: set \
                 \"per_route_config_name\" to the name of a policy, or \"filter_config\" to a configuration."
            );
            return None;
        }
        if text.is_empty() {
            return Some(Self::Named(name));
        }
        match load(&String::from_utf8_lossy(text), &Always) {
            Outcome::Valid(policies, _) => Some(Self::Own(Box::new(Own::new(&name, *policies)))),
            Outcome::PassedOver | Outcome::Refused => {
                error!("edge-cors: this is the configuration of a route or virtual host, with the name \"{name}\".");
                None
            }
        }
    }
}

impl Own {
    fn new(route: &str, policies: PolicySet) -> Self {
        let mut labels = Vec::new();
        let telemetry = Telemetry::define(&policies, |counter| {
            labels.push(Labels::of(route, counter));
            labels.len() - 1
        });
        Self { policies, telemetry, labels }
    }
}

impl Labels {
    /// Of a counter of the engine: `policy.class.reason`, or `shadow.policy.candidate.change`.
    fn of(route: &str, counter: &str) -> Self {
        let parts: Vec<&str> = counter.split('.').collect();
        let labels = |rest: [&str; 3]| {
            let [a, b, c] = rest.map(str::to_owned);
            [route.to_owned(), a, b, c]
        };
        match parts[..] {
            ["shadow", policy, candidate, change] => Self::Change(labels([policy, candidate, change])),
            [policy, class, reason] => Self::Verdict(labels([policy, class, reason])),
            _ => Self::UnknownPolicy,
        }
    }
}

/// A route's configuration with errors is always refused, with the update that it is part of.
struct Always;

impl Kept for Always {
    fn has_valid(&self) -> bool {
        false
    }

    fn can_refuse(&self, _fingerprint: Fingerprint) -> bool {
        true
    }

    fn meanwhile(&self, _closes: bool) -> &'static str {
        "Envoy refuses the update that it is part of."
    }
}
