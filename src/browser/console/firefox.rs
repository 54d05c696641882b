//! The words of Firefox, in English.
//!
//! After a failed preflight, and after a redirect that fails the check, Firefox adds a message about the same
//! URL: "CORS request did not succeed … Status code: (null)". It is left out here, because it adds nothing.

use crate::browser::{Block, Call, ConnectionError, Failure, Initiator, RedirectFailure};

pub(super) fn messages(block: &Block, call: &Call) -> Vec<String> {
    let url = call.url.as_str();
    match block {
        Block::ForbiddenMethod(method) if call.initiator == Initiator::Fetch => {
            vec![format!("TypeError: Window.fetch: Invalid request method {method}.")]
        }
        Block::WebSocketRefused(_) => vec![format!("Firefox can’t establish a connection to the server at {url}.")],
        Block::Cors { failure, status, .. } => {
            let mut messages = of_failure(failure, *status, url);
            messages.extend(of_initiator(call.initiator, url));
            messages
        }
        Block::MixedContent => vec![format!("Blocked loading mixed active content “{url}”")],
        // Every failed connection is told as CORS, and so is a local network that the user does not permit.
        Block::LocalNetwork(_)
        | Block::Redirect(RedirectFailure::Credentials(_))
        | Block::Connection(ConnectionError::NameNotResolved | ConnectionError::Refused | ConnectionError::Closed) => {
            vec![blocked(url, "CORS request did not succeed). Status code: (null).")]
        }
        Block::Redirect(RedirectFailure::Scheme(to)) if to.scheme() == "data" => {
            vec![format!("Redirecting to data: URI not allowed (Blocked loading of: “{to}”)")]
        }
        // Not measured.
        Block::ForbiddenMethod(_) | Block::Redirect(_) | Block::Connection(ConnectionError::Other) => Vec::new(),
    }
}

/// What follows the reason.
fn of_initiator(initiator: Initiator, url: &str) -> Option<String> {
    match initiator {
        Initiator::EventSource => Some(format!("Firefox can’t establish a connection to the server at {url}.")),
        Initiator::Script => Some(format!("<script> source URI is not allowed in this document: “{url}”.")),
        _ => None,
    }
}

fn blocked(url: &str, reason: &str) -> String {
    format!(
        "Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource at {url}. \
         (Reason: {reason}"
    )
}

fn of_failure(failure: &Failure, status: u16, url: &str) -> Vec<String> {
    let blocked = |reason: &str| blocked(url, reason);
    let not_ok = |status: u16| blocked(&format!("CORS preflight response did not succeed). Status code: {status}."));
    let unequal =
        |value: &str| blocked(&format!("CORS header ‘Access-Control-Allow-Origin’ does not match ‘{value}’)."));
    let message = match failure {
        Failure::MissingAllowOrigin => {
            blocked(&format!("CORS header ‘Access-Control-Allow-Origin’ missing). Status code: {status}."))
        }
        // It has another message for two lines, "Multiple CORS header … not allowed", but only if the name of the
        // header is sent in capital letters, as neither HTTP/2 nor Envoy send it.
        Failure::MultipleAllowOrigin { values: value, .. }
        | Failure::InvalidAllowOrigin(value)
        | Failure::AllowOriginMismatch(value) => unequal(value),
        // This one has the URL in quotation marks.
        Failure::WildcardWithCredentials => format!(
            "Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource at ‘{url}’. \
             (Reason: Credential is not supported if the CORS header ‘Access-Control-Allow-Origin’ is ‘*’)."
        ),
        Failure::InvalidAllowCredentials(_) => {
            blocked("expected ‘true’ in CORS header ‘Access-Control-Allow-Credentials’).")
        }
        Failure::Status(status) => not_ok(*status),
        Failure::Redirect(Some(failure)) => return of_failure(failure, status, url),
        Failure::Redirect(None) => {
            return vec![blocked("CORS request external redirect not allowed)."), not_ok(status)];
        }
        Failure::InvalidAllowMethods(list) => {
            blocked(&format!("invalid token ‘{}’ in CORS header ‘Access-Control-Allow-Methods’).", list.member))
        }
        Failure::InvalidAllowHeaders(list) => {
            blocked(&format!("invalid token ‘{}’ in CORS header ‘Access-Control-Allow-Headers’).", list.member))
        }
        // It does not say which method.
        Failure::MethodNotAllowed(_) => blocked("Did not find method in CORS header ‘Access-Control-Allow-Methods’)."),
        Failure::HeaderNotAllowed(names) => blocked(&format!(
            "header ‘{}’ is not allowed according to header ‘Access-Control-Allow-Headers’ from CORS preflight \
             response).",
            names.first().map_or("", String::as_str)
        )),
        // A warning: the request is sent.
        Failure::AuthorizationUnderWildcard => format!(
            "Cross-Origin Request Warning: The Same Origin Policy will disallow reading the remote resource at {url} \
             soon. (Reason: When the `Access-Control-Allow-Headers` is `*`, the `Authorization` header is not covered. \
             To include the `Authorization` header, it must be explicitly listed in CORS header \
             `Access-Control-Allow-Headers`)."
        ),
    };
    vec![message]
}
