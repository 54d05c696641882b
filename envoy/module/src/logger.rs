//! Log lines, on their way to Envoy's log.

use log::{LevelFilter, Log, Metadata, Record};

use crate::abi;

struct Logger;

/// Passes what is logged to Envoy, from level info on.
pub(crate) fn install() {
    // Only Envoy's first load of the module gets here with no logger installed, and it is the same one.
    if log::set_logger(&Logger).is_ok() {
        log::set_max_level(LevelFilter::Info);
    }
}

impl Log for Logger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        abi::logs(level(metadata.level()))
    }

    fn log(&self, record: &Record<'_>) {
        // The line is made only if Envoy wants it.
        if self.enabled(record.metadata()) {
            abi::log(level(record.level()), &record.args().to_string());
        }
    }

    fn flush(&self) {}
}

fn level(level: log::Level) -> abi::Level {
    match level {
        log::Level::Error => abi::Level::Error,
        log::Level::Warn => abi::Level::Warn,
        log::Level::Info | log::Level::Debug | log::Level::Trace => abi::Level::Info,
    }
}
