//! The messages of three browsers, as they were measured: `consoles.json` has each situation and, word for
//! word, what Chromium, Firefox and Safari's engine printed.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects by failing"
)]

use edge_cors::browser::{Browser, Call, ConnectionError, Hop, Initiator, Request, Response, Server, Verdict, follow};
use serde::Deserialize;

const ORIGIN: &str = "https://app.example.com";
const URL: &str = "https://api.example.com/data";
/// The target of redirects, on the same server and on another one.
const URL2: &str = "https://api.example.com/other";
const URL3: &str = "https://files.example.com/1";

/// One situation. In its strings, `{origin}`, `{url}`, `{url2}` and `{url3}` are the constants above.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Measured {
    situation: String,
    origin: Option<String>,
    method: Option<String>,
    #[serde(default)]
    headers: Vec<String>,
    #[serde(default)]
    credentials: bool,
    /// Whether the page uses `XMLHttpRequest`.
    #[serde(default)]
    xhr: bool,
    /// The response to the request and to its preflight.
    response: Option<Answer>,
    /// The response of the target of a redirect.
    then: Option<Answer>,
    /// Why there is no response.
    no_response: Option<String>,
    chromium: Vec<String>,
    firefox: Vec<String>,
    safari: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    status: u16,
    headers: Vec<String>,
}

fn header(line: &str) -> (String, String) {
    let (name, value) = line.split_once(':').unwrap();
    (name.to_owned(), filled(value.trim()))
}

fn filled(text: &str) -> String {
    text.replace("{origin}", ORIGIN).replace("{url}", URL).replace("{url2}", URL2).replace("{url3}", URL3)
}

impl Server for &Measured {
    fn answer(&mut self, request: &Request) -> Result<Response, ConnectionError> {
        let answer = if request.url.as_str() == URL { &self.response } else { &self.then };
        let Some(Answer { status, headers }) = answer else {
            return Err(match self.no_response.as_deref() {
                Some("refused") => ConnectionError::Refused,
                Some("name-not-resolved") => ConnectionError::NameNotResolved,
                Some("closed") => ConnectionError::Closed,
                other => panic!("{}: {other:?}", self.situation),
            });
        };
        Ok(Response { status: *status, headers: headers.iter().map(|line| header(line)).collect() })
    }
}

impl Measured {
    /// What each browser shows.
    fn consoles(&self) -> [Vec<String>; 3] {
        let call = Call {
            method: self.method.clone().unwrap_or_else(|| "GET".to_owned()),
            headers: self.headers.iter().map(|line| header(line)).collect(),
            credentials: self.credentials,
            initiator: if self.xhr { Initiator::XmlHttpRequest } else { Initiator::Fetch },
            ..Call::new(self.origin.as_deref().unwrap_or(ORIGIN), URL.parse().unwrap())
        };
        let mut server = self;
        let Some(Hop { call, outcome }) = follow(&call, &mut server, false).pop() else {
            panic!("{}: nothing is sent", self.situation);
        };
        let Verdict::Blocked(block) = outcome.verdict else {
            panic!("{}: the page is not blocked", self.situation);
        };
        Browser::ALL.map(|browser| block.console(browser, &call))
    }
}

#[test]
fn consoles_show_what_was_measured() {
    let measured: Vec<Measured> = serde_json::from_str(include_str!("consoles.json")).unwrap();
    assert!(!measured.is_empty());
    for row in &measured {
        let expected = [&row.chromium, &row.firefox, &row.safari];
        let expected = expected.map(|messages| messages.iter().map(|text| filled(text)).collect::<Vec<_>>());
        assert_eq!(row.consoles(), expected, "{}", row.situation);
    }
}

/// The messages in the tables of `docs/console.md`, of one browser.
fn documented(browser: Browser) -> Vec<&'static str> {
    let start = format!("| {browser} | `");
    let rows = include_str!("../docs/console.md").lines();
    rows.filter_map(|row| row.strip_prefix(start.as_str())?.strip_suffix("` |")).collect()
}

#[test]
fn every_message_is_in_the_documents_as_it_was_measured() {
    let measured: Vec<Measured> = serde_json::from_str(include_str!("consoles.json")).unwrap();
    for (index, browser) in Browser::ALL.into_iter().enumerate() {
        let documented = documented(browser);
        assert!(!documented.is_empty(), "{browser}");
        let shown = |row: &Measured| [&row.chromium, &row.firefox, &row.safari][index].clone();
        for row in measured.iter().filter(|row| !shown(row).is_empty()) {
            let found = shown(row).iter().any(|message| documented.iter().any(|part| message.contains(part)));
            assert!(found, "docs/console.md lacks what {browser} shows for: {}", row.situation);
        }
        let all: Vec<String> = measured.iter().flat_map(shown).collect();
        // Chromium's permission to access the local network was measured elsewhere.
        let unknown = documented.iter().filter(|part| !part.starts_with("Permission was denied"));
        let unknown: Vec<_> = unknown.filter(|part| !all.iter().any(|message| message.contains(*part))).collect();
        assert!(unknown.is_empty(), "{browser} does not show {unknown:?}");
    }
}
