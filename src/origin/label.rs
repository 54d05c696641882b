//! Label patterns: hosts with placeholders, such as `pr-{digits}.example.com`.

use std::fmt;

use super::host::{self, is_label_byte};
use super::pattern_error::PatternError;

/// A host with placeholders for parts of labels.
///
/// A placeholder matches one or more characters of its class, but never a dot, so each label of the
/// pattern matches one label of the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LabelPattern {
    /// From left to right. No two literals are neighbours.
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Literal(String),
    OneOrMore(Class),
}

/// A piece of a pattern, borrowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part<'p> {
    Literal(&'p str),
    OneOrMore(Class),
}

/// A placeholder's class of characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Digits,
    Hex,
    Alnum,
    Label,
}

impl LabelPattern {
    /// Parses a host with placeholders. In the special schemes it must be a name that ends in
    /// a literal label; in all others, placeholders may be the whole host.
    pub(crate) fn parse(text: &str, special: bool) -> Result<Self, PatternError> {
        let pattern = Self { pieces: pieces(text)? };
        let suffix = pattern.suffix();
        if special && suffix.is_empty() {
            return Err(PatternError::InvalidPlaceholder);
        }
        let shortest = pattern.shortest();
        let valid = match special {
            true => host::is_name(&shortest) && !host::ends_in_a_number(suffix),
            false => host::is_opaque(&shortest),
        };
        if valid { Ok(pattern) } else { Err(PatternError::InvalidHost) }
    }

    /// The literal labels behind the last placeholder's own; empty where that is the last label.
    pub(crate) fn suffix(&self) -> &str {
        self.last_literal().1
    }

    /// What is in front of the suffix and its dot, from right to left.
    pub(crate) fn parts_before_suffix(&self) -> impl Iterator<Item = Part<'_>> {
        let (tail, suffix) = self.last_literal();
        let split = !suffix.is_empty();
        let kept = self.pieces.len() - usize::from(split);
        let tail = (split && !tail.is_empty()).then_some(Part::Literal(tail));
        let parts = self.pieces.iter().take(kept).rev().map(|piece| match piece {
            Piece::Literal(text) => Part::Literal(text),
            Piece::OneOrMore(class) => Part::OneOrMore(*class),
        });
        tail.into_iter().chain(parts)
    }

    /// The literal behind the last placeholder: the rest of that placeholder's label, and the
    /// labels behind it.
    fn last_literal(&self) -> (&str, &str) {
        let split = match self.pieces.last() {
            Some(Piece::Literal(text)) => text.split_once('.').filter(|(_, suffix)| !suffix.is_empty()),
            _ => None,
        };
        split.unwrap_or_default()
    }

    /// The shortest host that it matches, with `a` for every placeholder.
    fn shortest(&self) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Literal(text) => text.clone(),
            Piece::OneOrMore(_) => "a".to_owned(),
        };
        self.pieces.iter().map(piece).collect()
    }
}

/// Splits a host into its literal pieces and placeholders.
fn pieces(host: &str) -> Result<Vec<Piece>, PatternError> {
    let mut pieces = Vec::new();
    let mut rest = host;
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
        if !literal.is_empty() {
            pieces.push(Piece::Literal(literal.to_owned()));
        }
        rest = "";
        if let Some((class, tail)) = placeholder {
            pieces.push(Piece::OneOrMore(class));
            rest = tail;
        }
    }
    Ok(pieces)
}

impl Class {
    /// Every class, as patterns spell it.
    const ALL: [(Self, &'static str); 4] =
        [(Self::Digits, "digits"), (Self::Hex, "hex"), (Self::Alnum, "alnum"), (Self::Label, "label")];

    fn parse(name: &str) -> Result<Self, PatternError> {
        let class = Self::ALL.iter().find(|(_, spelling)| *spelling == name);
        class.map(|(class, _)| *class).ok_or(PatternError::InvalidPlaceholder)
    }

    /// Upper case is in them because the hosts of apps have it; those of http and https do not.
    pub(crate) fn contains(self, byte: u8) -> bool {
        match self {
            Self::Digits => byte.is_ascii_digit(),
            Self::Hex => byte.is_ascii_hexdigit(),
            Self::Alnum => byte.is_ascii_alphanumeric(),
            Self::Label => byte.is_ascii_uppercase() || is_label_byte(byte),
        }
    }
}

impl fmt::Display for LabelPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for piece in &self.pieces {
            match piece {
                Piece::Literal(text) => f.write_str(text)?,
                Piece::OneOrMore(class) => {
                    let name = Class::ALL.iter().find(|(c, _)| c == class);
                    write!(f, "{{{}}}", name.map_or("", |(_, name)| name))?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, special: bool, suffix: &str, before: &[Part<'_>]) {
        let pattern = LabelPattern::parse(text, special).unwrap();
        assert_eq!(pattern.to_string(), text);
        assert_eq!(pattern.suffix(), suffix);
        assert_eq!(pattern.parts_before_suffix().collect::<Vec<_>>(), before);
    }

    #[test]
    fn a_pattern_ends_in_literal_labels() {
        use Class::{Digits, Hex};
        use Part::{Literal, OneOrMore};
        check("pr-{digits}.example.com", true, "example.com", &[OneOrMore(Digits), Literal("pr-")]);
        check("{hex}--site.example.com", true, "example.com", &[Literal("--site"), OneOrMore(Hex)]);
        check("a.{hex}{digits}.b", true, "b", &[OneOrMore(Digits), OneOrMore(Hex), Literal("a.")]);
        check("{hex}-{hex}", false, "", &[OneOrMore(Hex), Literal("-"), OneOrMore(Hex)]);
        check("{hex}-x", false, "", &[Literal("-x"), OneOrMore(Hex)]);
    }

    #[test]
    fn what_could_never_match_is_refused() {
        for (text, special) in [
            ("a..{hex}.example.com", true),
            ("{hex}.10.0.0.1", true),
            (&format!("{}{{hex}}.example.com", "a".repeat(63)), true),
            (&format!("{{hex}}.{}example.com", "a.".repeat(121)), true),
            ("{hex}|x", false),
            (&format!("{{hex}}{}", "a".repeat(253)), false),
        ] {
            assert_eq!(LabelPattern::parse(text, special), Err(PatternError::InvalidHost), "{text}");
        }
        for (text, special) in [("{hex}", true), ("{hex}-x", true), ("{hex", false), ("{}", false), ("x}{hex}.a", true)]
        {
            assert_eq!(LabelPattern::parse(text, special), Err(PatternError::InvalidPlaceholder), "{text}");
        }
    }
}
