//! The targets: a file for each.

mod configuration;
mod har;
mod import;
mod names;
mod origin;
mod packed;
mod path;
mod request;
mod vary;

use crate::Target;

/// Every target.
pub const TARGETS: [Target; 9] = [
    configuration::TARGET,
    har::TARGET,
    import::TARGET,
    names::TARGET,
    origin::TARGET,
    packed::TARGET,
    path::TARGET,
    request::TARGET,
    vary::TARGET,
];
