//! What a request asks for, in the classes of the Fetch standard.

use std::cell::OnceCell;

use super::Policy;
use crate::config::WebSockets;
use crate::header::{FETCH_SITE, REQUEST_HEADERS, REQUEST_METHOD, REQUEST_PRIVATE_NETWORK, UPGRADE, list_members};
use crate::origin::Origin;
use crate::request::RequestHead;

/// What a request asks for.
#[derive(Debug)]
pub(crate) enum Asked<V> {
    /// Nothing: it has no `Origin`, or the policy ignores it.
    NotCors,
    /// A [CORS-preflight request](https://fetch.spec.whatwg.org/#cors-preflight-request).
    Preflight {
        origin: V,
        /// `Access-Control-Request-Method`.
        method: V,
        /// `Access-Control-Request-Headers`.
        names: Option<V>,
        /// Whether it asks for access to a more private network. False if no policy that is asked could grant that.
        private_network: bool,
    },
    /// Any other [CORS request](https://fetch.spec.whatwg.org/#cors-request).
    Actual { origin: V },
    /// A WebSocket handshake, unless the policy ignores them.
    WebSocket { origin: V },
}

impl<V: AsRef<[u8]>> Asked<V> {
    /// Reads what a request with this `Origin` asks for. Whether it is a WebSocket handshake, and
    /// whether it asks for a private network, is only read if it matters.
    ///
    /// `Access-Control-Request-Method` is read before the method, because few requests have it.
    pub(crate) fn read<R: RequestHead<Value = V>>(
        request: &R,
        origin: Option<V>,
        web_sockets: bool,
        private_networks: bool,
    ) -> Self {
        let Some(origin) = origin else {
            return Self::NotCors;
        };
        if let Some(method) = request.combined(REQUEST_METHOD)
            && request.method().is_some_and(|method| method.as_ref() == b"OPTIONS")
        {
            let names = request.combined(REQUEST_HEADERS);
            let private_network = private_networks && asks_for_private_network(request);
            return Self::Preflight { origin, method, names, private_network };
        }
        if web_sockets && is_web_socket(request) {
            return Self::WebSocket { origin };
        }
        Self::Actual { origin }
    }

    /// The value of `Origin`, as it was sent.
    pub(crate) fn origin(&self) -> Option<&[u8]> {
        match self {
            Self::NotCors => None,
            Self::Preflight { origin, .. } | Self::Actual { origin } | Self::WebSocket { origin } => {
                Some(origin.as_ref())
            }
        }
    }
}

impl Policy {
    /// Reads what a request asks for, and no more than this policy and its candidate need.
    pub(crate) fn ask<R: RequestHead>(
        &self,
        request: &R,
        origin: Option<R::Value>,
        candidate: Option<&Self>,
    ) -> Asked<R::Value> {
        let private_networks =
            self.allow_private_network || candidate.is_some_and(|policy| policy.allow_private_network);
        Asked::read(request, origin, self.looks_at_web_sockets(), private_networks)
    }

    /// Whether WebSocket handshakes are a class of their own.
    pub(crate) fn looks_at_web_sockets(&self) -> bool {
        self.web_sockets != WebSockets::Ignore
    }
}

/// Whether the request is a WebSocket handshake: RFC 6455, section 4.1.
fn is_web_socket<R: RequestHead>(request: &R) -> bool {
    let upgrade = request.combined(UPGRADE);
    upgrade.is_some_and(|value| list_members(value.as_ref()).any(|p| p.eq_ignore_ascii_case(b"websocket")))
}

/// Whether a preflight asks for access to a more private network, as Chromium did until it dropped
/// Private Network Access.
fn asks_for_private_network<R: RequestHead>(request: &R) -> bool {
    request.combined(REQUEST_PRIVATE_NETWORK).is_some_and(|value| value.as_ref() == b"true")
}

/// Where a request was sent to: read at most once, when it is first needed.
pub(crate) struct SentTo<'r, R: RequestHead> {
    request: &'r R,
    authority: OnceCell<Option<R::Value>>,
    same_origin: OnceCell<bool>,
}

impl<'r, R: RequestHead> SentTo<'r, R> {
    pub(crate) fn new(request: &'r R) -> Self {
        Self { request, authority: OnceCell::new(), same_origin: OnceCell::new() }
    }

    pub(crate) fn authority(&self) -> Option<&[u8]> {
        self.authority.get_or_init(|| self.request.authority()).as_ref().map(AsRef::as_ref)
    }

    /// Whether the request comes from a page of the origin that it was sent to. Browsers send
    /// `Origin` with [same-origin writes](https://fetch.spec.whatwg.org/#append-a-request-origin-header) too.
    ///
    /// `Sec-Fetch-Site` is checked first: the browser uses the real scheme, which a proxy in front of the
    /// edge can hide, and the real page, even if it sends `Origin: null`.
    pub(crate) fn is_same_origin(&self, origin: &[u8]) -> bool {
        *self.same_origin.get_or_init(|| match self.request.combined(FETCH_SITE) {
            Some(site) => site.as_ref() == b"same-origin",
            None => self.is_at(origin),
        })
    }

    /// Whether the request was sent to this origin.
    fn is_at(&self, origin: &[u8]) -> bool {
        let Some(origin) = Origin::parse(origin) else {
            return false;
        };
        let scheme = self.request.scheme();
        scheme.is_some_and(|scheme| self.authority().is_some_and(|it| origin.is_same(scheme.as_ref(), it)))
    }
}
