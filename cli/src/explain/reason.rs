//! What the edge decided about a request, in a sentence.

use edge_cors::Reason;
use edge_cors::browser::Step;

use super::list;

/// Why the edge decided as it did. `None` if the request did not reach it, or nothing is known of it.
pub(super) fn why(step: &Step) -> Option<String> {
    let decided = decided(step, step.reason?);
    Some(match list::why(step) {
        Some(which) => format!("{decided} {}.", upper_case_first(&which)),
        None => decided,
    })
}

fn upper_case_first(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

fn decided(step: &Step, reason: Reason) -> String {
    let value = |name: &str| {
        let header = step.request.headers.iter().find(|(known, _)| known == name);
        header.map(|(_, value)| value.as_str()).unwrap_or_default()
    };
    let policy = step.policy.as_ref().map_or_else(|| "policy".to_owned(), |name| format!("policy {name:?}"));
    let origin = value("origin");
    let method = value("access-control-request-method");
    let names = value("access-control-request-headers").replace(',', ", ");
    match reason {
        Reason::Allowed if method.is_empty() => format!("The {policy} allows the origin {origin}."),
        Reason::Allowed if names.is_empty() => {
            format!("The {policy} allows the origin {origin} and the method {method}.")
        }
        Reason::Allowed => {
            format!("The {policy} allows the origin {origin}, the method {method} and the headers {names}.")
        }
        Reason::OriginNotAllowed => format!("The {policy} does not allow the origin {origin}."),
        Reason::OriginMalformed => format!("The value {origin:?} of the header Origin is not an origin."),
        Reason::MethodNotAllowed => format!("The {policy} does not allow the method {method}."),
        Reason::MethodMalformed => format!("The value {method:?} is not a method."),
        Reason::HeadersNotAllowed => format!("The {policy} does not allow all of the headers {names}."),
        Reason::HeadersMalformed => {
            "The preflight has too many names of headers, or one that is not a name.".to_owned()
        }
        Reason::SameOrigin => "The page and the URL have the same origin, so CORS does not apply.".to_owned(),
        Reason::PathAmbiguous => {
            "Servers read this path in different ways, so the edge allows no origin on it.".to_owned()
        }
        Reason::NotCors => "The request has no header Origin, so CORS does not apply.".to_owned(),
        Reason::NoPolicy => "No policy applies to this path, so the edge leaves the request alone.".to_owned(),
        other => format!("The {policy} decided {other}."),
    }
}
