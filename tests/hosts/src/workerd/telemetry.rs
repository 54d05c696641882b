//! What the Worker tells of its verdicts: lines in the log, and data points of Analytics Engine.

use std::collections::BTreeMap;
use std::thread::sleep;
use std::time::Duration;

use edge_cors::Fingerprint;
use serde_json::Value;

use super::server::{Isolate, object};
use crate::Test;
use crate::bed::Bed;
use test_support::case::RequestEntry;

const NAME: &str = "telemetry";
const LIMITED: &str = "limited";

const CONFIGURATION: &str = r#"{
  "policies": {
    "app": { "allowOrigins": ["https://app.example.com", "https://old.example.com"], "shadow": "next" },
    "next": { "allowOrigins": ["https://app.example.com"] }
  },
  "default": "app"
}"#;

/// With its members in the order of their names.
fn configuration() -> Value {
    serde_json::from_str(CONFIGURATION).unwrap()
}

pub fn isolates() -> Vec<Isolate> {
    let dataset = ("CORS_ANALYTICS", "analyticsEngine = \"origin\"".to_owned());
    vec![
        Isolate::with(NAME, vec![("CORS_CONFIG", object(&configuration().to_string())), dataset]),
        Isolate::new(LIMITED, CONFIGURATION),
    ]
}

pub fn tests() -> Vec<(String, Test)> {
    vec![
        ("telemetry/a scripted run adds up".to_owned(), Box::new(adds_up)),
        ("telemetry/clients do not choose how much is logged".to_owned(), Box::new(limited)),
    ]
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
    // The Worker gets an object, and writes it down anew.
    let written = format!("{:#}", configuration());
    let mark = format!(r#","configuration":"{}"}}"#, Fingerprint::of(written.as_bytes()));
    let logged = [
        r#""policy":"app","class":"preflight","reason":"origin-not-allowed","outcome":"refused","enforced":true,"origin":"https://telemetry.example","method":"OPTIONS","host":"api.example.com","path":"/","requestedMethod":"POST""#,
        r#""policy":"app","class":"actual","reason":"origin-not-allowed","outcome":"forwarded","enforced":true,"origin":"https://telemetry.example","method":"GET","host":"api.example.com","path":"/""#,
        r#""reason":"allowed","outcome":"forwarded","enforced":true,"origin":"https://old.example.com","method":"GET","host":"api.example.com","path":"/","candidate":"next","change":"allow_to_deny""#,
    ];
    let complete = |log: &str| logged.iter().all(|line| log.matches(&format!("{line}{mark}")).count() == 1);
    for _ in 0..500 {
        if bed.workerd_origin().points() == expected && complete(&bed.workerd().log()) {
            return Ok(());
        }
        // The runtime sends data points after the response.
        sleep(Duration::from_millis(20));
    }
    Err(format!("{:#?}, expected {expected:#?}:\n{}", bed.workerd_origin().points(), bed.workerd().log()))
}

/// What the log leaves out of a flood, it counts: the lines and the numbers add up.
fn limited(bed: &Bed) -> Result<(), String> {
    const FLOOD: usize = 400;
    let request = RequestEntry::new("GET", "/flood?secret=1", &[("origin", "https://flood.example")]);
    for _ in 0..FLOOD {
        bed.ask_workerd(LIMITED, &request);
    }
    // What was omitted is counted in the next second.
    sleep(Duration::from_millis(1100));
    bed.ask_workerd(LIMITED, &request);
    let log = bed.workerd().log();
    let lines =
        log.matches(r#""origin":"https://flood.example","method":"GET","host":"api.example.com","path":"/flood","#);
    let omitted = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()?["omitted"].as_u64());
    let (lines, omitted) = (lines.count() as u64, omitted.sum::<u64>());
    if lines + omitted == FLOOD as u64 + 1 { Ok(()) } else { Err(format!("{lines} lines, {omitted} omitted")) }
}
