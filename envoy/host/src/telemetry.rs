//! Counters, access-log state and log lines of requests.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use edge_cors::{Exchange, Fingerprint, LogLimit, PolicySet, Record, RequestHead};
use log::{info, warn};

/// Where a host counts, and where it passes a verdict to the access log.
pub trait Meter {
    /// How the host knows a counter.
    type Counter: Copy;

    /// Adds one.
    fn increment(&mut self, counter: Self::Counter);

    /// Passes a value to the access log.
    fn pass_to_access_log(&mut self, name: AccessLogName, value: &str);

    /// The time, in seconds: it limits what is logged.
    fn second(&self) -> u64;
}

/// The names that the access log has values under. In Envoy, they all begin with `wasm.`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessLogName {
    /// The verdict, such as `app.preflight.allowed`.
    Verdict,
    /// The fingerprint of the configuration that decided.
    Configuration,
}

impl AccessLogName {
    /// The name, behind what the host puts before it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Verdict => "edge_cors",
            Self::Configuration => "edge_cors_configuration",
        }
    }
}

/// The counter of requests whose route names a policy that does not exist.
const UNKNOWN_POLICY: &str = "route_metadata.unknown_policy";

/// The counters of one configuration.
#[derive(Debug)]
pub struct Telemetry<C> {
    /// The host's counter and the name of every counter of the engine, in the engine's order.
    counters: Vec<(C, String)>,
    unknown_policies: C,
    unknown_policy_logged: AtomicBool,
    limit: Mutex<LogLimit>,
    /// What the log lines have of the configuration.
    fingerprint: Option<Fingerprint>,
    /// What the access log has of it, as a text.
    in_access_log: Option<String>,
}

impl<C: Copy> Telemetry<C> {
    /// Defines all counters at once, so that their number depends only on the configuration.
    pub fn define(policies: &PolicySet, mut define: impl FnMut(&str) -> C) -> Self {
        Self {
            counters: policies.counter_names().map(|name| (define(&name), name)).collect(),
            unknown_policies: define(UNKNOWN_POLICY),
            unknown_policy_logged: AtomicBool::new(false),
            limit: Mutex::default(),
            fingerprint: policies.fingerprint(),
            in_access_log: policies.access_log_fingerprint().map(|fingerprint| fingerprint.to_string()),
        }
    }

    /// Counts and logs a decision, and passes it to the access log.
    pub fn observe<R: RequestHead>(
        &self,
        exchange: &Exchange<R::Value>,
        request: &R,
        meter: &mut impl Meter<Counter = C>,
    ) {
        if let Some((counter, name)) = self.counters.get(exchange.verdict_counter()) {
            meter.increment(*counter);
            if exchange.is_cors() {
                meter.pass_to_access_log(AccessLogName::Verdict, name);
                if let Some(fingerprint) = &self.in_access_log {
                    meter.pass_to_access_log(AccessLogName::Configuration, fingerprint);
                }
            }
        }
        if let Some((counter, _)) = exchange.shadow_counter().and_then(|at| self.counters.get(at)) {
            meter.increment(*counter);
        }
        // The counters show what an enforced policy refuses. What nobody would notice otherwise gets a line.
        if let Some(record) = exchange.record(request)
            && !(record.is_enforced() && record.candidate().is_none())
        {
            self.log(&record.of(self.fingerprint), meter.second());
        }
        if let Some(name) = exchange.unknown_policy() {
            meter.increment(self.unknown_policies);
            if !self.unknown_policy_logged.swap(true, Ordering::Relaxed) {
                warn!(
                    "edge-cors: a route names the policy \"{name}\", which does not exist; routes and default apply. This is logged once."
                );
            }
        }
    }

    /// Logs a record, unless there are too many in this second.
    fn log<R: RequestHead>(&self, record: &Record<'_, R>, second: u64) {
        let admitted = self.limit.lock().unwrap_or_else(PoisonError::into_inner).admit(second);
        let Some(omitted) = admitted else { return };
        if omitted.count() > 0 {
            info!("edge-cors: {omitted}");
        }
        info!("edge-cors: {record}");
    }
}
