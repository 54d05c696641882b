//! What a regular expression was meant to match: candidates for patterns, which are then compared with it.

pub(crate) mod language;

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};

/// The most alternatives of an expression that are looked at.
const MAX_ALTERNATIVES: usize = 64;
/// The most pieces of an alternative: more than an origin has characters.
const MAX_PIECES: usize = 320;
/// The largest class whose characters are alternatives.
const MAX_SPELLED_OUT: usize = 4;

/// A piece of an alternative.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Text(String),
    /// Any number of characters, dots and slashes among them.
    Anything,
    /// One or more characters of a class, given by those that it contains.
    Some(Vec<u8>),
    /// Any number of labels, each with its dot.
    Labels,
}

/// The alternatives of an expression, each a sequence of pieces, as far as they are understood.
pub(crate) fn alternatives(expression: &str) -> Option<Vec<Vec<Piece>>> {
    let hir = ParserBuilder::new().unicode(false).utf8(false).build().parse(expression).ok()?;
    let alternatives = expand(&hir)?;
    Some(alternatives.into_iter().map(joined).collect())
}

fn expand(hir: &Hir) -> Option<Vec<Vec<Piece>>> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Some(vec![Vec::new()]),
        HirKind::Literal(literal) => Some(vec![vec![Piece::Text(String::from_utf8(literal.0.to_vec()).ok()?)]]),
        HirKind::Class(class) => Some(of_class(class)),
        HirKind::Capture(capture) => expand(&capture.sub),
        HirKind::Alternation(subs) => {
            let mut all = Vec::new();
            for sub in subs {
                all.extend(expand(sub)?);
            }
            within_limit(all)
        }
        HirKind::Concat(subs) => {
            let mut all = vec![Vec::new()];
            for sub in subs {
                let next = expand(sub)?;
                let joined = all.iter().flat_map(|before| next.iter().map(move |after| [&before[..], after].concat()));
                all = within_limit(joined.collect())?;
            }
            Some(all)
        }
        HirKind::Repetition(repetition) => {
            let several = repetition.max.is_none_or(|max| max > 1);
            let repeated = match repetition.sub.kind() {
                HirKind::Class(class) if several => vec![vec![some_of(class)]],
                // Once only: repetitions can be nested as deep as the parser permits.
                _ => match expand(&repetition.sub)? {
                    once if several && are_labels(&once) => vec![vec![Piece::Labels]],
                    once => once,
                },
            };
            let is_empty = repetition.min == 0 && repeated != [[Piece::Anything]];
            let without = is_empty.then(Vec::new);
            within_limit(repeated.into_iter().chain(without).collect())
        }
    }
}

fn within_limit(alternatives: Vec<Vec<Piece>>) -> Option<Vec<Vec<Piece>>> {
    let fits = alternatives.len() <= MAX_ALTERNATIVES && alternatives.iter().all(|pieces| pieces.len() <= MAX_PIECES);
    fits.then_some(alternatives)
}

/// The bytes of a class, in lower case if it has both.
fn bytes_of(class: &Class) -> Vec<u8> {
    let ranges: Vec<(u32, u32)> = match class {
        Class::Bytes(class) => class.iter().map(|range| (range.start().into(), range.end().into())).collect(),
        Class::Unicode(class) => class.iter().map(|range| (range.start().into(), range.end().into())).collect(),
    };
    let contains = |byte: &u8| ranges.iter().any(|(start, end)| (*start..=*end).contains(&u32::from(*byte)));
    let bytes: Vec<u8> = (0..=127).filter(contains).collect();
    let is_doubled = |byte: &u8| byte.is_ascii_uppercase() && bytes.contains(&byte.to_ascii_lowercase());
    bytes.iter().copied().filter(|byte| !is_doubled(byte)).collect()
}

/// One character of a class: of a small one, each is an alternative.
fn of_class(class: &Class) -> Vec<Vec<Piece>> {
    let bytes = bytes_of(class);
    if bytes.len() > MAX_SPELLED_OUT {
        return vec![vec![some_of(class)]];
    }
    bytes.into_iter().map(|byte| vec![Piece::Text(char::from(byte).to_string())]).collect()
}

fn some_of(class: &Class) -> Piece {
    let bytes = bytes_of(class);
    if bytes.contains(&b'.') && bytes.contains(&b'a') { Piece::Anything } else { Piece::Some(bytes) }
}

/// Whether all are labels with a dot behind them: `[a-z]+\.`, `.*\.`.
fn are_labels(alternatives: &[Vec<Piece>]) -> bool {
    let is_label = |pieces: &Vec<Piece>| matches!(joined(pieces.clone()).as_slice(), [Piece::Some(_) | Piece::Anything, Piece::Text(dot)] if dot == ".");
    !alternatives.is_empty() && alternatives.iter().all(is_label)
}

/// Texts side by side are one.
fn joined(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut joined: Vec<Piece> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        match (joined.last_mut(), piece) {
            (Some(Piece::Text(before)), Piece::Text(text)) => before.push_str(&text),
            (_, piece) => joined.push(piece),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(expression: &str, expected: &[&str]) {
        let written = alternatives(expression).unwrap().into_iter().map(|pieces| {
            let piece = |piece: Piece| match piece {
                Piece::Text(text) => text,
                Piece::Anything => "<*>".to_owned(),
                Piece::Some(bytes) => format!("<{}>", bytes.len()),
                Piece::Labels => "<labels>".to_owned(),
            };
            pieces.into_iter().map(piece).collect::<String>()
        });
        assert_eq!(written.collect::<Vec<_>>(), expected, "{expression}");
    }

    #[test]
    fn expressions_are_alternatives_of_pieces() {
        check(r"^https?://app\.example\.com$", &["https://app.example.com", "http://app.example.com"]);
        check(r"https://(a|b)\.c", &["https://a.c", "https://b.c"]);
        check(r"https://.*\.c", &["https://<*>.c"]);
        check(r"https://(.*\.)?c(:\d+)?", &["https://<*>.c:<10>", "https://<*>.c", "https://c:<10>", "https://c"]);
        check(r"https://([a-z0-9-]+\.)+c", &["https://<labels>c"]);
        check("(?i)[ab]x", &["ax", "bx"]);
        check("v[12]", &["v1", "v2"]);
    }

    #[test]
    fn too_many_alternatives_are_none() {
        assert_eq!(alternatives("[abc][abc][abc][abc]"), None);
    }

    /// Each would take minutes or more if its parts were looked at twice, or copied again and again.
    #[test]
    fn long_and_nested_expressions_take_no_time() {
        check(&format!("a{}", "+".repeat(200)), &["a"]);
        check(&format!("{}a{}", "(".repeat(100), ")+".repeat(100)), &["a"]);
        assert_eq!(alternatives(&".a".repeat(20_000)), None);
    }
}
