//! How a configuration reaches the filter, and what becomes of one that cannot be used.

use std::path::Path;

use serde_json::{Value, json};

use super::Kind;
use super::bootstrap::{bootstrap, listener, listener_with};
use crate::Test;
use crate::bed::Bed;
use test_support::case::RequestEntry;

const POLICY: &str = r#"{ "allowOrigins": ["https://app.example.com"], "maxAge": 600 }"#;

/// Three policies that allow one origin each; the host's route metadata picks one.
const METADATA: &str = r#"{
  "policies": {
    "by-metadata": { "allowOrigins": ["https://metadata.example"] },
    "by-route": { "allowOrigins": ["https://route.example"] },
    "by-default": { "allowOrigins": ["https://default.example"] }
  },
  "routes": [{ "path": "/metadata", "policy": "by-route" }],
  "default": "by-default",
  "routeMetadata": true
}"#;

pub fn listeners(kind: Kind) -> Vec<Value> {
    let base64 = "eyAiYWxsb3dPcmlnaW5zIjogWyJodHRwczovL2FwcC5leGFtcGxlLmNvbSJdLCAibWF4QWdlIjogNjAwIH0=";
    let bytes = json!({ "@type": "type.googleapis.com/google.protobuf.BytesValue", "value": base64 });
    let value: Value = serde_json::from_str(POLICY).unwrap();
    let structured = json!({ "@type": "type.googleapis.com/google.protobuf.Struct", "value": value });
    vec![
        listener(kind, "StringValue", POLICY),
        listener_with(kind, "BytesValue", &bytes),
        listener_with(kind, "Struct", &structured),
        listener(kind, "metadata", METADATA),
    ]
}

pub fn tests(kind: Kind) -> Vec<(String, Test)> {
    let mut tests: Vec<(String, Test)> = Vec::new();
    for message in ["StringValue", "BytesValue", "Struct"] {
        tests.push((
            format!("delivery/a configuration in a {message}"),
            Box::new(move |bed: &Bed| accepted(bed, kind, message)),
        ));
    }
    for (host, path, origin) in [
        ("api.example.com", "/metadata/named", "https://metadata.example"),
        ("api.example.com", "/metadata/unknown", "https://route.example"),
        ("api.example.com", "/metadata/number", "https://route.example"),
        ("api.example.com", "/metadata", "https://route.example"),
        ("api.example.com", "/", "https://default.example"),
        ("named.example.com", "/", "https://metadata.example"),
        ("named.example.com", "/metadata/unknown", "https://route.example"),
    ] {
        // Envoy shows a dynamic module no metadata of virtual hosts. They can have a policy of their own instead.
        if kind == Kind::Module && (host, path) == ("named.example.com", "/") {
            continue;
        }
        tests.push((
            format!("delivery/the policy of {host}{path}"),
            Box::new(move |bed: &Bed| allowed_only(bed, kind, host, path, origin)),
        ));
    }
    tests.push((
        "delivery/every problem of a bad configuration is logged".to_owned(),
        Box::new(move |bed: &Bed| rejected(bed, kind)),
    ));
    tests.push((
        "delivery/an empty configuration is rejected".to_owned(),
        Box::new(move |bed: &Bed| rejects(bed, kind, "", &["error[empty-document]"])),
    ));
    tests
}

fn preflight(origin: &str) -> RequestEntry {
    RequestEntry::new("OPTIONS", "/", &[("origin", origin), ("access-control-request-method", "POST")])
}

fn accepted(bed: &Bed, kind: Kind, listener: &str) -> Result<(), String> {
    let reply = bed.ask_envoy(kind, listener, &preflight("https://app.example.com"));
    let max_age = reply.headers.iter().find(|(name, _)| name == "access-control-max-age");
    match (reply.status, max_age) {
        (204, Some((_, value))) if value == b"600" => Ok(()),
        (status, max_age) => Err(format!("status {status}, max-age {max_age:?}")),
    }
}

/// Of the three origins, only this one is allowed at this host and path.
fn allowed_only(bed: &Bed, kind: Kind, host: &str, path: &str, allowed: &str) -> Result<(), String> {
    for origin in ["https://metadata.example", "https://route.example", "https://default.example"] {
        let request = RequestEntry { host: Some(host.to_owned()), path: path.to_owned(), ..preflight(origin) };
        let status = bed.ask_envoy(kind, "metadata", &request).status;
        let expected = if origin == allowed { 204 } else { 403 };
        if status != expected {
            return Err(format!("{origin} got {status}"));
        }
    }
    Ok(())
}

fn rejected(bed: &Bed, kind: Kind) -> Result<(), String> {
    let source = "{\n  \"allowOrigins\": [\"https://app.example.com/\", \"HTTPS://x.example\", 7],\n  \"allowMethod\": [\"PUT\"],\n  \"maxAge\": -1\n}";
    rejects(
        bed,
        kind,
        source,
        &[
            "error[origin-path] at /allowOrigins/0 (2:20): \"https://app.example.com/\" is not a valid origin",
            "Fix: write \"https://app.example.com\".",
            "error[origin-upper-case] at /allowOrigins/1 (2:48)",
            "error[wrong-type] at /allowOrigins/2 (2:69): Expected an origin pattern or an object",
            "error[unknown-field] at /allowMethod (3:3)",
            "did you mean \"allowMethods\"?",
            "error[out-of-range] at /maxAge (4:13): Expected 0 to 86400 seconds.",
        ],
    )
}

/// Envoy refuses to start with the configuration, and its log holds these texts.
fn rejects(bed: &Bed, kind: Kind, configuration: &str, logged: &[&str]) -> Result<(), String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let file = folder.join(format!("rejected-{}-{}.json", kind.host(), configuration.len()));
    let bootstrap = bootstrap(&[listener(kind, "bad", configuration)], bed.upstream().address, bed.upstream().address);
    std::fs::write(&file, bootstrap.to_string()).unwrap();
    let output = super::command().args(["--mode", "validate", "--config-path"]).arg(&file).output().unwrap();
    let log = String::from_utf8_lossy(&output.stderr);
    if output.status.success() {
        return Err("Envoy accepted it".to_owned());
    }
    match logged.iter().find(|text| !log.contains(**text)) {
        Some(missing) => Err(format!("the log lacks {missing:?}:\n{log}")),
        None => Ok(()),
    }
}
