//! The places of the characters of a quoted or indented text in its file.

use std::collections::HashMap;

/// For every byte of `text`, the offset in the file of what it was read from.
///
/// `raw` is the scalar as it is in the file, starting at `offset`: with its quotes, escapes, or the
/// indentation of a block. YAML and TOML share the rules that matter here: only scalars in double
/// quotes have escapes, and only white space and quotes are removed or changed otherwise. A JSON value
/// never starts with white space, so the two texts are aligned again at every value.
pub(crate) fn places(text: &str, raw: &str, offset: usize) -> Vec<usize> {
    // The start of a block, `|` or `>`, is not part of the text, nor is a comment after it.
    let block = raw.starts_with(['|', '>']).then(|| raw.find('\n')).flatten();
    let at = block.map_or(0, |end| end + 1);
    let mut units = Units::new(raw, at);
    let mut places = Vec::with_capacity(text.len());
    for c in text.chars() {
        if !c.is_whitespace() {
            units.seek(c);
        }
        places.extend(std::iter::repeat_n(offset + units.at, c.len_utf8()));
        if !c.is_whitespace() {
            units.next();
        }
    }
    places
}

/// The characters of a scalar. An escape counts as one character.
struct Units<'r> {
    raw: &'r str,
    at: usize,
    escapes: bool,
    /// How often each unit is still to come, so that nothing is searched that is not there: one search to the end for
    /// each character of a hostile file would take minutes.
    to_come: HashMap<Option<char>, usize>,
}

impl<'r> Units<'r> {
    fn new(raw: &'r str, at: usize) -> Self {
        let mut units = Self { raw, at, escapes: raw.starts_with('"'), to_come: HashMap::new() };
        while let Some((unit, length)) = units.unit() {
            *units.to_come.entry(unit).or_default() += 1;
            units.at += length;
        }
        Self { at, ..units }
    }

    /// Moves to the next unit that can be `c`, if there is one.
    fn seek(&mut self, c: char) {
        if ![None, Some(c)].iter().any(|unit| self.to_come.get(unit).is_some_and(|count| *count > 0)) {
            return;
        }
        while self.unit().is_some_and(|(unit, _)| unit.is_some_and(|unit| unit != c)) {
            self.next();
        }
    }

    fn next(&mut self) {
        let Some((unit, length)) = self.unit() else { return };
        self.at += length;
        if let Some(count) = self.to_come.get_mut(&unit) {
            *count -= 1;
        }
    }

    /// The character at this place and its length; `None` for an escaped code point.
    fn unit(&self) -> Option<(Option<char>, usize)> {
        let mut rest = self.raw.get(self.at..)?.chars();
        let first = rest.next()?;
        if !(self.escapes && first == '\\') {
            return Some((Some(first), first.len_utf8()));
        }
        let escaped = rest.next()?;
        let digits = match escaped {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            'n' | 't' | 'r' => return Some((Some('\n'), 2)),
            other => return Some((Some(other), 1 + other.len_utf8())),
        };
        Some((None, 2 + digits))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks that the JSON values marked by `needle` are found in the file's spelling.
    #[track_caller]
    fn check(text: &str, raw: &str, needle: &str, found: &str) {
        let places = places(text, raw, 0);
        let there = raw.get(places[text.find(needle).unwrap()]..).unwrap();
        assert!(there.starts_with(found), "{needle} is at {there:?}");
    }

    #[test]
    fn blocks_lose_their_indentation() {
        let raw = "|\n      {\n        \"a\": [\n          1, 2]\n      }\n";
        check("{\n  \"a\": [\n    1, 2]\n}\n", raw, "\"a\"", "\"a\"");
        check("{\n  \"a\": [\n    1, 2]\n}\n", raw, "2", "2]");
    }

    #[test]
    fn quoted_texts_lose_their_quotes_and_escapes() {
        let raw = r#""{\"a\":\n[\"n\", \"\u00e9\"]}""#;
        check("{\"a\":\n[\"n\", \"é\"]}", raw, "\"a\"", r#"\"a\""#);
        check("{\"a\":\n[\"n\", \"é\"]}", raw, "\"n\"", r#"\"n\""#);
        check("{\"a\":\n[\"n\", \"é\"]}", raw, "\"é\"", r#"\"\u00e9\""#);
        check("{\"a\": \"it's\"}", "'{\"a\": \"it''s\"}'", "\"it", "\"it");
    }

    /// A search to the end of the text for each of its characters would not end.
    #[test]
    fn escapes_that_are_not_known_are_not_searched() {
        let count = 300_000;
        let places = places(&"\u{7}".repeat(count), &format!("\"{}\"", r"\a".repeat(count)), 0);
        assert_eq!((places.len(), places.first(), places.last()), (count, Some(&0), Some(&(2 * count - 3))));
    }

    #[test]
    fn every_byte_has_a_place() {
        assert_eq!(places("é{", "'é{'", 10), [11, 11, 13]);
        assert_eq!(places("{", "", 10), [10]);
    }
}
