//! Changes in the text of a configuration that leave everything else as it is written.

use std::path::Path;

use serde_json::{Value, json};

use super::draft::Rewrite;
use super::print::spaced;
use crate::input::{self, Document, Member, Value as Written};

/// The text with new values for fields of one of its objects. `None` if there is no such object.
pub(super) fn edited(source: &str, edit: &Rewrite) -> Option<String> {
    let mut fields = edit.fields.iter();
    fields.try_fold(source.to_owned(), |text, (field, value)| with_field(&text, &edit.object, field, value))
}

/// A piece of text in the place of another.
struct Piece {
    start: usize,
    end: usize,
    text: String,
}

fn with_field(source: &str, object: &str, field: &str, value: &Value) -> Option<String> {
    let document = input::documents(Path::new("cors.json"), source).ok()?.into_iter().next()?;
    let object = at(&document, object)?;
    let Written::Map(members) = &object.value else {
        return None;
    };
    let piece = match members.iter().find(|member| member.key == field) {
        Some(member) => changed(source, &member.value, value),
        None => added(source, object, members.last(), field, value),
    };
    let (before, behind) = (source.get(..piece.start)?, source.get(piece.end..)?);
    Some(format!("{before}{}{behind}", piece.text))
}

/// The value at a JSON Pointer whose parts need no escapes.
fn at<'d>(document: &'d Document, pointer: &str) -> Option<&'d Document> {
    pointer.split('/').skip(1).try_fold(document, |tree, part| match &tree.value {
        Written::List(elements) => elements.get(part.parse::<usize>().ok()?),
        _ => tree.get(part),
    })
}

fn changed(source: &str, old: &Document, new: &Value) -> Piece {
    longer_list(source, old, new).unwrap_or_else(|| {
        let written = source.get(old.span.clone()).unwrap_or_default();
        Piece { start: old.span.start, end: old.span.end, text: in_the_form_of(written, new) }
    })
}

/// Members behind those of a list, which stay as they are.
fn longer_list(source: &str, old: &Document, new: &Value) -> Option<Piece> {
    let (Written::List(elements), Value::Array(values)) = (&old.value, new) else {
        return None;
    };
    let last = elements.last()?.span.clone();
    let is_same = |(element, value): (&Document, &Value)| {
        let parsed = source.get(element.span.clone()).and_then(|text| serde_json::from_str::<Value>(text).ok());
        parsed.as_ref() == Some(value)
    };
    let more = values.get(elements.len()..)?;
    elements.iter().zip(values).all(is_same).then(|| {
        let separator = separator(source, last.start);
        let text = more.iter().map(|value| format!("{separator}{}", spaced(value))).collect();
        Piece { start: last.end, end: last.end, text }
    })
}

/// A new member, behind the last one.
fn added(source: &str, object: &Document, last: Option<&Member>, field: &str, value: &Value) -> Piece {
    let member = format!("{}: {}", json!(field), spaced(value));
    match last {
        Some(last) => {
            let text = format!("{}{member}", separator(source, last.key_offset));
            Piece { start: last.value.span.end, end: last.value.span.end, text }
        }
        None => Piece { start: object.span.start, end: object.span.end, text: format!("{{ {member} }}") },
    }
}

/// What is written between a member and the next one: if it begins a line, so does the next one.
fn separator(source: &str, start: usize) -> String {
    let before = source.get(..start).unwrap_or_default();
    let line = before.rfind('\n').map(|end| before.get(end + 1..).unwrap_or_default());
    match line.filter(|line| line.trim().is_empty()) {
        Some(indent) => format!(",{}{indent}", line_end(source)),
        None => ", ".to_owned(),
    }
}

/// A value in the place of another one: a list with a line for each member stays one.
fn in_the_form_of(old: &str, new: &Value) -> String {
    let lines: Vec<&str> = old.lines().collect();
    let (Value::Array(elements), [_, first, .., last]) = (new, lines.as_slice()) else {
        return spaced(new);
    };
    let end = line_end(old);
    let elements: Vec<String> =
        elements.iter().map(|element| format!("{end}{}{}", indent(first), spaced(element))).collect();
    format!("[{}{end}{}]", elements.join(","), indent(last))
}

fn indent(line: &str) -> &str {
    line.get(..line.len() - line.trim_start().len()).unwrap_or_default()
}

fn line_end(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(source: &str, object: &str, field: &'static str, value: Value, expected: &str) {
        let edit = Rewrite { object: object.to_owned(), fields: vec![(field, value)] };
        assert_eq!(edited(source, &edit).as_deref(), Some(expected));
    }

    #[test]
    fn only_what_changes_is_written_anew() {
        let one_line = r#"{"allowOrigins":["https://a.example"],  "maxAge":600}"#;
        check(
            one_line,
            "",
            "allowOrigins",
            json!(["https://a.example", "https://b.example"]),
            r#"{"allowOrigins":["https://a.example", "https://b.example"],  "maxAge":600}"#,
        );
        check(one_line, "", "maxAge", json!(5), r#"{"allowOrigins":["https://a.example"],  "maxAge":5}"#);
        check(
            one_line,
            "",
            "allowMethods",
            json!(["PUT"]),
            r#"{"allowOrigins":["https://a.example"],  "maxAge":600, "allowMethods": ["PUT"]}"#,
        );
    }

    #[test]
    fn lines_stay_lines() {
        let lines = "{\r\n\t\"policies\": {\r\n\t\t\"a\": {\r\n\t\t\t\"allowOrigins\": [\r\n\t\t\t\t\"*\"\r\n\t\t\t]\r\n\t\t}\r\n\t}\r\n}\r\n";
        let with = |text: &str, new: &str| lines.replace(text, new);
        check(lines, "/policies/a", "maxAge", json!(5), &with("\t\t\t]\r\n", "\t\t\t],\r\n\t\t\t\"maxAge\": 5\r\n"));
        check(lines, "/policies/a", "allowOrigins", json!(["b", "c"]), &with("\"*\"", "\"b\",\r\n\t\t\t\t\"c\""));
        check(lines, "/policies/a", "allowOrigins", json!(["*", "c"]), &with("\"*\"", "\"*\",\r\n\t\t\t\t\"c\""));
    }

    #[test]
    fn objects_are_found_in_lists_and_behind_escapes() {
        check(
            r#"{"routes": [{}, {"policy": null}]}"#,
            "/routes/1",
            "policy",
            json!("a"),
            r#"{"routes": [{}, {"policy": "a"}]}"#,
        );
        check(r#"{"routes": [{ }]}"#, "/routes/0", "policy", json!("a"), r#"{"routes": [{ "policy": "a" }]}"#);
        check(r#"{"\u006dode": "off"}"#, "", "mode", json!("enforce"), r#"{"\u006dode": "enforce"}"#);
        let nowhere = Rewrite { object: "/routes/7".to_owned(), fields: vec![("policy", json!("a"))] };
        assert_eq!(edited(r#"{"routes": []}"#, &nowhere), None);
    }
}
