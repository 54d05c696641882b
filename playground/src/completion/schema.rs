//! The schema of the configuration, as a list of what can be written.

use std::sync::LazyLock;

use serde_json::{Value, json};

/// From the file, which is the engine's: so what writes the schema is not part of the page.
static SCHEMA: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../../edge-cors.schema.json")).unwrap_or_default());

/// One thing that can be written.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) label: String,
    /// A few words beside it.
    pub(super) detail: String,
    /// What it means.
    pub(super) info: String,
    /// The text to insert.
    pub(super) apply: String,
}

/// The forms of origins that the schema has no list of.
const ORIGINS: [(&str, &str); 5] = [
    ("https://app.example.com", "that origin"),
    ("https://*.example.com", "subdomains at any depth, but not https://example.com"),
    ("https://pr-{digits}.example.com", "one subdomain with a number, such as a preview"),
    ("http://localhost:*", "any port, for development"),
    ("*", "every origin"),
];

/// The fields that name policies.
const NAMING: [&str; 3] = ["default", "policy", "shadow"];

/// The keys that an object can have, except those that it has, in a document with these keys.
pub(super) fn keys(path: &[String], present: &[&str], document: &[&str], has_colon: bool) -> Vec<Choice> {
    let mut choices: Vec<Choice> = Vec::new();
    for node in nodes(path, document) {
        for (key, schema) in node.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let is_new = !present.contains(&key.as_str()) && choices.iter().all(|choice| choice.label != *key);
            if is_new && !key.starts_with('$') {
                let (kind, blank) = form(schema);
                let start = if has_colon { String::new() } else { format!(": {blank}") };
                choices.push(Choice {
                    label: key.clone(),
                    detail: kind.to_owned(),
                    info: description(schema),
                    apply: format!("{}{start}", json!(key)),
                });
            }
        }
    }
    choices
}

/// The values at a path, in a document with these keys and policies.
pub(super) fn values(path: &[String], document: &[&str], policies: &[String]) -> Vec<Choice> {
    let field = path.iter().rev().find(|part| part.parse::<usize>().is_err()).map(String::as_str).unwrap_or_default();
    let mut choices = Vec::new();
    let mut add = |value: Value, detail: &str, info: String| {
        let label = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let choice = Choice { label, detail: detail.to_owned(), info, apply: value.to_string() };
        if !choices.contains(&choice) {
            choices.push(choice);
        }
    };
    if NAMING.contains(&field) {
        policies.iter().for_each(|name| add(json!(name), "policy", String::new()));
    }
    let is_element = path.last().is_some_and(|last| last.parse::<usize>().is_ok());
    if field == "allowOrigins" && is_element {
        ORIGINS.iter().for_each(|(pattern, about)| add(json!(pattern), about, String::new()));
    }
    for node in nodes(path, document) {
        if let Some(value) = node.get("const") {
            add(value.clone(), "", description(node));
        }
        node.get("enum")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .for_each(|value| add(value.clone(), "", String::new()));
        if has_type(node, "boolean") {
            add(json!(true), "", String::new());
            add(json!(false), "", String::new());
        }
        if has_type(node, "null") {
            add(Value::Null, "no policy", String::new());
        }
        let examples = node.get("examples").and_then(Value::as_array);
        examples.into_iter().flatten().for_each(|value| add(value.clone(), "example", String::new()));
    }
    // The examples of a list are lists, of which an element is wanted here.
    if let Some((_, list)) = path.split_last().filter(|_| is_element) {
        let lists = nodes(list, document).into_iter().filter_map(|node| node.get("examples")?.as_array()).flatten();
        let elements = lists.filter_map(Value::as_array).flatten();
        elements.for_each(|value| add(value.clone(), "example", String::new()));
    }
    choices
}

/// The schemas of what is at a path of a document with these keys. They are several where the form is open.
fn nodes(path: &[String], document: &[&str]) -> Vec<&'static Value> {
    let forms = expanded(&SCHEMA);
    let has = |form: &Value, key: &str| form.get("properties").is_some_and(|fields| fields.get(key).is_some());
    let known: Vec<&str> = document.iter().copied().filter(|key| forms.iter().any(|form| has(form, key))).collect();
    let fitting: Vec<&Value> = forms.iter().copied().filter(|form| known.iter().all(|key| has(form, key))).collect();
    let start = if fitting.is_empty() { forms } else { fitting };
    path.iter()
        .fold(start, |nodes, part| nodes.into_iter().filter_map(|node| inside(node, part)).flat_map(expanded).collect())
}

/// The schema of a member or an element.
fn inside<'s>(node: &'s Value, part: &str) -> Option<&'s Value> {
    let field = node.get("properties").and_then(|fields| fields.get(part));
    let other = || node.get("additionalProperties").filter(|schema| schema.is_object());
    let element = || node.get("items").filter(|_| part.parse::<usize>().is_ok());
    field.or_else(other).or_else(element)
}

/// A schema with those that it refers to and those that it is one of.
fn expanded(node: &'static Value) -> Vec<&'static Value> {
    let reference = node.get("$ref").and_then(Value::as_str).and_then(|reference| reference.strip_prefix('#'));
    let referred = reference.and_then(|pointer| SCHEMA.pointer(pointer));
    let choices = ["anyOf", "oneOf"].into_iter().filter_map(|word| node.get(word)?.as_array()).flatten();
    let others = referred.into_iter().chain(choices).flat_map(expanded);
    [node].into_iter().chain(others).collect()
}

fn has_type(node: &Value, name: &str) -> bool {
    match node.get("type") {
        Some(Value::Array(types)) => types.iter().any(|known| known == name),
        known => known.is_some_and(|known| known == name),
    }
}

fn description(schema: &'static Value) -> String {
    let described = expanded(schema).into_iter().find_map(|node| node.get("description")?.as_str());
    described.unwrap_or_default().replace('\n', " ")
}

/// The type of a field in one or two words, and how a value of it begins.
fn form(schema: &'static Value) -> (&'static str, &'static str) {
    let nodes = expanded(schema);
    let is = |name: &str| nodes.iter().any(|node| has_type(node, name));
    match () {
        () if nodes.iter().any(|node| node.get("const").is_some()) => ("one of a list", "\"\""),
        () if is("boolean") => ("true or false", "true"),
        () if is("string") => ("string", "\"\""),
        () if is("array") => ("list", "[]"),
        () if is("object") => ("object", "{}"),
        () => ("number", ""),
    }
}
