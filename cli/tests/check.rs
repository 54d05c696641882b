//! `edge-cors check` on the files of `tests/check/`, and its habits as a command.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Row {
    file: String,
    exit: i32,
    configurations: Vec<Configuration>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Configuration {
    at: String,
    problems: Vec<String>,
}

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/check")
}

fn edge_cors(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_edge-cors")).args(arguments).current_dir(directory()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn configurations(report: &Value) -> Vec<Configuration> {
    let files = report["files"].as_array().unwrap().iter();
    let found = files.flat_map(|file| file["configurations"].as_array().unwrap());
    let line = |problem: &Value| {
        let field = |name: &str| problem[name].as_str().unwrap().to_owned();
        let pointer = Some(field("pointer")).filter(|pointer| !pointer.is_empty());
        let pointer = pointer.unwrap_or_else(|| "(document)".to_owned());
        format!("{} {} {pointer} {}:{}", field("severity"), field("code"), problem["line"], problem["column"])
    };
    let configuration = |found: &Value| Configuration {
        at: found["at"].as_str().unwrap().to_owned(),
        problems: found["problems"].as_array().unwrap().iter().map(line).collect(),
    };
    found.map(configuration).collect()
}

#[test]
fn every_file_has_exactly_its_problems() {
    let rows: Vec<Row> = serde_json::from_str(&fs::read_to_string(directory().join("expected.json")).unwrap()).unwrap();
    for row in &rows {
        let output = edge_cors(&["check", "--format", "json", &row.file]);
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(configurations(&report), row.configurations, "{}", row.file);
        assert_eq!(output.status.code(), Some(row.exit), "{}", row.file);
    }
    let others = ["expected.json", "README.md"];
    let files = fs::read_dir(directory()).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let unnamed = files.filter(|file| !others.contains(&file.as_str()) && rows.iter().all(|row| row.file != *file));
    assert_eq!(unnamed.collect::<Vec<_>>(), Vec::<String>::new());
}

/// The files that users start from: nothing is wrong with them, not even a warning.
#[test]
fn the_files_for_envoy_istio_and_envoy_gateway_have_no_problems() {
    let envoy = Path::new(env!("CARGO_MANIFEST_DIR")).join("../envoy");
    let folders = [".", "lds", "ecds", "istio", "envoy-gateway"].map(|folder| envoy.join(folder));
    let files = folders.iter().flat_map(|folder| fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()));
    // One has no policy in it, and the other one that allows no origin, as it is meant to.
    let others = ["lds/envoy.yaml", "ecds/envoy.yaml"].map(|file| envoy.join(file));
    let yaml = |path: &PathBuf| path.extension().is_some_and(|end| end == "yaml") && !others.contains(path);
    let mut count = 0;
    for file in files.filter(yaml) {
        let output = edge_cors(&["check", "--strict", file.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        count += 1;
    }
    assert_eq!(count, 11);
}

#[test]
fn warnings_alone_are_no_failure_unless_asked() {
    assert_eq!(edge_cors(&["check", "policy.json"]).status.code(), Some(0));
    assert_eq!(edge_cors(&["check", "--strict", "policy.json"]).status.code(), Some(1));
}

#[test]
fn what_cannot_be_read_is_another_failure() {
    let output = edge_cors(&["check", "no-such-file.json", "policy.json"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("no-such-file.json"));
    assert!(text(&output.stdout).contains("origin-covered"), "the other file is checked all the same");
    assert_eq!(edge_cors(&["check"]).status.code(), Some(2));
}

#[test]
fn the_standard_input_is_a_file_too() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_edge-cors"));
    let command = command.args(["check", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let yaml = fs::read(directory().join("traffic-extension.yaml")).unwrap();
    child.stdin.take().unwrap().write_all(&yaml).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).contains("--> -:9:11"));
}

#[test]
fn the_version_says_the_date_of_the_public_suffix_list() {
    let version = text(&edge_cors(&["--version"]).stdout);
    let list = include_str!("../../data/public_suffix_list.dat");
    let date = list.lines().find_map(|line| line.strip_prefix("// VERSION: ")).unwrap();
    assert!(version.contains(&format!("(public suffix list of {})", date.get(..10).unwrap())), "{version}");
}

#[test]
fn there_are_completions_and_a_manual() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = edge_cors(&["completions", shell]);
        assert!(output.status.success() && text(&output.stdout).contains("edge-cors"), "{shell}");
    }
    let manual = text(&edge_cors(&["man"]).stdout);
    for command in ["check", "explain", "schema"] {
        assert!(manual.contains(&format!("edge\\-cors {command}")) || manual.contains(command), "{command}");
    }
}
