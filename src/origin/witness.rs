//! Witnesses: origins of strangers that a regular expression matches.
//!
//! What an expression matches as a whole cannot be told from its text in a few lines. But an
//! origin that it does match, and that a stranger can have, shows a danger beyond doubt.

use super::host::is_loopback;
use super::public_suffix::PublicSuffixes;
use super::regex::RegexPattern;
use super::{Origin, TupleOrigin, is_special};
use crate::danger::Danger;

/// An origin that an expression matches, and what that shows.
pub(crate) struct Witness {
    pub(crate) danger: Danger,
    pub(crate) origin: String,
}

/// Hosts that nobody's expression means.
const UNRELATED: [&str; 5] =
    ["q7zk.invalid", "www.q7zk.invalid", "a-1.b-2.q7zk.invalid:8443", "xn--q7zk.invalid", "203.0.113.7"];

/// What a stranger may write where the expression leaves room. The name that the stranger
/// registers for it ends with the first part.
const FILLERS: [(&str, &str); 6] =
    [("stranger", ""), ("x", ""), ("7", ""), ("a", "."), ("stranger", "."), (".stranger", ".net")];

/// The most alternatives of a group that are looked at.
const MAX_ALTERNATIVES: usize = 8;

/// The witnesses against an expression. There may be more dangers than they show.
pub(crate) fn of(regex: &RegexPattern, suffixes: &mut PublicSuffixes) -> Vec<Witness> {
    let mut witnesses = Vec::new();
    let mut add = |danger, origin: &str| witnesses.push(Witness { danger, origin: origin.to_owned() });
    for host in UNRELATED {
        for (scheme, danger) in [
            ("https", Danger::AnyOriginWithCredentials),
            ("http", Danger::AnyOriginWithCredentials),
            ("q7zk", Danger::AnyAppWithCredentials),
        ] {
            let origin = format!("{scheme}://{host}");
            if !regex.matches(&origin) {
                continue;
            }
            add(danger, &origin);
            if scheme == "http" {
                add(Danger::InsecureOrigins, &origin);
            }
        }
    }
    for choice in 0..MAX_ALTERNATIVES {
        for Guess { origin: text, free } in guesses(&tokens(regex.as_str(), choice)) {
            let Some(Origin::Tuple(origin)) = Origin::parse(text.as_bytes()).filter(|_| regex.matches(&text)) else {
                continue;
            };
            if let Some(danger) = shown_by(&origin, free, suffixes) {
                add(danger, &text);
            }
            if origin.scheme() == "http" && !is_loopback(origin.host()) {
                add(Danger::InsecureOrigins, &text);
            }
        }
    }
    witnesses
}

/// What it shows that an origin is matched in which a stranger chose what is in front of `free`.
fn shown_by(origin: &TupleOrigin<'_>, free: Option<usize>, suffixes: &mut PublicSuffixes) -> Option<Danger> {
    let host_start = origin.scheme().len() + "://".len();
    let free = free?.checked_sub(host_start).filter(|free| (1..=origin.host().len()).contains(free))?;
    let suffix = origin.host().get(free..)?.split_once('.').map(|(_, suffix)| suffix);
    match suffix {
        None if !is_special(origin.scheme()) => Some(Danger::AnyAppWithCredentials),
        Some(suffix) if is_special(origin.scheme()) && suffixes.is_shared(suffix) => {
            Some(Danger::PublicSuffixSubdomains)
        }
        _ => None,
    }
}

/// A piece of an expression, as far as it is understood.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Token {
    Literal(char),
    /// A literal that may be absent.
    Optional(char),
    /// `.` for one character: a dot that nobody escaped, perhaps.
    Dot,
    /// Anything else.
    Gap,
}

/// The alternatives of a group, or of the whole expression.
#[derive(Default)]
struct Group {
    /// Where its tokens start.
    start: usize,
    /// How many alternatives are complete.
    count: usize,
    kept: Vec<Token>,
}

impl Group {
    fn end_alternative(&mut self, tokens: &mut Vec<Token>, choice: usize) {
        let alternative = tokens.split_off(self.start.min(tokens.len()));
        if self.count == 0 || self.count == choice {
            self.kept = alternative;
        }
        self.count += 1;
    }
}

/// The tokens of an expression, with one alternative of each group: the one at `choice`, or the
/// first.
fn tokens(expression: &str, choice: usize) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut groups = vec![Group::default()];
    let mut rest = expression.chars();
    while let Some(c) = rest.next() {
        let token = match c {
            '\\' => match rest.next() {
                Some(escaped) if !escaped.is_ascii_alphanumeric() => Token::Literal(escaped),
                _ => Token::Gap,
            },
            '.' => Token::Dot,
            '[' => {
                rest.find(|c| *c == ']');
                Token::Gap
            }
            '?' | '*' | '+' | '{' => {
                if c == '{' {
                    rest.find(|c| *c == '}');
                }
                match tokens.pop() {
                    Some(Token::Literal(optional)) if c == '?' => Token::Optional(optional),
                    _ => Token::Gap,
                }
            }
            '(' => {
                // What kind of group it is, if it says so.
                if rest.as_str().starts_with('?') {
                    rest.find(|c| matches!(c, ':' | '>' | ')'));
                }
                groups.push(Group { start: tokens.len(), ..Group::default() });
                continue;
            }
            '|' => {
                if let Some(group) = groups.last_mut() {
                    group.end_alternative(&mut tokens, choice);
                }
                continue;
            }
            ')' => {
                if let Some(mut group) = groups.pop() {
                    group.end_alternative(&mut tokens, choice);
                    tokens.append(&mut group.kept);
                }
                continue;
            }
            '^' | '$' => continue,
            literal => Token::Literal(literal),
        };
        if token != Token::Gap || tokens.last() != Some(&Token::Gap) {
            tokens.push(token);
        }
    }
    while let Some(mut group) = groups.pop() {
        group.end_alternative(&mut tokens, choice);
        tokens.append(&mut group.kept);
    }
    tokens
}

/// A text that an expression might match.
struct Guess {
    origin: String,
    /// The end of what the stranger chose last.
    free: Option<usize>,
}

/// Fills the gaps; then fills them as the author may have meant it, but one unescaped dot with
/// a letter. Each once with what is optional and once without.
fn guesses(tokens: &[Token]) -> Vec<Guess> {
    let dots = tokens.iter().enumerate().filter(|(_, token)| **token == Token::Dot).map(|(at, _)| Some(at));
    let mut guesses = Vec::new();
    for letter in [None].into_iter().chain(dots) {
        for optional in [true, false] {
            guesses.extend(FILLERS.iter().map(|filler| fill(tokens, optional, letter, *filler)));
        }
    }
    guesses
}

fn fill(tokens: &[Token], optional: bool, letter: Option<usize>, filler: (&str, &str)) -> Guess {
    let mut guess = Guess { origin: String::new(), free: None };
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Literal(c) => guess.origin.push(*c),
            Token::Optional(c) if optional => guess.origin.push(*c),
            Token::Optional(_) => {}
            Token::Dot if letter == Some(at) => {
                guess.origin.push('x');
                guess.free = Some(guess.origin.len());
            }
            Token::Dot => guess.origin.push('.'),
            Token::Gap => {
                guess.origin.push_str(filler.0);
                guess.free = Some(guess.origin.len());
                guess.origin.push_str(filler.1);
            }
        }
    }
    guess
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(regex: &str, expected: &[Danger]) {
        let witnesses = of(&RegexPattern::parse(regex).unwrap(), &mut PublicSuffixes::default());
        let mut found: Vec<Danger> = Vec::new();
        for witness in witnesses {
            if !found.contains(&witness.danger) {
                found.push(witness.danger);
            }
        }
        assert_eq!(found, expected, "{regex}");
    }

    #[test]
    fn strangers_that_an_expression_lets_in() {
        use Danger::{
            AnyAppWithCredentials as App, AnyOriginWithCredentials as Any, InsecureOrigins as Insecure,
            PublicSuffixSubdomains as Shared,
        };
        check(".*", &[Any, Insecure, App]);
        check("https://.*", &[Any]);
        check("https?://.+", &[Any, Insecure]);
        check("(http|https)://.*", &[Any, Insecure]);
        check(r"https://.*example\.com", &[Shared]);
        check(r"https://app.example\.com", &[Shared]);
        check("https://app.example.com", &[Shared]);
        check(r"https://example\.com.*", &[Shared]);
        check(r"https://[a-z]+\.com", &[Shared]);
        check(r"https://pr-[0-9]+\.(netlify|vercel)\.app", &[Shared]);
        check(r"https://myapp-[a-z0-9]+-team\.vercel\.app", &[Shared]);
        check(r"https?://pr-[0-9]+\.example\.com", &[Insecure]);
        check(r"http://10\.0\.0\.[0-9]+(:[0-9]+)?", &[Insecure]);
        check("moz-extension://[0-9a-f-]+", &[App]);
    }

    #[test]
    fn expressions_for_what_is_ones_own() {
        for regex in [
            r"https://pr-[0-9]+\.example\.com",
            r"https://(.*\.)?example\.com",
            r"https://(?:[a-z0-9-]+\.)*example\.co\.uk",
            r"https://example\.com(:[0-9]+)?",
            r"http://localhost:[0-9]+",
            r"https://(app|www)\.example\.com",
            r"moz-extension://4c2a6a0e-6b46-4b0b-8f5e-3c6d2b1a9f00",
        ] {
            check(regex, &[]);
        }
    }
}
