//! Counters, access-log state and log lines.

use std::cell::Cell;

use log::{debug, info, warn};
use proxy_wasm::hostcalls::{define_metric, increment_metric, set_property};
use proxy_wasm::types::{Bytes, MetricType};

use edge_cors::{COUNTER_PREFIX, Exchange, PolicySet};

/// What one configuration counts.
pub(super) struct Telemetry {
    /// The host's id and the name of every counter of the engine, in its order.
    counters: Vec<(u32, String)>,
    unknown_policies: u32,
    unknown_policy_logged: Cell<bool>,
}

impl Telemetry {
    /// Defines every counter once, so that their number is that of the configuration.
    pub(super) fn define(policies: &PolicySet) -> Self {
        let counters = policies.counter_names().map(|name| (counter(&name), name));
        Self {
            counters: counters.collect(),
            unknown_policies: counter("route_metadata.unknown_policy"),
            unknown_policy_logged: Cell::new(false),
        }
    }

    /// Counts and logs a decision, and leaves it to the access log as `wasm.edge_cors`.
    pub(super) fn observe(&self, exchange: &Exchange<Bytes>) {
        if let Some((id, name)) = self.counters.get(exchange.verdict_counter()) {
            increment(*id);
            if exchange.is_cors() {
                let _ = set_property(vec!["edge_cors"], Some(name.as_bytes()));
            }
        }
        if let Some((id, _)) = exchange.shadow_counter().and_then(|at| self.counters.get(at)) {
            increment(*id);
        }
        if let Some(record) = exchange.record() {
            // What the policy in force refuses is in the counters; what nobody would notice
            // otherwise is worth a line.
            if record.is_enforced() && record.candidate().is_none() {
                debug!("edge-cors: {record}");
            } else {
                info!("edge-cors: {record}");
            }
        }
        if let Some(name) = exchange.unknown_policy() {
            increment(self.unknown_policies);
            if !self.unknown_policy_logged.replace(true) {
                warn!(
                    "edge-cors: route metadata names the policy \"{name}\", which is not in the configuration; routes and default apply. This is logged once."
                );
            }
        }
    }
}

/// Defines a counter. A host that cannot gives an id that nothing is counted under.
pub(super) fn counter(name: &str) -> u32 {
    define_metric(MetricType::Counter, &format!("{COUNTER_PREFIX}{name}")).unwrap_or_default()
}

pub(super) fn increment(counter: u32) {
    let _ = increment_metric(counter, 1);
}
