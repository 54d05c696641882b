//! Regular expressions as sets of origins or paths: whether two are the same set, proved and not guessed.

use std::collections::HashMap;
use std::sync::LazyLock;

use edge_cors::Origin;
use regex_automata::dfa::{Automaton, StartKind, dense};
use regex_automata::nfa::thompson;
use regex_automata::util::primitives::StateID;
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input};

/// The texts that an expression matches as a whole.
pub(crate) struct Language(dense::DFA<Vec<u32>>);

/// How two languages differ, among the texts of some form.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Difference {
    /// A text of the first that is not one of the second.
    pub(crate) only_first: Option<String>,
    /// A text of the second that is not one of the first.
    pub(crate) only_second: Option<String>,
}

/// The most memory of an automaton, in bytes.
const MAX_SIZE: usize = 1 << 20;
/// The most states that are compared.
const MAX_STATES: usize = 200_000;

impl Language {
    /// `None` if this is not a regular expression without look-around, or a huge one.
    pub(crate) fn parse(expression: &str) -> Option<Self> {
        // On its own first, so that a parenthesis in it cannot close the group around it.
        regex_syntax::ParserBuilder::new().unicode(false).utf8(false).build().parse(expression).ok()?;
        dense::Builder::new()
            .syntax(syntax::Config::new().unicode(false).utf8(false))
            .thompson(thompson::Config::new().utf8(false).nfa_size_limit(Some(MAX_SIZE)))
            .configure(
                dense::Config::new()
                    .start_kind(StartKind::Anchored)
                    .accelerate(false)
                    .dfa_size_limit(Some(MAX_SIZE))
                    .determinize_size_limit(Some(4 * MAX_SIZE)),
            )
            .build(&format!("(?:{expression})\\z"))
            .ok()
            .map(Self)
    }

    pub(crate) fn contains(&self, text: &str) -> bool {
        let Some(start) = self.start() else { return false };
        let end = text.bytes().fold(start, |state, byte| self.0.next_state(state, byte));
        self.ends_at(end)
    }

    fn start(&self) -> Option<StateID> {
        self.0.start_state_forward(&Input::new("").anchored(Anchored::Yes)).ok()
    }

    fn ends_at(&self, state: StateID) -> bool {
        self.0.is_match_state(self.0.next_eoi_state(state))
    }
}

/// Texts of some form, with what no text of the form is.
struct Form {
    alphabet: &'static [u8],
    all: Language,
    except: Language,
    is_one: fn(&str) -> bool,
}

/// A form whose expressions are known to be right: the tests build each.
fn form(alphabet: &'static [u8], all: &str, except: &str, is_one: fn(&str) -> bool) -> Option<Form> {
    Some(Form { alphabet, all: Language::parse(all)?, except: Language::parse(except)?, is_one })
}

fn is_origin(text: &str) -> bool {
    Origin::parse(text.as_bytes()).is_some()
}

/// The serialised origins of pages on the web, the opaque one among them; then those of apps and extensions.
static ORIGINS: LazyLock<Option<[Form; 2]>> = LazyLock::new(|| {
    Some([
        form(
            b"abcdefghijklmnopqrstuvwxyz0123456789-_.:/[]",
            r"null|https?://(?:(?:[a-z0-9_-]+\.)*[a-z0-9_-]*[a-z_-][a-z0-9_-]*|(?:(?:0|[1-9][0-9]?|1[0-9][0-9]|2[0-4][0-9]|25[0-5])\.){3}(?:0|[1-9][0-9]?|1[0-9][0-9]|2[0-4][0-9]|25[0-5])|\[[0-9a-f:]+\])(?::[1-9][0-9]{0,4})?",
            r"https://.*:443|http://.*:80|.*:(?:[7-9][0-9]{4}|6[6-9][0-9]{3}|65[6-9][0-9]{2}|655[4-9][0-9]|6553[6-9])|.*[/.]0x[0-9a-f]*(?::[0-9]+)?",
            is_origin,
        )?,
        form(
            b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:/",
            r"[a-z][a-z0-9+.-]*://[A-Za-z0-9._-]+(?::[1-9][0-9]{0,4})?",
            r"(?:https?|wss?|ftp|file|data|blob|filesystem|about|javascript)://.*",
            is_origin,
        )?,
    ])
});

/// Plain paths, which every server reads alike.
static PATHS: LazyLock<Option<[Form; 1]>> = LazyLock::new(|| {
    let alphabet = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~/%";
    Some([form(alphabet, "/.*", r".*//.*|.*%.*|.*/\.\.?(?:/.*)?", |_| true)?])
});

/// How two languages differ in the origins that browsers send. `None` if that is not known.
pub(crate) fn differ_in_origins(first: &Language, second: &Language) -> Option<Difference> {
    differ(first, second, ORIGINS.as_ref()?)
}

/// How two languages differ in paths. `None` if that is not known.
pub(crate) fn differ_in_paths(first: &Language, second: &Language) -> Option<Difference> {
    differ(first, second, PATHS.as_ref()?)
}

fn differ(first: &Language, second: &Language, forms: &[Form]) -> Option<Difference> {
    let mut difference = Difference::default();
    for form in forms {
        search(first, second, form, &mut difference)?;
    }
    Some(difference)
}

/// Walks both automata side by side, the shortest texts first. `None` if there are too many states, or if they
/// differ in texts of which none that was found is of the form.
fn search(first: &Language, second: &Language, form: &Form, found: &mut Difference) -> Option<()> {
    let languages = [first, second, &form.all, &form.except];
    let start = [first.start()?, second.start()?, form.all.start()?, form.except.start()?];
    // Each state, with the one before it and the byte in between.
    let mut reached: Vec<([StateID; 4], usize, u8)> = vec![(start, 0, 0)];
    let mut known = HashMap::from([(start, ())]);
    let mut unsure = [false; 2];
    let mut next = 0;
    while let Some((states, ..)) = reached.get(next).copied() {
        let [in_first, in_second, in_form, excepted] = ends(&languages, states);
        if in_form && !excepted && in_first != in_second {
            let text = text_of(&reached, next);
            let side = usize::from(in_second);
            let known = if in_first { &mut found.only_first } else { &mut found.only_second };
            if known.is_none() {
                if (form.is_one)(&text) {
                    *known = Some(text);
                } else if let Some(unsure) = unsure.get_mut(side) {
                    *unsure = true;
                }
            }
            if found.only_first.is_some() && found.only_second.is_some() {
                return Some(());
            }
        }
        for byte in form.alphabet {
            let mut after = states;
            for (state, language) in after.iter_mut().zip(languages) {
                *state = language.0.next_state(*state, *byte);
            }
            let is_dead = |at: usize| after.get(at).zip(languages.get(at)).is_some_and(|(s, l)| l.0.is_dead_state(*s));
            if is_dead(2) || (is_dead(0) && is_dead(1)) || known.insert(after, ()).is_some() {
                continue;
            }
            reached.push((after, next, *byte));
        }
        if reached.len() > MAX_STATES {
            return None;
        }
        next += 1;
    }
    let [first_unsure, second_unsure] = unsure;
    let hidden = (first_unsure && found.only_first.is_none()) || (second_unsure && found.only_second.is_none());
    (!hidden).then_some(())
}

fn ends(languages: &[&Language; 4], states: [StateID; 4]) -> [bool; 4] {
    let mut ends = [false; 4];
    for ((end, language), state) in ends.iter_mut().zip(languages).zip(states) {
        *end = language.ends_at(state);
    }
    ends
}

fn text_of(reached: &[([StateID; 4], usize, u8)], mut at: usize) -> String {
    let mut bytes = Vec::new();
    while let Some((_, before, byte)) = reached.get(at).filter(|_| at > 0) {
        bytes.push(*byte);
        at = *before;
    }
    bytes.reverse();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn difference(first: &str, second: &str) -> Option<Difference> {
        differ_in_origins(&Language::parse(first).unwrap(), &Language::parse(second).unwrap())
    }

    #[test]
    fn the_same_origins_whatever_the_spelling() {
        for (first, second) in [
            (r"https://.*\.example\.com", r"https://(?:[a-z0-9_-]+\.)+example\.com"),
            (r"https://.*", r"https://[^/]+"),
            (r"https://example\.com(:443)?", r"https://example\.com"),
            (r"https://a\.example:[0-9]{1,5}", r"https://a\.example:\d+"),
            (r"https://A\.example|https://b\.example", r"https://b\.example"),
        ] {
            assert_eq!(difference(first, second), Some(Difference::default()), "{first} {second}");
        }
    }

    #[test]
    fn an_origin_shows_the_difference() {
        let found = difference(r"https://[a-z0-9-]+\.example\.com", r"https://[a-z0-9_-]+\.example\.com").unwrap();
        assert_eq!(found, Difference { only_first: None, only_second: Some("https://_.example.com".to_owned()) });
        let found = difference(r"https://a.example\.com", r"https://a\.example\.com").unwrap();
        assert_eq!(found.only_first.as_deref(), Some("https://aaexample.com"));
        assert_eq!(found.only_second, None);
        let found = difference("null|https://a", "https://a").unwrap();
        assert_eq!(found.only_first.as_deref(), Some("null"));
        let found = difference(r".*\.example", r"https?://.*\.example").unwrap();
        assert_eq!(found.only_first.as_deref(), Some("a://.example"));
    }

    #[test]
    fn what_is_no_regular_expression_is_no_language() {
        for text in ["(", "a)(b", r"(a)\1", "(?<=a)b", "(?:a{1000}){1000}"] {
            assert!(Language::parse(text).is_none(), "{text}");
        }
        assert!(Language::parse("a|b").unwrap().contains("b"));
        assert!(!Language::parse("a|b").unwrap().contains("ab"));
    }
}
