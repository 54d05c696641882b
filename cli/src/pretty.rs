//! JSON as people write it: the members of objects in order, and short lists in one line.

use serde_json::{Map, Value, json};

/// The widest line that a list is written in.
const WIDTH: usize = 100;

/// An object whose members stay in order.
pub(crate) type Members = Vec<(String, Node)>;

/// A value to be written.
pub(crate) enum Node {
    Value(Value),
    List(Vec<Node>),
    Object(Members),
    /// An object that is written in one line.
    Line(Members),
}

/// The text of a document, without a line end behind it.
pub(crate) fn text(root: &Node) -> String {
    let mut text = String::new();
    write(root, 0, &mut text);
    text
}

/// In one line if it fits, and is a list or a route.
fn write(node: &Node, depth: usize, text: &mut String) {
    let line = in_one_line(node);
    let is_short = line.chars().count() + 2 * depth + 30 <= WIDTH;
    match node {
        Node::List(elements) if !is_short || elements.iter().any(|element| matches!(element, Node::Line(_))) => {
            write_lines('[', elements.iter().map(|element| (None, element)), ']', depth, text);
        }
        Node::Object(members) => {
            write_lines('{', members.iter().map(|(name, value)| (Some(name), value)), '}', depth, text);
        }
        _ => text.push_str(&line),
    }
}

fn write_lines<'n>(
    open: char,
    members: impl Iterator<Item = (Option<&'n String>, &'n Node)>,
    close: char,
    depth: usize,
    text: &mut String,
) {
    let indent = |depth: usize| format!("\n{}", "  ".repeat(depth));
    text.push(open);
    for (position, (name, value)) in members.enumerate() {
        text.push_str(if position > 0 { "," } else { "" });
        text.push_str(&indent(depth + 1));
        if let Some(name) = name {
            text.push_str(&format!("{}: ", json!(name)));
        }
        write(value, depth + 1, text);
    }
    text.push_str(&indent(depth));
    text.push(close);
}

fn in_one_line(node: &Node) -> String {
    match node {
        Node::Value(Value::Object(members)) => object_in_one_line(members),
        Node::Value(value) => value.to_string(),
        Node::List(elements) => {
            let elements: Vec<String> = elements.iter().map(in_one_line).collect();
            format!("[{}]", elements.join(", "))
        }
        Node::Object(members) | Node::Line(members) => {
            let members = members.iter().map(|(name, value)| format!("{}: {}", json!(name), in_one_line(value)));
            format!("{{ {} }}", members.collect::<Vec<_>>().join(", "))
        }
    }
}

fn object_in_one_line(members: &Map<String, Value>) -> String {
    let members = members.iter().map(|(name, value)| format!("{}: {value}", json!(name)));
    format!("{{ {} }}", members.collect::<Vec<_>>().join(", "))
}
