//! How a configuration reaches the Worker, and what becomes of one that cannot be used.

use std::thread::sleep;
use std::time::{Duration, Instant};

use super::origin::Origin;
use super::server::{Isolate, object, text};
use crate::Test;
use crate::bed::Bed;
use test_support::case::RequestEntry;

/// A policy that allows one origin.
fn policy(origin: &str) -> String {
    format!(r#"{{ "allowOrigins": ["{origin}"] }}"#)
}

const APP: &str = "https://app.example.com";
const NEW: &str = "https://new.example.com";

/// How long the Worker does not look for a new configuration.
const REFRESH: Duration = Duration::from_secs(60);

pub fn isolates(origin: &Origin) -> Vec<Isolate> {
    for namespace in ["kv-good", "kv-changed", "kv-spoilt"] {
        origin.store(namespace, &policy(APP));
    }
    origin.store("kv-bad", r#"{ "allowOrigins": ["https://kv-bad.example/"] }"#);
    let variable = |name: &str, value: String| Isolate::with(name, vec![("CORS_CONFIG", value)]);
    let namespace = |name: &str| {
        let bindings = vec![
            // The variable does not count where there is a namespace.
            ("CORS_CONFIG", text(&policy("https://variable.example"))),
            ("CORS_CONFIG_KV", format!("kvNamespace = \"{name}\"")),
        ];
        Isolate { namespace: Some(name.to_owned()), ..Isolate::with(name, bindings) }
    };
    vec![
        variable("an object", object(&policy(APP))),
        variable("a text", text(&policy(APP))),
        variable("a bad object", object(r#"{ "allowOrigins": ["https://a.bad.example/"], "maxAge": -1 }"#)),
        variable("a bad text", text("{\n  \"allowOrigins\": [\"https://b.bad.example/\"],\n  \"maxAge\": -1\n}")),
        Isolate::with("nothing", Vec::new()),
        namespace("kv-good"),
        namespace("kv-bad"),
        namespace("kv-empty"),
        namespace("kv-changed"),
        namespace("kv-spoilt"),
    ]
}

pub fn tests() -> Vec<(String, Test)> {
    // First, because it takes longest.
    let mut tests: Vec<(String, Test)> =
        vec![("configuration/a new version is found after a minute".to_owned(), Box::new(refreshes))];
    for isolate in ["an object", "a text", "kv-good"] {
        tests.push((format!("configuration/{isolate}"), Box::new(move |bed: &Bed| allows(bed, isolate, APP))));
    }
    let closed: [(&str, &'static [&str]); 5] = [
        (
            "a bad object",
            &["(3:5): \"https://a.bad.example/\" is not a valid origin", "write \"https://a.bad.example\""],
        ),
        (
            "a bad text",
            &["(2:20): \"https://b.bad.example/\" is not a valid origin", "error[out-of-range] at /maxAge (3:13)"],
        ),
        ("nothing", &["There is neither a variable CORS_CONFIG nor a KV namespace CORS_CONFIG_KV."]),
        ("kv-bad", &["\"https://kv-bad.example/\" is not a valid origin"]),
        ("kv-empty", &["The KV namespace CORS_CONFIG_KV has no key cors.json."]),
    ];
    for (isolate, logged) in closed {
        let test = move |bed: &Bed| fails_closed(bed, isolate, logged);
        tests.push((format!("configuration/{isolate} allows no origin"), Box::new(test)));
    }
    tests
}

fn request(method: &str, origin: &str) -> RequestEntry {
    RequestEntry::new(method, "/", &[("origin", origin), ("access-control-request-method", "POST")])
}

fn allows(bed: &Bed, isolate: &str, origin: &str) -> Result<(), String> {
    match bed.ask_workerd(isolate, &request("OPTIONS", origin)).status {
        204 => Ok(()),
        status => Err(format!("a preflight from {origin} gets {status}")),
    }
}

/// Preflights are refused, other requests pass, nothing is shared, and the log says why.
fn fails_closed(bed: &Bed, isolate: &str, logged: &[&str]) -> Result<(), String> {
    let preflight = bed.ask_workerd(isolate, &request("OPTIONS", APP));
    let actual = bed.ask_workerd(isolate, &request("GET", APP));
    let shared = |name: &str| name.starts_with("access-control-");
    if (preflight.status, actual.status, actual.forwarded) != (403, 200, true) {
        return Err(format!("{}, {}, forwarded: {}", preflight.status, actual.status, actual.forwarded));
    }
    if let Some((name, _)) = preflight.headers.iter().chain(&actual.headers).find(|(name, _)| shared(name)) {
        return Err(format!("there is {name}"));
    }
    let log = bed.workerd().log();
    let expected = logged.iter().chain(&["Until there is a valid one, no origin is allowed"]);
    let missing = expected.into_iter().find(|text| !log.contains(**text));
    missing.map_or(Ok(()), |missing| Err(format!("the log lacks {missing:?}:\n{log}")))
}

/// One namespace gets a good new version, another a bad one: both are found in the background,
/// and neither before its time.
fn refreshes(bed: &Bed) -> Result<(), String> {
    allows(bed, "kv-changed", APP)?;
    allows(bed, "kv-spoilt", APP)?;
    let (origin, started) = (bed.workerd_origin(), Instant::now());
    origin.store("kv-changed", &policy(NEW));
    origin.store("kv-spoilt", r#"{ "allowOrigins": ["https://kv-spoilt.example/"] }"#);
    allows(bed, "kv-changed", APP)?;
    if origin.reads("kv-changed") != 1 {
        return Err(format!("the namespace was read {} times", origin.reads("kv-changed")));
    }
    sleep((REFRESH + Duration::from_secs(1)).saturating_sub(started.elapsed()));
    // These start the reading, and do not wait for it.
    allows(bed, "kv-changed", APP)?;
    allows(bed, "kv-spoilt", APP)?;
    let deadline = Instant::now() + Duration::from_secs(20);
    while allows(bed, "kv-changed", NEW).is_err() || !bed.workerd().log().contains("https://kv-spoilt.example/") {
        if Instant::now() > deadline {
            return Err(format!("the new versions were not found:\n{}", bed.workerd().log()));
        }
        sleep(Duration::from_millis(50));
    }
    allows(bed, "kv-spoilt", APP)?;
    if bed.workerd().log().contains("The previous configuration stays active.") {
        Ok(())
    } else {
        Err("not logged".to_owned())
    }
}
