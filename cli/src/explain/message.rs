//! `explain --message`: what a message of a browser's console means, and what it cannot tell.
//!
//! It needs nothing but the text.

mod kinds;
mod next;
mod words;

use std::fmt::Write as _;

use edge_cors::browser::Browser;
use serde::{Serialize, Serializer};

use kinds::{KINDS, Kind};
pub use next::Asked;
use next::Facts;

/// What one message of a console means.
#[derive(Clone, Debug, Serialize)]
pub struct Message {
    /// The browser that prints it.
    #[serde(serialize_with = "name")]
    pub browser: Browser,
    /// Its stable name.
    pub code: &'static str,
    /// What it means, in sentences.
    pub meaning: String,
    /// What the message leaves open. Empty if that is nothing.
    pub open: String,
    /// The command that finds out more, or what to do where no command helps.
    pub next: String,
    /// What it tells about the page's call.
    #[serde(skip)]
    pub asked: Asked,
}

fn name<S: Serializer>(browser: &Browser, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(browser.as_str())
}

/// Every message of a browser's console that is found in a text. A message that only follows another one is left
/// out if the other one is there.
///
/// ```
/// let text = "Request header field x-a is not allowed by Access-Control-Allow-Headers in preflight response.";
/// let messages = edge_cors_cli::console_messages(text);
/// assert_eq!(messages[0].code, "header-not-allowed");
/// assert_eq!(messages[0].asked.header.as_deref(), Some("x-a"));
/// ```
pub fn explain(text: &str) -> Vec<Message> {
    let text = plain_quotes(text);
    let found: Vec<&Kind> = KINDS.iter().filter(|kind| text.contains(kind.needle)).collect();
    let has_own = found.iter().any(|kind| !kind.follows);
    let mut told: Vec<Message> = Vec::new();
    for kind in found.into_iter().filter(|kind| !(has_own && kind.follows)) {
        let facts = Facts::of(&text, kind);
        let words = words::of(kind, &facts);
        if told.iter().all(|told| told.code != kind.code || told.browser != kind.browser) {
            let asked = Asked::of(kind, &facts);
            let next = next::step(kind, &facts, &asked);
            let (browser, code) = (kind.browser, kind.code);
            told.push(Message { browser, code, meaning: words.meaning, open: words.open, next, asked });
        }
    }
    told
}

/// Firefox prints typographic quotation marks, and people paste what an editor or a chat made of them.
fn plain_quotes(text: &str) -> String {
    text.replace(['\u{2018}', '\u{2019}', '\u{60}'], "'").replace(['\u{201c}', '\u{201d}'], "\"")
}

pub(crate) fn text(told: &[Message]) -> String {
    let mut out = String::new();
    for (number, message) in told.iter().enumerate() {
        let gap = if number == 0 { "" } else { "\n" };
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{gap}{}: {} [{}]", message.browser, message.meaning, message.code);
        if !message.open.is_empty() {
            let _ = writeln!(out, "\nWhat it does not tell: {}", message.open);
        }
        let _ = writeln!(out, "\nNext: {}", message.next);
    }
    out
}

pub(crate) fn json(told: &[Message]) -> String {
    serde_json::to_string_pretty(told).unwrap_or_default() + "\n"
}
