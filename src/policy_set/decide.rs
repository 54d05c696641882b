//! The decision on one request: the one place where a request is classified and judged.
//!
//! It is the server's side of the [CORS protocol](https://fetch.spec.whatwg.org/#http-cors-protocol): which
//! policy, what the request [is](https://fetch.spec.whatwg.org/#http-requests), and whether its response
//! will be [shared](https://fetch.spec.whatwg.org/#http-responses).

use std::sync::Arc;

use super::PolicySet;
use super::strictness::Strictness;
use crate::config::Mode;
use crate::exchange::{Action, Exchange, Shadow};
use crate::header::ORIGIN;
use crate::origin::Origin;
use crate::policy::{Candidate, Policy, Reach, SentTo};
use crate::request::RequestHead;
use crate::route::{Selection, Target};
use crate::shadow::Change;

/// The policy that decides about a request.
pub(super) struct Selected<'p> {
    pub(super) policy: &'p Arc<Policy>,
    /// Whether another policy decides about other origins, and acts: then every response depends on the
    /// origin.
    pub(super) beside_others: bool,
}

impl PolicySet {
    /// Decides about a request, and reads no more of it than necessary.
    ///
    /// It allocates nothing, except what the host's [`RequestHead`] allocates to return a value.
    pub fn decide<R: RequestHead>(&self, request: &R) -> Exchange<R::Value> {
        let name = if self.route_metadata { request.policy_name() } else { None };
        self.decide_by_name(name, request)
    }

    /// The same by the policy of this name, for a host whose own configuration names one where it routes; without a
    /// name, or if there is no such policy, by the routes and the default.
    pub fn decide_by_name<R: RequestHead>(&self, name: Option<R::Value>, request: &R) -> Exchange<R::Value> {
        let sent_to = SentTo::new(request);
        // Then the host has chosen, whatever it makes of the path.
        if let Some(target) = name.as_ref().and_then(|name| self.named(name.as_ref())) {
            return self.decide_for(target, request, &sent_to);
        }
        let authority = if self.routes.uses_host() { sent_to.authority() } else { None };
        let path = if self.routes.uses_path() { request.path() } else { None };
        let exchange = match self.routes.select(authority, path.as_ref().map(AsRef::as_ref)) {
            Selection::Target(target) => self.decide_for(target, request, &sent_to),
            Selection::Ambiguous(ambiguity) => self.decide_in_doubt(ambiguity.targets(), request, &sent_to),
        };
        Exchange { unknown_policy: name, ..exchange }
    }

    /// The policies that are asked about a request, in this order: those that its route, the default or the host's
    /// routing names. None if no policy applies, or if the path is ambiguous.
    ///
    /// The first one that allows the origin decides; if none does, the last one. Those in mode `off` are not asked. This
    /// is for tools:
    /// [`decide`](Self::decide) does it all.
    pub fn policies_asked<R: RequestHead>(&self, request: &R) -> impl Iterator<Item = &Policy> {
        let name = if self.route_metadata { request.policy_name() } else { None };
        let named = name.and_then(|name| self.named(name.as_ref()));
        let target = named.or_else(|| {
            let (authority, path) = (request.authority(), request.path());
            let selection = self.routes.select(authority.as_ref().map(AsRef::as_ref), path.as_ref().map(AsRef::as_ref));
            match selection {
                Selection::Target(target) => Some(target),
                Selection::Ambiguous(_) => None,
            }
        });
        target.into_iter().flat_map(|target| self.active(target)).map(AsRef::as_ref)
    }

    /// The policy that the host's routing names, if there is such a policy.
    fn named(&self, name: &[u8]) -> Option<Target> {
        self.names.index(name).map(Target::Policy)
    }

    fn decide_for<R: RequestHead>(&self, target: Target, request: &R, sent_to: &SentTo<'_, R>) -> Exchange<R::Value> {
        if self.active(target).next().is_none() {
            return Exchange::left_alone(self.policies_of(target).last().cloned());
        }
        let origin = request.combined(ORIGIN);
        let Some(Selected { policy, beside_others }) = self.select(target, origin.as_ref().map(AsRef::as_ref)) else {
            return Exchange::left_alone(None);
        };
        let asked = policy.ask(request, origin);
        let verdict = policy.judge(&asked, sent_to);
        let shadow = policy.shadow.and_then(|Candidate { policy: candidate, counters }| {
            let candidate = self.policies.get(candidate)?;
            let alike = || policy.grants_like(candidate, &asked);
            let change = Change::between(verdict, candidate.judge(&asked, sent_to), alike)?;
            Some(Shadow { candidate: Arc::clone(candidate), change, counters })
        });
        let action = match policy.reach(asked.origin()) {
            Reach::Enforced => Strictness::of(policy).action(verdict),
            Reach::Reported if !beside_others => Action::Leave,
            Reach::Reported | Reach::ReportedBesideOthers => Action::VaryOnly,
        };
        let policy = Some(Arc::clone(policy));
        Exchange { policy, beside_others, asked, verdict, action, shadow, unknown_policy: None }
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

    /// Those that are not in mode `off`.
    fn active(&self, target: Target) -> impl Iterator<Item = &Arc<Policy>> {
        self.policies_of(target).filter(|policy| policy.mode != Mode::Off)
    }

    /// The first active policy of a target that allows the origin; if there is none, or no origin, the last one.
    pub(super) fn select(&self, target: Target, origin: Option<&[u8]>) -> Option<Selected<'_>> {
        let mut others = self.active(target);
        let policy = others.next()?;
        let Some(last) = others.last() else {
            return Some(Selected { policy, beside_others: false });
        };
        let origin = origin.and_then(Origin::parse);
        let allowing = origin.and_then(|origin| self.active(target).find(|policy| policy.origins.matches(&origin)));
        let beside_others = self.active(target).any(|policy| policy.acts());
        Some(Selected { policy: allowing.unwrap_or(last), beside_others })
    }
}
