//! What the hosts in Envoy have in common: what becomes of a configuration, and what is told about it and about
//! requests. How a host counts and logs is its own.

mod configuration;
mod telemetry;

pub use configuration::{Kept, Outcome, load};
pub use telemetry::{AccessLogName, Meter, Telemetry};

/// The counter of configurations with errors, as [`COUNTER_PREFIX`](edge_cors::COUNTER_PREFIX) precedes it.
pub const REJECTED: &str = "configuration.rejected";

/// The gauge with the number of the active configuration among the different ones that a process has accepted.
pub const GENERATION: &str = "configuration.generation";

/// The gauge with the [`Fingerprint`](edge_cors::Fingerprint) of the active configuration.
pub const FINGERPRINT: &str = "configuration.fingerprint";
