//! Counters, the access log and log lines of a scripted run.

use std::collections::BTreeMap;
use std::time::Duration;

use super::bootstrap::{access_log, bootstrap, listener};
use super::{Envoy, Kind};
use edge_cors::Fingerprint;

use crate::Test;
use crate::bed::Bed;
use crate::client;
use test_support::case::RequestEntry;

/// The name of the listener.
fn name(kind: Kind) -> String {
    format!("telemetry {}", kind.host())
}

const CONFIGURATION: &str = r#"{
  "policies": {
    "app": {
      "allowOrigins": ["https://app.example.com", "https://old.example.com"], "allowMethods": ["PUT"],
      "allowHeaders": ["x-a"], "webSockets": "reject", "shadow": "next"
    },
    "next": { "allowOrigins": ["https://app.example.com", "https://new.example.com"], "allowMethods": ["PUT"], "allowHeaders": ["x-a"] },
    "trial": { "allowOrigins": ["https://app.example.com"], "mode": "report" },
    "off": { "allowOrigins": ["https://app.example.com"], "mode": "off" }
  },
  "routes": [
    { "path": "/trial", "policy": "trial" },
    { "path": "/off", "policy": "off" },
    { "path": "/alone", "policy": null }
  ],
  "default": "app",
  "routeMetadata": true,
  "accessLogFingerprint": true
}"#;

const APP: &str = "https://app.example.com";
const OLD: &str = "https://old.example.com";
const NEW: &str = "https://new.example.com";
const EVIL: &str = "https://evil.example";

pub fn tests(kind: Kind) -> Vec<(String, Test)> {
    vec![("telemetry/a scripted run adds up".to_owned(), Box::new(move |bed: &Bed| adds_up(bed, kind)))]
}

/// A request of the script, and the counters that it moves.
struct Step {
    request: RequestEntry,
    counters: &'static [&'static str],
}

fn step(method: &str, path: &str, headers: &[(&str, &str)], counters: &'static [&'static str]) -> Step {
    Step { request: RequestEntry::new(method, path, headers), counters }
}

fn preflight(path: &str, origin: &str, method: &str, names: &str, counters: &'static [&'static str]) -> Step {
    let headers =
        [("origin", origin), ("access-control-request-method", method), ("access-control-request-headers", names)];
    step("OPTIONS", path, &headers, counters)
}

fn actual(path: &str, origin: &str, counters: &'static [&'static str]) -> Step {
    step("GET", path, &[("origin", origin)], counters)
}

fn handshake(origin: &str, counters: &'static [&'static str]) -> Step {
    let upgrade = [("origin", origin), ("connection", "upgrade"), ("upgrade", "websocket")];
    step("GET", "/ws", &upgrade, counters)
}

fn script(kind: Kind) -> Vec<Step> {
    // A dynamic module gets no value that is not a string. Envoy writes an error to its log instead.
    let number: &[&str] = match kind {
        Kind::Wasm => &["app.actual.allowed", "route_metadata.unknown_policy"],
        Kind::Module => &["app.actual.allowed"],
    };
    let mut steps = vec![
        preflight("/", APP, "PUT", "x-a", &["app.preflight.allowed"]),
        preflight("/", OLD, "PUT", "x-a", &["app.preflight.allowed", "shadow.app.next.allow_to_deny"]),
        preflight("/", NEW, "PUT", "x-a", &["app.preflight.origin-not-allowed", "shadow.app.next.deny_to_allow"]),
        preflight("/", EVIL, "PUT", "x-a", &["app.preflight.origin-not-allowed"]),
        preflight("/", "https://evil.example/", "PUT", "x-a", &["app.preflight.origin-malformed"]),
        preflight("/", APP, "PATCH", "x-a", &["app.preflight.method-not-allowed"]),
        preflight("/", APP, "P T", "x-a", &["app.preflight.method-malformed"]),
        preflight("/", APP, "PUT", "x-b", &["app.preflight.headers-not-allowed"]),
        preflight("/", APP, "PUT", "x b", &["app.preflight.headers-malformed"]),
        preflight("/trial", EVIL, "PUT", "x-a", &["trial.preflight.origin-not-allowed"]),
        actual("/", APP, &["app.actual.allowed"]),
        actual("/", OLD, &["app.actual.allowed", "shadow.app.next.allow_to_deny"]),
        actual("/", NEW, &["app.actual.origin-not-allowed", "shadow.app.next.deny_to_allow"]),
        actual("/", "x", &["app.actual.origin-malformed"]),
        actual("/", "http://api.example.com", &["app.actual.same-origin"]),
        actual("/trial", EVIL, &["trial.actual.origin-not-allowed"]),
        actual("/off", EVIL, &["off.actual.no-policy"]),
        actual("/alone", EVIL, &["none.actual.no-policy"]),
        actual("/x/..%2f", APP, &["closed.actual.path-ambiguous"]),
        actual("/metadata/unknown", APP, &["app.actual.allowed", "route_metadata.unknown_policy"]),
        actual("/metadata/number", APP, number),
        step("GET", "/", &[], &["app.actual.not-cors"]),
        handshake(EVIL, &["app.websocket.origin-not-allowed"]),
        handshake("http://api.example.com", &["app.websocket.same-origin"]),
        handshake(APP, &["app.websocket.allowed"]),
    ];
    // Whatever clients send, there are no more counters than the configuration has.
    steps.extend((0..50).map(|i| actual("/", &format!("https://evil{i}.example"), &["app.actual.origin-not-allowed"])));
    steps
}

fn adds_up(bed: &Bed, kind: Kind) -> Result<(), String> {
    let name = name(kind);
    let _ = std::fs::remove_file(access_log(&name));
    let upstream = bed.upstream().address;
    bed.runtime().block_on(async {
        let listeners = [listener(kind, &name, CONFIGURATION)];
        let envoy = Envoy::start(&name, &bootstrap(&listeners, upstream, upstream)).await;
        let mut expected = BTreeMap::<String, u64>::new();
        let script = script(kind);
        let before = counters(&envoy, kind).await;
        for step in &script {
            client::send(envoy.listener(&name), &step.request, &[]).await;
            for counter in step.counters {
                *expected.entry((*counter).to_owned()).or_default() += 1;
            }
        }
        expected.insert("configuration.generation".to_owned(), 1);
        let fingerprint = Fingerprint::of(CONFIGURATION.as_bytes());
        expected.insert("configuration.fingerprint".to_owned(), fingerprint.value().into());
        let counted = counters(&envoy, kind).await;
        let moved: BTreeMap<String, u64> = counted.clone().into_iter().filter(|(_, value)| *value > 0).collect();
        if moved != expected {
            return Err(format!("expected {expected:#?}, counted {moved:#?}"));
        }
        if before.len() != counted.len() {
            return Err("requests have made new counters".to_owned());
        }
        let prometheus = envoy.prometheus().await;
        if !prometheus.contains("\nedge_cors_app_preflight_origin_not_allowed{} 2\n") {
            return Err(format!("not in /stats/prometheus:\n{prometheus}"));
        }
        if counted.get("configuration.rejected") != Some(&0) {
            return Err("configuration.rejected does not exist before the first rejection".to_owned());
        }
        if !envoy.log().contains(&format!("configuration {fingerprint} accepted")) {
            return Err(envoy.log());
        }
        check_log(&envoy.log())?;
        check_access_log(&name, &script).await
    })
}

/// The counters of the filter, without what all of their names start with.
pub async fn counters(envoy: &Envoy, kind: Kind) -> BTreeMap<String, u64> {
    let all = envoy.statistics(kind.counters()).await.into_iter();
    all.map(|(name, value)| (name.trim_start_matches(kind.counters()).to_owned(), value)).collect()
}

/// What nobody would notice otherwise is logged; what the policy refuses is not.
fn check_log(log: &str) -> Result<(), String> {
    let texts = [
        ("would refuse trial.preflight.origin-not-allowed, origin \"https://evil.example\"", 1),
        ("would refuse trial.actual.origin-not-allowed, origin \"https://evil.example\"", 1),
        ("requested method \"PUT\", requested headers \"x-a\", candidate next: allow_to_deny, configuration ", 1),
        ("allowed app.actual.allowed, origin \"https://old.example.com\", GET \"api.example.com/\", candidate next", 1),
        ("forwarded app.actual.origin-not-allowed, origin \"https://new.example.com\", GET \"api.example.com/\", ", 1),
        ("a route names the policy \"no-such-policy\"", 1),
        ("evil7.example", 0),
        ("panicked", 0),
    ];
    let wrong = texts.iter().find(|(text, times)| log.matches(text).count() != *times);
    wrong.map_or(Ok(()), |(text, times)| Err(format!("the log should have {text:?} {times} times:\n{log}")))
}

/// Every request has its verdict and the configuration in the access log, `-` if it was no CORS request.
async fn check_access_log(name: &str, script: &[Step]) -> Result<(), String> {
    let line = |step: &Step| {
        let verdict = step.counters[0];
        let cors = !verdict.ends_with("not-cors") && !verdict.ends_with("no-policy");
        let fingerprint = Fingerprint::of(CONFIGURATION.as_bytes());
        let told = if cors { format!("{verdict} {fingerprint}") } else { "- -".to_owned() };
        format!("{} {told}", step.request.path)
    };
    let expected: Vec<String> = script.iter().map(line).collect();
    let mut logged = String::new();
    for _ in 0..500 {
        logged = std::fs::read_to_string(access_log(name)).map_err(|error| error.to_string())?;
        if logged.lines().eq(expected.iter().map(String::as_str)) {
            return Ok(());
        }
        // Envoy writes the log in a thread of its own.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Err(format!("expected {expected:#?}, logged {logged}"))
}
