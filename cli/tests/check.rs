//! `edge-cors check` on the files of `tests/check/`, and its habits as a command.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde::Deserialize;
use serde_json::Value;

#[derive(Debug, PartialEq, Deserialize)]
struct Row {
    file: String,
    exit: i32,
    /// What is said of the file outside its configurations.
    #[serde(default)]
    problems: Vec<String>,
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

/// The files of a report as rows of `expected.json`.
fn rows(report: &Value, exit: i32) -> Vec<Row> {
    let line = |problem: &Value| {
        let field = |name: &str| problem[name].as_str().unwrap().to_owned();
        let pointer = Some(field("pointer")).filter(|pointer| !pointer.is_empty());
        let pointer = pointer.unwrap_or_else(|| "(document)".to_owned());
        format!("{} {} {pointer} {}:{}", field("severity"), field("code"), problem["line"], problem["column"])
    };
    let lines = |problems: &Value| problems.as_array().unwrap().iter().map(line).collect();
    let configuration = |found: &Value| Configuration {
        at: found["at"].as_str().unwrap().to_owned(),
        problems: lines(&found["problems"]),
    };
    let row = |file: &Value| Row {
        file: file["path"].as_str().unwrap().to_owned(),
        exit,
        problems: lines(&file["problems"]),
        configurations: file["configurations"].as_array().unwrap().iter().map(configuration).collect(),
    };
    report["files"].as_array().unwrap().iter().map(row).collect()
}

fn expected(folder: &str) -> Vec<Row> {
    let path = directory().join(folder).join("expected.json");
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// Checks every file that has a row by itself.
#[track_caller]
fn check_each_file(folder: &str) {
    for row in &expected(folder) {
        let path = Path::new(folder).join(&row.file);
        let output = edge_cors(&["check", "--format", "json", path.to_str().unwrap()]);
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let mut found = rows(&report, output.status.code().unwrap());
        assert_eq!(found.len(), 1, "{}: {report}", row.file);
        let found = &mut found[0];
        found.file.clone_from(&row.file);
        assert_eq!(*found, *row);
    }
}

#[test]
fn every_file_has_exactly_its_problems() {
    check_each_file("");
    let others = ["expected.json", "README.md"];
    let files = fs::read_dir(directory()).unwrap().map(Result::unwrap);
    let files = files.filter(|file| file.file_type().unwrap().is_file());
    let files = files.map(|file| file.file_name().into_string().unwrap());
    let expected = expected("");
    let unnamed = files.filter(|file| !others.contains(&file.as_str()) && expected.iter().all(|row| row.file != *file));
    assert_eq!(unnamed.collect::<Vec<_>>(), Vec::<String>::new());
}

/// Envoy that printed this dump had 572703907 in its gauge.
#[test]
fn a_configuration_has_the_fingerprint_that_the_edge_shows() {
    let output = edge_cors(&["check", "--format", "json", "config-dump.json", "wasm-plugin.yaml"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let fingerprint = |file: usize| report["files"][file]["configurations"][0].get("fingerprint").cloned();
    assert_eq!(fingerprint(0), Some(format!("{:08x}", 572_703_907).into()));
    // Istio writes the text from the values in the YAML file.
    assert_eq!(fingerprint(1), None);
}

/// The folder as a whole: files without a row have nothing to do with edge-cors.
#[test]
fn a_folder_of_files_as_people_have_them_is_searched() {
    let output = edge_cors(&["check", "--format", "json", "real"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let expected = expected("real");
    for (found, expected) in rows(&report, 1).iter().zip(&expected) {
        assert_eq!(found.file, format!("real/{}", expected.file));
        assert_eq!(found.configurations, expected.configurations, "{}", expected.file);
        assert_eq!(found.problems, expected.problems, "{}", expected.file);
    }
    assert_eq!(rows(&report, 1).len(), expected.len());
    assert!(expected.iter().filter(|row| !row.configurations.is_empty()).count() >= 30);
    check_each_file("real");
}

#[test]
fn what_was_installed_or_built_is_not_searched() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("searched");
    for file in ["cors.json", ".dev.vars", "node_modules/a/cors.json", "target/cors.json", ".git/cors.json"] {
        let path = folder.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, r#"{ "allowOrigins": ["https://app.example.com"] }"#).unwrap();
    }
    let output = edge_cors(&["check", folder.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stderr).contains("configurations found: 1, in 2 files"), "{}", text(&output.stderr));
    let output = edge_cors(&["check", folder.join("node_modules").to_str().unwrap()]);
    assert!(text(&output.stderr).contains("configurations found: 1, in 1 files"), "{}", text(&output.stderr));
    let nothing = folder.join("nothing");
    fs::create_dir_all(&nothing).unwrap();
    assert_eq!(edge_cors(&["check", nothing.to_str().unwrap()]).status.code(), Some(3));
}

/// The files that users start from, at once, as docs/envoy.md shows it: not even a warning.
#[test]
fn the_files_for_envoy_istio_and_envoy_gateway_have_no_problems() {
    let envoy = Path::new(env!("CARGO_MANIFEST_DIR")).join("../envoy");
    let output = edge_cors(&["check", "--strict", envoy.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
    assert!(text(&output.stderr).contains("configurations found: 20,"), "{}", text(&output.stderr));
}

/// The policies that the documents show, as they show them.
#[test]
fn the_examples_in_the_documents_pass() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut count = 0;
    for document in ["README.md", "docs/configuration.md"] {
        let document = fs::read_to_string(root.join(document)).unwrap();
        let blocks = document.split("```json\n").skip(1).map(|block| block.split("```").next().unwrap());
        for policy in blocks.filter(|block| block.contains("allowOrigins")) {
            let output = check_stdin(policy.as_bytes());
            assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
            count += 1;
        }
    }
    assert!(count >= 1);
}

#[test]
fn warnings_alone_are_no_failure_unless_asked() {
    assert_eq!(edge_cors(&["check", "policy.json"]).status.code(), Some(0));
    assert_eq!(edge_cors(&["check", "--strict", "policy.json"]).status.code(), Some(1));
}

#[test]
fn what_is_not_there_is_told_apart_by_the_exit_code() {
    for (arguments, exit, said) in [
        (&["no-such-file.toml"][..], 2, "no-such-file.toml: the file does not exist."),
        (&["exits/nothing.yaml"], 3, "exits/nothing.yaml: this file contains no configuration of edge-cors."),
        (&["empty.toml"], 3, "empty.toml: this file contains no configuration of edge-cors."),
        (&["exits/kv.toml"], 4, "npx wrangler kv key get cors.json --binding CORS_CONFIG_KV --remote --text"),
        (&["exits/warning.json"], 0, "exits/warning.json: 2 warnings"),
        // Of several, the first of 2, 1, 3, 4 that applies.
        (&["exits/kv.toml", "exits/nothing.yaml"], 3, ""),
        (&["exits/nothing.yaml", "policy.json", "envoy.yaml"], 1, ""),
        (&["no-such-file.json", "envoy.yaml"], 2, "envoy.yaml at "),
        (&[], 2, "Usage"),
    ] {
        let output = edge_cors(&[&["check"], arguments].concat());
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(exit), "{arguments:?}: {stderr}");
        assert!(stderr.contains(said), "{arguments:?}: {stderr}");
    }
    let output = edge_cors(&["check", "no-such-file.json", "policy.json"]);
    assert!(text(&output.stdout).contains("origin-covered"), "the other file is checked all the same");
}

#[test]
fn warnings_that_are_meant_are_left_out() {
    for (allowed, exit) in [("method-always-allowed,max-age-capped", 0), ("max-age-capped", 1), ("foreign-cors", 1)] {
        let output = edge_cors(&["check", "--strict", "--allow", allowed, "exits/warning.json"]);
        assert_eq!(output.status.code(), Some(exit), "{allowed}");
        for code in allowed.split(',') {
            assert!(!text(&output.stdout).contains(code), "{code}");
        }
    }
    for (code, why) in [("origin-path", "errors cannot be left out"), ("max-age", "no warning has this code")] {
        let output = edge_cors(&["check", "--allow", code, "envoy.yaml"]);
        assert_eq!(output.status.code(), Some(2));
        assert!(text(&output.stderr).contains(why), "{}", text(&output.stderr));
    }
}

#[test]
fn warnings_of_one_kind_hide_no_error() {
    let policies: Vec<String> = (0..98)
        .map(|i| format!(r#""p{i}": {{ "allowOrigins": ["https://a.example.com"], "allowMethods": ["GET"] }}"#))
        .collect();
    let source = format!(r#"{{ "policies": {{ {} }}, "default": "p1000" }}"#, policies.join(",\n"));
    let output = check_stdin(source.as_bytes());
    assert_eq!(output.status.code(), Some(1));
    let stdout = text(&output.stdout);
    assert!(stdout.starts_with("error[unknown-policy]"), "{stdout}");
    assert_eq!(stdout.matches("warning[method-always-allowed]: GET").count(), 3);
    let rest =
        "warning[method-always-allowed]: 95 more of these, the next one in line 4; --format json lists them all.";
    assert!(stdout.contains(rest), "{stdout}");
}

fn check_stdin(file: &[u8]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_edge-cors"));
    let command =
        command.args(["check", "--strict", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(file).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn github_shows_each_problem_at_its_line() {
    let output = edge_cors(&["check", "--format", "github", "policy.json", "wasm-plugin.yaml"]);
    let lines = text(&output.stdout);
    let first = "::warning file=policy.json,line=1,col=20,title=origin-covered::\"https://*.example.com\" already \
                 matches every origin that \"https://app.example.com\" matches. Fix: remove it.";
    assert_eq!(lines.lines().next(), Some(first));
    assert!(lines.lines().any(|line| line.starts_with("::error file=wasm-plugin.yaml,line=")), "{lines}");
}

#[test]
fn sarif_is_what_its_schema_says() {
    // As it is published, one of its regular expressions has a bracket too many.
    let schema = include_str!("data/sarif-2.1.0.schema.json").replace("{2}]?$", "{2}$");
    let schema = jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap();
    for folder in [".", "real"] {
        let output = edge_cors(&["check", "--format", "sarif", folder]);
        let log: Value = serde_json::from_slice(&output.stdout).unwrap();
        let errors: Vec<String> = schema.iter_errors(&log).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
        let results = log["runs"][0]["results"].as_array().unwrap();
        let report = edge_cors(&["check", "--format", "json", folder]);
        let report: Value = serde_json::from_slice(&report.stdout).unwrap();
        let found = report["errors"].as_u64().unwrap() + report["warnings"].as_u64().unwrap();
        assert_eq!(u64::try_from(results.len()).unwrap(), found);
        let places = results.iter().map(|result| &result["locations"][0]["physicalLocation"]);
        assert!(places.clone().all(|place| place["artifactLocation"]["uri"].as_str().unwrap().starts_with(folder)));
        assert!(places.clone().all(|place| place["region"]["startLine"].as_u64() >= Some(1)));
    }
}

#[test]
fn a_list_of_changed_files_may_contain_others() {
    let changed = ["README.md", "real/others/package.json", "real/others/Cargo.toml", "exits/kv.toml"];
    let output = edge_cors(&[&["check", "--skip-unrelated"], &changed[..]].concat());
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(0), String::new()));
    let output = edge_cors(&["check", "--skip-unrelated", "README.md", "wrangler.toml"]);
    assert_eq!(output.status.code(), Some(1));
    let output = edge_cors(&["check", "--skip-unrelated", "no-such-file.json"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn what_is_not_shown_is_counted() {
    let origins: Vec<String> = (0..150).map(|n| format!("https://app{n}.example.com/")).collect();
    let policy = serde_json::json!({ "policies": { "app": { "allowOrigins": origins } }, "default": "app" });
    let output = check_stdin(policy.to_string().as_bytes());
    assert_eq!(output.status.code(), Some(1));
    let summary = "100 errors, and 50 more: mend these first, then check again";
    assert!(text(&output.stderr).contains(summary), "{}", text(&output.stderr));
}

#[test]
fn the_standard_input_is_a_file_too() {
    let output = check_stdin(&fs::read(directory().join("traffic-extension.yaml")).unwrap());
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

/// What is said of a file holds for what is explained from it, too.
#[test]
fn explain_says_what_is_to_be_said_of_the_file() {
    let explain = |arguments: &[&str]| {
        let call = ["explain", "--origin", "https://app.example.com", "https://api.example.com/"];
        edge_cors(&[&call, arguments].concat())
    };
    let at = ["--config", "wrangler.jsonc", "--at", "/env/production/"];
    let output = explain(&at);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    for code in ["environment-without-policy", "variable-overridden"] {
        assert_eq!(text(&output.stderr).matches(&format!("warning[{code}]")).count(), 1, "{code}");
    }
    let output = explain(&["--config", "exits/kv.toml"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("the policy is in KV"), "{}", text(&output.stderr));
}
