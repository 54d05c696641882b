//! Where in a JSON text a position is, even if the text is not complete.

use std::ops::Range;

/// What belongs at the position.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Expected {
    /// The key of a member.
    Key,
    /// The value of the last key of the path, or an element of the list there.
    Value,
    /// A comma, a colon, or the document itself.
    Nothing,
}

/// A position in a JSON text.
#[derive(Debug)]
pub(super) struct Scan {
    /// The keys and the numbers of elements that lead to it.
    pub(super) path: Vec<String>,
    pub(super) expected: Expected,
    /// What is written there already; empty if that is nothing.
    pub(super) token: Range<usize>,
    /// The key that is written there already.
    pub(super) own_key: Option<String>,
    /// The keys of every object, each with the number of the object.
    keys: Vec<(usize, String)>,
    /// The number of the object around the position.
    around: Option<usize>,
    /// The number of the object that has the policies.
    policies: Option<usize>,
}

/// The number of the document, which is that of its first token.
const DOCUMENT: usize = 0;

/// An object or a list that is open.
struct Open {
    number: usize,
    is_object: bool,
    /// The last key, or the number of the element.
    at: String,
    elements: usize,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// In front of a key, or of an element.
    Start,
    /// Behind a key.
    Key,
    /// Behind a colon.
    Colon,
    /// Behind a value.
    Value,
}

impl Open {
    fn new(number: usize, is_object: bool) -> Self {
        let at = if is_object { String::new() } else { "0".to_owned() };
        Self { number, is_object, at, elements: 0, state: State::Start }
    }

    fn expects(&self) -> Expected {
        match (self.is_object, self.state) {
            (true, State::Start) => Expected::Key,
            (true, State::Colon) | (false, State::Start) => Expected::Value,
            _ => Expected::Nothing,
        }
    }
}

/// A piece of a JSON text.
struct Token<'t> {
    range: Range<usize>,
    text: &'t str,
}

impl Token<'_> {
    /// Whether a position is within it, or at its end if it can grow there.
    fn has(&self, position: usize) -> bool {
        let is_closed = self.text.len() > 1 && self.text.starts_with('"') && self.text.ends_with('"');
        let grows = !is_closed && !matches!(self.text, "{" | "}" | "[" | "]" | "," | ":");
        self.range.start < position && (position < self.range.end || (grows && position == self.range.end))
    }

    fn unquoted(&self) -> String {
        let decoded = serde_json::from_str::<String>(self.text);
        decoded.unwrap_or_else(|_| self.text.trim_matches('"').to_owned())
    }
}

impl Scan {
    pub(super) fn of(text: &str, position: usize) -> Self {
        let mut scan = Self {
            path: Vec::new(),
            expected: Expected::Nothing,
            token: position..position,
            own_key: None,
            keys: Vec::new(),
            around: None,
            policies: None,
        };
        let mut open: Vec<Open> = Vec::new();
        let mut is_found = false;
        for (number, token) in tokens(text).enumerate() {
            if !is_found && (token.range.start >= position || token.has(position)) {
                is_found = true;
                let here = if token.has(position) { Some(&token) } else { None };
                scan.found(&open, here);
            }
            scan.read(&mut open, number, &token);
        }
        if !is_found {
            scan.found(&open, None);
        }
        scan
    }

    /// The keys of the object around the position.
    pub(super) fn keys_around(&self) -> impl Iterator<Item = &str> {
        self.keys_of(self.around)
    }

    /// The keys of the document.
    pub(super) fn keys_of_document(&self) -> impl Iterator<Item = &str> {
        self.keys_of(Some(DOCUMENT))
    }

    /// The names of the policies.
    pub(super) fn names_of_policies(&self) -> impl Iterator<Item = &str> {
        self.keys_of(self.policies)
    }

    fn keys_of(&self, object: Option<usize>) -> impl Iterator<Item = &str> {
        self.keys.iter().filter(move |(of, _)| Some(*of) == object).map(|(_, key)| key.as_str())
    }

    fn found(&mut self, open: &[Open], token: Option<&Token<'_>>) {
        let expected = open.last().map_or(Expected::Nothing, Open::expects);
        if let Some(token) = token {
            self.token = token.range.clone();
            self.own_key = (expected == Expected::Key).then(|| token.unquoted());
        }
        self.around = open.last().map(|around| around.number);
        self.path = path(open, expected == Expected::Key);
        self.expected = expected;
    }

    fn read(&mut self, open: &mut Vec<Open>, number: usize, token: &Token<'_>) {
        match token.text {
            "{" | "[" => {
                if let [Open { number: DOCUMENT, at, .. }] = open.as_slice()
                    && at == "policies"
                {
                    self.policies = Some(number);
                }
                open.push(Open::new(number, token.text == "{"));
            }
            "}" | "]" => {
                open.pop();
                if let Some(around) = open.last_mut() {
                    around.state = State::Value;
                }
            }
            ":" => {
                if let Some(around) = open.last_mut() {
                    around.state = State::Colon;
                }
            }
            "," => {
                if let Some(around) = open.last_mut() {
                    around.state = State::Start;
                    around.elements += 1;
                    around.at = if around.is_object { String::new() } else { around.elements.to_string() };
                }
            }
            _ => {
                let Some(around) = open.last_mut() else { return };
                if around.is_object && around.state == State::Start {
                    around.at = token.unquoted();
                    around.state = State::Key;
                    self.keys.push((around.number, token.unquoted()));
                } else {
                    around.state = State::Value;
                }
            }
        }
    }
}

/// The path of what is open; without the last key, it is that of the object itself.
fn path(open: &[Open], of_object: bool) -> Vec<String> {
    let behind = open.len() - usize::from(of_object && !open.is_empty());
    open.iter().take(behind).map(|open| open.at.clone()).collect()
}

/// The pieces of a JSON text. A string without an end goes to the end of its line.
fn tokens(text: &str) -> impl Iterator<Item = Token<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = text.get(at..)?;
        let start = at + (rest.len() - rest.trim_start().len());
        let rest = text.get(start..).filter(|rest| !rest.is_empty())?;
        let length = match rest.chars().next()? {
            '"' => length_of_string(rest),
            '{' | '}' | '[' | ']' | ',' | ':' => 1,
            _ => rest.find(|c: char| c.is_whitespace() || "{}[],:\"".contains(c)).unwrap_or(rest.len()),
        };
        at = start + length;
        Some(Token { range: start..at, text: text.get(start..at)? })
    })
}

fn length_of_string(rest: &str) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            '\n' => return at,
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text with a `|` at the position.
    #[track_caller]
    fn scan(text: &str) -> (String, Scan) {
        let position = text.find('|').unwrap();
        let text = text.replace('|', "");
        let scan = Scan::of(&text, position);
        (text.get(scan.token.clone()).unwrap().to_owned(), scan)
    }

    #[test]
    fn places_in_whole_and_in_broken_texts() {
        use Expected::{Key, Nothing, Value};
        for (text, path, expected, token) in [
            ("|", "", Nothing, ""),
            ("{|", "", Key, ""),
            ("{ | }", "", Key, ""),
            ("{ \"al|", "", Key, "\"al"),
            ("{ \"al|low\": 1 }", "", Key, "\"allow\""),
            ("{ \"a\"| : 1 }", "a", Nothing, ""),
            ("{ \"a\": | }", "a", Value, ""),
            ("{ \"a\": t|r }", "a", Value, "tr"),
            ("{ \"a\": [|] }", "a/0", Value, ""),
            ("{ \"a\": [\"x\", \"y|\"", "a/1", Value, "\"y\""),
            ("{ \"a\": { \"b\": [ { }, { \"c\": \"|\n } ] } }", "a/b/1/c", Value, "\""),
            ("{ \"a\": 1, | }", "", Key, ""),
            ("{ \"a\": 1 | }", "a", Nothing, ""),
            ("{ \"a\": { \"b\": 1 }, \"c\": \"é\\\"|\" }", "c", Value, "\"é\\\"\""),
            ("]]}},,::|", "", Nothing, ""),
        ] {
            let (found, scan) = scan(text);
            assert_eq!((scan.path.join("/").as_str(), &scan.expected), (path, &expected), "{text}");
            assert_eq!(found, token, "{text}");
        }
    }

    #[test]
    fn keys_behind_the_position_count() {
        let (_, scan) =
            scan("{ \"policies\": { \"a\": { \"x\": 1, \"|\", \"y\": 2 }, \"b\": { \"z\": 3 } }, \"d\": 1 }");
        assert_eq!(scan.path, ["policies", "a"]);
        assert_eq!(scan.keys_around().collect::<Vec<_>>(), ["x", "", "y"]);
        assert_eq!(scan.names_of_policies().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(scan.keys_of_document().collect::<Vec<_>>(), ["policies", "d"]);
    }
}
