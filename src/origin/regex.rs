//! Regular expressions as origin patterns, for policies that name the danger.

use std::fmt;

use regex_lite::{Regex, RegexBuilder};

/// The longest expression, in bytes, and the largest compiled one, in bytes of memory. Together with
/// the longest origin, they bound the time of a match.
const MAX_TEXT: usize = 500;
const MAX_COMPILED: usize = 8 * 1024;

/// A regular expression that matches a whole serialised origin.
///
/// The syntax is that of the crate [`regex`](https://docs.rs/regex/latest/regex/#syntax) without
/// its Unicode classes. There are no look-arounds and no back-references, so a match takes time linear
/// in the length of the origin. A match allocates nothing.
#[derive(Clone)]
pub struct RegexPattern {
    text: String,
    regex: Regex,
}

impl RegexPattern {
    /// Compiles an expression.
    ///
    /// # Errors
    /// Why the expression cannot be used, in a few words.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text.len() > MAX_TEXT {
            return Err(format!("it is longer than {MAX_TEXT} bytes"));
        }
        // First on its own, so that a parenthesis in it cannot close the group around it.
        let compile = |text: &str| {
            let regex = RegexBuilder::new(text).size_limit(MAX_COMPILED).build();
            regex.map_err(|error| error.to_string())
        };
        compile(text)?;
        let regex = compile(&format!("^(?:{text})$"))?;
        // The first match allocates the memory that later matches use.
        regex.is_match("");
        Ok(Self { text: text.to_owned(), regex })
    }

    /// The expression, as the configuration has it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn matches(&self, origin: &str) -> bool {
        self.regex.is_match(origin)
    }
}

impl PartialEq for RegexPattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for RegexPattern {}

impl fmt::Debug for RegexPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RegexPattern({:?})", self.text)
    }
}

/// The expression between slashes: no other pattern starts with one.
impl fmt::Display for RegexPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/{}/", self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(regex: &str, origins: &[&str], others: &[&str]) {
        let regex = RegexPattern::parse(regex).unwrap();
        for origin in origins {
            assert!(regex.matches(origin), "{regex} should match {origin}");
        }
        for origin in others {
            assert!(!regex.matches(origin), "{regex} should not match {origin}");
        }
    }

    #[test]
    fn the_whole_origin_matches() {
        check(
            r"https://pr-[0-9]+\.example\.com",
            &["https://pr-1.example.com", "https://pr-123.example.com"],
            &[
                "https://pr-.example.com",
                "https://pr-1.example.com.evil.example",
                "https://evil.example/https://pr-1.example.com",
                "https://pr-1.example.com:8443",
                "https://pr-1.example.com\n",
            ],
        );
        check(
            "https://a|https://b",
            &["https://a", "https://b"],
            &["https://a.example", "https://abhttps://b", "xhttps://b"],
        );
        check(r"(?m)^https://a\.example$", &["https://a.example"], &["https://a.example\nx", "x\nhttps://a.example"]);
        check("(?x) https://a \\.example", &["https://a.example"], &["https://b.example"]);
    }

    #[test]
    fn an_expression_cannot_escape() {
        for text in ["a)|(?:.*", "a)(b", "(", "[", "a{1000}{1000}", "(?<=a)b", r"(a)\1", &"a".repeat(501), "(?x)a#"] {
            assert!(RegexPattern::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn hard_expressions_take_linear_time() {
        // Backtracking would take 2^300 steps.
        let regex = RegexPattern::parse("https://(a*)*(a|aa)+b").unwrap();
        assert!(!regex.matches(&format!("https://{}", "a".repeat(300))));
    }
}
