//! The words of Chromium.

use crate::browser::{Block, Call, ConnectionError, Failure, Initiator, RedirectFailure};

/// The message about a block, if it has been measured.
pub(super) fn message(block: &Block, call: &Call) -> Option<String> {
    let (url, origin) = (call.url.as_str(), call.page());
    Some(match block {
        Block::ForbiddenMethod(method) => {
            format!("TypeError: Failed to execute 'fetch' on 'Window': '{method}' HTTP method is unsupported.")
        }
        Block::MixedContent => {
            let what = match call.initiator {
                Initiator::XmlHttpRequest => "XMLHttpRequest endpoint",
                _ => "resource",
            };
            format!(
                "Mixed Content: The page at '{origin}' was loaded over HTTPS, but requested an insecure {what} \
                 '{url}'. This request has been blocked; the content must be served over HTTPS."
            )
        }
        Block::WebSocketRefused(status) => format!(
            "WebSocket connection to '{url}' failed: Error during WebSocket handshake: \
             Unexpected response code: {status}"
        ),
        Block::LocalNetwork(space) => policy_message(
            call,
            &format!("Permission was denied for this request to access the `{space}` address space."),
        ),
        Block::Cors { failure, preflight, .. } => {
            let prefix = match failure {
                Failure::InvalidAllowMethods(_)
                | Failure::InvalidAllowHeaders(_)
                | Failure::MethodNotAllowed(_)
                | Failure::HeaderNotAllowed(_)
                | Failure::AuthorizationUnderWildcard => "",
                _ if *preflight => "Response to preflight request doesn't pass access control check: ",
                _ => "",
            };
            policy_message(call, &format!("{prefix}{}", of_failure(failure, call)))
        }
        // The name of the location is left out, whatever it is.
        Block::Redirect(RedirectFailure::Credentials(_)) => policy_message(
            call,
            "Redirect location '' contains a username and password, which is disallowed for cross-origin requests.",
        ),
        Block::Redirect(RedirectFailure::Scheme(_)) => failed_to_load("ERR_UNSAFE_REDIRECT"),
        Block::Connection(ConnectionError::NameNotResolved) => failed_to_load("ERR_NAME_NOT_RESOLVED"),
        Block::Connection(ConnectionError::Refused) => failed_to_load("ERR_CONNECTION_REFUSED"),
        Block::Connection(ConnectionError::Closed) => failed_to_load("ERR_EMPTY_RESPONSE"),
        // Not measured.
        Block::Redirect(RedirectFailure::TooMany) | Block::Connection(ConnectionError::Other) => return None,
    })
}

fn failed_to_load(error: &str) -> String {
    format!("Failed to load resource: net::{error}")
}

fn policy_message(call: &Call, text: &str) -> String {
    let what = match call.initiator {
        Initiator::XmlHttpRequest => "XMLHttpRequest",
        Initiator::EventSource => "resource",
        Initiator::Image => "image",
        Initiator::Script => "script",
        _ => "fetch",
    };
    let (url, origin) = (call.url.as_str(), call.page());
    let redirected = call.redirected.as_ref();
    let redirected = redirected.map(|call| format!(" (redirected from '{}')", call.from)).unwrap_or_default();
    format!("Access to {what} at '{url}'{redirected} from origin '{origin}' has been blocked by CORS policy: {text}")
}

/// What is added if there is a value of `Access-Control-Allow-Origin`, but not a valid one.
const ADVICE: &str = " Have the server send the header with a valid value.";

fn of_failure(failure: &Failure, call: &Call) -> String {
    let with_credentials = match call.initiator {
        Initiator::XmlHttpRequest => {
            " The credentials mode of requests initiated by the XMLHttpRequest is controlled by the \
             withCredentials attribute."
        }
        _ => "",
    };
    match failure {
        Failure::MissingAllowOrigin => {
            "No 'Access-Control-Allow-Origin' header is present on the requested resource.".to_owned()
        }
        Failure::MultipleAllowOrigin { values, .. } => format!(
            "The 'Access-Control-Allow-Origin' header contains multiple values '{values}', but only one is allowed.{ADVICE}"
        ),
        Failure::InvalidAllowOrigin(value) => {
            format!("The 'Access-Control-Allow-Origin' header contains the invalid value '{value}'.{ADVICE}")
        }
        Failure::AllowOriginMismatch(value) => format!(
            "The 'Access-Control-Allow-Origin' header has a value '{value}' that is not equal to the supplied \
             origin.{ADVICE}"
        ),
        Failure::WildcardWithCredentials => format!(
            "The value of the 'Access-Control-Allow-Origin' header in the response must not be the wildcard '*' \
             when the request's credentials mode is 'include'.{with_credentials}"
        ),
        Failure::InvalidAllowCredentials(value) => format!(
            "The value of the 'Access-Control-Allow-Credentials' header in the response is '{value}' which must \
             be 'true' when the request's credentials mode is 'include'.{with_credentials}"
        ),
        Failure::Status(_) => "It does not have HTTP ok status.".to_owned(),
        Failure::Redirect(_) => "Redirect is not allowed for a preflight request.".to_owned(),
        Failure::InvalidAllowMethods(_) => {
            "Cannot parse Access-Control-Allow-Methods response header field in preflight response.".to_owned()
        }
        Failure::InvalidAllowHeaders(_) => {
            "Cannot parse Access-Control-Allow-Headers response header field in preflight response.".to_owned()
        }
        Failure::MethodNotAllowed(method) => {
            format!("Method {method} is not allowed by Access-Control-Allow-Methods in preflight response.")
        }
        Failure::HeaderNotAllowed(names) => header_not_allowed(&call.first_of(names).to_ascii_lowercase()),
        Failure::AuthorizationUnderWildcard => header_not_allowed("authorization"),
    }
}

fn header_not_allowed(name: &str) -> String {
    format!("Request header field {name} is not allowed by Access-Control-Allow-Headers in preflight response.")
}
