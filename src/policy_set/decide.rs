//! The decision on one request: the one place where a request is classified and judged.
//!
//! It is the server's side of the [CORS protocol](https://fetch.spec.whatwg.org/#http-cors-protocol): which
//! policy, what the request [is](https://fetch.spec.whatwg.org/#http-requests), and whether its response
//! will be [shared](https://fetch.spec.whatwg.org/#http-responses).

use std::sync::Arc;
use std::{iter, slice};

use super::PolicySet;
use super::strictness::Strictness;
use crate::config::Mode;
use crate::exchange::{Action, Exchange, Shadow};
use crate::header::ORIGIN;
use crate::origin::Origin;
use crate::policy::{Policy, Reach, SentTo};
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
        let mut exchange = match self.routes.select(authority, path.as_ref().map(AsRef::as_ref)) {
            Selection::Target(target) => self.decide_for(target, request, &sent_to),
            Selection::Ambiguous(ambiguity) => self.decide_in_doubt(ambiguity.targets(), request, &sent_to),
        };
        exchange.unknown_policy = name;
        exchange
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
        target.into_iter().flat_map(|target| active(self.policies_of(target))).map(AsRef::as_ref)
    }

    /// The policy that the host's routing names, if there is such a policy.
    fn named(&self, name: &[u8]) -> Option<Target> {
        self.names.index(name).map(Target::Policy)
    }

    fn decide_for<R: RequestHead>(&self, target: Target, request: &R, sent_to: &SentTo<'_, R>) -> Exchange<R::Value> {
        let policies = self.policies_of(target);
        let mut active = active(policies);
        let Some(first) = active.next() else {
            return Exchange::left_alone(policies.last().cloned());
        };
        let origin = request.combined(ORIGIN);
        let Selected { policy, beside_others } = select(first, active, origin.as_ref().map(AsRef::as_ref));
        let shadow = policy.shadow.and_then(|shadow| Some((self.policies.get(shadow.policy)?, shadow.counters)));
        let asked = policy.ask(request, origin, shadow.map(|(candidate, _)| candidate.as_ref()));
        let verdict = policy.judge(&asked, sent_to);
        let shadow = shadow.and_then(|(candidate, counters)| {
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
    pub(crate) fn policies_of(&self, target: Target) -> &[Arc<Policy>] {
        let policies = match target {
            Target::Policy(index) => self.policies.get(index..=index),
            Target::Closed => Some(slice::from_ref(&self.closed)),
            Target::Transparent => None,
            Target::FirstThatAllows(list) => self.lists.get(list).map(Vec::as_slice),
        };
        policies.unwrap_or_default()
    }
}

/// Those that are not in mode `off`.
pub(super) fn active(policies: &[Arc<Policy>]) -> impl Iterator<Item = &Arc<Policy>> + Clone {
    policies.iter().filter(|policy| policy.mode != Mode::Off)
}

/// The first policy of a target that allows the origin; if there is none, or no origin, the last one.
pub(super) fn select<'p>(
    first: &'p Arc<Policy>,
    others: impl Iterator<Item = &'p Arc<Policy>> + Clone,
    origin: Option<&[u8]>,
) -> Selected<'p> {
    let Some(last) = others.clone().last() else {
        return Selected { policy: first, beside_others: false };
    };
    let mut all = iter::once(first).chain(others);
    let beside_others = all.clone().any(|policy| policy.acts());
    let origin = origin.and_then(Origin::parse);
    let allowing = origin.and_then(|origin| all.find(|policy| policy.origins.matches(&origin)));
    Selected { policy: allowing.unwrap_or(last), beside_others }
}
