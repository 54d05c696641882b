//! JSON values with their places in the source text.
//!
//! serde_json parses; a value is kept as the slice of the source that it came from, which is
//! where its offset is read off. Objects keep their order and their duplicate keys.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::problem::Place;

/// One JSON value.
pub(crate) struct Node<'s> {
    text: &'s str,
    pub(crate) place: Place,
}

/// A member of an object: the key, the offset of its opening quote, the value.
pub(crate) struct Member<'s> {
    pub(crate) key: String,
    pub(crate) key_offset: usize,
    pub(crate) node: Node<'s>,
}

impl<'s> Node<'s> {
    /// The whole document, or the offset and description of its first syntax error.
    pub(crate) fn root(source: &'s str) -> Result<Self, (usize, String)> {
        let raw: &RawValue = serde_json::from_str(source).map_err(|error| syntax_error(source, &error))?;
        let place = Place { pointer: String::new(), offset: offset_in(source, raw.get()) };
        Ok(Self { text: raw.get(), place })
    }

    /// The value's JSON type, with its article.
    pub(crate) fn type_name(&self) -> &'static str {
        match self.text.as_bytes().first() {
            Some(b'{') => "an object",
            Some(b'[') => "an array",
            Some(b'"') => "a text",
            Some(b't' | b'f') => "true or false",
            Some(b'n') => "null",
            _ => "a number",
        }
    }

    pub(crate) fn is_object(&self) -> bool {
        self.text.starts_with('{')
    }

    pub(crate) fn is_string(&self) -> bool {
        self.text.starts_with('"')
    }

    pub(crate) fn is_null(&self) -> bool {
        self.text == "null"
    }

    /// The value as one of Rust's, where its type fits.
    pub(crate) fn scalar<T: Deserialize<'s>>(&self) -> Option<T> {
        serde_json::from_str(self.text).ok()
    }

    pub(crate) fn elements(&self, source: &str) -> Option<Vec<Self>> {
        let elements: Vec<&'s RawValue> = serde_json::from_str(self.text).ok()?;
        let nodes = elements.into_iter().enumerate().map(|(i, raw)| {
            let place = self.place.child(&i.to_string(), offset_in(source, raw.get()));
            Self { text: raw.get(), place }
        });
        Some(nodes.collect())
    }

    pub(crate) fn members(&self, source: &str) -> Option<Vec<Member<'s>>> {
        let Members(members) = serde_json::from_str(self.text).ok()?;
        let members = members.into_iter().map(|(key, raw)| {
            let value_offset = offset_in(source, raw.get());
            let key_offset = match key.0 {
                Cow::Borrowed(key) => offset_in(source, key).saturating_sub(1),
                // A key with an escape in it is no slice of the source: its value is near enough.
                Cow::Owned(_) => value_offset,
            };
            let place = self.place.child(&key.0, value_offset);
            Member { key: key.0.into_owned(), key_offset, node: Self { text: raw.get(), place } }
        });
        Some(members.collect())
    }

    /// The keys of an object.
    pub(crate) fn keys(&self, source: &str) -> Option<Vec<String>> {
        let members = self.members(source)?;
        Some(members.into_iter().map(|member| member.key).collect())
    }
}

/// Offset of `part`, a slice of `source`.
fn offset_in(source: &str, part: &str) -> usize {
    (part.as_ptr() as usize).saturating_sub(source.as_ptr() as usize)
}

/// serde_json counts columns in bytes from 1, and 0 for the end of a line.
fn syntax_error(source: &str, error: &serde_json::Error) -> (usize, String) {
    let line_start: usize = source.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let offset = source.floor_char_boundary((line_start + error.column().saturating_sub(1)).min(source.len()));
    let text = error.to_string();
    let reason = text.rsplit_once(" at line ").map_or(text.as_str(), |(reason, _)| reason);
    (offset, reason.to_owned())
}

/// A key, borrowed from the source where it has no escape in it.
struct Key<'s>(Cow<'s, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;

        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = Key<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Borrowed(key)))
            }

            fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Owned(key.to_owned())))
            }
        }

        deserializer.deserialize_str(KeyVisitor)
    }
}

/// An object's members in the order of the text, duplicates among them.
struct Members<'s>(Vec<(Key<'s>, &'s RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;

        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(MembersVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_knows_its_place() {
        let source = " {\"a\": [1, {\"b/c\": \"x\"}],\n \"\\u0064\": null, \"a\": 2}";
        let root = Node::root(source).unwrap();
        let members = root.members(source).unwrap();
        let seen: Vec<_> = members.iter().map(|m| (m.key.as_str(), m.key_offset, m.node.place.offset)).collect();
        assert_eq!(seen, [("a", 2, 7), ("d", 37, 37), ("a", 43, 48)]);
        let elements = members[0].node.elements(source).unwrap();
        let inner = elements[1].members(source).unwrap();
        assert_eq!(inner[0].node.place.pointer, "/a/1/b~1c");
        assert!(source.get(inner[0].node.place.offset..).unwrap().starts_with("\"x\""));
    }

    #[test]
    fn syntax_errors_have_an_offset() {
        for (source, offset) in [("{\"a\": }", 6), ("{\"a\": 1,}", 8), ("{\n\"a\" 1}", 6), ("{", 0), ("[1] x", 4)] {
            let (at, reason) = Node::root(source).err().unwrap();
            assert_eq!(at, offset, "{source}: {reason}");
            assert!(!reason.contains("line"), "{reason}");
        }
    }
}
