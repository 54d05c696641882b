//! What edge-cors costs, beside what else there is. `docs/performance.md` has the results and says how to get them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a benchmark ends if anything is wrong"
)]

pub mod contender;
pub mod engine;
pub mod envoy;
pub mod instructions;
pub mod load;
pub mod origin_server;
pub mod picture;
pub mod process;
pub mod report;
pub mod request;
pub mod startup;
pub mod statistics;
pub mod table;
pub mod workerd;
