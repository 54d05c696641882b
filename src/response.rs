//! What the edge sends: answers of its own, and edits of the origin server's responses.
//!
//! A header is one field of a struct, so none can be sent twice, and the order is fixed.

use crate::config::UpstreamHeaders;
use crate::header::{
    ALLOW_CREDENTIALS, ALLOW_HEADERS, ALLOW_METHODS, ALLOW_ORIGIN, ALLOW_PRIVATE_NETWORK, CROSS_ORIGIN_RESOURCE_POLICY,
    EXPOSE_HEADERS, MAX_AGE, REASON, TIMING_ALLOW_ORIGIN, VARY, is_protocol,
};
use crate::origin::Origin;
use crate::policy::Policy;
use crate::vary;
use crate::verdict::Reason;

/// A response that the edge gives in place of the origin server. It has no body.
#[derive(Debug)]
pub struct Answer<'a> {
    pub(crate) status: u16,
    pub(crate) allow_origin: Option<&'a str>,
    pub(crate) credentials: bool,
    pub(crate) allow_methods: Option<&'a str>,
    pub(crate) allow_headers: Option<&'a str>,
    pub(crate) max_age: Option<&'a str>,
    pub(crate) exposed: Option<&'a str>,
    pub(crate) private_network: bool,
    pub(crate) vary: Option<&'a str>,
    pub(crate) reason: Option<&'static str>,
}

impl<'a> Answer<'a> {
    pub(crate) fn empty(status: u16) -> Self {
        Self {
            status,
            allow_origin: None,
            credentials: false,
            allow_methods: None,
            allow_headers: None,
            max_age: None,
            exposed: None,
            private_network: false,
            vary: None,
            reason: None,
        }
    }

    /// The status code.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Names, in lower case, and values of the headers.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, &'a str)> {
        let headers = [
            (ALLOW_ORIGIN, self.allow_origin),
            (ALLOW_CREDENTIALS, self.credentials.then_some("true")),
            (ALLOW_METHODS, self.allow_methods),
            (ALLOW_HEADERS, self.allow_headers),
            (MAX_AGE, self.max_age),
            (EXPOSE_HEADERS, self.exposed),
            (ALLOW_PRIVATE_NETWORK, self.private_network.then_some("true")),
            (VARY, self.vary),
            (REASON, self.reason),
        ];
        headers.into_iter().filter_map(|(name, value)| Some((name, value?)))
    }
}

/// A change to the headers of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edit<'a> {
    /// Take off every line of a header.
    Remove {
        /// Its name.
        name: &'a str,
    },
    /// Make a header have this one line.
    Set {
        /// Its name, in lower case.
        name: &'static str,
        /// The value.
        value: &'a str,
    },
    /// Add a member to a list header: `, ` and the value behind what is there.
    Append {
        /// Its name, in lower case.
        name: &'static str,
        /// The member.
        value: &'a str,
    },
}

/// What the headers of an origin server's response become.
#[derive(Debug)]
pub(crate) struct Decoration<'a> {
    /// Whether the headers of the CORS protocol that are there go.
    replaces: bool,
    /// Whether the policy owns `Timing-Allow-Origin`.
    owns_timing: bool,
    allow_origin: Option<&'a str>,
    credentials: bool,
    exposed: Option<&'a str>,
    timing_allow_origin: Option<&'a str>,
    resource_policy: Option<&'a str>,
    vary: bool,
    reason: Option<&'a str>,
}

impl<'a> Decoration<'a> {
    /// What the policy says of a response to `origin`, as it was sent; `allowed` is the same
    /// where it may read the response. `None` leaves the response entirely alone.
    pub(crate) fn full(
        policy: &'a Policy,
        origin: Option<&'a [u8]>,
        allowed: Option<&'a str>,
        reason: Reason,
        headers: impl Iterator<Item = (&'a str, &'a [u8])> + Clone,
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
            vary: policy.varies_by_origin() && !varies(headers),
            reason: policy.debug.then_some(reason.as_str()),
        })
    }

    /// Only `Vary: Origin`.
    pub(crate) fn vary_only(headers: impl Iterator<Item = (&'a str, &'a [u8])>) -> Self {
        Self {
            replaces: false,
            owns_timing: false,
            allow_origin: None,
            credentials: false,
            exposed: None,
            timing_allow_origin: None,
            resource_policy: None,
            vary: !varies(headers),
            reason: None,
        }
    }

    /// The edits, for a response that has these headers.
    pub(crate) fn edits(self, headers: impl Iterator<Item = (&'a str, &'a [u8])>) -> impl Iterator<Item = Edit<'a>> {
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
        let sets = sets.into_iter().filter_map(|(name, value)| Some(Edit::Set { name, value: value? }));
        let append = self.vary.then_some(Edit::Append { name: VARY, value: "Origin" });
        removes.chain(sets).chain(append)
    }
}

/// Whether a response that has these headers says already that it depends on `Origin`.
fn varies<'a>(headers: impl Iterator<Item = (&'a str, &'a [u8])>) -> bool {
    let lines = headers.filter(|(name, _)| *name == VARY).map(|(_, value)| value);
    vary::names(lines, "Origin")
}

fn timing_allow_origin<'a>(policy: &'a Policy, origin: Option<&'a [u8]>) -> Option<&'a str> {
    let timing = policy.timing.as_ref()?;
    if timing.matches_any() {
        return Some("*");
    }
    let origin = Origin::parse(origin?)?;
    timing.matches(&origin).then_some(origin.as_str())
}
