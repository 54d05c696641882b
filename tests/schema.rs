//! The JSON Schema: fresh, valid, and of one mind with the edge.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

use std::fs;

use edge_cors::{PolicySet, json_schema};
use jsonschema::Validator;
use serde_json::Value;
use test_support::{json_files, problem, project};

fn validator() -> Validator {
    jsonschema::draft202012::new(&json_schema()).unwrap()
}

#[test]
fn the_committed_schema_is_fresh() {
    let committed = fs::read_to_string(project().join("edge-cors.schema.json")).unwrap();
    let fresh = serde_json::to_string_pretty(&json_schema()).unwrap() + "\n";
    let update = "cargo run --package edge-cors-cli -- schema > edge-cors.schema.json";
    assert!(committed == fresh, "the schema has changed; to write it anew: {update}");
}

#[test]
fn the_schema_is_one() {
    assert!(jsonschema::meta::is_valid(&json_schema()));
}

/// The rows of `tests/problems/` that are JSON: their names, their JSON, and the codes of their errors.
fn rows() -> Vec<(String, Value, Vec<String>)> {
    let rows = problem::rows().into_iter().filter_map(|(_, row)| {
        let errors = row.errors().map(str::to_owned).collect();
        Some((row.name.clone(), serde_json::from_str(&row.source()).ok()?, errors))
    });
    let rows: Vec<_> = rows.collect();
    assert!(rows.len() > 200);
    rows
}

#[test]
fn what_the_edge_accepts_the_schema_accepts() {
    let validator = validator();
    let mut accepted = 0;
    for (name, source, errors) in rows() {
        if errors.is_empty() {
            let error = validator.iter_errors(&source).next();
            assert!(error.is_none(), "{name}: {}", error.unwrap());
            accepted += 1;
        }
    }
    assert!(accepted > 80, "{accepted}");
}

#[test]
fn what_is_wrong_in_its_form_the_schema_refuses() {
    let form =
        ["wrong-type", "unknown-field", "missing-field", "unknown-value", "empty-document", "origin-missing-scheme"];
    let validator = validator();
    let mut refused = 0;
    for (name, source, errors) in rows() {
        // What comes twice is gone before a validator sees it.
        let duplicate = errors.iter().any(|code| code == "duplicate-field");
        if !duplicate && errors.iter().any(|code| form.contains(&code.as_str())) {
            assert!(!validator.is_valid(&source), "{name}: {source}");
            refused += 1;
        }
    }
    assert!(refused > 50, "{refused}");
}

/// Every configuration of the cases that run on the engine, Envoy and the Worker, and every block of
/// JSON in the documentation.
#[test]
fn every_example_is_valid() {
    let validator = validator();
    let mut examples: Vec<(String, String)> = Vec::new();
    for (path, file) in json_files::<Value>("tests/cases") {
        let cases = file["cases"].as_array().unwrap().iter();
        let all = cases.chain([&file]).filter_map(|case| case.get("configuration"));
        examples.extend(all.map(|configuration| (path.clone(), configuration.to_string())));
    }
    let in_cases = examples.len();
    let folders = ["", "docs", "docs/errors"].map(|folder| fs::read_dir(project().join(folder)).unwrap());
    let pages = folders.into_iter().flatten().map(|entry| entry.unwrap().path());
    for page in pages.filter(|page| page.extension().is_some_and(|extension| extension == "md")) {
        let text = fs::read_to_string(&page).unwrap();
        let blocks = text.split("```json\n").skip(1).map(|block| block.split("```").next().unwrap());
        examples.extend(blocks.map(|block| (page.display().to_string(), block.to_owned())));
    }
    assert!(in_cases > 100 && examples.len() >= in_cases + 2, "{in_cases} in cases, {} in all", examples.len());
    for (path, example) in examples {
        let outcome = PolicySet::from_json(&example);
        assert!(outcome.is_ok(), "{path}: the edge refuses {example}:\n{}", outcome.unwrap_err());
        let error =
            validator.iter_errors(&serde_json::from_str(&example).unwrap()).next().map(|error| error.to_string());
        assert_eq!(error, None, "{path}: the schema refuses {example}");
    }
}
