//! The decision on one request: the one place where a request is classified and judged.

use std::sync::Arc;

use super::PolicySet;
use crate::config::{DisallowedRequests, Mode, RefusedPreflights, UnmatchedPreflights, WebSockets};
use crate::exchange::{Action, Exchange, Shadow};
use crate::header::ORIGIN;
use crate::origin::Origin;
use crate::policy::{Asked, Candidate, Policy, Reach, SentTo};
use crate::request::RequestHead;
use crate::route::Target;
use crate::shadow::Change;
use crate::verdict::{OriginVerdict, PreflightVerdict, Verdict};

/// The policy that decides about a request.
struct Selected<'p> {
    policy: &'p Arc<Policy>,
    /// Whether another policy decides about other origins, and acts: then every response depends on the
    /// origin.
    beside_others: bool,
}

impl PolicySet {
    /// Decides about a request, and reads no more of it than necessary.
    ///
    /// It allocates nothing, except what the host's [`RequestHead`] allocates to return a value.
    pub fn decide<R: RequestHead>(&self, request: &R) -> Exchange<R::Value> {
        let sent_to = SentTo::new(request);
        let (target, unknown_policy) = self.target(request, &sent_to);
        let left_alone = |policy: Option<&Arc<Policy>>, unknown_policy| Exchange {
            policy: policy.cloned(),
            beside_others: false,
            asked: Asked::NotCors,
            verdict: Verdict::NoPolicy,
            action: Action::Leave,
            shadow: None,
            unknown_policy,
        };
        if self.policies_of(target).all(|policy| policy.mode == Mode::Off) {
            return left_alone(self.policies_of(target).last(), unknown_policy);
        }
        let origin = request.combined(ORIGIN);
        let Some(Selected { policy, beside_others }) = self.select(target, origin.as_ref().map(AsRef::as_ref)) else {
            return left_alone(None, unknown_policy);
        };
        let asked = policy.ask(request, origin);
        let verdict = policy.judge(&asked, &sent_to);
        let shadow = policy.shadow.and_then(|Candidate { policy, counters }| {
            let candidate = self.policies.get(policy)?;
            let change = Change::between(verdict, candidate.judge(&asked, &sent_to))?;
            Some(Shadow { candidate: Arc::clone(candidate), change, counters })
        });
        let action = match policy.reach(asked.origin()) {
            Reach::Enforced => action(policy, verdict),
            Reach::Reported if !beside_others => Action::Leave,
            Reach::Reported | Reach::ReportedBesideOthers => Action::VaryOnly,
        };
        Exchange { policy: Some(Arc::clone(policy)), beside_others, asked, verdict, action, shadow, unknown_policy }
    }

    /// What applies: the policy that the host's routing names, if it may name one and there is such a policy;
    /// otherwise what the most specific route names, or the default. With it, a name that no policy has.
    fn target<R: RequestHead>(&self, request: &R, sent_to: &SentTo<'_, R>) -> (Target, Option<R::Value>) {
        let name = if self.route_metadata { request.policy_name() } else { None };
        let named = |name: &R::Value| self.names.index(name.as_ref());
        if let Some(index) = name.as_ref().and_then(named) {
            return (Target::Policy(index), None);
        }
        let authority = if self.routes.uses_host() { sent_to.authority() } else { None };
        let path = if self.routes.uses_path() { request.path() } else { None };
        (self.routes.select(authority, path.as_ref().map(AsRef::as_ref)), name)
    }

    /// The policies of a target, in the order in which they are asked.
    pub(crate) fn policies_of(&self, target: Target) -> impl Iterator<Item = &Arc<Policy>> {
        let (alone, list) = match target {
            Target::Policy(index) => (self.policies.get(index), None),
            Target::Closed => (Some(&self.closed), None),
            Target::Transparent => (None, None),
            Target::FirstThatAllows(list) => (None, self.lists.get(list)),
        };
        let list = list.into_iter().flatten().filter_map(|index| self.policies.get(*index));
        alone.into_iter().chain(list)
    }

    /// The first policy of a target that allows the origin; if there is none, or no origin, the last one. A
    /// policy in mode `off` is passed over.
    fn select(&self, target: Target, origin: Option<&[u8]>) -> Option<Selected<'_>> {
        let active = || self.policies_of(target).filter(|policy| policy.mode != Mode::Off);
        let last = active().last()?;
        let Target::FirstThatAllows(_) = target else {
            return Some(Selected { policy: last, beside_others: false });
        };
        let origin = origin.and_then(Origin::parse);
        let allowing = origin.and_then(|origin| active().find(|policy| policy.origins.matches(&origin)));
        let beside_others = active().count() > 1 && active().any(|policy| policy.acts());
        Some(Selected { policy: allowing.unwrap_or(last), beside_others })
    }
}

/// What an enforced policy does about a request.
fn action(policy: &Policy, verdict: Verdict) -> Action {
    let rejects = match verdict {
        Verdict::Preflight(verdict) => return answer_to_preflight(policy, verdict),
        Verdict::Actual(OriginVerdict::NotAllowed | OriginVerdict::Malformed) => {
            policy.disallowed_requests == DisallowedRequests::Reject
        }
        Verdict::WebSocket(OriginVerdict::NotAllowed | OriginVerdict::Malformed) => {
            policy.web_sockets == WebSockets::Reject || policy.disallowed_requests == DisallowedRequests::Reject
        }
        _ => false,
    };
    if rejects { Action::Reject } else { Action::Decorate }
}

fn answer_to_preflight(policy: &Policy, verdict: PreflightVerdict) -> Action {
    match verdict {
        PreflightVerdict::Allowed => Action::Grant,
        _ if policy.unmatched_preflights == UnmatchedPreflights::Forward => Action::Decorate,
        // Only for what browsers can send: no console shows an answer to a malformed request.
        PreflightVerdict::MethodNotAllowed | PreflightVerdict::HeadersNotAllowed
            if policy.refused_preflights == RefusedPreflights::Explain =>
        {
            Action::Explain
        }
        _ => Action::Refuse,
    }
}
