//! YAML, of which JSON is a part.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use saphyr_parser::{Event, Parser, ScalarStyle, Span, Tag};
use serde_json::Number;

use super::SyntaxError;
use super::tree::{Member, Tree, Value};

/// How deep values may be nested, as in the engine's own parser.
const MAX_DEPTH: usize = 128;
/// How many bytes of memory aliases may add to a file and the files in it, with the copies that they are made from.
const MAX_COPIED: usize = 8 * 1024 * 1024;

/// The documents of a YAML text. `copied` is how many bytes aliases have added so far, and is raised: they can multiply
/// a file that is in a string, and the aliases in that file do so again.
pub(super) fn parse(text: &str, copied: &mut usize) -> Result<Vec<Tree>, SyntaxError> {
    let mut builder = Builder {
        offsets: byte_offsets(text),
        documents: Vec::new(),
        open: Vec::new(),
        anchors: HashMap::new(),
        copied,
    };
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| SyntaxError {
            offset: builder.offset(error.marker().index()),
            reason: error.info().to_owned(),
        })?;
        builder.take(event, span)?;
    }
    Ok(builder.documents)
}

/// The offset in bytes of every character, and of the end.
fn byte_offsets(text: &str) -> Vec<usize> {
    text.char_indices().map(|(offset, _)| offset).chain([text.len()]).collect()
}

struct Builder<'c> {
    offsets: Vec<usize>,
    documents: Vec<Tree>,
    open: Vec<Open>,
    anchors: HashMap<usize, Tree>,
    copied: &'c mut usize,
}

/// A collection whose end has not come yet.
struct Open {
    start: usize,
    anchor: usize,
    value: Value,
    /// The key whose value comes next.
    key: Option<(String, usize)>,
}

impl Builder<'_> {
    fn offset(&self, character: usize) -> usize {
        self.offsets.get(character).or(self.offsets.last()).copied().unwrap_or_default()
    }

    fn range(&self, span: Span) -> Range<usize> {
        self.offset(span.start.index())..self.offset(span.end.index())
    }

    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), SyntaxError> {
        let range = self.range(span);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let value = scalar(&text, style, tag.as_deref());
                self.close(Tree { span: range, value }, anchor)
            }
            Event::SequenceStart(anchor, _) => self.open(range.start, anchor, Value::List(Vec::new())),
            Event::MappingStart(anchor, _) => self.open(range.start, anchor, Value::Map(Vec::new())),
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(Open { start, anchor, value, .. }) => {
                    self.close(Tree { span: start..range.end, value: merged(value) }, anchor)
                }
                None => Ok(()),
            },
            Event::Alias(anchor) => {
                let tree = self.copy(anchor, range.start)?;
                self.push(tree)
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) | Event::DocumentEnd => {
                Ok(())
            }
        }
    }

    fn open(&mut self, start: usize, anchor: usize, value: Value) -> Result<(), SyntaxError> {
        if self.open.len() >= MAX_DEPTH {
            return Err(SyntaxError { offset: start, reason: "this is nested too deeply".to_owned() });
        }
        self.open.push(Open { start, anchor, value, key: None });
        Ok(())
    }

    /// The value of an anchor, unless a few lines of aliases would make a huge document.
    fn copy(&mut self, anchor: usize, offset: usize) -> Result<Tree, SyntaxError> {
        let Some(tree) = self.anchors.get(&anchor) else {
            return Err(SyntaxError { offset, reason: "this alias has no anchor".to_owned() });
        };
        *self.copied += size(tree);
        self.check_copied(offset)?;
        Ok(tree.clone())
    }

    fn check_copied(&self, offset: usize) -> Result<(), SyntaxError> {
        if *self.copied > MAX_COPIED {
            return Err(SyntaxError { offset, reason: "the aliases make this too long".to_owned() });
        }
        Ok(())
    }

    /// Takes a value whose end has come.
    fn close(&mut self, tree: Tree, anchor: usize) -> Result<(), SyntaxError> {
        if anchor > 0 {
            // Anchors within anchors copy the innermost value once for each of them.
            *self.copied += size(&tree);
            self.check_copied(tree.span.start)?;
            self.anchors.insert(anchor, tree.clone());
        }
        self.push(tree)
    }

    /// Puts a value where it belongs: into the innermost open collection.
    fn push(&mut self, tree: Tree) -> Result<(), SyntaxError> {
        let Some(open) = self.open.last_mut() else {
            self.documents.push(tree);
            return Ok(());
        };
        match &mut open.value {
            Value::List(elements) => elements.push(tree),
            Value::Map(members) => match open.key.take() {
                Some((key, key_offset)) => members.push(Member { key, key_offset, value: tree }),
                None => {
                    let key_offset = tree.span.start;
                    open.key = Some((key_text(tree)?, key_offset));
                }
            },
            _ => {}
        }
        Ok(())
    }
}

/// A mapping with what its merge keys bring (<https://yaml.org/type/merge.html>), as kubectl has
/// it: a key of its own wins, then the first mapping that has the key.
fn merged(value: Value) -> Value {
    let Value::Map(members) = value else { return value };
    let (merges, mut members): (Vec<Member>, Vec<Member>) =
        members.into_iter().partition(|member| member.key == "<<" && is_mergeable(&member.value));
    let mut keys: HashSet<String> = members.iter().map(|member| member.key.clone()).collect();
    for Member { value: Tree { value, .. }, .. } in merges {
        let sources = if let Value::List(sources) = value { sources } else { vec![Tree { span: 0..0, value }] };
        for source in sources {
            let Value::Map(brought) = source.value else { continue };
            members.extend(brought.into_iter().filter(|member| keys.insert(member.key.clone())));
        }
    }
    Value::Map(members)
}

fn is_mergeable(value: &Tree) -> bool {
    let is_map = |tree: &Tree| matches!(tree.value, Value::Map(_));
    is_map(value) || matches!(&value.value, Value::List(sources) if sources.iter().all(is_map))
}

/// About how many bytes a tree takes in memory. Its texts count too: a few values can be long.
fn size(tree: &Tree) -> usize {
    let inner = match &tree.value {
        Value::Text(text) => text.len(),
        Value::List(elements) => elements.iter().map(size).sum(),
        Value::Map(members) => members.iter().map(|member| member.key.len() + size(&member.value)).sum(),
        _ => 0,
    };
    size_of::<Tree>() + inner
}

fn key_text(tree: Tree) -> Result<String, SyntaxError> {
    match tree.value {
        Value::Text(text) => Ok(text),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(value) => Ok(value.to_string()),
        Value::Null => Ok("null".to_owned()),
        Value::List(_) | Value::Map(_) => {
            Err(SyntaxError { offset: tree.span.start, reason: "a key must be a string here".to_owned() })
        }
    }
}

/// The core schema of YAML 1.2.2, section 10.3, less what JSON has no number for, and with the
/// booleans of YAML 1.1, as kubectl and Envoy read them.
fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Value {
    let is_text = tag.is_some_and(|tag| tag.is_yaml_core_schema() && tag.suffix == "str");
    if style != ScalarStyle::Plain || is_text {
        return Value::Text(text.to_owned());
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Value::Bool(true),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Value::Bool(false),
        _ => number(text).map_or_else(|| Value::Text(text.to_owned()), Value::Number),
    }
}

fn number(text: &str) -> Option<Number> {
    let radix = |prefix: &str, radix| {
        let digits = text.strip_prefix(prefix)?;
        u64::from_str_radix(digits, radix).ok().map(Number::from)
    };
    if let Some(number) = radix("0x", 16).or_else(|| radix("0o", 8)) {
        return Some(number);
    }
    if !text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)) || text.contains("_") {
        return None;
    }
    let integer = || text.parse::<i64>().ok().map(Number::from);
    let float = || text.parse::<f64>().ok().and_then(Number::from_f64);
    integer().or_else(|| text.parse::<u64>().ok().map(Number::from)).or_else(float)
}
