//! What happens to the headers of an origin server's response.

use super::{Edit, Edits, ResponseHead};
use crate::config::UpstreamHeaders;
use crate::header::{
    ALLOW_CREDENTIALS, ALLOW_HEADERS, ALLOW_METHODS, ALLOW_ORIGIN, ALLOW_PRIVATE_NETWORK, CROSS_ORIGIN_RESOURCE_POLICY,
    EXPOSE_HEADERS, MAX_AGE, REASON, TIMING_ALLOW_ORIGIN, VARY,
};
use crate::origin::{Origin, OriginSet};
use crate::policy::Policy;
use crate::vary;
use crate::verdict::Reason;

/// What a policy owes a response.
#[derive(Debug)]
pub(crate) struct Decoration<'a> {
    pub(crate) policy: &'a Policy,
    /// The origin of the request, as it was sent.
    pub(crate) origin: Option<&'a [u8]>,
    /// The same, if the policy allows it.
    pub(crate) allowed: Option<&'a str>,
    /// Whether other requests get other headers. A cache must know that of every response, even if the
    /// request has no `Origin`: see
    /// [CORS protocol and HTTP caches](https://fetch.spec.whatwg.org/#cors-protocol-and-http-caches).
    pub(crate) varies: bool,
    /// The reason of the verdict, if the policy shows it.
    pub(crate) reason: Option<Reason>,
}

impl<'a> Decoration<'a> {
    /// The edits for a response. None at all if the policy keeps the origin server's own headers, and there
    /// are some.
    pub(crate) fn edits(self, response: &impl ResponseHead) -> Edits<'a> {
        let Self { policy, origin, allowed, varies, reason } = self;
        if policy.upstream_headers == UpstreamHeaders::Keep && response.combined(ALLOW_ORIGIN).is_some() {
            return Edits::none();
        }
        let allow_origin = if policy.answers_any() { Some("*") } else { allowed };
        let credentials = policy.credentials && allow_origin.is_some();
        let exposed = policy.exposed.as_deref().filter(|_| allow_origin.is_some());
        let timing = |timing| owned(TIMING_ALLOW_ORIGIN, timing_allow_origin(timing, origin), response);
        let mut edits = Edits::none();
        edits.push(owned(ALLOW_ORIGIN, allow_origin, response));
        edits.push(owned(ALLOW_CREDENTIALS, credentials.then_some("true"), response));
        edits.push(owned(EXPOSE_HEADERS, exposed, response));
        edits.push(owned(ALLOW_METHODS, None, response));
        edits.push(owned(ALLOW_HEADERS, None, response));
        edits.push(owned(MAX_AGE, None, response));
        edits.push(owned(ALLOW_PRIVATE_NETWORK, None, response));
        edits.push(policy.timing.as_ref().and_then(timing));
        edits.push(set(CROSS_ORIGIN_RESOURCE_POLICY, policy.resource_policy.map(|given| given.as_str())));
        edits.push(set(REASON, reason.map(Reason::as_str)));
        if varies {
            edits.push(vary_by_origin(response));
        }
        edits
    }
}

/// The edits of a policy that only makes `Vary` complete.
pub(crate) fn only_vary(response: &impl ResponseHead) -> Edits<'static> {
    let mut edits = Edits::none();
    edits.push(vary_by_origin(response));
    edits
}

/// A header on which only the policy decides: without a value, it is removed.
fn owned<'a>(name: &'static str, value: Option<&'a str>, response: &impl ResponseHead) -> Option<Edit<'a>> {
    match value {
        Some(value) => Some(Edit::Set { name, value }),
        None => response.may_have(name).then_some(Edit::Remove { name }),
    }
}

fn set<'a>(name: &'static str, value: Option<&'a str>) -> Option<Edit<'a>> {
    value.map(|value| Edit::Set { name, value })
}

/// What makes `Vary` name `Origin`; `None` if it does already, or is `*`.
fn vary_by_origin(response: &impl ResponseHead) -> Option<Edit<'static>> {
    match response.combined(VARY) {
        None => Some(Edit::Set { name: VARY, value: "Origin" }),
        Some(members) if vary::has_member(members.as_ref(), "Origin") => None,
        Some(_) => Some(Edit::Append { name: VARY, value: "Origin" }),
    }
}

fn timing_allow_origin<'a>(timing: &OriginSet, origin: Option<&'a [u8]>) -> Option<&'a str> {
    if timing.matches_any() {
        return Some("*");
    }
    let origin = Origin::parse(origin?)?;
    timing.matches(&origin).then_some(origin.as_str())
}
