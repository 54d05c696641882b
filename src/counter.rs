//! Counters: their positions and names.
//!
//! A host defines all counters when a configuration loads, and counts by their positions, so
//! that no client can add one. They come in blocks of verdicts: one for requests on which no origin
//! may be allowed, one for requests without a policy, and one for each policy. The changes of each
//! policy with a candidate follow.

use crate::shadow::Change;
use crate::verdict::Verdict;

/// Every counter starts with this.
pub const COUNTER_PREFIX: &str = "edge_cors.";

/// The block of the policy that allows no origin. It has counters for all verdicts.
pub(crate) const CLOSED: usize = 0;
/// The block of requests that no policy applies to.
pub(crate) const NO_POLICY: usize = 1;
/// The block of the first policy of the configuration.
pub(crate) const FIRST_POLICY: usize = 2;

/// The position of a verdict's counter.
pub(crate) fn of_verdict(block: usize, verdict: Verdict) -> usize {
    start(block) + verdict.position()
}

/// The position of a block's first counter.
fn start(block: usize) -> usize {
    match block.checked_sub(1) {
        None => 0,
        Some(others) => Verdict::ALL.len() + others * Verdict::OF_POLICIES.len(),
    }
}

/// The position of the first counter of a policy's changes, after this many blocks of verdicts and
/// this many earlier policies with a candidate.
pub(crate) fn of_changes(blocks: usize, before: usize) -> usize {
    start(blocks) + before * Change::ALL.len()
}

/// The names of a block's counters.
pub(crate) fn verdict_names(block: &str, verdicts: &[Verdict]) -> impl Iterator<Item = String> {
    verdicts.iter().map(move |verdict| format!("{block}.{verdict}"))
}

/// The names of the counters of what a candidate would change.
pub(crate) fn change_names(policy: &str, candidate: &str) -> impl Iterator<Item = String> {
    Change::ALL.iter().map(move |change| format!("shadow.{policy}.{candidate}.{change}"))
}
