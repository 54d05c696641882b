//! What the Worker tells of its verdicts: lines in the log, and data points of Analytics Engine.

use std::collections::BTreeMap;
use std::thread::sleep;
use std::time::Duration;

use super::server::{Isolate, object};
use crate::Test;
use crate::bed::Bed;
use test_support::case::RequestEntry;

const NAME: &str = "telemetry";

const CONFIGURATION: &str = r#"{
  "policies": {
    "app": { "allowOrigins": ["https://app.example.com", "https://old.example.com"], "shadow": "next" },
    "next": { "allowOrigins": ["https://app.example.com"] }
  },
  "default": "app"
}"#;

pub fn isolates() -> Vec<Isolate> {
    let dataset = ("CORS_ANALYTICS", "analyticsEngine = \"origin\"".to_owned());
    vec![Isolate::with(NAME, vec![("CORS_CONFIG", object(CONFIGURATION)), dataset])]
}

pub fn tests() -> Vec<(String, Test)> {
    vec![("telemetry/a scripted run adds up".to_owned(), Box::new(adds_up))]
}

fn adds_up(bed: &Bed) -> Result<(), String> {
    let origin = |origin: &'static str| [("origin", origin), ("access-control-request-method", "POST")];
    let script = [
        RequestEntry::new("OPTIONS", "/", &origin("https://app.example.com")),
        RequestEntry::new("OPTIONS", "/", &origin("https://telemetry.example")),
        RequestEntry::new("GET", "/", &origin("https://telemetry.example")),
        RequestEntry::new("GET", "/", &origin("https://old.example.com")),
        RequestEntry::new("GET", "/", &[]),
    ];
    for request in script {
        bed.ask_workerd(NAME, &request);
    }
    let expected = [
        ("app.preflight.allowed", 1),
        ("app.preflight.origin-not-allowed", 1),
        ("app.actual.origin-not-allowed", 1),
        ("app.actual.allowed", 1),
        ("shadow.app.next.allow_to_deny", 1),
        ("app.actual.not-cors", 1),
    ];
    let expected: BTreeMap<String, u64> = expected.map(|(name, count)| (name.to_owned(), count)).into();
    let logged = [
        r#""policy":"app","class":"preflight","reason":"origin-not-allowed","enforced":true,"origin":"https://telemetry.example"}"#,
        r#""policy":"app","class":"actual","reason":"origin-not-allowed","enforced":true,"origin":"https://telemetry.example"}"#,
        r#""reason":"allowed","enforced":true,"origin":"https://old.example.com","candidate":"next","change":"allow_to_deny"}"#,
    ];
    let complete = |log: &str| logged.iter().all(|line| log.matches(line).count() == 1);
    for _ in 0..500 {
        if bed.workerd_origin().points() == expected && complete(&bed.workerd().log()) {
            return Ok(());
        }
        // The runtime sends data points after the response.
        sleep(Duration::from_millis(20));
    }
    Err(format!("{:#?}, expected {expected:#?}:\n{}", bed.workerd_origin().points(), bed.workerd().log()))
}
