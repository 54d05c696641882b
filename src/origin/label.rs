//! Label patterns: hosts with placeholders, such as `pr-{digits}.example.com`.

use std::fmt;

use super::host::{self, is_label_byte};
use super::pattern::PatternError;

/// A host with placeholders for parts of labels.
///
/// A placeholder matches one or more characters of its class, but never a dot, so each label of the
/// pattern matches one label of the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LabelPattern {
    /// The labels up to the last one with a placeholder.
    open: Vec<Vec<Piece>>,
    /// The literal labels after them. Never empty.
    suffix: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Literal(String),
    OneOrMore(Class),
}

/// A placeholder's class of characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Digits,
    Hex,
    Alnum,
    Label,
}

impl LabelPattern {
    pub(crate) fn parse(text: &str) -> Result<Self, PatternError> {
        let labels: Vec<&str> = text.split('.').collect();
        let open = labels.iter().rposition(|label| label.contains(['{', '}']));
        let (open, literal) = labels.split_at(open.map_or(0, |last| last + 1));
        if literal.is_empty() {
            return Err(PatternError::InvalidPlaceholder);
        }
        let suffix = text.splitn(open.len() + 1, '.').last().unwrap_or(text);
        if !host::is_name(suffix) || host::ends_in_a_number(suffix) {
            return Err(PatternError::InvalidHost);
        }
        let open = open.iter().map(|label| pieces(label));
        Ok(Self { open: open.collect::<Result<_, _>>()?, suffix: suffix.to_owned() })
    }

    /// The literal labels at the end of the host.
    pub(crate) fn suffix(&self) -> &str {
        &self.suffix
    }

    /// The literal text at the start of the host, up to the first placeholder.
    pub(crate) fn prefix(&self) -> String {
        let mut prefix = String::new();
        for label in &self.open {
            for piece in label {
                match piece {
                    Piece::Literal(text) => prefix.push_str(text),
                    Piece::OneOrMore(_) => return prefix,
                }
            }
            prefix.push('.');
        }
        prefix
    }

    /// Whether the labels before the suffix match, without the dot between them and the suffix.
    pub(crate) fn matches(&self, labels: &str) -> bool {
        let mut labels = labels.split('.');
        let all = self.open.iter().all(|pieces| labels.next().is_some_and(|label| label_matches(pieces, label)));
        all && labels.next().is_none()
    }
}

/// Splits one label of a pattern into its literal pieces and placeholders.
fn pieces(label: &str) -> Result<Vec<Piece>, PatternError> {
    let mut pieces = Vec::new();
    let mut rest = label;
    while !rest.is_empty() {
        let (literal, placeholder) = match rest.split_once('{') {
            None => (rest, None),
            Some((literal, tail)) => {
                let (name, tail) = tail.split_once('}').ok_or(PatternError::InvalidPlaceholder)?;
                (literal, Some((Class::parse(name)?, tail)))
            }
        };
        if literal.contains('}') {
            return Err(PatternError::InvalidPlaceholder);
        }
        if !literal.bytes().all(is_label_byte) {
            return Err(PatternError::InvalidHost);
        }
        if !literal.is_empty() {
            pieces.push(Piece::Literal(literal.to_owned()));
        }
        rest = "";
        if let Some((class, tail)) = placeholder {
            pieces.push(Piece::OneOrMore(class));
            rest = tail;
        }
    }
    if pieces.is_empty() { Err(PatternError::InvalidHost) } else { Ok(pieces) }
}

/// Runs the pieces over the label as a small automaton: bit `i` of `reached` is set if the pieces so
/// far can end before byte `i`. A label has at most 63 bytes, so 64 bits are enough for every
/// position, and the time is at most pieces × bytes.
fn label_matches(pieces: &[Piece], label: &str) -> bool {
    let bytes = label.as_bytes();
    if bytes.len() > 63 {
        return false;
    }
    let mut reached: u64 = 1;
    for piece in pieces {
        reached = match piece {
            Piece::Literal(text) => after_literal(reached, text.as_bytes(), bytes),
            Piece::OneOrMore(class) => after_class(reached, *class, bytes),
        };
    }
    reached & (1 << bytes.len()) != 0
}

fn after_literal(reached: u64, literal: &[u8], bytes: &[u8]) -> u64 {
    let fits = |start: &usize| {
        reached & (1 << start) != 0 && bytes.get(*start..).is_some_and(|rest| rest.starts_with(literal))
    };
    let starts = (0..bytes.len()).filter(fits);
    starts.fold(0, |after, start| after | 1 << (start + literal.len()))
}

fn after_class(reached: u64, class: Class, bytes: &[u8]) -> u64 {
    let mut after = 0;
    let mut running = false;
    for (i, byte) in bytes.iter().enumerate() {
        running = class.contains(*byte) && (running || reached & (1 << i) != 0);
        if running {
            after |= 1 << (i + 1);
        }
    }
    after
}

impl Class {
    const ALL: [(Self, &'static str); 4] =
        [(Self::Digits, "digits"), (Self::Hex, "hex"), (Self::Alnum, "alnum"), (Self::Label, "label")];

    fn parse(name: &str) -> Result<Self, PatternError> {
        let class = Self::ALL.iter().find(|(_, spelling)| *spelling == name);
        class.map(|(class, _)| *class).ok_or(PatternError::InvalidPlaceholder)
    }

    fn contains(self, byte: u8) -> bool {
        match self {
            Self::Digits => byte.is_ascii_digit(),
            Self::Hex => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
            Self::Alnum => byte.is_ascii_digit() || byte.is_ascii_lowercase(),
            Self::Label => is_label_byte(byte),
        }
    }
}

impl fmt::Display for LabelPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for label in &self.open {
            for piece in label {
                match piece {
                    Piece::Literal(text) => f.write_str(text)?,
                    Piece::OneOrMore(class) => {
                        let name = Class::ALL.iter().find(|(c, _)| c == class);
                        write!(f, "{{{}}}", name.map_or("", |(_, name)| name))?;
                    }
                }
            }
            f.write_str(".")?;
        }
        f.write_str(&self.suffix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn matches(pattern: &str, labels: &[&str], others: &[&str]) {
        let pattern = LabelPattern::parse(pattern).unwrap();
        for text in labels {
            assert!(pattern.matches(text), "{pattern} should match {text}");
        }
        for text in others {
            assert!(!pattern.matches(text), "{pattern} should not match {text}");
        }
    }

    #[test]
    fn placeholders_stay_inside_their_label() {
        matches("pr-{digits}.example.com", &["pr-1", "pr-123"], &["pr-", "pr-a", "pr-1a", "xpr-1", "pr-1.2", "a.pr-1"]);
        matches("{hex}.example.com", &["0af"], &["0ag", "0AF", "", "0.af"]);
        matches("{alnum}-{hex}.example.com", &["app-0f", "a-b"], &["app-", "-0f", "a-b-c"]);
        matches("{label}.example.com", &["a", "a-b_c"], &["a.b", ""]);
        matches("a.{label}.c.example.com", &["a.x"], &["b.x", "a", "a.x.y"]);
    }

    #[test]
    fn ambiguous_splits_are_all_tried() {
        matches("{label}-{label}-x.example.com", &["a-b-x", "a-b-c-x", "----x"], &["a-x", "-a-x", "a-b-xx"]);
        matches("{digits}{digits}0.example.com", &["100", "1000"], &["00", "10"]);
    }

    #[test]
    fn the_longest_label_is_matched_and_nothing_longer() {
        matches("{label}.example.com", &[&"a".repeat(63)], &[&"a".repeat(64)]);
        matches("{label}z.example.com", &[&format!("{}z", "a".repeat(62))], &[&"a".repeat(63)]);
    }

    #[test]
    fn the_literal_start_is_known() {
        let prefix = |text: &str| LabelPattern::parse(text).unwrap().prefix();
        assert_eq!(prefix("pr-{digits}.example.com"), "pr-");
        assert_eq!(prefix("{digits}.example.com"), "");
        assert_eq!(prefix("a.b{hex}.example.com"), "a.b");
    }
}
