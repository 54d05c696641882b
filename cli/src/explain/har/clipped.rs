//! JSON with long strings cut: bodies of responses are most of a HAR file, and nothing in them counts.

use std::io::{self, Read};

/// The most bytes of a string that are passed on, as they are written in the file.
const MAX_STRING: usize = 16 * 1024;
/// The deepest nesting. What browsers save is far below it.
const MAX_DEPTH: usize = 100;
const CHUNK: usize = 64 * 1024;

/// Reads JSON, and cuts every string at a length, so that whoever parses it needs no more memory than that.
pub(super) struct Clipped<R> {
    inner: R,
    chunk: Vec<u8>,
    /// What of the chunk has been passed on.
    at: usize,
    depth: usize,
    state: State,
}

#[derive(Clone, Copy)]
enum State {
    Outside,
    /// In a string, of which this many bytes were passed on.
    Inside(usize),
    /// Behind a backslash.
    Escape(usize),
    /// In the digits behind `\u`: how many are missing, and whether they are the first half of a pair so far.
    Digits(usize, u8, bool),
    /// Behind the first half of a pair, whose second half must follow.
    HalfPair(usize),
    /// In the part of a string that is cut off, and whether a backslash came last.
    Cut(bool),
}

impl<R: Read> Clipped<R> {
    pub(super) fn new(inner: R) -> Self {
        Self { inner, chunk: Vec::new(), at: 0, depth: 0, state: State::Outside }
    }

    /// Reads more of the file. `false` at its end.
    fn fill(&mut self) -> io::Result<bool> {
        self.chunk.resize(CHUNK, 0);
        self.at = 0;
        let read = loop {
            match self.inner.read(&mut self.chunk) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        self.chunk.truncate(read);
        Ok(read > 0)
    }

    /// What a byte does, and whether it is passed on.
    fn step(&mut self, byte: u8) -> io::Result<bool> {
        let (state, kept) = match self.state {
            State::Outside => {
                match byte {
                    b'{' | b'[' => self.depth += 1,
                    b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                    _ => {}
                }
                if self.depth > MAX_DEPTH {
                    return Err(io::Error::new(io::ErrorKind::InvalidData, "it is nested too deeply"));
                }
                (if byte == b'"' { State::Inside(0) } else { State::Outside }, true)
            }
            State::Inside(_) if byte == b'"' => (State::Outside, true),
            // Not in the middle of a character.
            State::Inside(length) if length >= MAX_STRING && byte & 0xc0 != 0x80 => (State::Cut(byte == b'\\'), false),
            State::Inside(length) | State::HalfPair(length) if byte == b'\\' => (State::Escape(length + 1), true),
            State::Inside(length) | State::HalfPair(length) => (State::Inside(length + 1), true),
            State::Escape(length) if byte == b'u' => (State::Digits(length + 1, 4, true), true),
            State::Escape(length) => (State::Inside(length + 1), true),
            State::Digits(length, missing, half) => {
                let half = half
                    && match missing {
                        4 => byte.eq_ignore_ascii_case(&b'd'),
                        3 => matches!(byte, b'8' | b'9' | b'a' | b'b' | b'A' | b'B'),
                        _ => true,
                    };
                let state = match (missing, half) {
                    (1, true) => State::HalfPair(length + 1),
                    (1, false) => State::Inside(length + 1),
                    _ => State::Digits(length + 1, missing - 1, half),
                };
                (state, true)
            }
            State::Cut(true) => (State::Cut(false), false),
            State::Cut(false) => match byte {
                b'"' => (State::Outside, true),
                byte => (State::Cut(byte == b'\\'), false),
            },
        };
        self.state = state;
        Ok(kept)
    }
}

impl<R: Read> Read for Clipped<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut written = 0;
        for slot in out.iter_mut() {
            loop {
                let Some(byte) = self.chunk.get(self.at).copied() else {
                    // What there is comes first: more may take long.
                    if written > 0 || !self.fill()? {
                        return Ok(written);
                    }
                    continue;
                };
                if matches!(self.state, State::Cut(false)) {
                    // Bodies are megabytes: on to what ends them.
                    let rest = self.chunk.get(self.at..).unwrap_or_default();
                    let plain = rest.iter().position(|byte| matches!(byte, b'"' | b'\\')).unwrap_or(rest.len());
                    if plain > 0 {
                        self.at += plain;
                        continue;
                    }
                }
                self.at += 1;
                if self.step(byte)? {
                    *slot = byte;
                    written += 1;
                    break;
                }
            }
        }
        Ok(written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clipped(text: &str) -> String {
        let mut out = String::new();
        Clipped::new(text.as_bytes()).read_to_string(&mut out).unwrap();
        out
    }

    #[test]
    fn short_json_is_left_alone() {
        for text in
            [r#"{"a\"b": [1, "\\", "\u00e9\ud83d\ude00é", {}], "c": null}"#, "", "garbage \" \\", r#""\ud83dx""#]
        {
            assert_eq!(clipped(text), text);
        }
    }

    #[test]
    fn long_strings_are_cut_and_stay_json() {
        for unit in ["x", "é", "😀", "\\n", "\\\"", "\\\\", "\\u00e9", "\\ud83d\\ude00", "a\\ud83d\\ude00"] {
            for prefix in ["", "y", "yy", "yyy", "yyyy", "yyyyy"] {
                let text = format!("[\"{prefix}{}\", 1]", unit.repeat(MAX_STRING));
                let short = clipped(&text);
                assert!(short.len() < MAX_STRING + 40, "{unit}: {}", short.len());
                let value: serde_json::Value = serde_json::from_str(&short).unwrap();
                assert_eq!(value.get(1), Some(&1.into()), "{unit}");
            }
        }
    }

    #[test]
    fn deep_nesting_is_refused() {
        let mut out = Vec::new();
        let deep = "[".repeat(1000);
        assert!(Clipped::new(deep.as_bytes()).read_to_end(&mut out).is_err());
    }
}
