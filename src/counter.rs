//! Counters: where each is, and what it is called.
//!
//! A host defines all counters when a configuration loads, and counts by their positions, so
//! that no client can add one. They come in blocks: one block of verdicts for requests that no
//! policy applies to, one for requests on which no policy may allow an origin, and one for each policy; then
//! the changes of each policy that has a candidate.

use crate::shadow::Change;
use crate::verdict::Verdict;

/// Every counter starts with this.
pub const COUNTER_PREFIX: &str = "edge_cors.";

/// The block of requests that no policy applies to.
pub(crate) const NO_POLICY: usize = 0;
/// The block of the policy that allows no origin.
pub(crate) const CLOSED: usize = 1;
/// The block of the first policy of the configuration.
pub(crate) const FIRST_POLICY: usize = 2;

/// The names of the blocks that belong to no policy of the configuration.
pub(crate) const BESIDE_POLICIES: [&str; FIRST_POLICY] = ["none", "closed"];

/// The position of a verdict's counter.
pub(crate) fn of_verdict(block: usize, verdict: Verdict) -> usize {
    block * Verdict::ALL.len() + verdict.position()
}

/// The position of the first counter of the changes that a policy's candidate would make, where
/// there are so many blocks, and so many policies with a candidate before this one.
pub(crate) fn of_changes(blocks: usize, before: usize) -> usize {
    blocks * Verdict::ALL.len() + before * Change::ALL.len()
}

/// The names of a block's counters.
pub(crate) fn verdict_names(block: &str) -> impl Iterator<Item = String> {
    Verdict::ALL.iter().map(move |verdict| format!("{block}.{verdict}"))
}

/// The names of the counters of what a candidate would change.
pub(crate) fn change_names(policy: &str, candidate: &str) -> impl Iterator<Item = String> {
    Change::ALL.iter().map(move |change| format!("shadow.{policy}.{candidate}.{change}"))
}
