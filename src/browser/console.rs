//! The messages of Chromium's console, word for word.

use super::check::{Block, Failure};
use super::{Call, Initiator};

impl Block {
    /// The message in the console of the page that called.
    pub fn console_message(&self, call: &Call) -> String {
        let (url, origin) = (call.url.as_str(), call.origin.as_str());
        match self {
            Self::ForbiddenMethod(method) => {
                format!("TypeError: Failed to execute 'fetch' on 'Window': '{method}' HTTP method is unsupported.")
            }
            Self::MixedContent => format!(
                "Mixed Content: The page at '{origin}' was loaded over HTTPS, but requested an insecure resource \
                 '{url}'. This request has been blocked; the content must be served over HTTPS."
            ),
            Self::WebSocketRefused(status) => format!(
                "WebSocket connection to '{url}' failed: Error during WebSocket handshake: \
                 Unexpected response code: {status}"
            ),
            Self::LocalNetwork(space) => policy_message(
                call,
                &format!("Permission was denied for this request to access the `{space}` address space."),
            ),
            Self::Cors { failure, preflight } => {
                let prefix = match failure {
                    Failure::InvalidAllowMethods
                    | Failure::InvalidAllowHeaders
                    | Failure::MethodNotAllowed(_)
                    | Failure::HeaderNotAllowed(_) => "",
                    _ if *preflight => "Response to preflight request doesn't pass access control check: ",
                    _ => "",
                };
                policy_message(call, &format!("{prefix}{}", failure.message(call.initiator)))
            }
        }
    }
}

fn policy_message(call: &Call, text: &str) -> String {
    let what = if call.initiator == Initiator::XmlHttpRequest { "XMLHttpRequest" } else { "fetch" };
    let (url, origin) = (call.url.as_str(), call.origin.as_str());
    format!("Access to {what} at '{url}' from origin '{origin}' has been blocked by CORS policy: {text}")
}

/// What Chromium adds if there is a value of `Access-Control-Allow-Origin`, but not a valid one.
const ADVICE: &str = " Have the server send the header with a valid value.";

impl Failure {
    fn message(&self, initiator: Initiator) -> String {
        let with_credentials = match initiator {
            Initiator::XmlHttpRequest => {
                " The credentials mode of requests initiated by the XMLHttpRequest is controlled by the \
                 withCredentials attribute."
            }
            _ => "",
        };
        match self {
            Self::MissingAllowOrigin => {
                "No 'Access-Control-Allow-Origin' header is present on the requested resource.".to_owned()
            }
            Self::MultipleAllowOrigin(values) => format!(
                "The 'Access-Control-Allow-Origin' header contains multiple values '{values}', but only one is allowed.{ADVICE}"
            ),
            Self::InvalidAllowOrigin(value) => {
                format!("The 'Access-Control-Allow-Origin' header contains the invalid value '{value}'.{ADVICE}")
            }
            Self::AllowOriginMismatch(value) => format!(
                "The 'Access-Control-Allow-Origin' header has a value '{value}' that is not equal to the supplied \
                 origin.{ADVICE}"
            ),
            Self::WildcardWithCredentials => format!(
                "The value of the 'Access-Control-Allow-Origin' header in the response must not be the wildcard '*' \
                 when the request's credentials mode is 'include'.{with_credentials}"
            ),
            Self::InvalidAllowCredentials(value) => format!(
                "The value of the 'Access-Control-Allow-Credentials' header in the response is '{value}' which must \
                 be 'true' when the request's credentials mode is 'include'.{with_credentials}"
            ),
            Self::Status(_) => "It does not have HTTP ok status.".to_owned(),
            Self::Redirect => "Redirect is not allowed for a preflight request.".to_owned(),
            Self::InvalidAllowMethods => {
                "Cannot parse Access-Control-Allow-Methods response header field in preflight response.".to_owned()
            }
            Self::InvalidAllowHeaders => {
                "Cannot parse Access-Control-Allow-Headers response header field in preflight response.".to_owned()
            }
            Self::MethodNotAllowed(method) => {
                format!("Method {method} is not allowed by Access-Control-Allow-Methods in preflight response.")
            }
            Self::HeaderNotAllowed(name) => format!(
                "Request header field {name} is not allowed by Access-Control-Allow-Headers in preflight response."
            ),
        }
    }
}
