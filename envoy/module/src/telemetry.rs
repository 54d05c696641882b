//! How Envoy counts, passes a verdict to the access log, and shows which configuration is active.

use std::time::{SystemTime, UNIX_EPOCH};

use edge_cors::{COUNTER_PREFIX, PolicySet};
use edge_cors_envoy::{AccessLogName, FINGERPRINT, GENERATION, Meter, REJECTED, Telemetry};

use crate::abi::{Configuration, Metric, Stream};
use crate::in_force;
use crate::per_route::Labels;

/// Passes a value to the access log. The proxy-wasm filter's has the same name in Envoy, so one format serves both.
fn pass_to_access_log(stream: &Stream<'_>, name: AccessLogName, value: &str) {
    stream.set_filter_state(
        match name {
            AccessLogName::Verdict => "wasm.edge_cors",
            AccessLogName::Configuration => "wasm.edge_cors_configuration",
        },
        value,
    );
}

/// Defines the counters of a configuration.
pub(crate) fn define(host: &Configuration<'_>, policies: &PolicySet) -> Telemetry<Option<Metric>> {
    Telemetry::define(policies, |name| counter(host, name, &[]))
}

fn counter(host: &Configuration<'_>, name: &str, labels: &[&str]) -> Option<Metric> {
    host.define_counter(&format!("{COUNTER_PREFIX}{name}"), labels)
}

/// A stream, for the policies of the filter.
pub(crate) struct OfFilter<'m, 'hook>(pub(crate) &'m Stream<'hook>);

impl Meter for OfFilter<'_, '_> {
    type Counter = Option<Metric>;

    fn increment(&mut self, counter: Option<Metric>) {
        if let Some(counter) = counter {
            self.0.count(counter, &[], 1);
        }
    }

    fn pass_to_access_log(&mut self, name: AccessLogName, value: &str) {
        pass_to_access_log(self.0, name, value);
    }

    fn second(&self) -> u64 {
        second()
    }
}

/// The counters of all policies that routes have of their own, by labels.
pub(crate) struct PerRouteCounters {
    verdicts: Option<Metric>,
    changes: Option<Metric>,
    unknown_policies: Option<Metric>,
}

impl PerRouteCounters {
    pub(crate) fn define(host: &Configuration<'_>) -> Self {
        Self {
            verdicts: counter(host, "per_route", &["route", "policy", "class", "reason"]),
            changes: counter(host, "per_route_shadow", &["route", "policy", "candidate", "change"]),
            unknown_policies: counter(host, "per_route_unknown_policy", &[]),
        }
    }
}

/// A stream, for policies of a route's own.
pub(crate) struct OfRoute<'m, 'hook> {
    pub(crate) stream: &'m Stream<'hook>,
    pub(crate) counters: &'m PerRouteCounters,
    pub(crate) labels: &'m [Labels],
}

impl Meter for OfRoute<'_, '_> {
    /// An index into the labels.
    type Counter = usize;

    fn increment(&mut self, counter: usize) {
        let counters = self.counters;
        let (counter, labels) = match self.labels.get(counter) {
            Some(Labels::Verdict(labels)) => (counters.verdicts, &labels[..]),
            Some(Labels::Change(labels)) => (counters.changes, &labels[..]),
            Some(Labels::UnknownPolicy) | None => (counters.unknown_policies, &[][..]),
        };
        if let Some(counter) = counter {
            self.stream.count(counter, labels, 1);
        }
    }

    fn pass_to_access_log(&mut self, name: AccessLogName, value: &str) {
        pass_to_access_log(self.stream, name, value);
    }

    fn second(&self) -> u64 {
        second()
    }
}

/// The counter and the gauges of configurations. Envoy 1.38 changes them only for a stream, so the next request of
/// any configuration passes on what has happened.
pub(crate) struct Notices {
    rejected: Option<Metric>,
    generation: Option<Metric>,
    fingerprint: Option<Metric>,
}

impl Notices {
    pub(crate) fn define(host: &Configuration<'_>) -> Self {
        let gauge = |name| host.define_gauge(&format!("{COUNTER_PREFIX}{name}"));
        Self { rejected: counter(host, REJECTED, &[]), generation: gauge(GENERATION), fingerprint: gauge(FINGERPRINT) }
    }

    /// Counts the configurations that were rejected since the last time, and shows the one that is active.
    pub(crate) fn pass_on(&self, stream: &Stream<'_>) {
        let Some(news) = in_force::news() else {
            return;
        };
        if let Some(rejected) = self.rejected.filter(|_| news.rejected > 0) {
            stream.count(rejected, &[], news.rejected);
        }
        if let Some(((generation, fingerprint), active)) = self.generation.zip(self.fingerprint).zip(news.active) {
            stream.set_gauge(generation, active.generation);
            stream.set_gauge(fingerprint, active.fingerprint.value().into());
        }
    }
}

fn second() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}
