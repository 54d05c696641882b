//! Messages of the consoles of three browsers, explained by the real command line tool.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

use std::process::{Command, Output};

use expect_test::expect_file;
use serde::Deserialize;
use serde_json::Value;

const BROWSERS: [&str; 3] = ["chromium", "firefox", "safari"];

fn explain(message: &str, format: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_edge-cors"));
    command.args(["explain", "--format", format, "--message", message]).output().unwrap()
}

fn text(message: &str) -> String {
    let output = explain(message, "text");
    assert_eq!(output.status.code(), Some(0), "{message}");
    String::from_utf8(output.stdout).unwrap()
}

/// The messages that were measured in a situation, as somebody would copy them.
fn measured() -> Vec<(String, &'static str, String)> {
    let rows: Vec<Value> = serde_json::from_str(include_str!("../../tests/consoles.json")).unwrap();
    let filled = |text: &str| {
        text.replace("{origin}", "https://app.example.com")
            .replace("{url}", "https://api.example.com/data")
            .replace("{url2}", "https://api.example.com/other")
            .replace("{url3}", "https://files.example.com/1")
    };
    let mut found = Vec::new();
    for row in &rows {
        for browser in BROWSERS {
            let lines = row[browser].as_array().unwrap().iter().map(|line| filled(line.as_str().unwrap()));
            let pasted = lines.collect::<Vec<_>>().join("\n");
            if !pasted.is_empty() {
                found.push((row["situation"].as_str().unwrap().to_owned(), browser, pasted));
            }
        }
    }
    found
}

#[test]
fn every_measured_message_is_explained() {
    let mut texts = String::new();
    let mut before = String::new();
    for (situation, browser, pasted) in measured() {
        let found: Vec<Value> = serde_json::from_slice(&explain(&pasted, "json").stdout).unwrap();
        assert!(!found.is_empty(), "{situation}: {pasted}");
        assert!(found.iter().all(|told| told["browser"] == browser), "{situation}: {browser}: {found:?}");
        if situation != before {
            texts.push_str(&format!("=== {situation}\n\n"));
            before = situation;
        }
        texts.push_str(&format!("{}\n", text(&pasted)));
    }
    expect_file!["messages/measured.txt"].assert_eq(&texts);
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Other {
    browser: String,
    text: String,
    code: String,
}

#[test]
fn other_messages_are_explained() {
    let others: Vec<Other> = serde_json::from_str(include_str!("messages/others.json")).unwrap();
    let mut texts = String::new();
    for Other { browser, text: pasted, code } in &others {
        let found: Vec<Value> = serde_json::from_slice(&explain(pasted, "json").stdout).unwrap();
        let codes: Vec<_> =
            found.iter().map(|told| (told["browser"].as_str().unwrap(), told["code"].as_str().unwrap())).collect();
        assert_eq!(codes, [(browser.as_str(), code.as_str())], "{pasted}");
        texts.push_str(&format!("=== {pasted}\n\n{}\n", text(pasted)));
    }
    expect_file!["messages/others.txt"].assert_eq(&texts);
}

/// The command of each measured message is one that the tool accepts, once what is missing is filled in.
#[test]
fn every_command_can_be_run() {
    let config = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("of-messages.json");
    std::fs::write(&config, r#"{ "allowOrigins": ["https://app.example.com"] }"#).unwrap();
    let mut run = 0;
    for (situation, _, pasted) in measured() {
        let printed = text(&pasted);
        let lines = printed.lines().filter_map(|line| line.strip_prefix("    edge-cors explain "));
        for line in lines {
            let filled = line.replace("ORIGIN", "https://app.example.com").replace("METHOD", "PUT");
            let filled = filled.replace("URL", "https://api.example.com/data");
            // No network in here: a configuration answers in the place of the server.
            let script = format!("exec \"$TOOL\" explain --config \"$CONFIG\" {filled}");
            let mut command = Command::new("sh");
            command.env("TOOL", env!("CARGO_BIN_EXE_edge-cors")).env("CONFIG", &config).args(["-c", &script]);
            let output = command.output().unwrap();
            let errors = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.code() != Some(2), "{situation}: {filled}: {errors}");
            run += 1;
        }
    }
    assert!(run > 80, "only {run} messages have a command");
}

#[test]
fn what_is_not_a_message_is_told() {
    for text in ["", "hello", "Requête multiorigine (Cross-Origin Request) bloquée"] {
        let output = explain(text, "text");
        assert_eq!(output.status.code(), Some(2), "{text}");
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            errors.contains("this is not a message of Chromium, Firefox or Safari about CORS, or not in English."),
            "{errors}"
        );
    }
    // A long text costs no more than its length.
    assert_eq!(explain(&"x'\u{2019} ".repeat(20_000), "text").status.code(), Some(2));
}
