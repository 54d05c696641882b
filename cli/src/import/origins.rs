//! Origins: from the ways in which sources compare them to patterns.

use edge_cors::{OriginPattern, respell};

use super::loss::Losses;
use super::rules::{OriginMatch, Placed};
use crate::expression::language::{Difference, Language, differ_in_origins};
use crate::expression::{self, Piece};

/// A member of `allowOrigins`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum OriginEntry {
    Pattern(String),
    Regex(String),
}

/// The members of `allowOrigins` that match what the source matches.
pub(super) fn entries(given: &[Placed<OriginMatch>], losses: &mut Losses) -> Vec<Placed<OriginEntry>> {
    if let Some(any) = given.iter().find(|origin| origin.value == OriginMatch::Any) {
        return vec![Placed::new(OriginEntry::Pattern("*".to_owned()), any.offset)];
    }
    let mut entries: Vec<Placed<OriginEntry>> = Vec::new();
    for Placed { value, offset } in given {
        let found = match value {
            OriginMatch::Any => Vec::new(),
            OriginMatch::Exact(text) => exact(text, *offset, losses).into_iter().collect(),
            OriginMatch::Pattern(text) => pattern_of(text, *offset, losses).into_iter().collect(),
            OriginMatch::Expression(text) => of_expression(text, *offset, losses),
        };
        for entry in found {
            if !entries.iter().any(|known| known.value == entry) {
                entries.push(Placed::new(entry, *offset));
            }
        }
    }
    join_expressions(&mut entries);
    entries
}

/// The most regular expressions that a policy can have, and the longest one.
const MAX_EXPRESSIONS: usize = 8;
const MAX_LENGTH: usize = 500;

/// Makes one expression of two until there are few enough, as far as they fit.
fn join_expressions(entries: &mut Vec<Placed<OriginEntry>>) {
    let is_expression = |entry: &Placed<OriginEntry>| matches!(entry.value, OriginEntry::Regex(_));
    while entries.iter().filter(|entry| is_expression(entry)).count() > MAX_EXPRESSIONS {
        let Some(last) = entries.iter().rposition(is_expression).map(|at| entries.remove(at)) else { return };
        let fits = |entry: &&mut Placed<OriginEntry>| match (&entry.value, &last.value) {
            (OriginEntry::Regex(first), OriginEntry::Regex(second)) => first.len() + second.len() < MAX_LENGTH,
            _ => false,
        };
        match (entries.iter_mut().rev().find(fits), last) {
            (
                Some(Placed { value: OriginEntry::Regex(first), .. }),
                Placed { value: OriginEntry::Regex(second), .. },
            ) => {
                first.push('|');
                first.push_str(&second);
            }
            (_, last) => {
                entries.push(last);
                return;
            }
        }
    }
}

fn exact(text: &str, offset: usize, losses: &mut Losses) -> Option<OriginEntry> {
    let is_origin = edge_cors::Origin::parse(text.as_bytes()).is_some();
    if is_origin && OriginPattern::parse(text).is_ok() {
        return Some(OriginEntry::Pattern(text.to_owned()));
    }
    let fix = match respell(text) {
        Some(meant) => format!("if {meant:?} is meant, add that to allowOrigins."),
        None => "nothing has to be done; it can be removed.".to_owned(),
    };
    let message = format!("Browsers never send {text:?} as an origin, so it allows nothing today. It is left out.");
    losses.note(offset, message, &fix);
    None
}

fn pattern_of(text: &str, offset: usize, losses: &mut Losses) -> Option<OriginEntry> {
    let known = OriginPattern::parse(text).ok().map(|_| text.to_owned());
    let pattern = known.or_else(|| respell(text));
    if pattern.is_none() {
        let message = format!("No pattern matches what {text:?} is meant for, so its origins are not allowed.");
        losses.narrower(offset, message, "list its origins in allowOrigins.");
    }
    pattern.map(OriginEntry::Pattern)
}

/// Patterns if they match exactly what the expression matches, and otherwise the expression.
fn of_expression(text: &str, offset: usize, losses: &mut Losses) -> Vec<OriginEntry> {
    let patterns = candidates(text);
    let Some(language) = Language::parse(text) else {
        let message = format!(
            "The regular expression {text:?} cannot be carried over: it is too large, or has look-around or \
             back-references. Its origins are not allowed."
        );
        losses.narrower(offset, message, "list the origins that it is meant for in allowOrigins.");
        return Vec::new();
    };
    let of_patterns = |patterns: &[String]| Language::parse(&expression_of(patterns)?);
    let difference = of_patterns(&patterns).and_then(|patterns| differ_in_origins(&language, &patterns));
    if difference == Some(Difference::default()) && !patterns.is_empty() {
        return patterns.into_iter().map(OriginEntry::Pattern).collect();
    }
    losses.note(offset, kept(text, &patterns, difference), &instead(&patterns));
    // An expression is not asked about the opaque origin.
    let opaque = language.contains("null").then(|| OriginEntry::Pattern("null".to_owned()));
    [OriginEntry::Regex(text.to_owned())].into_iter().chain(opaque).collect()
}

fn kept(text: &str, patterns: &[String], difference: Option<Difference>) -> String {
    let kept = format!("The expression \"{text}\" is kept as a regular expression: no pattern is exactly the same.");
    let only = |origin: Option<String>| origin.unwrap_or_default();
    let near = match difference {
        Some(Difference { only_first, only_second }) if !patterns.is_empty() => {
            let near = match patterns {
                [one] => format!("{one} is"),
                several => format!("{} are", several.join(" and ")),
            };
            let misses = only_first.is_some().then(|| format!("does not match {}", only(only_first)));
            let adds = only_second.is_some().then(|| format!("also matches {}", only(only_second)));
            let differs: Vec<String> = misses.into_iter().chain(adds).collect();
            format!(" {near} near, but {}.", differs.join(" and "))
        }
        _ => String::new(),
    };
    kept + &near
}

fn instead(patterns: &[String]) -> String {
    if patterns.is_empty() {
        return "write patterns in its place if you can: a dot that nobody escaped lets in strangers.".to_owned();
    }
    let list: Vec<String> = patterns.iter().map(|pattern| format!("{pattern:?}")).collect();
    format!("if that is what is meant, write {} in its place: patterns are safer and faster.", list.join(", "))
}

/// The patterns that were probably meant by an expression.
fn candidates(text: &str) -> Vec<String> {
    let alternatives = expression::alternatives(text).unwrap_or_default();
    let mut patterns: Vec<String> = Vec::new();
    for alternative in &alternatives {
        let pattern = pattern(alternative).filter(|pattern| OriginPattern::parse(pattern).is_ok());
        let Some(pattern) = pattern else { return Vec::new() };
        if !patterns.contains(&pattern) {
            patterns.push(pattern);
        }
    }
    let on_any_port: Vec<String> = patterns.iter().filter_map(|p| p.strip_suffix(":*").map(str::to_owned)).collect();
    patterns.retain(|pattern| !on_any_port.contains(pattern));
    patterns
}

fn pattern(pieces: &[Piece]) -> Option<String> {
    let (first, rest) = pieces.split_first()?;
    let first = match (first, rest) {
        (Piece::Text(first), _) => first,
        // The end of a host, under any scheme.
        (Piece::Anything, [Piece::Text(end)]) if end.starts_with('.') => return Some(format!("https://*{end}")),
        _ => return None,
    };
    let Some((scheme, start)) = first.split_once("://") else {
        return (rest.is_empty() && first == "null").then(|| first.clone());
    };
    let mut pattern = format!("{scheme}://{start}");
    let mut rest = rest.iter().peekable();
    while let Some(piece) = rest.next() {
        let at_start = pattern.ends_with("://");
        match piece {
            Piece::Text(text) => pattern.push_str(text),
            Piece::Labels if at_start => pattern.push_str("*."),
            Piece::Anything if at_start => match rest.peek() {
                None => pattern.push_str("*:*"),
                Some(Piece::Text(next)) if next.starts_with(['.', ':']) => pattern.push('*'),
                Some(_) => pattern.push_str("*."),
            },
            // What may follow a host is rarely meant.
            Piece::Anything if rest.peek().is_none() => {}
            Piece::Some(bytes) if pattern.ends_with(':') && bytes == b"0123456789" => pattern.push('*'),
            Piece::Some(bytes) if is_web(scheme) => pattern.push_str(placeholder(bytes)?),
            _ => return None,
        }
    }
    Some(pattern)
}

fn is_web(scheme: &str) -> bool {
    ["http", "https"].contains(&scheme)
}

/// The placeholders, with the characters that hosts of the web can have there.
const PLACEHOLDERS: [(&str, &[u8]); 4] = [
    ("{digits}", b"0123456789"),
    ("{hex}", b"0123456789abcdef"),
    ("{alnum}", b"0123456789abcdefghijklmnopqrstuvwxyz"),
    ("{label}", b"-0123456789_abcdefghijklmnopqrstuvwxyz"),
];

/// The narrowest placeholder for every character of a class that a label can have.
fn placeholder(class: &[u8]) -> Option<&'static str> {
    let covers = |(_, bytes): &&(&'static str, &[u8])| {
        let in_label = PLACEHOLDERS.last().map_or(&[][..], |(_, bytes)| bytes);
        class.iter().filter(|byte| in_label.contains(byte)).all(|byte| bytes.contains(byte))
    };
    PLACEHOLDERS.iter().find(covers).map(|(name, _)| *name)
}

/// An expression for what patterns match of the origins that browsers send.
fn expression_of(patterns: &[String]) -> Option<String> {
    let each: Option<Vec<String>> = patterns.iter().map(|pattern| expression_of_one(pattern)).collect();
    Some(each?.join("|"))
}

fn expression_of_one(pattern: &str) -> Option<String> {
    let Some((scheme, rest)) = pattern.split_once("://") else {
        return Some(regex_syntax::escape(pattern));
    };
    let (host, port) = match rest.rsplit_once(':').filter(|(host, _)| !host.starts_with('[') || host.ends_with(']')) {
        Some((host, "*")) => (host, "(?::[0-9]+)?".to_owned()),
        Some((host, port)) => (host, format!(":{}", regex_syntax::escape(port))),
        None => (rest, String::new()),
    };
    let host = if host == "*" {
        r"(?:[^:/\[\]]+|\[[^/\[\]]+\])".to_owned()
    } else if let Some(parent) = host.strip_prefix("*.") {
        format!(r"[^:/\[\]]+\.{}", regex_syntax::escape(parent))
    } else {
        PLACEHOLDERS.iter().fold(regex_syntax::escape(host), |host, (name, bytes)| {
            let class = regex_syntax::escape(&String::from_utf8_lossy(bytes));
            host.replace(&regex_syntax::escape(name), &format!("[{class}]+"))
        })
    };
    Some(format!("{}://{host}{port}", regex_syntax::escape(scheme)))
}

#[cfg(test)]
mod tests {
    use edge_cors::{Origin, OriginSet};

    use super::*;

    #[track_caller]
    fn check(expression: &str, expected: &[&str]) {
        let mut losses = Losses::default();
        let given = [Placed::new(OriginMatch::Expression(expression.to_owned()), 0)];
        let found: Vec<String> = entries(&given, &mut losses)
            .into_iter()
            .map(|entry| match entry.value {
                OriginEntry::Pattern(text) => text,
                OriginEntry::Regex(text) => format!("/{text}/"),
            })
            .collect();
        assert_eq!(found, expected, "{expression}");
        assert!(!losses.in_order().iter().any(super::super::loss::Loss::is_lost), "{expression}");
    }

    #[test]
    fn expressions_that_patterns_say_exactly() {
        check(r"^https://app\.example\.com$", &["https://app.example.com"]);
        check(r"https://.*\.example\.com", &["https://*.example.com"]);
        check(r"https://.+\.example\.com", &["https://*.example.com"]);
        check(r"https://([^.]+\.)*example\.com", &["https://*.example.com", "https://example.com"]);
        check(r"https://(.*\.)?example\.com(:[0-9]+)?", &["https://*.example.com:*", "https://example.com:*"]);
        check(r"https?://localhost(:\d+)?", &["https://localhost:*", "http://localhost:*"]);
        check(r"https://(app|www)\.example\.com", &["https://app.example.com", "https://www.example.com"]);
        check(r"https://pr-[0-9]+\.example\.com", &["https://pr-{digits}.example.com"]);
        check(r"https://[^.]+\.example\.com", &["https://{label}.example.com"]);
        check(r"https://[0-9a-f]+--site\.example\.com", &["https://{hex}--site.example.com"]);
        check("https://.*", &["https://*:*"]);
        check(r"http://localhost:(3000|3001)", &["http://localhost:3000", "http://localhost:3001"]);
    }

    #[test]
    fn other_expressions_stay_expressions() {
        for expression in [
            r"https://[a-z0-9-]+\.example\.com",
            "https://app.example.com",
            r"https://.*example\.com",
            r".*\.example\.com",
            r"http://localhost:\d+",
            r"https://pr-\d{1,3}\.example\.com",
            "moz-extension://[0-9a-f-]+",
        ] {
            check(expression, &[&format!("/{expression}/")]);
        }
        check("null|https://a.example", &["/null|https://a.example/", "null"]);
    }

    #[test]
    fn many_expressions_are_joined() {
        let expression = |number| format!(r"https://[a-z-]+\.app{number}\.example");
        let given: Vec<_> = (0..20).map(|number| Placed::new(OriginMatch::Expression(expression(number)), 0)).collect();
        let entries = entries(&given, &mut Losses::default());
        assert_eq!(entries.len(), MAX_EXPRESSIONS);
        let matches = |origin: &str| {
            entries.iter().any(|entry| match &entry.value {
                OriginEntry::Regex(text) => Language::parse(text).unwrap().contains(origin),
                OriginEntry::Pattern(_) => false,
            })
        };
        assert!((0..20).all(|number| matches(&format!("https://x.app{number}.example"))));
        assert!(!matches("https://x.app20.example"));
    }

    #[test]
    fn what_is_near_is_named_with_an_origin_that_shows_the_difference() {
        let mut losses = Losses::default();
        let given = [Placed::new(OriginMatch::Expression(r"https://[a-z0-9-]+\.example\.com".to_owned()), 7)];
        entries(&given, &mut losses);
        let losses = losses.in_order();
        assert!(
            losses[0].message.ends_with("https://{label}.example.com is near, but also matches https://_.example.com.")
        );
    }

    /// The expressions that stand for patterns match what the engine matches.
    #[test]
    fn patterns_are_what_the_engine_makes_of_them() {
        let origins = [
            "https://example.com",
            "https://a.example.com",
            "https://a.b.example.com",
            "https://badexample.com",
            "https://a_b.example.com",
            "https://17.example.com",
            "https://0f.example.com",
            "https://0g.example.com",
            "https://example.com:8443",
            "https://a.example.com:8443",
            "http://example.com",
            "http://localhost:3000",
            "http://localhost",
            "https://[::1]",
            "https://[::1]:8443",
            "https://10.0.0.1",
            "null",
        ];
        for pattern in [
            "https://example.com",
            "https://*.example.com",
            "https://*.example.com:*",
            "https://*:*",
            "https://*",
            "https://{digits}.example.com",
            "https://{hex}.example.com",
            "https://{alnum}.example.com",
            "https://{label}.example.com",
            "https://[::1]:*",
            "http://localhost:3000",
            "null",
        ] {
            let parsed = OriginPattern::parse(pattern).unwrap();
            let set = OriginSet::new([&parsed]);
            let language = Language::parse(&expression_of_one(pattern).unwrap()).unwrap();
            for origin in origins {
                let matched = set.matches(&Origin::parse(origin.as_bytes()).unwrap());
                assert_eq!(language.contains(origin), matched, "{pattern} {origin}");
            }
        }
    }
}
