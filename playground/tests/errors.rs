//! The pages of `docs/errors/`: each has the words of three browsers, a case in the playground's URL with those words, and
//! the configuration that solves it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

use std::fs;
use std::path::{Path, PathBuf};

use edge_cors::browser::Url;
use edge_cors_playground::{explain, recognise};
use serde_json::{Value, json};

const SITE: &str = "https://edge-cors.github.io/edge-cors/#";

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs")
}

/// The pages: the names of the files, and what is in them.
fn pages() -> Vec<(String, String)> {
    let files = fs::read_dir(docs().join("errors")).unwrap().map(|entry| entry.unwrap().path());
    files
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read_to_string(path).unwrap()))
        .collect()
}

/// The question in a link, in the form that `playground/page/fragment.js` reads and writes.
fn question(link: &str) -> Value {
    let fragment = link.strip_prefix(SITE).unwrap();
    let pairs = Url::parse(&format!("https://form.example/?{fragment}")).unwrap();
    let mut question = json!({ "headers": [], "originServer": { "status": 200, "headers": [] } });
    let header = |line: &str| line.split_once(':').map(|(name, value)| json!([name, value.trim()])).unwrap();
    let mut version = None;
    for (key, value) in pairs.query_pairs() {
        match key.as_ref() {
            "v" => version = Some(value.into_owned()),
            "header" => question["headers"].as_array_mut().unwrap().push(header(&value)),
            "serverHeader" => question["originServer"]["headers"].as_array_mut().unwrap().push(header(&value)),
            "status" => question["originServer"]["status"] = json!(value.parse::<u16>().unwrap()),
            "credentials" => question["credentials"] = json!(value == "true"),
            key @ ("configuration" | "origin" | "url" | "method" | "via") => question[key] = json!(value),
            other => assert_eq!(other, "v", "the page does not know this"),
        }
    }
    assert_eq!(version.as_deref(), Some("1"));
    question
}

fn explained(question: &Value) -> Value {
    serde_json::from_str(&explain(&question.to_string())).unwrap()
}

fn between<'t>(text: &'t str, start: &str, end: &str) -> &'t str {
    text.split_once(start).unwrap().1.split_once(end).unwrap().0
}

#[test]
fn every_page_has_the_words_of_its_case_and_its_fix() {
    let pages = pages();
    assert!(pages.len() >= 5, "{}", pages.len());
    for (file, text) in &pages {
        let mut question = question(between(text, "playground](", ")"));
        let found = explained(&question);
        let shown = |browser: &str| {
            let lines = found["console"][browser].as_array().unwrap();
            lines.iter().map(|line| line.as_str().unwrap()).collect::<Vec<_>>().join("\n")
        };
        let title = between(text, "# ", "\n");
        assert!(shown("chromium").contains(title), "{file}: {}", shown("chromium"));
        for browser in ["Chromium", "Firefox", "Safari"] {
            let words = between(text, &format!("| {browser} | `"), "` |");
            let shown = shown(&browser.to_lowercase());
            assert!(shown.contains(words), "{file}: {browser} shows {shown}");
            // Whoever pastes it into the playground is understood.
            let pasted: Value = serde_json::from_str(&recognise(&shown)).unwrap();
            assert_eq!(pasted["kind"], "console", "{file}: {shown}");
        }
        assert_eq!(found["solved"], true, "{file}: {found}");
        let fixed = between(text, "```json\n", "\n```");
        assert_eq!(found["fixed"], fixed, "{file}");
        question["configuration"] = json!(fixed);
        assert_eq!(explained(&question)["causes"], json!([]), "{file}");
    }
}

#[test]
fn the_pages_are_found() {
    for list in ["README.md", "console.md"] {
        let list = fs::read_to_string(docs().join(list)).unwrap();
        for (file, _) in pages() {
            assert!(list.contains(&format!("(errors/{file})")), "{file}");
        }
    }
}
