//! `explain --message`: what a message of a browser's console means, and what it cannot tell.
//!
//! It needs nothing but the text.

mod kinds;
mod next;
mod words;

use std::fmt::Write as _;

use edge_cors::browser::Browser;
use serde_json::json;

use kinds::{KINDS, Kind};
use next::Facts;

/// What one message means.
pub(crate) struct Told {
    /// The browser that prints it.
    browser: Browser,
    /// Its stable name.
    code: &'static str,
    meaning: String,
    /// What the message leaves open. Empty if that is nothing.
    open: String,
    /// The command that finds out more, or what to do where no command helps.
    next: String,
}

impl Told {
    pub(crate) fn meaning(&self) -> &str {
        &self.meaning
    }
}

/// Every message that is found in a text, in the order of the table. A message that only follows another one is left
/// out if the other one is there.
pub(crate) fn explain(text: &str) -> Vec<Told> {
    let text = plain_quotes(text);
    let found: Vec<&Kind> = KINDS.iter().filter(|kind| text.contains(kind.needle)).collect();
    let has_own = found.iter().any(|kind| !kind.follows);
    let mut told: Vec<Told> = Vec::new();
    for kind in found.into_iter().filter(|kind| !(has_own && kind.follows)) {
        let facts = Facts::of(&text, kind);
        let words = words::of(kind, &facts);
        if told.iter().all(|told| told.code != kind.code || told.browser != kind.browser) {
            let next = next::step(kind, &facts);
            told.push(Told { browser: kind.browser, code: kind.code, meaning: words.meaning, open: words.open, next });
        }
    }
    told
}

/// Firefox prints typographic quotation marks, and people paste what an editor or a chat made of them.
fn plain_quotes(text: &str) -> String {
    text.replace(['\u{2018}', '\u{2019}', '\u{60}'], "'").replace(['\u{201c}', '\u{201d}'], "\"")
}

pub(crate) fn text(told: &[Told]) -> String {
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

pub(crate) fn json(told: &[Told]) -> String {
    let messages = told.iter().map(|message| {
        json!({
            "browser": message.browser.as_str(),
            "code": message.code,
            "meaning": message.meaning,
            "open": message.open,
            "next": message.next,
        })
    });
    serde_json::to_string_pretty(&messages.collect::<Vec<_>>()).unwrap_or_default() + "\n"
}
