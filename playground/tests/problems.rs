//! The rows of `tests/problems/`: every problem has a place, which is that of the value that is wrong.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use edge_cors::ProblemKind;
use edge_cors_playground::check;
use serde_json::Value;

fn rows() -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/problems");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let json = files.filter(|path| path.extension().is_some_and(|end| end == "json"));
    json.flat_map(|path| serde_json::from_str::<Vec<Value>>(&fs::read_to_string(path).unwrap()).unwrap()).collect()
}

fn source(row: &Value) -> String {
    match &row["source"] {
        Value::Array(lines) => lines.iter().map(|line| line.as_str().unwrap()).collect::<Vec<_>>().join("\n"),
        text => text.as_str().unwrap().to_owned(),
    }
}

/// The part of a text, as JavaScript's `slice` has it.
fn slice(text: &str, problem: &Value) -> String {
    let units: Vec<u16> = text.encode_utf16().collect();
    let at = |field: &str| usize::try_from(problem[field].as_u64().unwrap()).unwrap();
    String::from_utf16(&units[at("start")..at("end")]).unwrap()
}

#[test]
fn every_problem_has_the_place_of_what_is_wrong() {
    let mut codes = BTreeSet::new();
    for row in rows() {
        let (name, source) = (row["name"].as_str().unwrap(), source(&row));
        let found: Value = serde_json::from_str(&check(&source)).unwrap();
        let document: Value = serde_json::from_str(source.trim_start_matches('\u{feff}')).unwrap_or_default();
        let is_whole = |text: &str| serde_json::from_str::<Value>(text).is_ok();
        for problem in found["problems"].as_array().unwrap() {
            let code = problem["code"].as_str().unwrap();
            codes.insert(code.to_owned());
            let (text, pointer) = (slice(&source, problem), problem["path"].as_str().unwrap());
            let value = document.pointer(pointer);
            let last = pointer.rsplit('/').next().unwrap().replace("~1", "/").replace("~0", "~");
            let is_value =
                value.is_some_and(|value| serde_json::from_str::<Value>(&text).is_ok_and(|found| found == *value));
            let is_start =
                value.is_some_and(|value| value.is_object() || value.is_array()) && ["{", "["].contains(&text.as_str());
            let is_key = serde_json::from_str::<String>(&text).is_ok_and(|key| key == last);
            let is_syntax = !is_whole(&source) || code == "syntax";
            assert!(is_value || is_start || is_key || is_syntax, "{name}: {code} at {pointer} is {text:?}");
            assert!(!problem["message"].as_str().unwrap().is_empty() && !problem["help"].as_str().unwrap().is_empty());
        }
        let is_valid = found["problems"].as_array().unwrap().iter().all(|problem| problem["severity"] == "warning");
        assert_eq!(found["policies"].as_array().unwrap().is_empty(), !is_valid, "{name}");
    }
    let known: BTreeSet<String> = ProblemKind::codes().map(|(code, _)| code.to_owned()).collect();
    assert_eq!(codes, known, "every kind of problem is in a row");
}

#[test]
fn places_are_counted_as_javascript_counts() {
    let source = "{\"\u{1f600}\": 1, \"allowOrigins\": [\"https://é.example/\"]}";
    let found: Value = serde_json::from_str(&check(source)).unwrap();
    let texts: Vec<String> =
        found["problems"].as_array().unwrap().iter().map(|problem| slice(source, problem)).collect();
    assert_eq!(texts, ["\"\u{1f600}\"", "\"https://é.example/\""]);
}
