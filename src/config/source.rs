//! JSON values with their places in the source text.
//!
//! serde_json checks the syntax of the whole text and reports what is wrong with it. After that,
//! a value is a slice of the source, so its offset is known and splitting it cannot fail. Objects
//! keep the order of their members, and duplicate keys.
//!
//! serde_json could split the values too, but it would link its code for floating-point numbers,
//! which no field needs, into the filter.

use std::str::Chars;

use serde::de::IgnoredAny;

use crate::problem::Place;

/// One JSON value.
pub(crate) struct Node<'s> {
    text: &'s str,
    pub(crate) place: Place,
}

/// A member of an object: its key, the offset of the key's opening quote, and its value.
pub(crate) struct Member<'s> {
    pub(crate) key: String,
    pub(crate) key_offset: usize,
    pub(crate) node: Node<'s>,
}

/// Why a text is not JSON, and what to do.
#[derive(Debug)]
pub(crate) struct SyntaxError {
    pub(crate) offset: usize,
    pub(crate) reason: String,
    pub(crate) fix: &'static str,
}

impl<'s> Node<'s> {
    /// The whole document, or its first syntax error. A byte order mark is passed over, as RFC 8259
    /// lets parsers do.
    pub(crate) fn root(source: &'s str) -> Result<Self, SyntaxError> {
        let json = source.strip_prefix('\u{feff}').unwrap_or(source);
        serde_json::from_str::<IgnoredAny>(json).map_err(|error| {
            let found = syntax_error(json, &error);
            SyntaxError { offset: found.offset + offset_in(source, json), ..found }
        })?;
        let text = json.trim_ascii();
        let place = Place { pointer: String::new(), offset: offset_in(source, text) };
        Ok(Self { text, place })
    }

    /// The value's JSON type, with its article.
    pub(crate) fn type_name(&self) -> &'static str {
        match self.text.as_bytes().first() {
            Some(b'{') => "an object",
            Some(b'[') => "an array",
            Some(b'"') => "a string",
            Some(b't' | b'f') => "a boolean",
            Some(b'n') => "null",
            _ if self.is_integer() => "a number",
            _ => "a number with a fraction",
        }
    }

    /// The value as it is written.
    pub(crate) fn as_json(&self) -> &'s str {
        self.text
    }

    /// Whether the value is a number without a fraction or exponent.
    pub(crate) fn is_integer(&self) -> bool {
        let digits = self.text.strip_prefix('-').unwrap_or(self.text);
        digits.bytes().all(|byte| byte.is_ascii_digit())
    }

    /// Whether the value is a string that cannot be decoded, or an object with such a key.
    pub(crate) fn is_unreadable(&self, source: &str) -> bool {
        (self.is_string() && self.string().is_none()) || (self.is_object() && self.members(source).is_none())
    }

    pub(crate) fn is_object(&self) -> bool {
        self.text.starts_with('{')
    }

    pub(crate) fn is_array(&self) -> bool {
        self.text.starts_with('[')
    }

    pub(crate) fn is_string(&self) -> bool {
        self.text.starts_with('"')
    }

    pub(crate) fn is_null(&self) -> bool {
        self.text == "null"
    }

    /// The value, if it is `true` or `false`.
    pub(crate) fn bool(&self) -> Option<bool> {
        self.text.parse().ok()
    }

    /// The decoded string; `None` if the value is not a string, or contains half of a surrogate pair.
    pub(crate) fn string(&self) -> Option<String> {
        unquote(self.text)
    }

    /// The number, if it is a whole one: `600`, or `600.0` or `6e2`, since some hosts store every
    /// number as a double.
    pub(crate) fn whole_number(&self) -> Option<u64> {
        let (decimal, exponent) = self.text.split_once(['e', 'E']).unwrap_or((self.text, "0"));
        let (whole, fraction) = decimal.split_once('.').unwrap_or((decimal, ""));
        let fraction = fraction.trim_end_matches('0');
        let digits: u64 = (whole.to_owned() + fraction).parse().ok()?;
        let places = exponent.parse::<i64>().ok()?.checked_sub(i64::try_from(fraction.len()).ok()?)?;
        let places = u32::try_from(places).ok()?;
        digits.checked_mul(10_u64.checked_pow(places)?)
    }

    /// The elements, if the value is an array.
    pub(crate) fn elements(&self, source: &str) -> Option<Vec<Self>> {
        let nodes = parts(self.text).into_iter().enumerate().map(|(i, text)| {
            let place = self.place.child(&i.to_string(), offset_in(source, text));
            Self { text, place }
        });
        self.is_array().then(|| nodes.collect())
    }

    /// The members, if the value is an object.
    pub(crate) fn members(&self, source: &str) -> Option<Vec<Member<'s>>> {
        let parts = if self.is_object() { parts(self.text) } else { return None };
        let (members, _) = parts.as_chunks();
        let members = members.iter().map(|[quoted, text]| {
            let key = unquote(quoted)?;
            let place = self.place.child(&key, offset_in(source, text));
            Some(Member { key, key_offset: offset_in(source, quoted), node: Self { text, place } })
        });
        members.collect()
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

/// serde_json counts columns in bytes from 1, and 0 for the end of a line. What people bring from
/// other formats gets words of its own.
fn syntax_error(source: &str, error: &serde_json::Error) -> SyntaxError {
    let line_start: usize = source.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let offset = source.floor_char_boundary((line_start + error.column().saturating_sub(1)).min(source.len()));
    let text = error.to_string();
    // The message ends with "at line 1 column 2".
    let reason = text.rsplitn(6, ' ').nth(5).unwrap_or(&text);
    let before = source.get(..offset).unwrap_or_default().trim_ascii_end();
    let comma = before.len().saturating_sub(1);
    let ends_in_comma = before.ends_with(',');
    let (offset, reason, fix) = match source.as_bytes().get(offset) {
        Some(b'}') if ends_in_comma => (comma, "a trailing comma before the closing brace", "remove this comma"),
        Some(b']') if ends_in_comma => (comma, "a trailing comma before the closing bracket", "remove this comma"),
        Some(b',') if before.ends_with([',', '{', '[']) => (offset, "an extra comma", "remove this comma"),
        Some(b'/' | b'#') => (offset, "JSON has no comments", "remove the comment"),
        Some(b'\'') => (offset, "a string needs double quotes", "use double quotes"),
        Some(_) if reason == "key must be a string" => {
            (offset, "a field name needs double quotes", "put it in double quotes")
        }
        _ => (offset, reason, "correct the JSON at this place"),
    };
    SyntaxError { offset, reason: reason.to_owned(), fix }
}

/// The elements of an array, or the keys and values of an object, alternating.
fn parts(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = None;
    let (mut depth, mut quoted, mut escaped) = (0, false, false);
    for (at, byte) in text.bytes().enumerate() {
        if quoted {
            quoted = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
            continue;
        }
        let closes = matches!(byte, b']' | b'}');
        let separates = byte.is_ascii_whitespace() || matches!(byte, b',' | b':');
        if depth == 1 && (closes || separates) {
            parts.extend(start.take().and_then(|start| text.get(start..at)));
        } else if depth == 1 {
            start.get_or_insert(at);
        }
        match byte {
            b'"' => quoted = true,
            b'[' | b'{' => depth += 1,
            _ if closes => depth -= 1,
            _ => {}
        }
    }
    parts
}

/// Decodes a JSON string. `None` if it is not a string, or contains half of a surrogate pair.
fn unquote(text: &str) -> Option<String> {
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    let mut unquoted = String::with_capacity(inner.len());
    let mut rest = inner.chars();
    while let Some(c) = rest.next() {
        unquoted.push(if c == '\\' { escape(&mut rest)? } else { c });
    }
    Some(unquoted)
}

/// The character that the characters after a backslash stand for: RFC 8259, section 7.
fn escape(rest: &mut Chars<'_>) -> Option<char> {
    match rest.next()? {
        'b' => Some('\u{8}'),
        'f' => Some('\u{c}'),
        'n' => Some('\n'),
        'r' => Some('\r'),
        't' => Some('\t'),
        'u' => {
            let unit = code_unit(rest)?;
            let surrogate = (0xd800..0xe000).contains(&unit);
            let paired = surrogate && rest.next() == Some('\\') && rest.next() == Some('u');
            let other = if paired { Some(code_unit(rest)?) } else { None };
            char::decode_utf16([unit].into_iter().chain(other)).next()?.ok()
        }
        itself => Some(itself),
    }
}

/// Four hexadecimal digits.
fn code_unit(rest: &mut Chars<'_>) -> Option<u16> {
    let (digits, tail) = rest.as_str().split_at_checked(4)?;
    *rest = tail.chars();
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::value::RawValue;

    use super::*;

    #[test]
    fn every_value_knows_its_place() {
        let source = " {\"a\": [1, {\"b/c\": \"x\"}],\n \"\\u0064\": null, \"a\": 2}";
        let root = Node::root(source).unwrap();
        let members = root.members(source).unwrap();
        let seen: Vec<_> = members.iter().map(|m| (m.key.as_str(), m.key_offset, m.node.place.offset)).collect();
        assert_eq!(seen, [("a", 2, 7), ("d", 27, 37), ("a", 43, 48)]);
        let elements = members[0].node.elements(source).unwrap();
        let inner = elements[1].members(source).unwrap();
        assert_eq!(inner[0].node.place.pointer, "/a/1/b~1c");
        assert!(source.get(inner[0].node.place.offset..).unwrap().starts_with("\"x\""));
    }

    #[test]
    fn values_are_taken_apart_as_serde_json_does() {
        for source in [
            "[]",
            "{}",
            "[ [ ] , { } ]",
            "\t[1,-2.5e+3 ,\r\ntrue,false , null,\"\"]\n",
            r#"["\\", "\"", "]\\\"[", ",:", "\\\\", "ü"]"#,
            r#"["\u00fc\u20ac", "\b\f\n\r\t\/", "\ud83d\ude00", "a\uD83D\uDE00b"]"#,
            r#"["\ud83d", "\ude00", "\ud83dx", "\ud83d\n", "\ud83d\ud83d", "\ude00\ud83d"]"#,
            r#"[[[["]"]], "}"], {"a": {"b": [1, 2]}, "\"c": {}, "d" :3}]"#,
        ] {
            let elements = |text: &str| Node::root(text).unwrap().elements(text).map(|nodes| texts(&nodes));
            let raw = |text: &str| serde_json::from_str::<Vec<&RawValue>>(text).ok().map(|raw| texts_of(&raw));
            assert_eq!(elements(source), raw(source), "{source}");
            for text in elements(source).unwrap_or_default() {
                let node = Node::root(&text).unwrap();
                assert_eq!(node.string(), serde_json::from_str(&text).ok(), "{text}");
                assert_eq!(node.bool(), serde_json::from_str(&text).ok(), "{text}");
                let members = node.members(&text).unwrap_or_default().into_iter();
                let members: BTreeMap<String, &str> = members.map(|m| (m.key, m.node.text)).collect();
                let raw: BTreeMap<String, &RawValue> = serde_json::from_str(&text).unwrap_or_default();
                let raw = raw.into_iter().map(|(key, raw)| (key, raw.get())).collect();
                assert_eq!(members, raw, "{text}");
            }
        }
    }

    fn texts(nodes: &[Node<'_>]) -> Vec<String> {
        nodes.iter().map(|node| node.text.to_owned()).collect()
    }

    fn texts_of(raw: &[&RawValue]) -> Vec<String> {
        raw.iter().map(|raw| raw.get().to_owned()).collect()
    }

    #[test]
    fn whole_numbers() {
        let number = |text: &str| Node::root(text).unwrap().whole_number();
        for (text, expected) in [("0", 0), ("600", 600), ("600.0", 600), ("6e2", 600), ("6.0E+2", 600), ("1.5e1", 15)] {
            assert_eq!(number(text), Some(expected), "{text}");
        }
        assert_eq!(number("18446744073709551615"), Some(u64::MAX));
        for text in [
            "-1",
            "0.5",
            "6e-1",
            "1.25e1",
            "18446744073709551616",
            "1e20",
            "1e99999999999999999999",
            "1.5e-9223372036854775808",
            "1.5e9223372036854775807",
            "\"1\"",
        ] {
            assert_eq!(number(text), None, "{text}");
        }
    }

    #[test]
    fn syntax_errors_have_an_offset() {
        for (source, at, expected) in [
            ("{\"a\": }", 6, "expected value"),
            ("{\n\"a\" 1}", 6, "expected `:`"),
            ("{", 0, "EOF while parsing an object"),
            ("[1] x", 4, "trailing characters"),
            ("\u{feff}[1] x", 7, "trailing characters"),
            ("{\"a\": 1,}", 7, "a trailing comma before the closing brace"),
            ("{\"a\": 1 , \n }", 8, "a trailing comma before the closing brace"),
            ("[1,\r\n]", 2, "a trailing comma before the closing bracket"),
            ("[1,,2]", 3, "an extra comma"),
            ("{\"a\": 1,,}", 8, "an extra comma"),
            ("[,1]", 1, "an extra comma"),
            ("// a\n{}", 0, "JSON has no comments"),
            ("{ /* a */ }", 2, "JSON has no comments"),
            ("[1 # a\n]", 3, "JSON has no comments"),
            ("{'a': 1}", 1, "a string needs double quotes"),
            ("{\"a\": 'b'}", 6, "a string needs double quotes"),
            ("{a: 1}", 1, "a field name needs double quotes"),
        ] {
            let SyntaxError { offset, reason, .. } = Node::root(source).err().unwrap();
            assert_eq!((offset, reason.as_str()), (at, expected), "{source}");
        }
    }
}
