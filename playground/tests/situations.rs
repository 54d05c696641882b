//! The situations of `cli/tests/explain/`: the playground says of each what the command line tool says.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

use std::fs;
use std::path::Path;

use edge_cors_playground::{check, explain};
use serde_json::{Value, json};

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn situations() -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cli/tests/explain");
    let read = |file: &str| parsed(&fs::read_to_string(folder.join(file)).unwrap());
    ["scenarios.json", "standard.json", "causes.json"]
        .iter()
        .flat_map(|file| read(file).as_array().unwrap().clone())
        .collect()
}

/// The question that the arguments of the command line ask.
fn question(configuration: &str, arguments: &Value) -> Value {
    let mut question = json!({ "configuration": configuration, "headers": [], "reads": [] });
    let mut server = json!({ "status": 200, "headers": [] });
    let mut arguments = arguments.as_array().unwrap().iter().map(|argument| argument.as_str().unwrap());
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().unwrap();
        let number = |text: &str| json!(text.parse::<u16>().unwrap());
        let header = |line: &str| line.split_once(':').map(|(name, value)| json!([name.trim(), value.trim()])).unwrap();
        match argument {
            "--credentials" => question["credentials"] = json!(true),
            "--upload-listener" => question["uploadListener"] = json!(true),
            "--local-network-granted" => question["localNetworkGranted"] = json!(true),
            "--origin" => question["origin"] = json!(value()),
            "-X" => question["method"] = json!(value()),
            "-H" => question["headers"].as_array_mut().unwrap().push(header(value())),
            "--read" => question["reads"].as_array_mut().unwrap().push(json!(value())),
            "--via" => question["via"] = json!(value()),
            "--policy" => question["policy"] = json!(value()),
            "--cached-for" => question["cachedFor"] = json!(value()),
            "--in-front" => question["inFront"] = number(value()),
            "--upstream-status" => server["status"] = number(value()),
            "--upstream-header" => server["headers"].as_array_mut().unwrap().push(header(value())),
            url => {
                assert!(!url.starts_with('-'), "{url}");
                question["url"] = json!(url);
            }
        }
    }
    question["originServer"] = server;
    question
}

fn codes(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|cause| cause["code"].as_str().unwrap()).collect()
}

#[test]
fn the_playground_says_what_the_command_line_says() {
    let situations = situations();
    assert!(situations.len() > 100, "{}", situations.len());
    for situation in &situations {
        let name = situation["name"].as_str().unwrap();
        let configuration = serde_json::to_string_pretty(&situation["config"]).unwrap();
        let question = question(&configuration, &situation["arguments"]);
        let found = parsed(&explain(&question.to_string()));
        if let Some(refused) = situation["refused"].as_array() {
            assert_eq!(found["error"]["field"], "configuration", "{name}");
            let problems = parsed(&check(&configuration));
            assert!(
                refused.iter().all(|code| codes(&problems["problems"]).contains(&code.as_str().unwrap())),
                "{name}"
            );
            continue;
        }
        assert_eq!(found["verdict"], situation["verdict"], "{name}: {found}");
        assert_eq!(json!(codes(&found["causes"])), situation.get("causes").cloned().unwrap_or(json!([])), "{name}");
        assert_eq!(json!(codes(&found["advice"])), situation.get("advice").cloned().unwrap_or(json!([])), "{name}");
        assert_eq!(found["solved"], situation.get("solved").cloned().unwrap_or(json!(true)), "{name}");
        for (browser, field) in [("chromium", "console"), ("firefox", "firefox"), ("safari", "safari")] {
            let shown: Vec<&str> =
                found["console"][browser].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
            if let Some(expected) = situation[field].as_str() {
                assert!(shown.join("\n").ends_with(expected.lines().last().unwrap()), "{name}: {shown:?}");
            }
        }
        for step in found["steps"].as_array().unwrap() {
            assert!(!step["who"].as_str().unwrap().is_empty(), "{name}");
            assert_eq!(step["why"].is_string(), step["reason"].is_string(), "{name}");
        }
        assert!(!found["summary"].as_str().unwrap().is_empty(), "{name}");
        applied(name, &configuration, &question, &found);
    }
}

/// With the fixed text, nothing is in the way, and only the fields of the remedies have changed.
fn applied(name: &str, configuration: &str, question: &Value, found: &Value) {
    let remedies: Vec<&Value> = found["causes"].as_array().unwrap().iter().map(|cause| &cause["remedy"]).collect();
    let is_of_configuration = |remedy: &&&Value| remedy["kind"] == "configuration";
    for remedy in remedies.iter().filter(is_of_configuration) {
        assert!(!remedy["lines"].as_array().unwrap().is_empty() && remedy["place"].is_string(), "{name}");
        assert!(remedy["configuration"].is_string(), "{name}");
    }
    let changes = remedies.iter().filter(is_of_configuration).count();
    assert_eq!(found["fixed"].is_string(), found["solved"] == true && changes > 0, "{name}");
    let Some(fixed) = found["fixed"].as_str() else { return };
    let mut expected = parsed(configuration);
    for remedy in remedies.iter().filter(is_of_configuration) {
        let object = expected.pointer_mut(remedy["object"].as_str().unwrap()).unwrap().as_object_mut().unwrap();
        object.extend(remedy["fields"].as_object().unwrap().clone());
    }
    assert_eq!(parsed(fixed), expected, "{name}");
    let mut question = question.clone();
    question["configuration"] = json!(fixed);
    let again = parsed(&explain(&question.to_string()));
    assert_eq!(again["causes"], json!([]), "{name}: {fixed}");
    // Lines are only added, or belong to a field that has changed.
    let old: Vec<&str> = configuration.lines().collect();
    let lost = old.iter().filter(|line| !fixed.contains(line.trim().trim_end_matches(',')));
    let lost: Vec<&&str> = lost.collect();
    assert!(lost.len() <= 4 * changes, "{name}: {lost:?}\n{fixed}");
}

#[test]
fn what_is_wrong_with_a_question_is_said() {
    let base = json!({
        "configuration": "{\"allowOrigins\": [\"https://app.example.com\"]}",
        "origin": "https://app.example.com",
        "url": "https://api.example.com/",
    });
    assert_eq!(parsed(&explain(&base.to_string()))["verdict"], "readable");
    for (field, value, expected) in [
        ("origin", json!("https://app.example.com/"), "they send \"https://app.example.com\""),
        ("origin", json!(""), "location.origin"),
        ("url", json!("/data"), "Write it as a whole"),
        ("url", json!("ftp://a.example/"), "Write it as a whole"),
        ("url", json!("https://me:s3cret@a.example/"), "Remove them"),
        ("method", json!("P UT"), "browsers refuse"),
        ("headers", json!([["a b", "1"]]), "not the name of a header"),
        ("headers", json!([["a", "1\r\nb: 2"]]), "a line end"),
        ("via", json!("pigeon"), "no such way"),
        ("policy", json!("app"), "\"routeMetadata\": true"),
        ("cachedFor", json!("x"), "origin"),
        ("inFront", json!(42), "from 100 to 599"),
        ("originServer", json!({ "status": 42 }), "from 100 to 599"),
        ("configuration", json!("{}"), "To correct it"),
    ] {
        let mut question = base.clone();
        question[field] = value.clone();
        let found = parsed(&explain(&question.to_string()));
        assert_eq!(found["error"]["field"], field, "{value}");
        let message = found["error"]["message"].as_str().unwrap();
        assert!(message.to_lowercase().contains(&expected.to_lowercase()), "{value}: {message}");
        assert!(!message.contains("s3cret"), "{message}");
    }
    assert_eq!(parsed(&explain("?"))["error"]["field"], "question");
}
