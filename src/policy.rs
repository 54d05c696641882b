//! A compiled policy: it exists, so it is coherent and safe.

mod compile;
mod lists;

pub(crate) use compile::compile;

use crate::config::{
    DisallowedRequests, Mode, PolicyConfig, ResourcePolicy, UnmatchedPreflights, UpstreamHeaders, WebSockets,
};
use crate::hash::Rolling;
use crate::header::requested::RequestedNames;
use crate::header::set::HeaderSet;
use crate::method::{self, MethodSet};
use crate::origin::{Origin, OriginSet};
use crate::problem::Report;
use crate::request::Asked;
use crate::verdict::Reason;

/// What one policy says, compiled for decisions.
///
/// Every header value that does not depend on the request is a finished text here.
#[derive(Debug)]
pub struct Policy {
    pub(crate) name: String,
    pub(crate) mode: Mode,
    /// Per cent of origins under `enforce`.
    pub(crate) rollout: u8,
    /// The position of the candidate that is evaluated beside this policy.
    pub(crate) shadow: Option<usize>,
    pub(crate) origins: OriginSet,
    pub(crate) credentials: bool,
    pub(crate) methods: MethodSet,
    pub(crate) headers: HeaderSet,
    pub(crate) exposed: Option<String>,
    pub(crate) max_age: Option<String>,
    pub(crate) preflight_status: u16,
    pub(crate) preflight_vary: String,
    pub(crate) unmatched_preflights: UnmatchedPreflights,
    pub(crate) upstream_headers: UpstreamHeaders,
    pub(crate) disallowed_requests: DisallowedRequests,
    pub(crate) web_sockets: WebSockets,
    pub(crate) timing: Option<OriginSet>,
    pub(crate) resource_policy: Option<ResourcePolicy>,
    pub(crate) allow_private_network: bool,
    pub(crate) debug: bool,
}

/// How far a policy acts on one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// It answers and decorates.
    Enforced,
    /// It only decides.
    Reported,
    /// It only decides, but other origins' responses differ: this one must say so in `Vary`.
    ReportedBesideOthers,
}

impl Policy {
    /// The name that the configuration gives it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A policy that allows no origin.
    pub(crate) fn closed() -> Self {
        compile("closed", &PolicyConfig::default(), &mut Report::on(""))
    }

    /// Whether every response gets `Access-Control-Allow-Origin: *`, whoever asks.
    pub(crate) fn answers_any(&self) -> bool {
        self.origins.matches_any() && !self.credentials
    }

    /// Whether responses depend on `Origin`.
    pub(crate) fn varies_by_origin(&self) -> bool {
        let timing = self.timing.as_ref().is_some_and(|timing| !timing.matches_any());
        !self.answers_any() || timing || self.is_partly_rolled_out()
    }

    fn is_partly_rolled_out(&self) -> bool {
        (1..100).contains(&self.rollout)
    }

    /// How far the policy acts on a request from this origin, given as it was sent.
    ///
    /// The same bytes always get the same answer, on every edge and in every version.
    pub(crate) fn reach(&self, origin: Option<&[u8]>) -> Reach {
        if self.mode != Mode::Enforce || self.rollout == 0 {
            return Reach::Reported;
        }
        let enforced = match origin {
            _ if self.rollout == 100 => true,
            None => false,
            Some(origin) => Rolling::new().with(origin).finish() % 100 < u64::from(self.rollout),
        };
        if enforced { Reach::Enforced } else { Reach::ReportedBesideOthers }
    }

    /// Judges a request. `same_origin` is asked only where the origin is refused.
    pub(crate) fn judge<V: AsRef<[u8]>>(&self, asked: &Asked<V>, same_origin: impl FnOnce(&[u8]) -> bool) -> Reason {
        let Some(origin) = asked.origin.as_ref().map(AsRef::as_ref) else {
            return Reason::NotCors;
        };
        let reason = self.judge_origin(origin);
        match asked.method.as_ref().map(AsRef::as_ref) {
            None if reason.refuses() && same_origin(origin) => Reason::SameOrigin,
            Some(method) if !reason.refuses() => self.judge_preflight(method, asked.names.as_ref().map(AsRef::as_ref)),
            _ => reason,
        }
    }

    fn judge_origin(&self, origin: &[u8]) -> Reason {
        match Origin::parse(origin) {
            None => Reason::OriginMalformed,
            Some(origin) if self.origins.matches(&origin) => Reason::Allowed,
            Some(_) => Reason::OriginNotAllowed,
        }
    }

    /// The rest of a preflight, where its origin is allowed: the method, then the names.
    fn judge_preflight(&self, method: &[u8], names: Option<&[u8]>) -> Reason {
        let name = std::str::from_utf8(method).ok().filter(|_| method::is_method(method));
        match name {
            None => Reason::MethodMalformed,
            Some(name) if self.methods.allows(name) => names.map_or(Reason::Allowed, |names| self.judge_names(names)),
            Some(_) => Reason::MethodNotAllowed,
        }
    }

    fn judge_names(&self, requested: &[u8]) -> Reason {
        match RequestedNames::parse(requested) {
            None => Reason::HeadersMalformed,
            Some(names) if names.iter().all(|name| self.headers.allows(name)) => Reason::Allowed,
            Some(_) => Reason::HeadersNotAllowed,
        }
    }
}
