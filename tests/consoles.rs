//! The messages of three browsers, as they were measured: `consoles.json` has each situation and, word for
//! word, what Chromium, Firefox and Safari's engine printed.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by failing")]

use edge_cors::PolicySet;
use edge_cors::browser::{Browser, Call, Initiator, Network, Response, Verdict, fetch};
use serde::Deserialize;

const ORIGIN: &str = "https://app.example.com";
const URL: &str = "https://api.example.com/data";
/// The target of redirects.
const URL2: &str = "https://api.example.com/other";

/// One situation. In its strings, `{origin}`, `{url}` and `{url2}` are the constants above.
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
    response: Answer,
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
    text.replace("{origin}", ORIGIN).replace("{url}", URL).replace("{url2}", URL2)
}

impl Measured {
    /// What each browser shows if no policy interferes.
    fn consoles(&self, policies: &PolicySet) -> [Vec<String>; 3] {
        let call = Call {
            method: self.method.clone().unwrap_or_else(|| "GET".to_owned()),
            headers: self.headers.iter().map(|line| header(line)).collect(),
            credentials: self.credentials,
            initiator: if self.xhr { Initiator::XmlHttpRequest } else { Initiator::Fetch },
            ..Call::new(self.origin.as_deref().unwrap_or(ORIGIN), URL.parse().unwrap())
        };
        let headers = self.response.headers.iter().map(|line| header(line)).collect();
        let origin_server = Response { status: self.response.status, headers };
        let network = Network { origin_server, ..Network::new(policies) };
        let Verdict::Blocked(block) = fetch(&call, &network).verdict else {
            panic!("{}: the page is not blocked", self.situation);
        };
        Browser::ALL.map(|browser| block.console(browser, &call))
    }
}

#[test]
fn consoles_show_what_was_measured() {
    let measured: Vec<Measured> = serde_json::from_str(include_str!("consoles.json")).unwrap();
    assert!(!measured.is_empty());
    let source = r#"{"policies": {"app": {"allowOrigins": ["https://app.example.com"]}}, "default": null}"#;
    let (policies, _) = PolicySet::from_json(source).unwrap();
    for row in &measured {
        let expected = [&row.chromium, &row.firefox, &row.safari];
        let expected = expected.map(|messages| messages.iter().map(|text| filled(text)).collect::<Vec<_>>());
        assert_eq!(row.consoles(&policies), expected, "{}", row.situation);
    }
}
