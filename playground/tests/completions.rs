//! What can be written at a place of a configuration.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test says what it expects by failing"
)]

use edge_cors::PolicySet;
use edge_cors_playground::completions;
use serde_json::Value;

/// The labels at the `|` of a text, and the whole answer.
fn at(text: &str) -> (Vec<String>, Value) {
    let position = text.find('|').unwrap();
    let units = text[..position].encode_utf16().count();
    let found: Value = serde_json::from_str(&completions(&text.replace('|', ""), units)).unwrap();
    let options = found["options"].as_array().unwrap().iter();
    (options.map(|option| option["label"].as_str().unwrap().to_owned()).collect(), found)
}

#[test]
fn names_and_values_at_their_places() {
    for (text, expected, absent) in [
        ("{ | }", "allowOrigins", ""),
        ("{ | }", "policies", ""),
        ("{ \"policies\": {}, | }", "routes", "allowOrigins"),
        ("{ \"allowOrigins\": [], | }", "maxAge", "policies"),
        ("{ \"allowOrigins\": [], | }", "allowMethods", "allowOrigins"),
        ("{ \"allowM|", "allowMethods", "allowOrigins"),
        ("{ \"mode\": | }", "enforce", ""),
        ("{ \"mode\": \"rep|\" }", "report", "enforce"),
        ("{ \"allowCredentials\": | }", "true", ""),
        ("{ \"allowMethods\": [|] }", "PUT", ""),
        ("{ \"allowHeaders\": [\"|\"] }", "authorization", ""),
        ("{ \"allowOrigins\": [\"loc|\"] }", "http://localhost:*", "*"),
        ("{ \"dangerouslyAllow\": [|] }", "null-origin", ""),
        ("{ \"policies\": { \"app\": { | } } }", "allowOrigins", "routes"),
        ("{ \"policies\": { \"é\": {}, \"two\": {} }, \"routes\": [{ \"policy\": | }] }", "two", ""),
        ("{ \"policies\": { \"é\": {}, \"two\": {} }, \"default\": \"|\" }", "é", ""),
        ("{ \"routes\": [{ | }] }", "host", "allowOrigins"),
    ] {
        let (labels, found) = at(text);
        assert!(labels.iter().any(|label| label == expected), "{text}: {labels:?}");
        assert!(absent.is_empty() || !labels.iter().any(|label| label == absent), "{text}: {labels:?}");
        let info = found["options"].as_array().unwrap().iter().all(|option| option["info"].is_string());
        assert!(info, "{text}: {found}");
    }
    assert!(at("{ \"maxAge\": 600 | }").0.is_empty());
}

/// Every field that is offered can be written: the engine knows it.
#[test]
fn what_is_offered_is_a_field() {
    for (before, behind) in [
        ("{ ", " }"),
        ("{ \"policies\": { \"a\": { ", " } } }"),
        ("{ \"policies\": { \"a\": {} }, \"routes\": [{ ", " }] }"),
    ] {
        let (_, found) = at(&format!("{before}|{behind}"));
        let options = found["options"].as_array().unwrap();
        assert!(options.len() >= 3, "{before}: {found}");
        for option in options {
            let apply = option["apply"].as_str().unwrap();
            let value = if apply.ends_with(": ") { "1" } else { "" };
            let problems = match PolicySet::from_json(&format!("{before}{apply}{value}{behind}")) {
                Ok(_) => Vec::new(),
                Err(error) => error.errors().iter().map(|problem| problem.code()).collect(),
            };
            assert!(!problems.contains(&"unknown-field") && !problems.contains(&"syntax"), "{apply}: {problems:?}");
        }
    }
}
