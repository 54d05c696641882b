//! A compiled policy, which is always consistent and safe.

mod asked;
mod compare;
mod compile;
mod dangers;
mod inspect;
mod judge;
mod lists;

pub(crate) use asked::{Asked, SentTo};
pub(crate) use compile::compile;

use crate::config::{
    DisallowedRequests, MAX_AGE, Mode, PolicyConfig, RefusedPreflights, ResourcePolicy, UnmatchedPreflights,
    UpstreamHeaders, WebSockets,
};
use crate::counter;
use crate::hash::Rolling;
use crate::header::set::HeaderSet;
use crate::method::MethodSet;
use crate::origin::OriginSet;
use crate::problem::Report;

/// The longest name of a policy, in bytes.
pub(crate) const MAX_NAME: usize = 64;

/// Names that counters use for something else.
const RESERVED: [&str; 3] = ["none", "closed", "shadow"];

/// One policy, compiled for decisions.
///
/// Every header value that does not depend on the request is already complete.
#[derive(Debug)]
pub struct Policy {
    pub(crate) name: String,
    pub(crate) mode: Mode,
    /// The percentage of origins for which the policy is enforced.
    pub(crate) rollout: u8,
    /// The block of this policy's counters.
    pub(crate) block: usize,
    /// The candidate that judges every request too.
    pub(crate) shadow: Option<Candidate>,
    pub(crate) origins: OriginSet,
    pub(crate) credentials: bool,
    pub(crate) methods: MethodSet,
    pub(crate) headers: HeaderSet,
    pub(crate) exposed: Option<String>,
    pub(crate) max_age: Option<String>,
    pub(crate) preflight_status: u16,
    pub(crate) preflight_vary: PreflightVary,
    pub(crate) unmatched_preflights: UnmatchedPreflights,
    pub(crate) upstream_headers: UpstreamHeaders,
    pub(crate) disallowed_requests: DisallowedRequests,
    pub(crate) web_sockets: WebSockets,
    pub(crate) timing: Option<OriginSet>,
    pub(crate) resource_policy: Option<ResourcePolicy>,
    pub(crate) allow_private_network: bool,
    pub(crate) refused_preflights: RefusedPreflights,
    pub(crate) debug: bool,
}

/// The `Vary` of the policy's answers to preflights.
#[derive(Debug, Default)]
pub(crate) struct PreflightVary {
    /// Where this policy alone decides.
    pub(crate) alone: String,
    /// Where other policies decide about other origins.
    pub(crate) beside_others: String,
}

/// A policy that judges every request of another one too, without effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    /// Its position among the policies of the configuration.
    pub(crate) policy: usize,
    /// The position of the first counter of what it would change.
    pub(crate) counters: usize,
}

/// How far a policy acts on one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// It answers and decorates.
    Enforced,
    /// It only decides.
    Reported,
    /// It only decides, but responses to other origins differ, so this one needs `Vary`.
    ReportedBesideOthers,
}

impl Policy {
    /// The name that the configuration gives it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A policy that allows no origin.
    pub(crate) fn closed(debug: bool) -> Self {
        Self { debug, ..compile("closed", counter::CLOSED, &PolicyConfig::default(), &mut Report::on("")) }
    }

    /// Whether every response gets `Access-Control-Allow-Origin: *`, whoever asks.
    pub(crate) fn answers_any(&self) -> bool {
        self.origins.matches_any() && !self.credentials
    }

    /// Whether every origin is allowed.
    pub(crate) fn allows_every_origin(&self) -> bool {
        self.origins.matches_any()
    }

    /// Whether it answers or decorates at all, rather than only decides.
    pub(crate) fn acts(&self) -> bool {
        self.mode == Mode::Enforce && self.rollout > 0
    }

    /// Whether responses depend on `Origin`. Where every origin gets `*`, the reason still differs for requests without
    /// one, and so does what happens to a malformed one that is rejected.
    pub(crate) fn varies_by_origin(&self) -> bool {
        let timing = self.timing.as_ref().is_some_and(|timing| !timing.matches_any() && !timing.is_empty());
        let rejects = self.disallowed_requests == DisallowedRequests::Reject;
        !self.answers_any() || timing || self.is_partly_rolled_out() || self.debug || rejects
    }

    fn is_partly_rolled_out(&self) -> bool {
        (1..100).contains(&self.rollout)
    }

    /// The longest `maxAge`, in seconds: no browser caches a preflight's answer for longer.
    pub const MAX_AGE: u64 = MAX_AGE;

    /// Whether a policy can have this name: 1 to 64 ASCII letters, digits, `-` and `_`.
    ///
    /// `none`, `closed` and `shadow` are prohibited: counters use them for something else.
    ///
    /// ```
    /// use edge_cors::Policy;
    ///
    /// assert!(Policy::is_valid_name("public-api_2"));
    /// assert!(!Policy::is_valid_name("public api") && !Policy::is_valid_name("shadow"));
    /// ```
    pub fn is_valid_name(name: &str) -> bool {
        let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        plain && (1..=MAX_NAME).contains(&name.len()) && !RESERVED.contains(&name)
    }

    /// The smallest [`rollout`](Self::rollout), 1 to 100, with which any policy is enforced for this origin, given as
    /// it is sent in `Origin`.
    ///
    /// It depends on the origin alone: it is the same in every policy, on every edge and in every version.
    ///
    /// ```
    /// use edge_cors::Policy;
    ///
    /// assert_eq!(Policy::rollout_share("https://app.example.com"), 78);
    /// ```
    pub fn rollout_share(origin: &str) -> u8 {
        share(origin.as_bytes())
    }

    /// How far the policy acts on a request from this origin, given as it was sent.
    pub(crate) fn reach(&self, origin: Option<&[u8]>) -> Reach {
        if !self.acts() {
            return Reach::Reported;
        }
        let enforced = match origin {
            _ if self.rollout == 100 => true,
            None => false,
            Some(origin) => share(origin) <= self.rollout,
        };
        if enforced { Reach::Enforced } else { Reach::ReportedBesideOthers }
    }
}

/// The percentage of a rollout from which an origin is in: 1 to 100.
fn share(origin: &[u8]) -> u8 {
    let rank = Rolling::new().with(origin).finish() % 100;
    u8::try_from(rank + 1).unwrap_or(100)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PolicySet;

    #[test]
    fn an_origin_is_in_from_its_share_on() {
        for rollout in 0..=100 {
            let (set, _) = PolicySet::from_json(&format!(r#"{{"allowOrigins": [], "rollout": {rollout}}}"#)).unwrap();
            let policy = set.policies().next().unwrap();
            for origin in ["https://app.example.com", "https://b.example.com", "app://MyApp", "null"] {
                let enforced = policy.reach(Some(origin.as_bytes())) == Reach::Enforced;
                assert_eq!(enforced, rollout >= Policy::rollout_share(origin), "{origin} at {rollout}");
            }
        }
    }
}
