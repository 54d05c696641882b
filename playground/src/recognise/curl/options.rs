//! The options of curl that say something about a call.

use std::collections::VecDeque;

/// What one or two words of a command say.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Given {
    Url(String),
    Method(String),
    /// A method, unless another one is given.
    Implied(&'static str),
    /// A line of a header.
    Header(String),
    /// A body that is JSON.
    Json,
    /// A user name and a password.
    User,
    Cookie,
    Referer(String),
    /// Nothing that counts for CORS.
    Nothing,
}

/// Options with a value that counts: the letter, the long name.
const TELLING: [(char, &str); 14] = [
    ('X', "request"),
    ('H', "header"),
    ('d', "data"),
    ('d', "data-ascii"),
    ('d', "data-binary"),
    ('d', "data-raw"),
    ('d', "data-urlencode"),
    ('F', "form"),
    ('F', "form-string"),
    ('T', "upload-file"),
    ('u', "user"),
    ('b', "cookie"),
    ('e', "referer"),
    ('A', "user-agent"),
];

/// Letters of other options with a value.
const LETTERS: &str = "CDEKPQUYctmowxyzr";

/// Long names of other options with a value.
const NAMES: [&str; 39] = [
    "aws-sigv4",
    "cacert",
    "capath",
    "cert",
    "cert-type",
    "ciphers",
    "config",
    "connect-timeout",
    "connect-to",
    "cookie-jar",
    "dns-servers",
    "doh-url",
    "dump-header",
    "expect100-timeout",
    "interface",
    "keepalive-time",
    "key",
    "key-type",
    "limit-rate",
    "local-port",
    "max-filesize",
    "max-redirs",
    "max-time",
    "noproxy",
    "output",
    "pass",
    "pinnedpubkey",
    "proto",
    "proxy",
    "proxy-header",
    "proxy-user",
    "range",
    "resolve",
    "retry",
    "retry-delay",
    "retry-max-time",
    "tls-max",
    "unix-socket",
    "write-out",
];

/// The words of a command, read one option after the other.
pub(super) struct Options {
    words: VecDeque<String>,
    /// Whether only URLs follow.
    ended: bool,
}

impl Options {
    pub(super) fn of(words: impl Iterator<Item = String>) -> Self {
        Self { words: words.collect(), ended: false }
    }

    fn value(&mut self) -> String {
        self.words.pop_front().unwrap_or_default()
    }

    fn long(&mut self, name: &str) -> Given {
        match name {
            "url" => Given::Url(self.value()),
            "json" => {
                self.value();
                Given::Json
            }
            "oauth2-bearer" => {
                self.value();
                Given::User
            }
            "get" => Given::Implied("GET"),
            "head" => Given::Implied("HEAD"),
            name => match TELLING.iter().find(|(_, known)| *known == name) {
                Some((letter, _)) => telling(*letter, self.value()),
                None => {
                    if NAMES.contains(&name) {
                        self.value();
                    }
                    Given::Nothing
                }
            },
        }
    }

    /// Letters behind one dash: the value of the last one can follow it directly. The others go back.
    fn short(&mut self, letters: &str) -> Given {
        let mut characters = letters.chars();
        let Some(letter) = characters.next() else { return Given::Nothing };
        let rest = characters.as_str().to_owned();
        let has_value = LETTERS.contains(letter) || TELLING.iter().any(|(known, _)| *known == letter);
        if has_value {
            let value = if rest.is_empty() { self.value() } else { rest };
            return telling(letter, value);
        }
        if !rest.is_empty() {
            self.words.push_front(format!("-{rest}"));
        }
        match letter {
            'G' => Given::Implied("GET"),
            'I' => Given::Implied("HEAD"),
            _ => Given::Nothing,
        }
    }
}

fn telling(letter: char, value: String) -> Given {
    match letter {
        'X' => Given::Method(value),
        'H' => Given::Header(value),
        'd' | 'F' => Given::Implied("POST"),
        'T' => Given::Implied("PUT"),
        'u' => Given::User,
        'b' => Given::Cookie,
        'e' => Given::Referer(value),
        _ => Given::Nothing,
    }
}

impl Iterator for Options {
    type Item = Given;

    fn next(&mut self) -> Option<Given> {
        let word = self.words.pop_front()?;
        Some(match word.as_str() {
            "--" => {
                self.ended = true;
                Given::Nothing
            }
            word if self.ended => Given::Url(word.to_owned()),
            word if word.starts_with("--") => self.long(word.trim_start_matches('-')),
            word if word.len() > 1 && word.starts_with('-') => self.short(word.trim_start_matches('-')),
            word => Given::Url(word.to_owned()),
        })
    }
}
