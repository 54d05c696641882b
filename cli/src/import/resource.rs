//! Resources of Kubernetes, and the forms that their fields share.

use super::rules::Placed;
use crate::input::{Document, Value};

/// The resources of a kind, also those in a List, in the order of the file.
pub(super) fn of_kind<'d>(documents: &'d [Document], kind: &str) -> Vec<&'d Document> {
    let mut found = Vec::new();
    for document in documents {
        match text(document, "kind") {
            Some(given) if given == kind => found.push(document),
            Some(list_of) if list_of.ends_with("List") => found.extend(of_kind(list(document, "items"), kind)),
            _ => {}
        }
    }
    found
}

/// The name of a resource.
pub(super) fn name(resource: &Document) -> &str {
    resource.get("metadata").and_then(|metadata| text(metadata, "name")).unwrap_or("default")
}

/// The namespace of a resource, if it says one.
pub(super) fn namespace(resource: &Document) -> Option<&str> {
    resource.get("metadata").and_then(|metadata| text(metadata, "namespace"))
}

pub(super) fn text<'d>(map: &'d Document, field: &str) -> Option<&'d str> {
    map.get(field).and_then(Document::text)
}

/// The elements of a list; none if it is absent.
pub(super) fn list<'d>(map: &'d Document, field: &str) -> &'d [Document] {
    match map.get(field).map(|list| &list.value) {
        Some(Value::List(elements)) => elements,
        _ => &[],
    }
}

/// The strings of a list.
pub(super) fn names(map: &Document, field: &str) -> Vec<Placed<String>> {
    let names = list(map, field).iter();
    names.filter_map(|name| Some(Placed::new(name.text()?.to_owned(), name.span.start))).collect()
}

pub(super) fn is_true(map: &Document, field: &str) -> bool {
    matches!(map.get(field).map(|value| &value.value), Some(Value::Bool(true)))
}

/// The whole seconds of a duration such as `24h`, `1h30m`, `500ms` or `1.5s`.
pub(super) fn seconds(text: &str) -> Option<u64> {
    let mut rest = text.trim();
    let mut total = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at_checked(digits)?;
        let unit = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let (unit, tail) = tail.split_at_checked(unit)?;
        let each = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 0.001,
            "us" | "µs" => 0.000_001,
            "ns" => 0.000_000_001,
            _ => return None,
        };
        total += number.parse::<f64>().ok()? * each;
        rest = tail;
    }
    let is_given = !text.trim().is_empty() && total.is_finite();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is no negative number")]
    is_given.then_some(total as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_whole_seconds() {
        let cases = [("24h", 86_400), ("1h30m", 5400), ("500ms", 0), ("1.5s", 1), ("10s", 10)];
        for (text, expected) in cases {
            assert_eq!(seconds(text), Some(expected), "{text}");
        }
        for text in ["", "10", "h", "10x", "-1s", "1..5s"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }
}
