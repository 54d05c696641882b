//! The checks that a browser makes, and how they fail.

use url::Url;

use super::message::Response;
use super::{AddressSpace, Call};
use crate::header::{ALLOW_CREDENTIALS, ALLOW_HEADERS, ALLOW_METHODS, ALLOW_ORIGIN, AUTHORIZATION, is_token};
use crate::method;

/// Why a browser hides a response from a page, or does not send the request at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// Pages cannot use the method.
    ForbiddenMethod(String),
    /// The page is secure, and the URL is not.
    MixedContent,
    /// The URL is in a more private network, and the user has not given permission.
    LocalNetwork(AddressSpace),
    /// A check failed: of the preflight's response, or of the response itself if `preflight` is false.
    Cors {
        /// Which check.
        failure: Failure,
        /// Whether the preflight's response failed the check.
        preflight: bool,
        /// The status of that response, which Firefox and Safari show.
        status: u16,
        /// Where that response redirects to, if it does.
        location: Option<Url>,
    },
    /// The handshake of a WebSocket was answered with this status.
    WebSocketRefused(u16),
    /// A redirect passed the check, but browsers do not follow it.
    Redirect(RedirectFailure),
    /// There was no response.
    Connection(ConnectionError),
}

/// Why browsers do not follow a redirect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RedirectFailure {
    /// It was the 21st.
    TooMany,
    /// Its target has a user name or a password: this.
    Credentials(Url),
    /// Its target is neither `http` nor `https`: this.
    Scheme(Url),
}

/// Why there was no response, as far as browsers tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionError {
    /// The host's name does not resolve.
    NameNotResolved,
    /// Nothing listens on the port.
    Refused,
    /// The connection was closed without a response.
    Closed,
    /// Anything else, such as a certificate that is not valid.
    Other,
}

/// The check that failed. There is a variant for each message that one of the browsers has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// `Access-Control-Allow-Origin` is missing.
    MissingAllowOrigin,
    /// It has several values.
    MultipleAllowOrigin {
        /// All of them, with commas between them.
        values: String,
        /// Whether they are in one header line.
        in_one_line: bool,
    },
    /// It is not an origin: this.
    InvalidAllowOrigin(String),
    /// It is another origin: this.
    AllowOriginMismatch(String),
    /// It is `*`, and the request has credentials.
    WildcardWithCredentials,
    /// `Access-Control-Allow-Credentials` is not `true`: this.
    InvalidAllowCredentials(String),
    /// The status is not an ok status: this.
    Status(u16),
    /// The preflight is redirected. What else is wrong with the response, Firefox reports instead.
    Redirect(Option<Box<Failure>>),
    /// The list of methods cannot be parsed.
    InvalidAllowMethods(Unparsable),
    /// The list of headers cannot be parsed.
    InvalidAllowHeaders(Unparsable),
    /// The method is not in the list: this.
    MethodNotAllowed(String),
    /// Headers are not in the list: these, in lower case and sorted. Firefox names the first of them, the others
    /// name the first that the page has set.
    HeaderNotAllowed(Vec<String>),
    /// `authorization` is not in the list, but `*` is, which does not cover it. Firefox, Safari and, so far,
    /// Chromium send the request all the same, so it can work in a browser against the standard.
    AuthorizationUnderWildcard,
}

/// The value of a list header that cannot be parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unparsable {
    /// The whole value.
    pub value: String,
    /// The first member that is not a token.
    pub member: String,
}

impl Block {
    /// The stable name of the failure.
    pub fn code(&self) -> &'static str {
        match self {
            Self::ForbiddenMethod(_) => "forbidden-method",
            Self::MixedContent => "mixed-content",
            Self::LocalNetwork(_) => "local-network",
            Self::WebSocketRefused(_) => "web-socket-refused",
            Self::Redirect(RedirectFailure::TooMany) => "too-many-redirects",
            Self::Redirect(RedirectFailure::Credentials(_)) => "redirect-credentials",
            Self::Redirect(RedirectFailure::Scheme(_)) => "redirect-scheme",
            Self::Connection(_) => "no-response",
            Self::Cors { failure, .. } => match failure {
                Failure::MissingAllowOrigin => "missing-allow-origin",
                Failure::MultipleAllowOrigin { .. } => "multiple-allow-origin",
                Failure::InvalidAllowOrigin(_) => "invalid-allow-origin",
                Failure::AllowOriginMismatch(_) => "allow-origin-mismatch",
                Failure::WildcardWithCredentials => "wildcard-with-credentials",
                Failure::InvalidAllowCredentials(_) => "invalid-allow-credentials",
                Failure::Status(_) => "preflight-status",
                Failure::Redirect(_) => "preflight-redirect",
                Failure::InvalidAllowMethods(_) => "invalid-allow-methods",
                Failure::InvalidAllowHeaders(_) => "invalid-allow-headers",
                Failure::MethodNotAllowed(_) => "method-not-allowed",
                Failure::HeaderNotAllowed(_) | Failure::AuthorizationUnderWildcard => "header-not-allowed",
            },
        }
    }
}

/// Reasons to send nothing: mixed content, and access to the local network.
pub(super) fn before_the_wire(call: &Call, local_network_granted: bool) -> Option<Block> {
    // An opaque origin does not tell where the page is from.
    let page = Url::parse(call.page()).ok()?;
    let space = AddressSpace::of(&call.url);
    if space > AddressSpace::of(&page) {
        return (!local_network_granted).then_some(Block::LocalNetwork(space));
    }
    let insecure = ["http", "ws"].contains(&call.url.scheme()) && space != AddressSpace::Loopback;
    (page.scheme() == "https" && insecure).then_some(Block::MixedContent)
}

/// The checks of [CORS-preflight fetch](https://fetch.spec.whatwg.org/#cors-preflight-fetch),
/// from step 7.
pub(super) fn preflight(call: &Call, unsafe_names: &[String], response: &Response) -> Option<Block> {
    preflight_failure(call, unsafe_names, response).map(|failure| block(call, response, failure, true))
}

/// The [CORS check](https://fetch.spec.whatwg.org/#concept-cors-check) of the response itself.
pub(super) fn cors(call: &Call, response: &Response) -> Option<Block> {
    origin_failure(call, response).map(|failure| block(call, response, failure, false))
}

fn block(call: &Call, response: &Response, failure: Failure, preflight: bool) -> Block {
    let location = response.redirects_to(&call.url);
    Block::Cors { failure, preflight, status: response.status, location }
}

fn preflight_failure(call: &Call, unsafe_names: &[String], response: &Response) -> Option<Failure> {
    let origin = origin_failure(call, response);
    let failure = match response.status {
        300..400 => Some(Failure::Redirect(origin.map(Box::new))),
        200..300 => origin,
        status => origin.or(Some(Failure::Status(status))),
    };
    if failure.is_some() {
        return failure;
    }
    let (methods, headers) = (response.members(ALLOW_METHODS), response.members(ALLOW_HEADERS));
    if let Some(unparsable) = unparsable(response, ALLOW_METHODS, &methods) {
        return Some(Failure::InvalidAllowMethods(unparsable));
    }
    if let Some(unparsable) = unparsable(response, ALLOW_HEADERS, &headers) {
        return Some(Failure::InvalidAllowHeaders(unparsable));
    }
    let any = |list: &[String]| !call.credentials && list.iter().any(|name| name == "*");
    let method = call.sent_method();
    let known = methods.iter().any(|name| name == method) || method::SAFELISTED.contains(&method);
    if !known && !any(&methods) {
        return Some(Failure::MethodNotAllowed(method.to_owned()));
    }
    let listed = |name: &String| headers.iter().any(|header| header.eq_ignore_ascii_case(name));
    let allowed = |name: &String| listed(name) || (any(&headers) && name != AUTHORIZATION);
    let refused: Vec<String> = unsafe_names.iter().filter(|name| !allowed(name)).cloned().collect();
    let failure = match any(&headers) {
        true => Failure::AuthorizationUnderWildcard,
        false => Failure::HeaderNotAllowed(refused.clone()),
    };
    (!refused.is_empty()).then_some(failure)
}

/// The value of a list header, if one of its members is not a token.
fn unparsable(response: &Response, name: &str, members: &[String]) -> Option<Unparsable> {
    let member = members.iter().find(|member| !is_token(member.as_bytes()))?;
    Some(Unparsable { value: response.get(name).unwrap_or_default(), member: member.clone() })
}

/// The cases of the CORS check that the browsers' messages distinguish.
fn origin_failure(call: &Call, response: &Response) -> Option<Failure> {
    let Some(allowed) = response.get(ALLOW_ORIGIN) else {
        return Some(Failure::MissingAllowOrigin);
    };
    if allowed == "*" {
        return call.credentials.then_some(Failure::WildcardWithCredentials);
    }
    if allowed != call.origin {
        return Some(match Url::parse(&allowed) {
            _ if allowed.contains([' ', ',']) => {
                let in_one_line = response.lines(ALLOW_ORIGIN).count() == 1;
                Failure::MultipleAllowOrigin { values: allowed, in_one_line }
            }
            Ok(_) => Failure::AllowOriginMismatch(allowed),
            Err(_) if allowed == "null" => Failure::AllowOriginMismatch(allowed),
            Err(_) => Failure::InvalidAllowOrigin(allowed),
        });
    }
    let credentials = response.get(ALLOW_CREDENTIALS).unwrap_or_default();
    (call.credentials && credentials != "true").then_some(Failure::InvalidAllowCredentials(credentials))
}
