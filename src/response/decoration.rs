//! What happens to the headers of an origin server's response.

use std::borrow::Cow;

use crate::config::UpstreamHeaders;
use crate::header::{
    ALLOW_CREDENTIALS, ALLOW_ORIGIN, CROSS_ORIGIN_RESOURCE_POLICY, EXPOSE_HEADERS, REASON, TIMING_ALLOW_ORIGIN, VARY,
    is_protocol,
};
use crate::origin::Origin;
use crate::policy::Policy;
use crate::vary;
use crate::verdict::Reason;

/// The headers of a response: lower-case names and, line by line, their values.
pub trait ResponseHeaders<'a>: Iterator<Item = (&'a str, &'a [u8])> + Clone + 'a {}

impl<'a, H: Iterator<Item = (&'a str, &'a [u8])> + Clone + 'a> ResponseHeaders<'a> for H {}

/// A change to the headers of a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit<'a> {
    /// Remove every line of a header.
    Remove {
        /// Its name, in lower case.
        name: &'a str,
    },
    /// Replace all lines of a header with this one.
    Set {
        /// Its name, in lower case.
        name: &'static str,
        /// The value.
        value: Cow<'a, [u8]>,
    },
}

/// What a response gets. A header is one field, so none can be set twice.
#[derive(Debug, Default)]
pub(crate) struct Decoration<'a> {
    /// Whether the existing headers of the CORS protocol are removed.
    replaces: bool,
    /// Whether the policy owns `Timing-Allow-Origin`.
    owns_timing: bool,
    allow_origin: Option<&'a str>,
    credentials: bool,
    exposed: Option<&'a str>,
    timing_allow_origin: Option<&'a str>,
    resource_policy: Option<&'a str>,
    vary: Option<Cow<'a, [u8]>>,
    reason: Option<&'a str>,
}

impl<'a> Decoration<'a> {
    /// The policy's headers for a response to `origin`, as it was sent; `allowed` is the same origin if
    /// it may read the response. `None` leaves the response entirely alone.
    ///
    /// If every page may read the response, every response has `*`. If the response depends on the
    /// origin (`vary`), it has `Vary: Origin`, even if the request has no `Origin`: see
    /// [CORS protocol and HTTP caches](https://fetch.spec.whatwg.org/#cors-protocol-and-http-caches).
    pub(crate) fn full(
        policy: &'a Policy,
        origin: Option<&'a [u8]>,
        allowed: Option<&'a str>,
        vary: bool,
        headers: impl ResponseHeaders<'a>,
    ) -> Option<Self> {
        if policy.upstream_headers == UpstreamHeaders::Keep && headers.clone().any(|(name, _)| name == ALLOW_ORIGIN) {
            return None;
        }
        let allow_origin = if policy.answers_any() { Some("*") } else { allowed };
        Some(Self {
            replaces: true,
            owns_timing: policy.timing.is_some(),
            allow_origin,
            credentials: policy.credentials && allow_origin.is_some(),
            exposed: policy.exposed.as_deref().filter(|_| allow_origin.is_some()),
            timing_allow_origin: timing_allow_origin(policy, origin),
            resource_policy: policy.resource_policy.map(|given| given.as_str()),
            vary: if vary { vary_by_origin(headers) } else { None },
            reason: None,
        })
    }

    /// The same, with the reason for it.
    pub(crate) fn with_reason(self, reason: Option<Reason>) -> Self {
        Self { reason: reason.map(Reason::as_str), ..self }
    }

    /// Only `Vary: Origin`.
    pub(crate) fn vary_only(headers: impl ResponseHeaders<'a>) -> Self {
        Self { vary: vary_by_origin(headers), ..Self::default() }
    }

    /// The edits, for a response that has these headers.
    pub(crate) fn edits(self, headers: impl ResponseHeaders<'a>) -> impl Iterator<Item = Edit<'a>> {
        let sets = [
            (ALLOW_ORIGIN, self.allow_origin),
            (ALLOW_CREDENTIALS, self.credentials.then_some("true")),
            (EXPOSE_HEADERS, self.exposed),
            (TIMING_ALLOW_ORIGIN, self.timing_allow_origin),
            (CROSS_ORIGIN_RESOURCE_POLICY, self.resource_policy),
            (REASON, self.reason),
        ];
        let owned = move |name: &str| {
            let ours = (self.replaces && is_protocol(name)) || (self.owns_timing && name == TIMING_ALLOW_ORIGIN);
            ours && !sets.iter().any(|(set, value)| *set == name && value.is_some())
        };
        let removes = headers.filter(move |(name, _)| owned(name)).map(|(name, _)| Edit::Remove { name });
        let sets = sets.into_iter().filter_map(|(name, value)| Some((name, value?.as_bytes().into())));
        let vary = self.vary.map(|value| (VARY, value));
        removes.chain(sets.chain(vary).map(|(name, value)| Edit::Set { name, value }))
    }
}

/// The `Vary` of a response that depends on `Origin`; `None` if it is complete already.
fn vary_by_origin<'a>(headers: impl ResponseHeaders<'a>) -> Option<Cow<'a, [u8]>> {
    vary::with(headers.filter(|(name, _)| *name == VARY).map(|(_, value)| value), "Origin")
}

fn timing_allow_origin<'a>(policy: &'a Policy, origin: Option<&'a [u8]>) -> Option<&'a str> {
    let timing = policy.timing.as_ref()?;
    if timing.matches_any() {
        return Some("*");
    }
    let origin = Origin::parse(origin?)?;
    timing.matches(&origin).then_some(origin.as_str())
}
