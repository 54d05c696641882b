//! The responses of the edge instead of the origin server.

use std::borrow::Cow;

use crate::header::requested::RequestedNames;
use crate::header::{
    ALLOW_CREDENTIALS, ALLOW_HEADERS, ALLOW_METHODS, ALLOW_ORIGIN, ALLOW_PRIVATE_NETWORK, EXPOSE_HEADERS, MAX_AGE,
    REASON, VARY,
};
use crate::policy::{Asked, Policy};
use crate::verdict::Reason;

/// A response of the edge instead of the origin server. It has no body.
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
    /// Everything that is listed is sent, not only what was asked for: browsers keep every method and
    /// name in their preflight cache, and ask less often. `Access-Control-Expose-Headers` means
    /// nothing on a preflight; it is sent because the Gateway API's conformance tests want it.
    pub(crate) fn granting<V: AsRef<[u8]>>(policy: &'a Policy, asked: &'a Asked<V>, origin: Option<&'a str>) -> Self {
        let answer = Self::sharing(policy, asked, origin);
        Self {
            max_age: policy.max_age.as_deref(),
            exposed: policy.exposed.as_deref(),
            private_network: policy.allow_private_network
                && matches!(asked, Asked::Preflight { private_network: true, .. }),
            ..answer
        }
    }

    /// The answer that refuses a preflight or a request. The standard suggests
    /// [403 without CORS headers](https://fetch.spec.whatwg.org/#http-responses): it reveals nothing.
    pub(crate) fn refusing() -> Self {
        Self { status: 403, ..Self::default() }
    }

    /// The answer that refuses the method or the header names of a page whose origin is allowed. It
    /// passes the CORS check and lists what is allowed, so that the browser is the one that refuses, and
    /// its console says which method or name is missing. It tells nothing that a granted preflight does not.
    pub(crate) fn explaining<V: AsRef<[u8]>>(policy: &'a Policy, asked: &'a Asked<V>, origin: Option<&'a str>) -> Self {
        Self::sharing(policy, asked, origin)
    }

    /// The same answer, with what it depends on and the reason for it.
    pub(crate) fn with(self, vary: Option<&'a str>, reason: Option<Reason>) -> Self {
        Self { vary, reason, ..self }
    }

    /// What every answer to a preflight from an allowed origin contains: what passes the
    /// [CORS check](https://fetch.spec.whatwg.org/#concept-cors-check), and all that is allowed.
    ///
    /// Where everything is allowed, what was asked for is named, and never `*`: WebKit keeps a `*` in its
    /// preflight cache and lets it cover `Authorization`, and Firefox asks again before every request.
    fn sharing<V: AsRef<[u8]>>(policy: &'a Policy, asked: &'a Asked<V>, origin: Option<&'a str>) -> Self {
        let (method, names) = match asked {
            Asked::Preflight { method, names, .. } => {
                (std::str::from_utf8(method.as_ref()).ok(), names.as_ref().map(AsRef::as_ref))
            }
            _ => (None, None),
        };
        let allow_methods = match policy.methods.any() {
            true => method.filter(|method| policy.methods.allows(method)),
            false => policy.methods.joined(),
        };
        let allow_headers = match policy.headers.any() {
            true => names.and_then(RequestedNames::parse).map(|names| policy.headers.allowed_of(names)),
            false => policy.headers.joined().filter(|_| names.is_some()).map(Cow::Borrowed),
        };
        Self {
            status: policy.preflight_status,
            allow_origin: if policy.answers_any() { Some("*") } else { origin },
            credentials: policy.credentials,
            allow_methods,
            allow_headers: allow_headers.filter(|names| !names.is_empty()),
            ..Self::default()
        }
    }
}
