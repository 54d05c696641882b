//! The responses that the edge gives in place of the origin server.

use std::borrow::Cow;

use crate::header::requested::RequestedNames;
use crate::header::{
    ALLOW_CREDENTIALS, ALLOW_HEADERS, ALLOW_METHODS, ALLOW_ORIGIN, ALLOW_PRIVATE_NETWORK, EXPOSE_HEADERS, MAX_AGE,
    REASON, VARY,
};
use crate::policy::{Asked, Policy};
use crate::verdict::{PreflightVerdict, Reason, Verdict};

/// A response that the edge gives in place of the origin server. It has no body.
///
/// A header is one field, so none can be sent twice, and their order is fixed.
#[derive(Debug, Default)]
pub struct Answer<'a> {
    status: u16,
    allow_origin: Option<&'a str>,
    credentials: bool,
    allow_methods: Option<&'a str>,
    allow_headers: Option<Cow<'a, str>>,
    max_age: Option<&'a str>,
    exposed: Option<&'a str>,
    private_network: bool,
    vary: Option<&'a str>,
    reason: Option<Reason>,
}

impl<'a> Answer<'a> {
    /// The status code.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Names, in lower case, and values of the headers.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let headers = [
            (ALLOW_ORIGIN, self.allow_origin),
            (ALLOW_CREDENTIALS, self.credentials.then_some("true")),
            (ALLOW_METHODS, self.allow_methods),
            (ALLOW_HEADERS, self.allow_headers.as_deref()),
            (MAX_AGE, self.max_age),
            (EXPOSE_HEADERS, self.exposed),
            (ALLOW_PRIVATE_NETWORK, self.private_network.then_some("true")),
            (VARY, self.vary),
            (REASON, self.reason.map(Reason::as_str)),
        ];
        headers.into_iter().filter_map(|(name, value)| Some((name, value?)))
    }

    /// The answer that grants a preflight: what the
    /// [CORS-preflight fetch](https://fetch.spec.whatwg.org/#cors-preflight-fetch) looks for.
    ///
    /// All that is allowed is listed, not only what was asked for: browsers keep every listed method
    /// and name in their preflight cache, and ask less often. `Access-Control-Expose-Headers` means
    /// nothing on a preflight; it is sent because the Gateway API's conformance tests want it.
    pub(crate) fn granting<V: AsRef<[u8]>>(policy: &'a Policy, asked: &'a Asked<V>, origin: Option<&'a str>) -> Self {
        let Asked::Preflight { names, private_network, .. } = asked else {
            return Self::refusing(policy);
        };
        let names = names.as_ref().map(AsRef::as_ref);
        let echo = policy.headers.any() && policy.credentials;
        let allow_headers = if echo {
            names.and_then(RequestedNames::parse).map(|names| names.canonical()).filter(|names| !names.is_empty())
        } else {
            policy.headers.joined().filter(|_| names.is_some()).map(Cow::Borrowed)
        };
        Self {
            allow_headers,
            max_age: policy.max_age.as_deref(),
            exposed: policy.exposed.as_deref(),
            private_network: *private_network,
            ..Self::sharing(policy, asked, origin)
        }
    }

    /// The answer that refuses a preflight. The standard suggests
    /// [403 without CORS headers](https://fetch.spec.whatwg.org/#http-responses): it tells a stranger nothing.
    pub(crate) fn refusing(policy: &'a Policy) -> Self {
        Self { status: 403, vary: Some(&policy.preflight_vary), ..Self::default() }
    }

    /// The answer that refuses a preflight with the CORS headers whose checks passed, so that the
    /// browser's console reports the check that failed.
    pub(crate) fn explaining<V: AsRef<[u8]>>(
        policy: &'a Policy,
        asked: &'a Asked<V>,
        origin: Option<&'a str>,
        verdict: Verdict,
    ) -> Self {
        // Never a `*`, which some browsers take for more than it covers.
        let methods = || policy.methods.joined().filter(|_| !policy.methods.any());
        let names = || policy.headers.joined().filter(|_| !policy.headers.any());
        match verdict {
            Verdict::Preflight(PreflightVerdict::MethodNotAllowed | PreflightVerdict::MethodMalformed) => {
                Self { allow_methods: methods(), ..Self::sharing(policy, asked, origin) }
            }
            Verdict::Preflight(PreflightVerdict::HeadersNotAllowed | PreflightVerdict::HeadersMalformed) => {
                Self { allow_headers: names().map(Cow::Borrowed), ..Self::sharing(policy, asked, origin) }
            }
            _ => Self { status: policy.preflight_status, ..Self::refusing(policy) },
        }
    }

    /// The answer to a request that is not forwarded because of its origin.
    pub(crate) fn rejecting(policy: &'a Policy) -> Self {
        Self { status: 403, vary: policy.varies_by_origin().then_some("Origin"), ..Self::default() }
    }

    pub(crate) fn with_reason(self, reason: Option<Reason>) -> Self {
        Self { reason, ..self }
    }

    /// What every answer to a preflight from an allowed origin contains: what passes the
    /// [CORS check](https://fetch.spec.whatwg.org/#concept-cors-check), and the methods.
    fn sharing<V: AsRef<[u8]>>(policy: &'a Policy, asked: &'a Asked<V>, origin: Option<&'a str>) -> Self {
        let echo = policy.methods.any() && policy.credentials;
        let requested = match asked {
            Asked::Preflight { method, .. } => std::str::from_utf8(method.as_ref()).ok(),
            _ => None,
        };
        Self {
            status: policy.preflight_status,
            allow_origin: if policy.answers_any() { Some("*") } else { origin },
            credentials: policy.credentials,
            allow_methods: if echo { requested } else { policy.methods.joined() },
            vary: Some(&policy.preflight_vary),
            ..Self::default()
        }
    }
}
