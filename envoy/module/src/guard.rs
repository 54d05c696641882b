//! No panic leaves the module: one that reached Envoy would end it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::abi;

/// Runs a hook. `None` if it panicked: then the caller refuses the configuration, or answers the request itself.
///
/// What the hook was changing is not used again: a configuration that is not finished is dropped, and an exchange is
/// taken out of its stream before it is worked on.
#[cfg_attr(not(feature = "forced-panics"), expect(unused_variables, reason = "tests name the hook that panics"))]
pub(crate) fn guard<T>(hook: &str, run: impl FnOnce() -> T) -> Option<T> {
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        #[cfg(feature = "forced-panics")]
        forced::panic_in(hook);
        run()
    }));
    match outcome {
        Ok(value) => Some(value),
        Err(payload) => {
            // It may panic itself when it is dropped.
            std::mem::forget(payload);
            None
        }
    }
}

/// Writes panics to Envoy's log, on one line.
pub(crate) fn report_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let panic = panic.to_string().replace('\n', " ");
        abi::log(abi::Level::Critical, &format!("edge-cors: {panic}"));
    }));
}

#[cfg(feature = "forced-panics")]
mod forced {
    #[expect(clippy::panic, reason = "this is what it is for")]
    /// Panics in the hook whose name is in the file that `EDGE_CORS_PANIC_IN` names.
    pub(super) fn panic_in(hook: &str) {
        let named = std::env::var_os("EDGE_CORS_PANIC_IN").and_then(|file| std::fs::read_to_string(file).ok());
        if named.is_some_and(|named| named.trim() == hook) {
            panic!("forced in {hook}");
        }
    }
}
