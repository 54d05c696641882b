//! What people paste: messages of consoles, curl commands, HAR files, configurations.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

use std::fs;
use std::path::{Path, PathBuf};

use edge_cors::PolicySet;
use edge_cors_playground::{explain, export_as, formats, recognise};
use serde_json::{Value, json};

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn pasted(text: &str) -> Value {
    parsed(&recognise(text))
}

fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

fn read(path: &str) -> String {
    fs::read_to_string(project(path)).unwrap()
}

#[test]
fn messages_of_all_browsers() {
    let rows = parsed(&read("tests/consoles.json"));
    let mut recognised = 0;
    for row in rows.as_array().unwrap() {
        for browser in ["chromium", "firefox", "safari"] {
            let lines: Vec<&str> =
                row[browser].as_array().into_iter().flatten().map(|line| line.as_str().unwrap()).collect();
            if lines.is_empty() {
                continue;
            }
            let text = lines
                .join("\n")
                .replace("{url}", "https://api.example.com/data")
                .replace("{origin}", "https://app.example.com");
            let found = pasted(&text);
            assert_eq!(found["kind"], "console", "{text}");
            assert_eq!(found["messages"][0]["browser"], browser, "{text}");
            let question = &found["question"];
            assert!(question.get("url").is_none_or(|url| url == "https://api.example.com/data"), "{text}: {question}");
            assert!(
                question
                    .get("origin")
                    .is_none_or(|origin| ["https://app.example.com", "null"].contains(&origin.as_str().unwrap())),
                "{text}: {question}"
            );
            recognised += 1;
        }
    }
    assert!(recognised > 100, "{recognised}");
}

#[test]
fn a_message_becomes_a_question() {
    let found = pasted(
        "Access to XMLHttpRequest at 'https://api.example.com/data?token=s3cret' from origin 'https://app.example.com' has \
         been blocked by CORS policy: Request header field x-api-key is not allowed by Access-Control-Allow-Headers in \
         preflight response.",
    );
    let expected = json!({
        "url": "https://api.example.com/data", "origin": "https://app.example.com", "headers": [["x-api-key", ""]], "via": "xhr",
    });
    assert_eq!(found["question"], expected);
    assert!(!found.to_string().contains("s3cret"));
    let found = pasted(
        "Access to fetch at 'https://api.example.com/data' from origin 'https://app.example.com' has been blocked by CORS policy: \
         Response to preflight request doesn't pass access control check: No 'Access-Control-Allow-Origin' header is present on \
         the requested resource.\nmain.js:12  PUT https://api.example.com/data?token=s3cret net::ERR_FAILED",
    );
    assert_eq!(found["question"]["method"], "PUT", "{found}");
    assert!(!found.to_string().contains("s3cret"));
}

#[test]
fn curl_commands() {
    for (command, expected) in [
        ("curl https://api.example.com/data", json!({ "url": "https://api.example.com/data", "method": "GET" })),
        ("$ curl api.example.com", json!({ "url": "http://api.example.com/" })),
        (
            "curl 'https://api.example.com/data?token=s3cret' \\\n  -H 'Origin: https://app.example.com' \\\n  -H 'Cookie: s3cret' \
             \\\n  -H 'content-type: application/json' -H 'authorization: Bearer s3cret' --data-raw '{\"s3cret\": 1}' --compressed",
            json!({
                "url": "https://api.example.com/data", "origin": "https://app.example.com", "method": "POST",
                "credentials": true, "headers": [["content-type", "application/json"], ["authorization", ""]],
            }),
        ),
        ("curl -sSLXPUT -d s3cret https://a.example/", json!({ "method": "PUT" })),
        ("curl -G -d q=s3cret https://a.example/", json!({ "method": "GET" })),
        ("curl -d q=s3cret --get https://a.example/", json!({ "method": "GET" })),
        ("curl -I https://a.example/", json!({ "method": "HEAD" })),
        ("curl -T file https://a.example/", json!({ "method": "PUT", "url": "https://a.example/" })),
        (
            "curl --json '{}' https://a.example/",
            json!({ "method": "POST", "headers": [["content-type", "application/json"], ["accept", "application/json"]] }),
        ),
        ("curl -u me:s3cret https://a.example/", json!({ "headers": [["authorization", ""]] })),
        (
            "curl https://me:s3cret@a.example/#s3cret",
            json!({ "url": "https://a.example/", "headers": [["authorization", ""]] }),
        ),
        (
            "curl -o out.txt --max-time 5 -b s3cret https://a.example/",
            json!({ "url": "https://a.example/", "credentials": true }),
        ),
        ("curl -e https://app.example.com/page https://a.example/", json!({ "origin": "https://app.example.com" })),
        (
            "curl ^\"https://a.example/x^\" ^\r\n  -H ^\"origin: https://app.example.com^\" ^\r\n  -H ^\"x-api-key: s3cret^\"",
            json!({ "url": "https://a.example/x", "origin": "https://app.example.com", "headers": [["x-api-key", ""]] }),
        ),
        (
            "curl -H 'X-Empty;' -H 'X-Gone:' -H 'User-Agent: x' https://a.example/",
            json!({ "headers": [["X-Empty", ""]] }),
        ),
    ] {
        let found = pasted(command);
        assert_eq!(found["kind"], "curl", "{command}: {found}");
        for (field, value) in expected.as_object().unwrap() {
            assert_eq!(found["question"][field], *value, "{command}: {field}");
        }
        assert!(!found.to_string().contains("s3cret"), "{command}: {found}");
    }
    for broken in ["curl 'https://a.example", "curl", "curl -X"] {
        assert_eq!(pasted(broken)["kind"], "nothing", "{broken}");
    }
}

#[test]
fn har_files_of_all_browsers() {
    for browser in ["chromium", "firefox", "safari"] {
        let found = pasted(&read(&format!("cli/tests/har/{browser}.har")));
        assert_eq!(found["kind"], "har", "{browser}");
        let calls = found["calls"].as_array().unwrap();
        assert!(calls.iter().any(|call| call["verdict"] == "blocked"), "{browser}");
        assert!(PolicySet::from_json(found["configuration"].as_str().unwrap()).is_ok(), "{browser}");
        for call in calls {
            let mut question = call["question"].clone();
            if question["originServer"].is_null() {
                question.as_object_mut().unwrap().remove("originServer");
            }
            question["configuration"] = found["configuration"].clone();
            let explained = parsed(&explain(&question.to_string()));
            assert!(explained["error"].is_null(), "{browser}: {explained}");
        }
    }
    assert_eq!(pasted("{\"log\": {\"entries\": [")["kind"], "nothing");
}

#[test]
fn settings_of_other_software() {
    for (file, source) in [
        ("cli/tests/import/envoy/five-routes.yaml", "Envoy"),
        ("cli/tests/import/istio/preview.yaml", "Istio"),
        ("cli/tests/import/gateway-api/routes.yaml", "the Gateway API"),
        ("cli/tests/import/ingress-nginx/listed-origins.yaml", "ingress-nginx"),
        ("cli/tests/import/nginx/if-origin.conf", "nginx"),
    ] {
        let found = pasted(&read(file));
        assert_eq!((&found["kind"], &found["source"]), (&json!("import"), &json!(source)), "{file}");
        assert!(PolicySet::from_json(found["configuration"].as_str().unwrap()).is_ok(), "{file}");
    }
    // As a configuration, it has errors.
    assert_eq!(pasted(&read("cli/tests/import/envoy/policy-alone.yaml"))["kind"], "import");
    assert_eq!(pasted("{\"allowOrigin\": [\"https://a.example\"]}")["kind"], "configuration");
    let lossy = pasted(&read("cli/tests/import/envoy/inexact-routes.yaml"));
    assert!(
        lossy["losses"].as_array().unwrap().iter().any(|loss| loss["severity"] == "warning" && loss["line"] == 3),
        "{lossy}"
    );
}

/// What is exported is found again, by this page and by `edge-cors check`, and is the same configuration.
#[test]
fn exports_are_read_again() {
    for configuration in [
        "{ \"allowOrigins\": [\"https://app.example.com\", \"https://*.example.org\"] }",
        "{\r\n\t\"policies\": {\r\n\t\t\"a\": {\r\n\t\t\t\"allowOrigins\": [\r\n\t\t\t\t\"*\"\r\n\t\t\t],\r\n\t\t\t\"allowHeaders\": \
         [\"x-'''-y\", \"x-#\"]\r\n\t\t}\r\n\t},\r\n\t\"routes\": [{ \"path\": \"\\/\\u0061\\/\", \"policy\": null }],\r\n\t\"default\": \
         \"a\"\r\n}\r\n",
        &read("cli/tests/commands/policy.json"),
    ] {
        let value: Value = serde_json::from_str(configuration).unwrap();
        let names: Vec<Value> = parsed(&formats()).as_array().unwrap().clone();
        assert_eq!(names.len(), 5);
        for format in names.iter().map(|format| format["name"].as_str().unwrap()) {
            let exported = parsed(&export_as(configuration, format));
            let (text, file) = (exported["text"].as_str().unwrap(), exported["file"].as_str().unwrap());
            let found = edge_cors_cli::configurations(Path::new(file), text);
            assert_eq!(found.len(), 1, "{format}:\n{text}");
            assert_eq!(serde_json::from_str::<Value>(&found[0]).unwrap(), value, "{format}:\n{text}");
            let again = pasted(text);
            assert_eq!(again["kind"], "configuration", "{format}");
            assert_eq!(parsed(again["configuration"].as_str().unwrap()), value, "{format}");
            assert!(!exported["note"].as_str().unwrap().is_empty());
        }
    }
    let refused = parsed(&export_as("{}", "istio"));
    assert_eq!(refused["error"]["field"], "configuration");
    assert_eq!(parsed(&export_as("{}", "pigeon"))["error"]["field"], "format");
}
