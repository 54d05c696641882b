//! Which configuration is active: its generation and its fingerprint, as gauges.

use edge_cors::Fingerprint;
use edge_cors_envoy::{FINGERPRINT, GENERATION};
use proxy_wasm::hostcalls::{get_shared_data, record_metric, set_shared_data};
use proxy_wasm::types::MetricType;

use super::telemetry::metric;

/// The key of the last number, in the data that a host's worker threads share.
const LAST: &str = "edge_cors.generation";

/// How often another thread may interfere.
const TRIES: usize = 16;

/// Shows an accepted configuration's generation, which is its number among the different ones that this
/// process has accepted, and its fingerprint. Every worker thread loads the same text, and gets the same number.
pub(super) fn accepted(fingerprint: Fingerprint) {
    // All of it, not only the half that is shown.
    let key = format!("{LAST}.{fingerprint:?}");
    let generation = read(&key).map_or_else(|| assign(&key), |(generation, _)| generation);
    show(GENERATION, generation);
    show(FINGERPRINT, u64::from(fingerprint.value()));
}

fn show(name: &str, value: u64) {
    if let Some(gauge) = metric(MetricType::Gauge, name) {
        let _ = record_metric(gauge, value);
    }
}

fn read(key: &str) -> Option<(u64, Option<u32>)> {
    let (value, version) = get_shared_data(key).ok()?;
    Some((u64::from_le_bytes(value?.try_into().ok()?), version))
}

/// The next number, kept under the key too. 0 if other threads never stop coming in between.
fn assign(key: &str) -> u64 {
    for _ in 0..TRIES {
        let (last, version) = read(LAST).unwrap_or_default();
        let next = last + 1;
        if set_shared_data(LAST, Some(&next.to_le_bytes()), version).is_ok() {
            let _ = set_shared_data(key, Some(&next.to_le_bytes()), None);
            return next;
        }
    }
    0
}
