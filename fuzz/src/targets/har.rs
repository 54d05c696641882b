//! A file of a browser's network tab: whatever it is, it is explained in printable text, or refused in a sentence.

use std::fs;

use edge_cors::PolicySet;
use edge_cors_cli::HarReport;
use serde_json::Value;
use test_support::project;

use crate::Target;

pub(super) const TARGET: Target = Target { name: "har", check, seeds, words: &WORDS, longest: 8192 };

const WORDS: [&str; 24] = [
    "{\"log\":{\"entries\":[",
    "\"request\":{\"method\":\"",
    "\"url\":\"https://api.example.com/\"",
    "\"headers\":[{\"name\":\"",
    "\",\"value\":\"",
    "\"response\":{\"status\":0",
    "\"_resourceType\":\"preflight\"",
    "\"_error\":\"net::ERR_FAILED\"",
    "\"creator\":{\"name\":\"Firefox\"}",
    "\"pages\":[",
    "\"pageref\":\"",
    "origin",
    "referer",
    "access-control-request-method",
    "access-control-request-headers",
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "OPTIONS",
    "null",
    "location",
    "sec-fetch-mode",
    "cookie",
    "\\ud83d",
    "\\u0000",
];

fn seeds() -> Vec<Vec<u8>> {
    let browsers = ["chromium", "firefox", "safari"].into_iter();
    browsers.flat_map(|name| parts(&fs::read(project().join(format!("cli/tests/har/{name}.har"))).unwrap())).collect()
}

/// A file for each two entries that follow each other: the whole would be too long to be changed everywhere.
fn parts(file: &[u8]) -> Vec<Vec<u8>> {
    let file: Value = serde_json::from_slice(file).unwrap();
    let entries = file["log"]["entries"].as_array().unwrap();
    let part = |entries: &[Value]| {
        let mut part = file.clone();
        part["log"]["entries"] = Value::from(entries.to_vec());
        part.to_string().into_bytes()
    };
    entries.chunks(2).map(part).collect()
}

fn check(bytes: &[u8]) {
    let report = match HarReport::read(bytes) {
        Ok(report) => report,
        Err(why) => return assert!(!why.is_empty() && !why.contains('\n'), "not a sentence: {why:?}"),
    };
    let text = report.text("file");
    assert!(text.starts_with("file:"), "{text}");
    assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "not printable: {text:?}");
    serde_json::from_str::<Value>(&report.json()).expect("what is printed as JSON is JSON");
    if let Some(policy) = report.configuration() {
        assert!(PolicySet::from_json(&policy).is_ok(), "the edge refuses what is advised: {policy}");
    }
}
