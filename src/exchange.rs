//! One request and its response, from the decision to the last header.

use std::fmt;
use std::sync::Arc;

use crate::counter;
use crate::policy::{Asked, Policy, PreflightVary};
use crate::record::{Escaped, Outcome, Record};
use crate::request::RequestHead;
use crate::response::{Answer, Decoration, Edits, ResponseHead, only_vary};
use crate::shadow::Change;
use crate::verdict::{Reason, Verdict};

/// What was decided about one request, and what its response needs.
///
/// The host keeps it from the request to the response. It owns its policy and borrows nothing:
/// a configuration that is replaced in between changes nothing about it.
#[derive(Debug)]
pub struct Exchange<V> {
    /// `None` if no policy applies.
    pub(crate) policy: Option<Arc<Policy>>,
    /// Whether other policies decide about other origins, so that every response depends on the origin.
    pub(crate) beside_others: bool,
    pub(crate) asked: Asked<V>,
    pub(crate) verdict: Verdict,
    pub(crate) action: Action,
    /// What the policy's candidate would change.
    pub(crate) shadow: Option<Shadow>,
    /// The name from the host's routing, if there is no such policy.
    pub(crate) unknown_policy: Option<V>,
}

/// A candidate policy that would decide otherwise.
#[derive(Debug)]
pub(crate) struct Shadow {
    pub(crate) candidate: Arc<Policy>,
    pub(crate) change: Change,
    /// The position of the first counter of this policy and candidate.
    pub(crate) counters: usize,
}

/// What the edge does about a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Grant the preflight at the edge: the
    /// [CORS-preflight fetch](https://fetch.spec.whatwg.org/#cors-preflight-fetch) succeeds.
    Grant,
    /// Refuse the preflight at the edge, and tell the page's browser what is allowed.
    Explain,
    /// Refuse the preflight at the edge.
    Refuse,
    /// Answer the request with 403 at the edge, as the standard
    /// [suggests](https://fetch.spec.whatwg.org/#http-responses) for a refusal that is meant.
    Reject,
    /// Forward the request and decorate the response.
    Decorate,
    /// Forward the request, and tell [caches](https://fetch.spec.whatwg.org/#cors-protocol-and-http-caches)
    /// that other origins get other responses.
    VaryOnly,
    /// Forward the request and leave the response alone.
    Leave,
}

impl<V: AsRef<[u8]>> Exchange<V> {
    /// A request that no policy looks at: there is none, or it is off.
    pub(crate) fn left_alone(policy: Option<Arc<Policy>>) -> Self {
        let (asked, verdict, action) = (Asked::NotCors, Verdict::NoPolicy, Action::Leave);
        Self { policy, beside_others: false, asked, verdict, action, shadow: None, unknown_policy: None }
    }

    /// What was decided.
    pub fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// The policy that decided. `None` if no policy applies.
    pub fn policy(&self) -> Option<&Policy> {
        self.policy.as_deref()
    }

    /// What the policy's candidate would change.
    pub fn change(&self) -> Option<Change> {
        self.shadow.as_ref().map(|shadow| shadow.change)
    }

    /// The name from the host's routing, if there is no such policy; escaped and shortened.
    pub fn unknown_policy(&self) -> Option<impl fmt::Display> {
        self.unknown_policy.as_ref().map(|name| Escaped(Some(name)))
    }

    /// Whether the request has an `Origin` that a policy has judged.
    pub fn is_cors(&self) -> bool {
        self.asked.origin().is_some()
    }

    /// Whether the request is forwarded and its response left entirely alone: then there is
    /// nothing more for the host to do, and this exchange need not be kept.
    pub fn is_left_alone(&self) -> bool {
        self.action == Action::Leave
    }

    /// Whether the policy acts on its verdict, rather than only reports it.
    pub(crate) fn is_enforced(&self) -> bool {
        !matches!(self.action, Action::Leave | Action::VaryOnly)
    }

    /// The position in [`counter_names`](crate::PolicySet::counter_names) of the verdict's counter.
    pub fn verdict_counter(&self) -> usize {
        let block = self.policy.as_ref().map_or(counter::NO_POLICY, |policy| policy.block);
        counter::of_verdict(block, self.verdict)
    }

    /// The position in [`counter_names`](crate::PolicySet::counter_names) of the counter of what
    /// the policy's candidate would change.
    pub fn shadow_counter(&self) -> Option<usize> {
        self.shadow.as_ref().map(|shadow| shadow.counters + shadow.change as usize)
    }

    /// What is worth a line in the log: a refusal, or a verdict that the candidate would change.
    /// `request` is the one that was decided.
    pub fn record<'a, R: RequestHead<Value = V>>(&'a self, request: &'a R) -> Option<Record<'a, R>> {
        let policy = self.policy()?;
        if !self.verdict.refuses() && self.shadow.is_none() {
            return None;
        }
        Some(Record {
            policy: policy.name(),
            verdict: self.verdict,
            outcome: match self.action {
                Action::Grant => Outcome::Granted,
                Action::Explain | Action::Refuse | Action::Reject => Outcome::Refused,
                Action::Decorate | Action::VaryOnly | Action::Leave => Outcome::Forwarded,
            },
            enforced: self.is_enforced(),
            candidate: self.shadow.as_ref().map(|shadow| (shadow.candidate.name(), shadow.change)),
            asked: &self.asked,
            request,
            configuration: None,
        })
    }

    /// The answer of the edge instead of the origin server, or `None` if the request is to be
    /// forwarded.
    pub fn answer(&self) -> Option<Answer<'_>> {
        let policy = self.policy()?;
        let answer = match self.action {
            Action::Grant => Answer::granting(policy, &self.asked, self.allowed_origin()),
            Action::Explain => Answer::explaining(policy, &self.asked, self.allowed_origin()),
            Action::Refuse => Answer::refusing(),
            // It depends on the origin, whatever else does: a handshake can be rejected where every origin gets `*`.
            Action::Reject => return Some(Answer::refusing().with(Some("Origin"), self.shown_reason(policy))),
            Action::Decorate | Action::VaryOnly | Action::Leave => return None,
        };
        let PreflightVary { alone, beside_others } = &policy.preflight_vary;
        let vary = if self.beside_others { beside_others } else { alone };
        Some(answer.with(Some(vary), self.shown_reason(policy)))
    }

    /// The edits that make the response to a forwarded request conform to the policy.
    pub fn decorate(&self, response: &impl ResponseHead) -> Edits<'_> {
        // Pages cannot read a response that switches protocols.
        let policy = self.policy().filter(|_| !self.is_left_alone() && !response.switches_protocols());
        match policy {
            None => Edits::none(),
            Some(_) if !self.is_enforced() => only_vary(response),
            // An answer of the edge needs no decoration. If the host forwarded the request anyway, the response
            // must not reach the page.
            Some(policy) => {
                let (origin, allowed) = (self.asked.origin(), self.allowed_origin());
                let (varies, reason) = (self.varies_by_origin(policy), self.shown_reason(policy));
                Decoration { policy, origin, allowed, varies, reason }.edits(response)
            }
        }
    }

    fn varies_by_origin(&self, policy: &Policy) -> bool {
        self.beside_others || policy.varies_by_origin()
    }

    /// The reason, if the policy shows it.
    fn shown_reason(&self, policy: &Policy) -> Option<Reason> {
        policy.debug.then(|| self.verdict.reason())
    }

    /// The origin, if it was parsed and matched: what the browser's
    /// [CORS check](https://fetch.spec.whatwg.org/#concept-cors-check) compares. No other origin is named in a
    /// response.
    fn allowed_origin(&self) -> Option<&str> {
        let origin = self.asked.origin().filter(|_| self.verdict.allows_origin())?;
        std::str::from_utf8(origin).ok()
    }
}
