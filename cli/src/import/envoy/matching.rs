//! Which requests a route of Envoy matches.

use super::{field, list, text};
use crate::import::loss::Losses;
use crate::import::rules::{IN_ANY_CASE, PathMatch};
use crate::input::{Document, Value};

/// What a match can ask of a request besides its path: the fields, and what they are for people.
const CONDITIONS: [(&str, &str); 8] = [
    ("headers", "the request headers"),
    ("query_parameters", "the query parameters"),
    ("cookies", "the cookies"),
    ("grpc", "gRPC"),
    ("tls_context", "the client's certificate"),
    ("dynamic_metadata", "the dynamic metadata"),
    ("filter_state", "the filter state"),
    ("runtime_fraction", "chance"),
];

/// The path of a RouteMatch, and what else it asks for.
pub(super) fn of(matching: &Document, losses: &mut Losses) -> (PathMatch, Option<String>) {
    let is_present = |value: &Document| match &value.value {
        Value::List(elements) => !elements.is_empty(),
        Value::Null => false,
        _ => true,
    };
    let conditions = CONDITIONS.iter().filter(|(name, _)| field(matching, name).is_some_and(is_present));
    let conditions: Vec<&str> =
        conditions.map(|(name, what)| if is_method(matching, name) { "the method" } else { what }).collect();
    let regex = field(matching, "safe_regex").and_then(|regex| text(regex, "regex"));
    let path = [
        text(matching, "path").map(|text| PathMatch::Exact(text.to_owned())),
        text(matching, "prefix").map(|text| PathMatch::Prefix(text.to_owned())),
        text(matching, "path_separated_prefix").map(|text| PathMatch::Segments(text.to_owned())),
        regex.map(|text| PathMatch::Expression(text.to_owned())),
        field(matching, "connect_matcher").map(|_| PathMatch::Other("the method CONNECT".to_owned())),
        field(matching, "path_match_policy").map(|_| PathMatch::Other("a path template".to_owned())),
    ];
    let path = path.into_iter().flatten().next().unwrap_or_else(PathMatch::everything);
    let ignores_case = matches!(field(matching, "case_sensitive").map(|value| &value.value), Some(Value::Bool(false)));
    if ignores_case
        && !matches!(path, PathMatch::Expression(_) | PathMatch::Other(_))
        && path != PathMatch::everything()
    {
        losses.narrower(matching.span.start, IN_ANY_CASE.to_owned(), "add a route for each spelling that pages use.");
    }
    (path, (!conditions.is_empty()).then(|| conditions.join(" and ")))
}

/// Whether the only headers that are asked for are the method.
fn is_method(matching: &Document, name: &str) -> bool {
    let headers = list(matching, "headers");
    name == "headers" && headers.iter().all(|header| text(header, "name") == Some(":method"))
}
