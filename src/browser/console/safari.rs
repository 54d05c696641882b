//! The words of Safari, which are those of WebKit.
//!
//! WebKit does not tell a missing `Access-Control-Allow-Origin` from a wrong one, and it looks at the status of
//! a preflight's response before it looks at any header. Web fonts it loads without CORS.

use url::Url;

use crate::browser::{Block, Call, ConnectionError, Failure, Initiator, RedirectFailure};

pub(super) fn messages(block: &Block, call: &Call) -> Vec<String> {
    let url = call.url.as_str();
    match block {
        Block::ForbiddenMethod(_) if call.initiator == Initiator::Fetch => {
            vec!["TypeError: Method is forbidden.".to_owned()]
        }
        Block::WebSocketRefused(_) => {
            vec![format!("WebSocket connection to '{url}' failed: The server did not accept the WebSocket handshake.")]
        }
        // WebKit sends the request.
        Block::Cors { failure: Failure::AuthorizationUnderWildcard, .. } => Vec::new(),
        Block::Cors { failure, preflight, status, location } => {
            let message = match location {
                _ if *preflight && !(200..300).contains(status) => not_successful(*status),
                Some(url) => denied(url, &of_failure(failure, *status, call)),
                None => of_failure(failure, *status, call),
            };
            with_checks(message, call)
        }
        Block::Redirect(RedirectFailure::Credentials(to)) => {
            with_checks(denied(to, &format!("redirection URL {to} has credentials")), call)
        }
        Block::Redirect(RedirectFailure::Scheme(to)) => {
            with_checks(denied(to, "not allowed to follow a cross-origin CORS redirection with non CORS scheme"), call)
        }
        Block::Connection(ConnectionError::Closed) => {
            with_checks("Connection terminated unexpectedly".to_owned(), call)
        }
        Block::MixedContent => with_checks("Not allowed to request resource".to_owned(), call),
        // Refused connections and unknown hosts print nothing, and WebKit lets pages access the local network; the others
        // have not been measured.
        Block::ForbiddenMethod(_)
        | Block::LocalNetwork(_)
        | Block::Redirect(RedirectFailure::TooMany)
        | Block::Connection(_) => Vec::new(),
    }
}

/// The message, and the one that follows it, which has the URL for all but scripts.
fn with_checks(message: String, call: &Call) -> Vec<String> {
    let caller = match call.initiator {
        Initiator::XmlHttpRequest => "XMLHttpRequest cannot load",
        Initiator::EventSource => "EventSource cannot load",
        Initiator::Image => "Cannot load image",
        Initiator::Script => {
            let denied = "Cross-origin script load denied by Cross-Origin Resource Sharing policy.";
            return vec![message, denied.to_owned()];
        }
        _ => "Fetch API cannot load",
    };
    vec![message, format!("{caller} {} due to access control checks.", call.url)]
}

fn denied(to: &Url, why: &str) -> String {
    format!("Cross-origin redirection to {to} denied by Cross-Origin Resource Sharing policy: {why}")
}

fn not_successful(status: u16) -> String {
    format!("Preflight response is not successful. Status code: {status}")
}

fn of_failure(failure: &Failure, status: u16, call: &Call) -> String {
    match failure {
        Failure::MissingAllowOrigin | Failure::InvalidAllowOrigin(_) | Failure::AllowOriginMismatch(_) => {
            let origin = &call.origin;
            format!("Origin {origin} is not allowed by Access-Control-Allow-Origin. Status code: {status}")
        }
        Failure::MultipleAllowOrigin { .. } => {
            "Access-Control-Allow-Origin cannot contain more than one origin.".to_owned()
        }
        Failure::WildcardWithCredentials => {
            "Cannot use wildcard in Access-Control-Allow-Origin when credentials flag is true.".to_owned()
        }
        Failure::InvalidAllowCredentials(_) => {
            "Credentials flag is true, but Access-Control-Allow-Credentials is not \"true\".".to_owned()
        }
        Failure::Status(_) | Failure::Redirect(_) => not_successful(status),
        Failure::InvalidAllowMethods(list) => {
            format!("Header Access-Control-Allow-Methods has an invalid value: {}", list.value)
        }
        Failure::InvalidAllowHeaders(list) => {
            format!("Header Access-Control-Allow-Headers has an invalid value: {}", list.value)
        }
        Failure::MethodNotAllowed(method) => {
            format!("Method {method} is not allowed by Access-Control-Allow-Methods.")
        }
        Failure::HeaderNotAllowed(names) => header_not_allowed(call.first_of(names)),
        Failure::AuthorizationUnderWildcard => header_not_allowed("Authorization"),
    }
}

fn header_not_allowed(name: &str) -> String {
    format!("Request header field {name} is not allowed by Access-Control-Allow-Headers.")
}
