//! Counters: how often each verdict was given.
//!
//! They are named when a configuration loads, and their number depends on it alone: nothing
//! that a client sends becomes part of a name.

use crate::exchange::Exchange;
use crate::policy_set::PolicySet;
use crate::route::Target;
use crate::shadow::Change;
use crate::verdict::{Reason, RequestClass};

/// The verdicts that there are. A request without `Origin`, or without a policy, is counted
/// among the actual ones.
const VERDICTS: [(RequestClass, Reason); 17] = {
    use Reason as R;
    use RequestClass as C;
    [
        (C::Preflight, R::Allowed),
        (C::Preflight, R::OriginNotAllowed),
        (C::Preflight, R::OriginMalformed),
        (C::Preflight, R::MethodNotAllowed),
        (C::Preflight, R::MethodMalformed),
        (C::Preflight, R::HeadersNotAllowed),
        (C::Preflight, R::HeadersMalformed),
        (C::Actual, R::Allowed),
        (C::Actual, R::OriginNotAllowed),
        (C::Actual, R::OriginMalformed),
        (C::Actual, R::SameOrigin),
        (C::Actual, R::NotCors),
        (C::Actual, R::NoPolicy),
        (C::WebSocket, R::Allowed),
        (C::WebSocket, R::OriginNotAllowed),
        (C::WebSocket, R::OriginMalformed),
        (C::WebSocket, R::SameOrigin),
    ]
};

/// Every counter starts with this.
pub const COUNTER_PREFIX: &str = "edge_cors.";

impl PolicySet {
    /// The names of all counters, without [`COUNTER_PREFIX`]: `<policy>.<class>.<reason>` for
    /// each policy, for `closed` and for `none`; then `shadow.<policy>.<candidate>.<change>`.
    pub fn counter_names(&self) -> Vec<String> {
        (0..).map_while(|counter| self.counter_name(counter)).collect()
    }

    /// The name of the counter at a position.
    pub fn counter_name(&self, counter: usize) -> Option<String> {
        let (block, slot) = (counter / VERDICTS.len(), counter % VERDICTS.len());
        if block < self.verdict_blocks() {
            let beside = if block == self.policies().len() { "closed" } else { "none" };
            let policy = self.policies().get(block).map_or(beside, |policy| policy.name());
            let (class, reason) = VERDICTS.get(slot)?;
            return Some(format!("{policy}.{}.{}", class.as_str(), reason.as_str()));
        }
        let shadow = counter - self.verdict_blocks() * VERDICTS.len();
        let (policy, candidate) = self.shadows().nth(shadow / Change::ALL.len())?;
        let change = Change::ALL.get(shadow % Change::ALL.len())?;
        Some(format!("shadow.{}.{}.{}", policy.name(), candidate.name(), change.as_str()))
    }

    /// One block of verdicts for each policy, one for `closed`, one for `none`.
    fn verdict_blocks(&self) -> usize {
        self.policies().len() + 2
    }

    /// The positions in [`PolicySet::counter_names`] of the counters that an exchange moves: first
    /// that of its verdict, then that of the change that the policy's candidate would make.
    pub fn counters<V: AsRef<[u8]>>(&self, exchange: &Exchange<V>) -> impl Iterator<Item = usize> {
        [Some(self.verdict_counter(exchange)), self.shadow_counter(exchange)].into_iter().flatten()
    }

    fn verdict_counter<V: AsRef<[u8]>>(&self, exchange: &Exchange<V>) -> usize {
        let block = match exchange.target {
            Target::Policy(index) => index,
            Target::Closed => self.policies().len(),
            Target::Transparent => self.policies().len() + 1,
        };
        let verdict = (exchange.class(), exchange.reason());
        let slot = VERDICTS.iter().position(|known| *known == verdict).unwrap_or_default();
        block * VERDICTS.len() + slot
    }

    fn shadow_counter<V: AsRef<[u8]>>(&self, exchange: &Exchange<V>) -> Option<usize> {
        let change = exchange.change()?;
        let Target::Policy(index) = exchange.target else {
            return None;
        };
        let before = self.policies().iter().take(index).filter(|policy| policy.shadow.is_some()).count();
        Some(self.verdict_blocks() * VERDICTS.len() + before * Change::ALL.len() + change as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_as_documented() {
        let source =
            r#"{"policies": {"a": {"allowOrigins": [], "shadow": "b"}, "b": {"allowOrigins": []}}, "default": "a"}"#;
        let (set, _) = PolicySet::from_json(source).unwrap();
        let names = set.counter_names();
        let unique: std::collections::HashSet<&String> = names.iter().collect();
        assert_eq!(unique.len(), names.len());
        assert_eq!(names.len(), 4 * VERDICTS.len() + 2);
        for name in [
            "a.preflight.allowed",
            "b.websocket.same-origin",
            "closed.actual.origin-not-allowed",
            "none.actual.no-policy",
            "shadow.a.b.allow_to_deny",
            "shadow.a.b.deny_to_allow",
        ] {
            assert!(names.iter().any(|known| known == name), "{name}");
        }
    }
}
