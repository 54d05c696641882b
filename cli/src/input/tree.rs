//! A document of YAML or TOML: values with their places in the text.

use std::ops::Range;

use serde_json::Value as JsonValue;

/// A value and the range of the text that it was read from.
#[derive(Clone, Debug)]
pub(crate) struct Tree {
    pub(crate) span: Range<usize>,
    pub(crate) value: Value,
}

/// What both formats can say, as far as JSON can say it too.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Number(serde_json::Number),
    Text(String),
    List(Vec<Tree>),
    Map(Vec<Member>),
}

/// A member of a mapping; keys may come twice.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) key: String,
    pub(crate) key_offset: usize,
    pub(crate) value: Tree,
}

/// JSON text that was written from a tree, and where its parts stand in the text of the tree.
pub(crate) struct Json {
    pub(crate) text: String,
    /// Offsets of values and keys in `text`, ascending, with those of what they were written from.
    places: Vec<(usize, usize)>,
}

impl Tree {
    /// The last member of this name, which is the one that parsers keep.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        let Value::Map(members) = &self.value else {
            return None;
        };
        members.iter().rev().find(|member| member.key == key).map(|member| &member.value)
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn to_json(&self) -> Json {
        let mut json = Json { text: String::new(), places: Vec::new() };
        json.write(self);
        json
    }
}

impl Json {
    /// The place of the key or value at this offset, or of the last one in front of it.
    pub(crate) fn place_of(&self, offset: usize) -> usize {
        let after = self.places.partition_point(|(written, _)| *written <= offset);
        self.places.get(after.saturating_sub(1)).map_or(0, |(_, place)| *place)
    }

    fn write(&mut self, tree: &Tree) {
        self.mark(tree.span.start);
        match &tree.value {
            Value::Null => self.text.push_str("null"),
            Value::Bool(value) => self.text.push_str(if *value { "true" } else { "false" }),
            Value::Number(number) => self.text.push_str(&number.to_string()),
            Value::Text(text) => self.write_text(text),
            Value::List(elements) => {
                self.write_all('[', elements, ']', Self::write);
            }
            Value::Map(members) => self.write_all('{', members, '}', |json, member| {
                json.mark(member.key_offset);
                json.write_text(&member.key);
                json.text.push_str(": ");
                json.write(&member.value);
            }),
        }
    }

    fn write_all<T>(&mut self, open: char, parts: &[T], close: char, write: impl Fn(&mut Self, &T)) {
        self.text.push(open);
        for (i, part) in parts.iter().enumerate() {
            if i > 0 {
                self.text.push_str(", ");
            }
            write(self, part);
        }
        self.text.push(close);
    }

    fn write_text(&mut self, text: &str) {
        self.text.push_str(&JsonValue::from(text).to_string());
    }

    fn mark(&mut self, place: usize) {
        self.places.push((self.text.len(), place));
    }
}
