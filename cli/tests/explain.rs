//! The situations of `tests/explain/`, explained by the real command line tool.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use expect_test::expect_file;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Situation {
    name: String,
    config: Value,
    arguments: Vec<String>,
    verdict: Option<String>,
    console: Option<String>,
    firefox: Option<String>,
    safari: Option<String>,
    #[serde(default)]
    causes: Vec<String>,
    fix: Option<Fix>,
    solved: Option<bool>,
    #[serde(default)]
    advice: Vec<String>,
    preflight: Option<bool>,
    refused: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Fix {
    /// The kind of remedy.
    Kind(String),
    /// The fields by the pointer of their object.
    Configuration(BTreeMap<String, Value>),
}

fn explain(config: &Path, arguments: &[String]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_edge-cors"));
    command.args(["explain", "--format", "json", "--config"]).arg(config).args(arguments);
    command.output().unwrap()
}

impl Situation {
    /// What is wrong with the explanation.
    fn check(&self, config: &Path) -> Vec<String> {
        fs::write(config, self.config.to_string()).unwrap();
        let output = explain(config, &self.arguments);
        let errors = String::from_utf8_lossy(&output.stderr);
        if let Some(codes) = &self.refused {
            let all = codes.iter().all(|code| errors.contains(&format!("error[{code}]")));
            let refused = all && output.status.code() == Some(1);
            return if refused { Vec::new() } else { vec![format!("not refused: {errors}")] };
        }
        let Ok(found) = serde_json::from_slice::<Value>(&output.stdout) else {
            return vec![errors.into_owned()];
        };
        let expected_exit = i32::from(!self.causes.is_empty());
        let chromium = console(&found, "chromium", "CORS policy: ");
        let firefox = self.firefox.as_ref().and_then(|_| console(&found, "firefox", "remote resource at "));
        let safari = self.safari.as_ref().and_then(|_| console(&found, "safari", ""));
        let preflight = found["preflight"].as_array().is_some_and(|reasons| !reasons.is_empty());
        let codes = |list: &Value| -> Vec<String> {
            list.as_array().unwrap().iter().map(|cause| cause["code"].as_str().unwrap().to_owned()).collect()
        };
        let comparisons = [
            ("exit code", json!(expected_exit), json!(output.status.code())),
            ("verdict", json!(self.verdict), found["verdict"].clone()),
            ("console", json!(self.console), json!(chromium)),
            ("firefox", json!(self.firefox), json!(firefox)),
            ("safari", json!(self.safari), json!(safari)),
            ("causes", json!(self.causes), json!(codes(&found["causes"]))),
            ("solved", json!(self.solved.unwrap_or(true)), found["solved"].clone()),
            ("advice", json!(self.advice), json!(codes(&found["advice"]))),
            ("preflight", json!(self.preflight.unwrap_or(preflight)), json!(preflight)),
            ("fix", self.expected_fix(), found_fix(&found, self.fix.as_ref())),
        ];
        let wrong = comparisons.iter().filter(|(_, expected, found)| expected != found);
        wrong.map(|(what, expected, found)| format!("{what}\n    expected {expected}\n    found    {found}")).collect()
    }

    fn expected_fix(&self) -> Value {
        match &self.fix {
            None => Value::Null,
            Some(Fix::Kind(kind)) => json!(kind),
            Some(Fix::Configuration(objects)) => json!(objects),
        }
    }
}

/// The messages in a browser's console, each behind the words that all of them begin with.
fn console(found: &Value, browser: &str, behind: &str) -> Option<String> {
    let messages = found["console"][browser].as_array().unwrap().iter().map(|message| message.as_str().unwrap());
    let messages: Vec<&str> =
        messages.map(|message| message.split_once(behind).map_or(message, |(_, message)| message)).collect();
    (!messages.is_empty()).then(|| messages.join("\n"))
}

/// What the first remedy says, in the form in which it is expected.
fn found_fix(found: &Value, expected: Option<&Fix>) -> Value {
    let remedy = &found["causes"][0]["remedy"];
    match expected {
        None => Value::Null,
        Some(Fix::Kind(_)) => remedy["kind"].clone(),
        Some(Fix::Configuration(_)) => match remedy["object"].as_str() {
            Some(object) => json!({ object: remedy["fields"] }),
            None => remedy.clone(),
        },
    }
}

fn situations(file: &str) -> Vec<Situation> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/explain").join(file);
    let situations: Vec<Situation> = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    assert!(!situations.is_empty());
    situations
}

#[track_caller]
fn play(file: &str) {
    let situations = situations(file);
    let config = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("explain-{file}"));
    let mut wrong = Vec::new();
    for situation in &situations {
        let problems = situation.check(&config);
        if !problems.is_empty() {
            wrong.push(format!("{}\n  {}", situation.name, problems.join("\n  ")));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), situations.len(), wrong.join("\n"));
}

#[test]
fn situations_that_people_bring() {
    play("scenarios.json");
}

#[test]
fn details_of_the_standard() {
    play("standard.json");
}

#[test]
fn true_causes() {
    play("causes.json");
}

/// Runs `check --strict` on a configuration: the codes of its problems.
fn check(config: &Path) -> Vec<String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_edge-cors"));
    let output = command.args(["check", "--strict", "--format", "json"]).arg(config).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let problems = report["files"][0]["configurations"][0]["problems"].as_array().unwrap();
    problems.iter().map(|problem| problem["code"].as_str().unwrap().to_owned()).collect()
}

/// Every change that `explain` suggests, made all at once: `check --strict` finds nothing that it did not find
/// before, and if the page was to succeed, it does.
#[test]
fn every_fix_is_accepted_and_works() {
    let config = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fixed.json");
    let mut replayed = 0;
    let files = ["scenarios.json", "standard.json", "causes.json"].map(situations);
    for situation in files.iter().flatten().filter(|situation| situation.refused.is_none()) {
        fs::write(&config, situation.config.to_string()).unwrap();
        let before = check(&config);
        let found: Value = serde_json::from_slice(&explain(&config, &situation.arguments).stdout).unwrap();
        let causes = found["causes"].as_array().unwrap().iter().chain(found["advice"].as_array().unwrap());
        let mut fixed = situation.config.clone();
        for remedy in causes.map(|cause| &cause["remedy"]).filter(|remedy| remedy["kind"] == "configuration") {
            let object = fixed.pointer_mut(remedy["object"].as_str().unwrap()).unwrap().as_object_mut().unwrap();
            object.extend(remedy["fields"].as_object().unwrap().clone());
        }
        if fixed == situation.config {
            continue;
        }
        replayed += 1;
        fs::write(&config, fixed.to_string()).unwrap();
        let new: Vec<_> = check(&config).into_iter().filter(|code| !before.contains(code)).collect();
        assert_eq!(new, Vec::<String>::new(), "{}: {fixed}", situation.name);
        let succeeds = explain(&config, &situation.arguments).status.code() == Some(0);
        let is_socket = situation.advice.contains(&"web-socket-not-covered".to_owned());
        assert_eq!(succeeds, situation.solved.unwrap_or(true) && !is_socket, "{}: {fixed}", situation.name);
    }
    assert!(replayed > 30, "only {replayed} situations have a fix");
}

/// What people read about every situation of a file, word for word.
fn texts(file: &str) -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("texts-of-{file}"));
    fs::create_dir_all(&folder).unwrap();
    let text = |situation: &Situation| {
        fs::write(folder.join("cors.json"), situation.config.to_string()).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_edge-cors"));
        command.current_dir(&folder).args(["explain", "--config", "cors.json"]).args(&situation.arguments);
        let output = command.output().unwrap();
        let printed = [output.stdout, output.stderr].concat();
        format!("=== {}\n\n{}\n", situation.name, String::from_utf8(printed).unwrap())
    };
    situations(file).iter().map(text).collect()
}

#[test]
fn every_text_is_in_the_golden_files() {
    expect_file!["explain/scenarios.txt"].assert_eq(&texts("scenarios.json"));
    expect_file!["explain/standard.txt"].assert_eq(&texts("standard.json"));
    expect_file!["explain/causes.txt"].assert_eq(&texts("causes.json"));
}
