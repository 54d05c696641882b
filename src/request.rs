//! What the engine asks of a request.

use crate::config::WebSockets;
use crate::header::{ORIGIN, REQUEST_HEADERS, REQUEST_METHOD, REQUEST_PRIVATE_NETWORK, UPGRADE, list_members};
use crate::origin::Origin;
use crate::policy::Policy;
use crate::verdict::RequestClass;

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

/// What a policy has to know of a request, read in one go.
#[derive(Debug)]
pub(crate) struct Asked<V> {
    pub(crate) class: RequestClass,
    pub(crate) origin: Option<V>,
    /// Of a preflight.
    pub(crate) method: Option<V>,
    /// Of a preflight.
    pub(crate) names: Option<V>,
    /// Of a preflight.
    pub(crate) private_network: bool,
}

impl<V: AsRef<[u8]>> Asked<V> {
    /// A request that has no `Origin`, or that no policy looks at.
    pub(crate) fn nothing() -> Self {
        Self { class: RequestClass::Actual, origin: None, method: None, names: None, private_network: false }
    }

    /// Reads and classifies.
    ///
    /// `Access-Control-Request-Method` goes before the method: nearly no request has one.
    pub(crate) fn read<R: Request<Value = V>>(request: &R, policy: &Policy) -> Self {
        let Some(origin) = request.header(ORIGIN) else {
            return Self::nothing();
        };
        let asked = Self { origin: Some(origin), ..Self::nothing() };
        let method = request.header(REQUEST_METHOD);
        let options = || request.header(METHOD).is_some_and(|method| method.as_ref() == b"OPTIONS");
        if method.is_some() && options() {
            let private_network = policy.allow_private_network && asks_for_private_network(request);
            let names = request.header(REQUEST_HEADERS);
            return Self { class: RequestClass::Preflight, method, names, private_network, ..asked };
        }
        let web_socket = policy.web_sockets != WebSockets::Ignore && is_web_socket(request);
        Self { class: if web_socket { RequestClass::WebSocket } else { RequestClass::Actual }, ..asked }
    }
}

/// Whether the origin is the one that the request was sent to. Browsers send `Origin` on
/// same-origin writes too.
pub(crate) fn is_same_origin<R: Request>(request: &R, origin: &[u8]) -> bool {
    let Some(origin) = Origin::parse(origin) else {
        return false;
    };
    let (Some(scheme), Some(authority)) = (request.header(SCHEME), request.header(AUTHORITY)) else {
        return false;
    };
    origin.is_same(scheme.as_ref(), authority.as_ref())
}

/// Whether the request is a WebSocket handshake: RFC 6455, section 4.1.
fn is_web_socket<R: Request>(request: &R) -> bool {
    let upgrade = request.header(UPGRADE);
    upgrade.is_some_and(|value| list_members(value.as_ref()).any(|p| p.eq_ignore_ascii_case(b"websocket")))
}

/// Whether a preflight asks for access to a more private network, as Chromium did until it
/// gave up Private Network Access.
fn asks_for_private_network<R: Request>(request: &R) -> bool {
    request.header(REQUEST_PRIVATE_NETWORK).is_some_and(|value| value.as_ref() == b"true")
}
