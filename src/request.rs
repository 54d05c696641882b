//! What the engine asks of a request.

use crate::header::{REQUEST_METHOD, REQUEST_PRIVATE_NETWORK, UPGRADE, list_members};

/// The method's pseudo-header: RFC 9113, section 8.3.1, as are the others here.
pub(crate) const METHOD: &str = ":method";
pub(crate) const SCHEME: &str = ":scheme";
pub(crate) const AUTHORITY: &str = ":authority";
pub(crate) const PATH: &str = ":path";

/// A request as its host sees it.
///
/// Every call may cross into the host, so the engine asks for one value at a time, for as
/// little as it can, and never twice for the same.
pub trait Request {
    /// A header's value: bytes, which need not be UTF-8.
    type Value: AsRef<[u8]>;

    /// The value of a header, or of one of the pseudo-headers `:method`, `:scheme`,
    /// `:authority` and `:path` (with the query), whatever version of HTTP brought it.
    ///
    /// Names are lower-case. Where a header has several lines, the value is all of them,
    /// joined by commas. A header that is there and empty is `Some`.
    fn header(&self, name: &'static str) -> Option<Self::Value>;

    /// The name of the policy that the host's own routing picked, if it did.
    /// Asked for only where the configuration says `routeMetadata`.
    fn policy_name(&self) -> Option<Self::Value> {
        None
    }
}

/// The requested method of a preflight, `None` for every other request with an `Origin`.
///
/// Asks for the method last: nearly no request has an `Access-Control-Request-Method`.
pub(crate) fn preflight_method<R: Request>(request: &R) -> Option<R::Value> {
    let requested = request.header(REQUEST_METHOD)?;
    let method = request.header(METHOD)?;
    (method.as_ref() == b"OPTIONS").then_some(requested)
}

/// Whether the request is a WebSocket handshake: RFC 6455, section 4.1.
pub(crate) fn is_web_socket<R: Request>(request: &R) -> bool {
    let upgrade = request.header(UPGRADE);
    upgrade.is_some_and(|value| list_members(value.as_ref()).any(|p| p.eq_ignore_ascii_case(b"websocket")))
}

/// Whether a preflight asks for access to a more private network, as Chromium did until it
/// gave up Private Network Access.
pub(crate) fn asks_for_private_network<R: Request>(request: &R) -> bool {
    request.header(REQUEST_PRIVATE_NETWORK).is_some_and(|value| value.as_ref() == b"true")
}
