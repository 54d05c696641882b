//! Requests that have more than one target, because servers read their path in different ways.

use std::sync::Arc;

use super::PolicySet;
use super::decide::{Selected, active, select};
use super::strictness::Strictness;
use crate::exchange::{Action, Exchange};
use crate::header::ORIGIN;
use crate::policy::{Asked, Policy, Reach, SentTo};
use crate::request::RequestHead;
use crate::route::Target;

/// What the policies say, taken together, that a request in doubt may be for. No origin is
/// allowed; for the rest, the strictest one holds.
#[derive(Default)]
struct Doubt {
    /// Whether there is a policy at all.
    looked_at: bool,
    /// How strict those are that are enforced for the request's origin, if there are such.
    enforced: Option<Strictness>,
    /// Whether one of these shows the reason.
    debug: bool,
    /// Whether one is enforced, but not for this origin.
    beside_others: bool,
    web_sockets: bool,
}

impl Doubt {
    fn add(&mut self, Selected { policy, beside_others }: Selected<'_>, origin: Option<&[u8]>) {
        self.looked_at = true;
        self.web_sockets |= policy.looks_at_web_sockets();
        self.beside_others |= beside_others;
        match policy.reach(origin) {
            Reach::Enforced => {
                self.enforced = Some(self.enforced.unwrap_or_default().and(Strictness::of(policy)));
                self.debug |= policy.debug;
            }
            Reach::Reported => {}
            Reach::ReportedBesideOthers => self.beside_others = true,
        }
    }
}

impl PolicySet {
    /// Decides on a request that has one target or another.
    ///
    /// No origin is allowed, as far as one of the policies is enforced for the request's origin.
    pub(super) fn decide_in_doubt<R: RequestHead>(
        &self,
        targets: impl Iterator<Item = Target>,
        request: &R,
        sent_to: &SentTo<'_, R>,
    ) -> Exchange<R::Value> {
        let origin = request.combined(ORIGIN);
        let doubt = self.doubt(targets, origin.as_ref().map(AsRef::as_ref));
        if !doubt.looked_at {
            return Exchange::left_alone(None);
        }
        let policy = if doubt.debug { &self.closed_with_debug } else { &self.closed };
        let asked = Asked::read(request, origin, doubt.web_sockets, false);
        let verdict = policy.judge(&asked, sent_to).for_an_ambiguous_path();
        let action = match doubt.enforced {
            Some(strictness) => strictness.action(verdict),
            None if doubt.beside_others => Action::VaryOnly,
            None => Action::Leave,
        };
        let policy = Some(Arc::clone(policy));
        Exchange { policy, beside_others: false, asked, verdict, action, shadow: None, unknown_policy: None }
    }

    fn doubt(&self, targets: impl Iterator<Item = Target>, origin: Option<&[u8]>) -> Doubt {
        let mut doubt = Doubt::default();
        let mut last = None;
        for target in targets {
            // Most readings find the same.
            if last.replace(target) == Some(target) {
                continue;
            }
            // The closed policy stands for any of the others.
            let holds = target != Target::Closed || self.policies().any(Policy::acts);
            let mut policies = active(self.policies_of(target));
            if let Some(first) = policies.next().filter(|_| holds) {
                doubt.add(select(first, policies, origin), origin);
            }
        }
        doubt
    }
}
