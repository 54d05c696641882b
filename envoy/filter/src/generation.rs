//! The generation of the active configuration, as a gauge.

use proxy_wasm::hostcalls::{define_metric, get_shared_data, record_metric, set_shared_data};
use proxy_wasm::types::MetricType;

use edge_cors::{COUNTER_PREFIX, fingerprint};

/// The key of the last number, in the data that a host's worker threads share.
const LAST: &str = "edge_cors.generation";

/// How often another thread may interfere.
const TRIES: usize = 16;

/// Sets the gauge to an accepted configuration's generation: its number among the different ones
/// that this process has accepted. Every worker thread loads the same text and gets the same number.
pub(super) fn accepted(source: &[u8]) {
    let hash = fingerprint(source);
    let key = format!("{LAST}.{hash:016x}");
    let generation = read(&key).map_or_else(|| assign(&key), |(generation, _)| generation);
    if let Ok(gauge) = define_metric(MetricType::Gauge, &format!("{COUNTER_PREFIX}configuration.generation")) {
        let _ = record_metric(gauge, generation);
    }
}

fn read(key: &str) -> Option<(u64, Option<u32>)> {
    let (value, version) = get_shared_data(key).ok()?;
    Some((u64::from_le_bytes(value?.try_into().ok()?), version))
}

/// The next number, which is also stored under the key. 0 if other threads keep interfering.
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
