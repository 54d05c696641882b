//! Counters, access-log state and log lines.

use std::cell::Cell;

use log::{info, warn};
use proxy_wasm::hostcalls::{define_metric, increment_metric, set_property};
use proxy_wasm::types::{Bytes, MetricType};

use edge_cors::{COUNTER_PREFIX, Exchange, PolicySet, RequestHead};

/// The counters of one configuration.
pub(super) struct Telemetry {
    /// The host's id and the name of every counter of the engine, in the engine's order.
    counters: Vec<(u32, String)>,
    unknown_policies: u32,
    unknown_policy_logged: Cell<bool>,
}

impl Telemetry {
    /// Defines all counters at once, so that their number depends only on the configuration.
    pub(super) fn define(policies: &PolicySet) -> Self {
        let counters = policies.counter_names().map(|name| (counter(&name), name));
        Self {
            counters: counters.collect(),
            unknown_policies: counter("route_metadata.unknown_policy"),
            unknown_policy_logged: Cell::new(false),
        }
    }

    /// Counts and logs a decision, and passes it to the access log as `wasm.edge_cors`.
    pub(super) fn observe(&self, exchange: &Exchange<Bytes>, request: &impl RequestHead<Value = Bytes>) {
        if let Some((id, name)) = self.counters.get(exchange.verdict_counter()) {
            increment(*id);
            if exchange.is_cors() {
                let _ = set_property(vec!["edge_cors"], Some(name.as_bytes()));
            }
        }
        if let Some((id, _)) = exchange.shadow_counter().and_then(|at| self.counters.get(at)) {
            increment(*id);
        }
        // The counters show what an enforced policy refuses. What nobody would notice otherwise gets a line.
        if let Some(record) = exchange.record(request)
            && !(record.is_enforced() && record.candidate().is_none())
        {
            info!("edge-cors: {record}");
        }
        if let Some(name) = exchange.unknown_policy() {
            increment(self.unknown_policies);
            if !self.unknown_policy_logged.replace(true) {
                warn!(
                    "edge-cors: route metadata names the policy \"{name}\", which does not exist; routes and default apply. This is logged once."
                );
            }
        }
    }
}

/// Defines a counter. If the host cannot, its id counts nothing.
pub(super) fn counter(name: &str) -> u32 {
    define_metric(MetricType::Counter, &format!("{COUNTER_PREFIX}{name}")).unwrap_or_default()
}

pub(super) fn increment(counter: u32) {
    let _ = increment_metric(counter, 1);
}
