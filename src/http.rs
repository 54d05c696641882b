//! The engine on the types of the crate [`http`](https://docs.rs/http): for axum, tower, hyper and
//! every other program that uses them.
//!
//! | step | call |
//! |---|---|
//! | decide on a request | [`PolicySet::decide`](crate::PolicySet::decide), with a [`Request`] or its [`Parts`] |
//! | answer it at the edge | [`Response::from`], with an [`Answer`] |
//! | edit the response of a forwarded request | [`Exchange::decorate_response`] |
//!
//! ```
//! use edge_cors::PolicySet;
//! use http::{Request, Response, StatusCode};
//!
//! let source = r#"{ "allowOrigins": ["https://app.example.com"], "allowMethods": ["PUT"] }"#;
//! let (policies, _warnings) = PolicySet::from_json(source)?;
//!
//! let preflight = Request::options("/v1/users")
//!     .header("host", "api.example.com")
//!     .header("origin", "https://app.example.com")
//!     .header("access-control-request-method", "PUT")
//!     .body(())
//!     .unwrap();
//! let exchange = policies.decide(&preflight);
//! let answer = Response::from(exchange.answer().unwrap());
//! assert_eq!(answer.status(), StatusCode::NO_CONTENT);
//! assert_eq!(answer.headers()["access-control-allow-origin"], "https://app.example.com");
//!
//! let request = Request::get("/v1/users").header("origin", "https://app.example.com").body(()).unwrap();
//! let exchange = policies.decide(&request);
//! assert!(exchange.answer().is_none());
//! let mut response = Response::new("the origin server's");
//! exchange.decorate_response(&mut response);
//! assert_eq!(response.headers()["vary"], "Origin");
//! # Ok::<(), edge_cors::ConfigError>(())
//! ```
//!
//! # What a request does not contain
//!
//! A request target such as `/v1/users` has no scheme, and only the server knows whether the client
//! used TLS. Put an [`Scheme`] into the request's extensions. Without one, and
//! without a scheme in the URI, no request counts as same-origin by its `Host`: the engine fails
//! closed. The name of the policy that the program's own routing picked is an extension too,
//! [`PolicyName`].

use ::http::header::{HOST, HeaderMap, HeaderName, HeaderValue};
use ::http::request::Parts;
use ::http::uri::Scheme;
use ::http::{Extensions, Method, Request, Response, StatusCode, Uri};

use crate::exchange::Exchange;
use crate::request::RequestHead;
use crate::response::{Answer, Edit, ResponseHead};

/// An extension of a request: the name of the policy that the program's own routing picked.
///
/// It counts only if the configuration sets `routeMetadata`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyName(pub HeaderValue);

/// The parts of a head, which [`Request`] and [`Parts`] hand out in different ways.
struct Head<'r> {
    method: &'r Method,
    uri: &'r Uri,
    headers: &'r HeaderMap,
    extensions: &'r Extensions,
}

impl Head<'_> {
    fn method(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(self.method.as_str()).ok()
    }

    fn scheme(&self) -> Option<HeaderValue> {
        let scheme = self.uri.scheme().or_else(|| self.extensions.get::<Scheme>())?;
        HeaderValue::from_str(scheme.as_str()).ok()
    }

    /// HTTP/2 and absolute targets have the authority in the URI, and then `Host` does not count
    /// (RFC 9112, section 3.2.2).
    fn authority(&self) -> Option<HeaderValue> {
        match self.uri.authority() {
            Some(authority) => HeaderValue::from_str(authority.as_str()).ok(),
            None => self.headers.get(HOST).cloned(),
        }
    }

    fn path(&self) -> Option<HeaderValue> {
        HeaderValue::from_bytes(self.uri.path_and_query()?.as_str().as_bytes()).ok()
    }

    fn combined(&self, name: &str) -> Option<HeaderValue> {
        combined(self.headers, name)
    }

    fn policy_name(&self) -> Option<HeaderValue> {
        self.extensions.get().map(|PolicyName(name)| name.clone())
    }
}

/// The lines of a header, joined by commas. One line is shared with the message, not copied.
fn combined(headers: &HeaderMap, name: &str) -> Option<HeaderValue> {
    let lines = headers.get_all(name);
    let mut others = lines.iter();
    let first = others.next()?;
    if others.next().is_none() {
        return Some(first.clone());
    }
    let lines: Vec<&[u8]> = lines.iter().map(HeaderValue::as_bytes).collect();
    HeaderValue::from_bytes(&lines.join(&b", "[..])).ok()
}

/// Hands a request's values over by way of [`Head`].
macro_rules! request_head {
    ($type:ty $(, $body:ident)?: $request:ident => $head:expr) => {
        impl $(<$body>)? RequestHead for $type {
            type Value = HeaderValue;

            fn method(&self) -> Option<HeaderValue> {
                let $request = self;
                $head.method()
            }

            fn scheme(&self) -> Option<HeaderValue> {
                let $request = self;
                $head.scheme()
            }

            fn authority(&self) -> Option<HeaderValue> {
                let $request = self;
                $head.authority()
            }

            fn path(&self) -> Option<HeaderValue> {
                let $request = self;
                $head.path()
            }

            fn combined(&self, name: &'static str) -> Option<HeaderValue> {
                let $request = self;
                $head.combined(name)
            }

            fn policy_name(&self) -> Option<HeaderValue> {
                let $request = self;
                $head.policy_name()
            }
        }
    };
}

request_head!(Request<B>, B: request => Head {
    method: request.method(),
    uri: request.uri(),
    headers: request.headers(),
    extensions: request.extensions(),
});
request_head!(Parts: parts => Head {
    method: &parts.method,
    uri: &parts.uri,
    headers: &parts.headers,
    extensions: &parts.extensions,
});

/// The response that the edge gives in place of the origin server.
impl From<Answer<'_>> for Response<()> {
    fn from(answer: Answer<'_>) -> Self {
        let mut response = Self::new(());
        // The engine has statuses, names and values of its own only, all of them valid.
        *response.status_mut() = StatusCode::from_u16(answer.status()).unwrap_or(StatusCode::FORBIDDEN);
        for (name, value) in answer.headers() {
            if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value)) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

impl<B> ResponseHead for Response<B> {
    type Value = HeaderValue;

    fn switches_protocols(&self) -> bool {
        self.status() == StatusCode::SWITCHING_PROTOCOLS
    }

    fn combined(&self, name: &'static str) -> Option<HeaderValue> {
        combined(self.headers(), name)
    }

    fn may_have(&self, name: &'static str) -> bool {
        self.headers().contains_key(name)
    }
}

impl<V: AsRef<[u8]>> Exchange<V> {
    /// Makes the response of a forwarded request what the policy says: carries out the edits of
    /// [`Exchange::decorate`].
    pub fn decorate_response<B>(&self, response: &mut Response<B>) {
        for edit in self.decorate(response) {
            apply(edit, response.headers_mut());
        }
    }
}

/// Carries out one edit.
fn apply(edit: Edit<'_>, headers: &mut HeaderMap) {
    let (name, value) = match edit {
        Edit::Remove { name } => return drop(headers.remove(name)),
        Edit::Set { name, value } => (name, HeaderValue::from_str(value)),
        // One line: not every cache looks at all of them.
        Edit::Append { name, value } => {
            let members = combined(headers, name);
            let members = members.iter().map(HeaderValue::as_bytes).chain([value.as_bytes()]);
            (name, HeaderValue::from_bytes(&members.collect::<Vec<_>>().join(&b", "[..])))
        }
    };
    if let Ok(value) = value {
        headers.insert(HeaderName::from_static(name), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(target: &str, headers: &[(&str, &[u8])]) -> Request<()> {
        let mut request = Request::get(target).body(()).unwrap();
        for (name, value) in headers {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            request.headers_mut().append(name, HeaderValue::from_bytes(value).unwrap());
        }
        request
    }

    fn text(value: Option<HeaderValue>) -> Option<String> {
        value.map(|value| value.as_bytes().escape_ascii().to_string())
    }

    #[test]
    fn every_line_of_a_header_counts() {
        let request = request("/", &[("origin", b"https://a.example"), ("origin", b"\xff"), ("upgrade", b"")]);
        assert_eq!(text(request.combined("origin")).as_deref(), Some("https://a.example, \\xff"));
        assert_eq!(text(request.combined("upgrade")).as_deref(), Some(""));
        assert_eq!(text(request.combined("access-control-request-method")), None);
    }

    #[test]
    fn the_target_goes_before_the_host_header() {
        let relative = request("/a?b", &[("host", b"api.example.com:8080")]);
        assert_eq!(text(relative.authority()).as_deref(), Some("api.example.com:8080"));
        assert_eq!(text(relative.path()).as_deref(), Some("/a?b"));
        assert_eq!(text(relative.scheme()), None);
        let absolute = request("https://api.example.com/", &[("host", b"other.example")]);
        assert_eq!(text(absolute.authority()).as_deref(), Some("api.example.com"));
        assert_eq!(text(absolute.scheme()).as_deref(), Some("https"));
    }

    #[test]
    fn a_member_is_added_on_one_line() {
        let mut headers = HeaderMap::new();
        apply(Edit::Append { name: "vary", value: "Origin" }, &mut headers);
        assert_eq!(headers["vary"], "Origin");
        let mut headers = request("/", &[("vary", b"Accept"), ("vary", b"Cookie, \xff")]).headers().clone();
        apply(Edit::Append { name: "vary", value: "Origin" }, &mut headers);
        let lines: Vec<_> = headers.get_all("vary").iter().map(HeaderValue::as_bytes).collect();
        assert_eq!(lines, [b"Accept, Cookie, \xff, Origin"]);
    }

    #[test]
    fn extensions_tell_what_the_request_does_not_contain() {
        let (mut parts, ()) = request("/", &[]).into_parts();
        parts.extensions.insert(Scheme::HTTPS);
        parts.extensions.insert(PolicyName(HeaderValue::from_static("app")));
        assert_eq!(text(parts.scheme()).as_deref(), Some("https"));
        assert_eq!(text(parts.policy_name()).as_deref(), Some("app"));
        assert_eq!(text(parts.method()).as_deref(), Some("GET"));
    }
}
