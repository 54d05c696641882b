//! Redirects, by the standard's [HTTP-redirect fetch](https://fetch.spec.whatwg.org/#http-redirect-fetch).

use super::check::{Block, RedirectFailure};
use super::message::Response;
use super::wire::{Asked, Server};
use super::{Call, Outcome, Redirected, Verdict, fetch_through};
use crate::header::AUTHORIZATION;

/// The most redirects that a browser follows.
const MAX_REDIRECTS: usize = 20;

/// The [request-body-header names](https://fetch.spec.whatwg.org/#request-body-header-name).
const BODY_HEADERS: [&str; 4] = ["content-encoding", "content-language", "content-location", "content-type"];

/// One request of a call that is redirected, with its preflight.
#[derive(Clone, Debug)]
pub struct Hop {
    /// What is called: at first, what the page calls.
    pub call: Call,
    /// What became of it: [`Verdict::Redirected`] for all but the last hop.
    pub outcome: Outcome,
}

/// Sends a call to a server that is really asked, and follows its redirects as a browser does: the hops, of which
/// there is at least one.
///
/// ```
/// use edge_cors::browser::{Call, ConnectionError, Request, Response, Server, Verdict, follow};
///
/// /// Redirects to another server, which allows the page.
/// struct Redirects;
/// impl Server for Redirects {
///     fn answer(&mut self, request: &Request) -> Result<Response, ConnectionError> {
///         let allow = ("access-control-allow-origin".to_owned(), "https://app.example.com".to_owned());
///         Ok(match request.url.host_str() {
///             Some("api.example.com") => Response {
///                 status: 302,
///                 headers: vec![allow, ("location".to_owned(), "https://files.example.com/1".to_owned())],
///             },
///             _ => Response { status: 200, headers: vec![allow] },
///         })
///     }
/// }
///
/// let call = Call::new("https://app.example.com", "https://api.example.com/1".parse().unwrap());
/// let hops = follow(&call, &mut Redirects, false);
/// // The second request has the origin `null`, which is not the one that is allowed.
/// assert_eq!(hops[1].call.origin, "null");
/// assert!(matches!(hops[1].outcome.verdict, Verdict::Blocked(_)));
/// ```
pub fn follow(call: &Call, server: &mut dyn Server, local_network_granted: bool) -> Vec<Hop> {
    let mut wire = Asked { server, local_network_granted };
    let mut hops = Vec::new();
    let mut next = Some(call.clone());
    while let Some(call) = next {
        let mut outcome = fetch_through(&call, &mut wire);
        next = outcome.next(&call);
        if next.is_some() && hops.len() == MAX_REDIRECTS {
            outcome.verdict = Verdict::Blocked(Block::Redirect(RedirectFailure::TooMany));
            next = None;
        }
        hops.push(Hop { call, outcome });
    }
    hops
}

/// Where a response redirects to, or why browsers do not go there.
pub(super) fn verdict(call: &Call, response: &Response) -> Option<Verdict> {
    let url = response.redirects_to(&call.url)?;
    let leaves = url.origin() != call.url.origin();
    let refused = if !["http", "https"].contains(&url.scheme()) {
        Some(RedirectFailure::Scheme(url.clone()))
    } else if (leaves || !call.is_same_origin()) && (!url.username().is_empty() || url.password().is_some()) {
        Some(RedirectFailure::Credentials(url.clone()))
    } else {
        None
    };
    if let Some(failure) = refused {
        return Some(Verdict::Blocked(Block::Redirect(failure)));
    }
    // The redirect-taint: the origin is opaque once a redirect leads from one foreign origin to another.
    let tainted = leaves && !call.is_same_origin();
    let origin = if tainted { "null".to_owned() } else { call.origin.clone() };
    Some(Verdict::Redirected { url, origin })
}

impl Outcome {
    /// The call that follows, if this outcome of a call is a redirect.
    pub fn next(&self, call: &Call) -> Option<Call> {
        match &self.verdict {
            Verdict::Redirected { url, origin } => Some(redirected(call, self, url.clone(), origin.clone())),
            _ => None,
        }
    }
}

/// The call that a redirect leads to.
fn redirected(call: &Call, outcome: &Outcome, url: url::Url, origin: String) -> Call {
    let status = outcome.steps.last().map_or(0, |step| step.response.status);
    let method = call.sent_method();
    let becomes_get = match status {
        301 | 302 => method == "POST",
        303 => !["GET", "HEAD"].contains(&method),
        _ => false,
    };
    let mut next = call.clone();
    if becomes_get {
        next.method = "GET".to_owned();
        next.headers.retain(|(name, _)| !BODY_HEADERS.contains(&name.to_ascii_lowercase().as_str()));
    }
    if url.origin() != call.url.origin() {
        next.headers.retain(|(name, _)| !name.eq_ignore_ascii_case(AUTHORIZATION));
    }
    let first = Redirected { from: call.url.clone(), page: call.origin.clone() };
    next.redirected = Some(call.redirected.clone().unwrap_or(first));
    next.url = url;
    next.origin = origin;
    next
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::browser::{ConnectionError, Request, Url};

    const PAGE: &str = "https://app.example.com";

    /// Redirects the first request, and allows everything.
    struct Redirects {
        status: u16,
        to: &'static str,
        sent: Vec<Request>,
    }

    impl Server for Redirects {
        fn answer(&mut self, request: &Request) -> Result<Response, ConnectionError> {
            self.sent.push(request.clone());
            let get =
                |name: &str| request.headers.iter().find(|(line, _)| line == name).map(|(_, value)| value.clone());
            let line = |name: &str, value: String| (name.to_owned(), value);
            let mut headers = vec![line("access-control-allow-origin", get("origin").unwrap_or_default())];
            headers
                .extend(get("access-control-request-method").map(|value| line("access-control-allow-methods", value)));
            headers
                .extend(get("access-control-request-headers").map(|value| line("access-control-allow-headers", value)));
            let is_first = self.sent.iter().all(|sent| sent.method == "OPTIONS" || sent.url == request.url);
            if request.method == "OPTIONS" || !is_first {
                return Ok(Response { status: 200, headers });
            }
            headers.push(line("location", self.to.to_owned()));
            Ok(Response { status: self.status, headers })
        }
    }

    /// The requests that a page's call becomes, as lines.
    fn sent(page_url: &str, method: &str, status: u16, to: &'static str) -> Vec<String> {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let headers = vec![header("Content-Type", "text/plain"), header("authorization", "x"), header("x-a", "1")];
        let call = Call { method: method.to_owned(), headers, ..Call::new(PAGE, page_url.parse().unwrap()) };
        let mut server = Redirects { status, to, sent: Vec::new() };
        let hops = follow(&call, &mut server, false);
        assert!(matches!(hops.last().unwrap().outcome.verdict, Verdict::Readable | Verdict::SameOrigin), "{hops:?}");
        let line = |request: &Request| {
            let lines = request
                .headers
                .iter()
                .filter(|(name, _)| !["accept", "access-control-request-method"].contains(&name.as_str()));
            let lines: Vec<String> = lines.map(|(name, value)| format!("{name}: {value}")).collect();
            format!("{} {} {}", request.method, request.url, lines.join(", "))
        };
        server.sent.iter().map(line).collect()
    }

    #[test]
    fn a_post_becomes_a_get_and_the_next_server_is_asked_again() {
        let first = [
            "OPTIONS https://api.example.com/a origin: https://app.example.com, access-control-request-headers: authorization,x-a",
            "POST https://api.example.com/a content-type: text/plain, authorization: x, x-a: 1, origin: https://app.example.com",
        ];
        let same = [
            "OPTIONS https://api.example.com/b origin: https://app.example.com, access-control-request-headers: authorization,x-a",
            "GET https://api.example.com/b authorization: x, x-a: 1, origin: https://app.example.com",
        ];
        for status in [301, 302, 303] {
            assert_eq!(sent("https://api.example.com/a", "POST", status, "/b"), [first, same].concat(), "{status}");
        }
        let other = [
            "OPTIONS https://files.example.com/ origin: null, access-control-request-headers: x-a",
            "POST https://files.example.com/ content-type: text/plain, x-a: 1, origin: null",
        ];
        for status in [307, 308] {
            let found = sent("https://api.example.com/a", "POST", status, "https://files.example.com/");
            assert_eq!(found, [first, other].concat(), "{status}");
        }
    }

    #[test]
    fn only_a_303_changes_other_methods() {
        for (method, status, next) in [
            ("PUT", 302, "PUT"),
            ("PUT", 303, "GET"),
            ("HEAD", 303, "HEAD"),
            ("patch", 301, "patch"),
            ("GET", 301, "GET"),
        ] {
            let found = sent("https://api.example.com/a", method, status, "/b");
            let last = found.last().unwrap();
            assert!(last.starts_with(&format!("{next} https://api.example.com/b ")), "{method} {status}: {found:?}");
        }
    }

    /// A request that leaves the page's own server keeps the page's origin.
    #[test]
    fn the_first_foreign_server_learns_the_origin() {
        let found = sent("https://app.example.com/a", "GET", 302, "https://api.example.com/b");
        let expected = [
            "GET https://app.example.com/a content-type: text/plain, authorization: x, x-a: 1",
            "OPTIONS https://api.example.com/b origin: https://app.example.com, access-control-request-headers: x-a",
            "GET https://api.example.com/b content-type: text/plain, x-a: 1, origin: https://app.example.com",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn the_way_back_home_is_checked() {
        let found = sent("https://api.example.com/a", "GET", 302, "https://app.example.com/b");
        assert!(found.last().unwrap().ends_with("origin: null"), "{found:?}");
        assert_eq!(Url::parse(PAGE).unwrap().origin().ascii_serialization(), PAGE);
    }
}
