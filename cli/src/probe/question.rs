//! What a server is asked, and the requests that ask it.

use edge_cors::browser::{Call, Response, unsafe_value};
use http::{HeaderName, HeaderValue, Request};
use url::Url;

/// A method that no server names: who grants it grants every method.
pub(super) const CANARY_METHOD: &str = "EDGECORSPROBE";

/// A request header that no server names: who grants it grants every name.
pub(super) const CANARY_NAME: &str = "x-edge-cors-probe";

/// The last segment of a path that no server has.
const MISSING: &str = "edge-cors-probe-no-such-page";

/// One question to a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Question {
    /// The value of `Origin`; `None` asks what everybody else gets.
    pub(super) origin: Option<String>,
    pub(super) kind: Kind,
}

/// What kind of request it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `GET` of the URL.
    Get,
    /// `GET` of a page that does not exist.
    GetMissing,
    /// A [CORS-preflight request](https://fetch.spec.whatwg.org/#cors-preflight-request).
    Preflight {
        /// `Access-Control-Request-Method`
        method: String,
        /// `Access-Control-Request-Headers`: lower-case and sorted, as browsers send them.
        names: Vec<String>,
    },
}

impl Question {
    pub(super) fn plain() -> Self {
        Self { origin: None, kind: Kind::Get }
    }

    pub(super) fn get(origin: &str) -> Self {
        Self { origin: Some(origin.to_owned()), kind: Kind::Get }
    }

    pub(super) fn missing(origin: &str) -> Self {
        Self { origin: Some(origin.to_owned()), kind: Kind::GetMissing }
    }

    pub(super) fn preflight(origin: &str, method: &str, names: &[String]) -> Self {
        let mut names = names.to_vec();
        names.sort();
        names.dedup();
        Self { origin: Some(origin.to_owned()), kind: Kind::Preflight { method: method.to_owned(), names } }
    }

    /// The request, with the user's own headers if a browser would send them. `None` if a value cannot be sent.
    pub(super) fn request(&self, url: &Url, own: &[(String, String)]) -> Option<Request<()>> {
        let mut target = url.clone();
        let mut lines: Vec<(&str, String)> = Vec::new();
        let method = match &self.kind {
            Kind::Get => "GET",
            Kind::GetMissing => {
                // A sibling of the page, so that the same route of the server answers.
                target = url.join(MISSING).ok()?;
                "GET"
            }
            Kind::Preflight { method, names } => {
                lines.push(("access-control-request-method", method.clone()));
                if !names.is_empty() {
                    lines.push(("access-control-request-headers", names.join(",")));
                }
                "OPTIONS"
            }
        };
        target.set_fragment(None);
        lines.extend(self.origin.clone().map(|origin| ("origin", origin)));
        if method == "GET" {
            lines.extend(own.iter().map(|(name, value)| (name.as_str(), value.clone())));
        }
        let mut request = Request::builder().method(method).uri(target.as_str()).body(()).ok()?;
        for (name, value) in lines {
            let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
            request.headers_mut().append(name, HeaderValue::from_str(&value).ok()?);
        }
        Some(request)
    }

    /// The call of a page that a browser asks this question for.
    pub(super) fn call(&self, url: &Url) -> Call {
        let origin = self.origin.as_deref().unwrap_or("null");
        let call = Call::new(origin, url.clone());
        match &self.kind {
            Kind::Preflight { method, names } => {
                let headers = names.iter().map(|name| (name.clone(), unsafe_value(name).unwrap_or("1").to_owned()));
                Call { method: method.clone(), headers: headers.collect(), ..call }
            }
            _ => call,
        }
    }
}

/// A response as the browser model has it. Names are in lower case.
pub(super) fn response(reply: &http::Response<Vec<u8>>) -> Response {
    let line = |(name, value): (&HeaderName, &HeaderValue)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    Response { status: reply.status().as_u16(), headers: reply.headers().iter().map(line).collect() }
}
