//! What a route or a virtual host has for itself: the name of a policy, or policies of its own.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Once, PoisonError, RwLock};

use edge_cors::{Fingerprint, PolicySet};
use edge_cors_envoy::{Kept, Outcome, Telemetry, load};
use log::error;

/// What the routes and virtual hosts of the process have, by the address under which Envoy knows it.
///
/// Envoy hands over whatever a route has under the filter's name, and does not check which module made it: what is
/// not here is another module's.
static KEPT: RwLock<BTreeMap<usize, Arc<PerRoute>>> = RwLock::new(BTreeMap::new());

/// How many there are, so that requests need no lock to learn that there are none.
static COUNT: AtomicUsize = AtomicUsize::new(0);

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

/// Whether any route has something.
pub(crate) fn is_any_kept() -> bool {
    COUNT.load(Ordering::Relaxed) > 0
}

/// Keeps what a route has, until it is forgotten under the address that is returned.
pub(crate) fn keep(per_route: PerRoute) -> *const PerRoute {
    let per_route = Arc::new(per_route);
    let address = Arc::as_ptr(&per_route);
    KEPT.write().unwrap_or_else(PoisonError::into_inner).insert(address.addr(), per_route);
    COUNT.fetch_add(1, Ordering::Relaxed);
    address
}

/// What is kept under an address.
pub(crate) fn find(address: *const PerRoute) -> Option<Arc<PerRoute>> {
    static FOREIGN: Once = Once::new();
    let found = KEPT.read().unwrap_or_else(PoisonError::into_inner).get(&address.addr()).cloned();
    if found.is_none() {
        FOREIGN.call_once(|| {
            error!(
                "edge-cors: a route or virtual host has a configuration of another module under the name of this filter. \
                 It is passed over. Fix: set \"name\" in its \"dynamic_module_config\" to that of the filter."
            );
        });
    }
    found
}

pub(crate) fn forget(address: *const PerRoute) {
    if KEPT.write().unwrap_or_else(PoisonError::into_inner).remove(&address.addr()).is_some() {
        COUNT.fetch_sub(1, Ordering::Relaxed);
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
