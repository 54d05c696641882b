//! How proxy-wasm counts and passes a verdict to the access log.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::UNIX_EPOCH;

use proxy_wasm::hostcalls::{define_metric, get_current_time, increment_metric, set_property};
use proxy_wasm::types::MetricType;

use edge_cors::{COUNTER_PREFIX, PolicySet};
use edge_cors_envoy::{AccessLogName, Meter};

/// The counters of one configuration. The host knows each by a number.
pub(super) type Telemetry = edge_cors_envoy::Telemetry<u32>;

/// Defines the counters of a configuration.
pub(super) fn define(policies: &PolicySet) -> Telemetry {
    Telemetry::define(policies, counter)
}

/// The proxy-wasm host.
pub(super) struct Host;

impl Meter for Host {
    type Counter = u32;

    fn increment(&mut self, counter: u32) {
        let _ = increment_metric(counter, 1);
    }

    /// In Envoy, its name begins with `wasm.` there.
    fn pass_to_access_log(&mut self, name: AccessLogName, value: &str) {
        let _ = set_property(vec![name.as_str()], Some(value.as_bytes()));
    }

    fn second(&self) -> u64 {
        get_current_time().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok()).unwrap_or_default().as_secs()
    }
}

/// Defines a counter. If the host cannot, its id counts nothing.
pub(super) fn counter(name: &str) -> u32 {
    metric(MetricType::Counter, name).unwrap_or_default()
}

thread_local! {
    /// The metrics that this VM has defined, by name. Envoy keeps a definition for as long as the VM lives, and each
    /// definition of the same name is one more.
    static DEFINED: RefCell<BTreeMap<String, u32>> = const { RefCell::new(BTreeMap::new()) };
}

/// Defines a metric, unless an earlier configuration has. `None` if the host cannot.
pub(super) fn metric(kind: MetricType, name: &str) -> Option<u32> {
    DEFINED.with_borrow_mut(|defined| {
        if let Some(id) = defined.get(name) {
            return Some(*id);
        }
        let id = define_metric(kind, &format!("{COUNTER_PREFIX}{name}")).ok()?;
        defined.insert(name.to_owned(), id);
        Some(id)
    })
}
