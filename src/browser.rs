//! What a browser in front of this edge does, according to the
//! [Fetch standard](https://fetch.spec.whatwg.org): for tools that explain, not for hosts.
//!
//! ```
//! use edge_cors::PolicySet;
//! use edge_cors::browser::{Call, Network, Url, Verdict, fetch};
//!
//! let (policies, _) = PolicySet::from_json(r#"{"allowOrigins": ["https://app.example.com"]}"#)?;
//! let url = "https://api.example.com/data".parse().unwrap();
//! let call = Call { method: "PUT".to_owned(), ..Call::new("https://app.example.com", url) };
//! let Verdict::Blocked(block) = fetch(&call, &Network::new(&policies)).verdict else { panic!() };
//! assert_eq!(block.code(), "method-not-allowed");
//! # Ok::<(), edge_cors::ConfigError>(())
//! ```

mod address_space;
mod check;
mod console;
mod follow;
mod message;
mod network;
mod safelist;
mod wire;

pub use url::Url;

pub use address_space::AddressSpace;
pub use check::{Block, ConnectionError, Failure, RedirectFailure, Unparsable};
pub use console::Browser;
pub use follow::{Hop, follow};
pub use message::{Request, Response};
pub use network::{AnsweredBy, Network, Step};
pub use safelist::unsafe_value;
pub use wire::Server;
use wire::Wire;

use crate::header::{self, ORIGIN, REQUEST_HEADERS, REQUEST_METHOD};
use crate::method;

/// What a page asks the browser to do.
#[derive(Clone, Debug)]
pub struct Call {
    /// The page's origin, serialised; `null` for an opaque one, and after a redirect from one foreign origin to
    /// another.
    pub origin: String,
    /// The URL that the page calls.
    pub url: Url,
    /// The method, as the page spells it.
    pub method: String,
    /// The headers that the page sets: names and values.
    pub headers: Vec<(String, String)>,
    /// Whether the [credentials mode](https://fetch.spec.whatwg.org/#concept-request-credentials-mode)
    /// is `include`.
    pub credentials: bool,
    /// Whether the page listens to the upload's progress: the
    /// [use-CORS-preflight flag](https://fetch.spec.whatwg.org/#use-cors-preflight-flag).
    pub upload_listener: bool,
    /// How the page sends the request.
    pub initiator: Initiator,
    /// What the page called, if this is where a redirect leads to.
    pub redirected: Option<Redirected>,
}

/// What a page called, before it was redirected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirected {
    /// The URL that the page called.
    pub from: Url,
    /// The page's origin.
    pub page: String,
}

/// How a page sends a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Initiator {
    /// `fetch()`, in the request mode `cors`.
    Fetch,
    /// `XMLHttpRequest`.
    XmlHttpRequest,
    /// `EventSource`.
    EventSource,
    /// `<img crossorigin>`.
    Image,
    /// `<script crossorigin>`.
    Script,
    /// `<img>`, `<script>`, or `fetch()` in the request mode `no-cors`.
    NoCors,
    /// `<form>`, or a link: a navigation.
    Form,
    /// `new WebSocket()`.
    WebSocket,
}

impl Call {
    /// A plain `fetch()` of a URL.
    pub fn new(origin: &str, url: Url) -> Self {
        Self {
            origin: origin.to_owned(),
            url,
            method: "GET".to_owned(),
            headers: Vec::new(),
            credentials: false,
            upload_listener: false,
            initiator: Initiator::Fetch,
            redirected: None,
        }
    }

    /// The page's origin, whatever redirects have made of it.
    pub fn page(&self) -> &str {
        self.redirected.as_ref().map_or(&self.origin, |redirected| &redirected.page)
    }

    /// Why the browser sends a preflight first; empty if it sends none.
    pub fn preflight_reasons(&self) -> Vec<PreflightReason> {
        preflight_reasons(self, &safelist::unsafe_names(&self.sent_headers()))
    }

    /// The method that the browser sends: [normalised](https://fetch.spec.whatwg.org/#concept-method-normalize).
    pub fn sent_method(&self) -> &str {
        method::normalised(&self.method).unwrap_or(&self.method)
    }

    /// The headers that a page cannot set, which the browser drops.
    pub fn forbidden_headers(&self) -> impl Iterator<Item = &str> {
        let names = self.headers.iter().map(|(name, _)| name.as_str());
        names.filter(|name| header::is_forbidden_request(&name.to_ascii_lowercase()))
    }

    /// The first header that the page sets of these, whose names are in lower case: as the page spells it.
    fn first_of(&self, names: &[String]) -> &str {
        let is_one = |written: &str| names.iter().any(|name| name.eq_ignore_ascii_case(written));
        self.headers.iter().map(|(written, _)| written.as_str()).find(|written| is_one(written)).unwrap_or_default()
    }

    /// What blocks the call, if this is the response to its preflight: the checks of
    /// [CORS-preflight fetch](https://fetch.spec.whatwg.org/#cors-preflight-fetch), from step 7.
    pub fn blocked_by_preflight(&self, response: &Response) -> Option<Block> {
        check::preflight(self, &safelist::unsafe_names(&self.sent_headers()), response)
    }

    /// What hides this response to the call from the page: the
    /// [CORS check](https://fetch.spec.whatwg.org/#concept-cors-check).
    pub fn blocked_by(&self, response: &Response) -> Option<Block> {
        check::cors(self, response)
    }

    fn sent_headers(&self) -> Vec<(String, String)> {
        let lower = self.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone()));
        lower.filter(|(name, _)| !header::is_forbidden_request(name)).collect()
    }

    fn is_same_origin(&self) -> bool {
        self.url.origin().ascii_serialization() == self.origin
    }
}

/// The outcome of a call.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Why a preflight was sent; empty if none was.
    pub preflight_reasons: Vec<PreflightReason>,
    /// The requests that were sent, in order.
    pub steps: Vec<Step>,
    /// What the page gets.
    pub verdict: Verdict,
}

/// Why a request needs a preflight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PreflightReason {
    /// Its method is not [safelisted](https://fetch.spec.whatwg.org/#cors-safelisted-method).
    Method(String),
    /// It has headers that are not
    /// [safelisted](https://fetch.spec.whatwg.org/#cors-safelisted-request-header): their names.
    Headers(Vec<String>),
    /// The page listens to the upload's progress.
    UploadListener,
}

/// What a page gets from its call.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// It can read the response, because the URL has the page's own origin.
    SameOrigin,
    /// It can read the response.
    Readable,
    /// The browser follows a redirect.
    Redirected {
        /// The URL that it leads to.
        url: Url,
        /// The serialised origin of the next request.
        origin: String,
    },
    /// The request was sent without a CORS check, and the page cannot see the response.
    Opaque,
    /// The socket opens: CORS does not cover WebSockets.
    Connected,
    /// The browser blocks the request, or hides the response from the page.
    Blocked(Block),
}

impl Outcome {
    /// Nothing was sent, or nothing came back.
    fn blocked(block: Block) -> Self {
        Self { preflight_reasons: Vec::new(), steps: Vec::new(), verdict: Verdict::Blocked(block) }
    }

    /// The names of the response's headers that the page can read.
    pub fn readable_headers(&self, credentials: bool) -> Vec<String> {
        let Some(Step { response, .. }) = self.steps.last() else {
            return Vec::new();
        };
        let exposed = response.members(header::EXPOSE_HEADERS);
        let exposed_anyhow = exposed.iter().any(|name| name == "*") && !credentials;
        let same_origin = matches!(self.verdict, Verdict::SameOrigin);
        let readable = |name: &str| {
            let listed = exposed.iter().any(|exposed| exposed.eq_ignore_ascii_case(name));
            let open = same_origin || exposed_anyhow || listed || header::is_safelisted_response(name);
            open && !header::is_forbidden_response(name)
        };
        match self.verdict {
            Verdict::Readable | Verdict::SameOrigin => {
                response.headers.iter().map(|(name, _)| name.clone()).filter(|name| readable(name)).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// Whether pages can read a response header without permission: a
/// [CORS-safelisted response-header name](https://fetch.spec.whatwg.org/#cors-safelisted-response-header-name), in lower
/// case.
pub fn is_safelisted_response_header(lower: &str) -> bool {
    header::is_safelisted_response(lower)
}

/// Sends a request as a browser does, through a network that is made up. Redirects are not followed.
///
/// Its parts are named after the standard's algorithms: main fetch, HTTP fetch, CORS-preflight
/// fetch, CORS check.
pub fn fetch(call: &Call, network: &Network<'_>) -> Outcome {
    fetch_through(call, &mut &*network)
}

/// Sends a request as a browser does, to a server that is really asked. Redirects are not followed: [`follow`] does
/// that.
pub fn fetch_from(call: &Call, server: &mut dyn Server, local_network_granted: bool) -> Outcome {
    fetch_through(call, &mut wire::Asked { server, local_network_granted })
}

fn fetch_through(call: &Call, wire: &mut dyn Wire) -> Outcome {
    if method::is_forbidden(&call.method) && call.initiator != Initiator::Form {
        return Outcome::blocked(Block::ForbiddenMethod(call.method.clone()));
    }
    let writes = !["GET", "HEAD"].contains(&call.sent_method());
    if call.is_same_origin() && call.initiator != Initiator::WebSocket {
        return single(wire.send(actual_request(call, writes)), |step| {
            follow::verdict(call, &step.response).unwrap_or(Verdict::SameOrigin)
        });
    }
    if let Some(block) = check::before_the_wire(call, wire.local_network_granted()) {
        return Outcome::blocked(block);
    }
    match call.initiator {
        Initiator::Fetch
        | Initiator::XmlHttpRequest
        | Initiator::EventSource
        | Initiator::Image
        | Initiator::Script => cors_fetch(call, wire),
        Initiator::WebSocket => {
            let mut request = actual_request(call, true);
            request.headers.push((header::UPGRADE.to_owned(), "websocket".to_owned()));
            single(wire.send(request), |step| {
                let refused = step.by != AnsweredBy::OriginServer && step.response.status != 101;
                let refused = refused.then_some(Verdict::Blocked(Block::WebSocketRefused(step.response.status)));
                refused.unwrap_or(Verdict::Connected)
            })
        }
        Initiator::NoCors | Initiator::Form => single(wire.send(actual_request(call, writes)), |_| Verdict::Opaque),
    }
}

/// The outcome of a call that consists of one request.
fn single(sent: Result<Step, ConnectionError>, verdict: impl FnOnce(&Step) -> Verdict) -> Outcome {
    match sent {
        Ok(step) => {
            let verdict = verdict(&step);
            Outcome { preflight_reasons: Vec::new(), steps: vec![step], verdict }
        }
        Err(error) => Outcome::blocked(Block::Connection(error)),
    }
}

fn cors_fetch(call: &Call, wire: &mut dyn Wire) -> Outcome {
    let headers = call.sent_headers();
    let unsafe_names = safelist::unsafe_names(&headers);
    let mut outcome = Outcome {
        preflight_reasons: preflight_reasons(call, &unsafe_names),
        steps: Vec::new(),
        verdict: Verdict::Readable,
    };
    if let Some(block) = cors_exchange(call, &unsafe_names, wire, &mut outcome) {
        outcome.verdict = Verdict::Blocked(block);
    }
    outcome
}

/// Sends the preflight, if there are reasons for one, and the request, until something is blocked.
fn cors_exchange(call: &Call, unsafe_names: &[String], wire: &mut dyn Wire, outcome: &mut Outcome) -> Option<Block> {
    if !outcome.preflight_reasons.is_empty() {
        let step = match wire.send(preflight_request(call, unsafe_names)) {
            Ok(step) => step,
            Err(error) => return Some(Block::Connection(error)),
        };
        let blocked = check::preflight(call, unsafe_names, &step.response);
        outcome.steps.push(step);
        if blocked.is_some() {
            return blocked;
        }
    }
    let step = match wire.send_through_cache(actual_request(call, true)) {
        Ok(step) => step,
        Err(error) => return Some(Block::Connection(error)),
    };
    let blocked = check::cors(call, &step.response);
    outcome.verdict = follow::verdict(call, &step.response).unwrap_or(Verdict::Readable);
    outcome.steps.push(step);
    blocked
}

fn preflight_reasons(call: &Call, unsafe_names: &[String]) -> Vec<PreflightReason> {
    let method = call.sent_method();
    let method = (!method::SAFELISTED.contains(&method)).then(|| PreflightReason::Method(method.to_owned()));
    let headers = (!unsafe_names.is_empty()).then(|| PreflightReason::Headers(unsafe_names.to_vec()));
    let upload = call.upload_listener.then_some(PreflightReason::UploadListener);
    [method, headers, upload].into_iter().flatten().collect()
}

/// [CORS-preflight fetch](https://fetch.spec.whatwg.org/#cors-preflight-fetch), steps 1 to 5.
fn preflight_request(call: &Call, unsafe_names: &[String]) -> Request {
    let mut headers = vec![
        ("accept".to_owned(), "*/*".to_owned()),
        (REQUEST_METHOD.to_owned(), call.sent_method().to_owned()),
        (ORIGIN.to_owned(), call.origin.clone()),
    ];
    if !unsafe_names.is_empty() {
        headers.push((REQUEST_HEADERS.to_owned(), unsafe_names.join(",")));
    }
    Request { method: "OPTIONS".to_owned(), url: call.url.clone(), headers, policy_name: None }
}

fn actual_request(call: &Call, with_origin: bool) -> Request {
    let mut headers = call.sent_headers();
    if with_origin {
        headers.push((ORIGIN.to_owned(), call.origin.clone()));
    }
    Request { method: call.sent_method().to_owned(), url: call.url.clone(), headers, policy_name: None }
}
