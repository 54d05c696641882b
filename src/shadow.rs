//! Shadow policies: what a candidate would decide differently from the active policy.

use std::fmt;

use crate::verdict::Verdict;

/// What would change for a request if the candidate were active.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Change {
    /// It is allowed, and would be refused.
    AllowToDeny,
    /// It is refused, and would be allowed.
    DenyToAllow,
    /// It is allowed and would be, but with other headers: without credentials, for example.
    GrantedDifferently,
}

impl Change {
    /// Every change, in the order of the counters.
    pub const ALL: &[Self] = &[Self::AllowToDeny, Self::DenyToAllow, Self::GrantedDifferently];

    /// What the candidate's verdict would change. `alike` is asked only if both allow the origin: whether the
    /// two policies then answer with the same headers.
    pub(crate) fn between(current: Verdict, candidate: Verdict, alike: impl FnOnce() -> bool) -> Option<Self> {
        match (current.refuses(), candidate.refuses()) {
            (false, true) => Some(Self::AllowToDeny),
            (true, false) => Some(Self::DenyToAllow),
            (false, false) if current.allows_origin() && candidate.allows_origin() => {
                (!alike()).then_some(Self::GrantedDifferently)
            }
            _ => None,
        }
    }

    /// The change as counters and logs spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AllowToDeny => "allow_to_deny",
            Self::DenyToAllow => "deny_to_allow",
            Self::GrantedDifferently => "granted_differently",
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
