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

/// A policy with a mistake.
fn spoilt(origin: &str) -> String {
    policy(&format!("{origin}/"))
}

/// A policy without a mistake that traps where memory is as short as [`super::cramped`] makes it.
fn huge() -> String {
    let origins: Vec<String> = (0..20_000).map(|number| format!("\"https://app-{number}.example.com\"")).collect();
    format!(r#"{{ "allowOrigins": [{}] }}"#, origins.join(", "))
}

const APP: &str = "https://app.example.com";
const NEW: &str = "https://new.example.com";
/// What the variable allows where there is a namespace too.
const VARIABLE: &str = "https://variable.example";

/// How long the Worker does not look for a new configuration.
const REFRESH: Duration = Duration::from_secs(60);

/// A namespace whose key changes while the Worker runs.
struct Changed {
    isolate: &'static str,
    is_cramped: bool,
    /// What the key has, and what is allowed then.
    before: (String, &'static str),
    after: (String, &'static str),
    /// What the log has of the second one, and how often: every isolate writes into the same log.
    logged: (&'static str, usize),
}

fn changed() -> [Changed; 4] {
    let changed = |isolate, before, after, logged| Changed { isolate, is_cramped: false, before, after, logged };
    let stays = "was rejected. The configuration from the key cors.json in CORS_CONFIG_KV is active.";
    // Both that trap.
    let traps = ("from the key cors.json in CORS_CONFIG_KV: it needs more memory than a Worker has (RuntimeError", 2);
    let cramped = |changed| Changed { is_cramped: true, ..changed };
    [
        changed("kv-changed", (policy(APP), APP), (policy(NEW), NEW), ("", 0)),
        changed("kv-spoilt", (policy(APP), APP), (spoilt("https://kv-spoilt.example"), APP), (stays, 2)),
        cramped(changed("kv-traps", (policy(APP), APP), (huge(), APP), traps)),
        // The trap comes first; the variable holds after it, and then the key again.
        cramped(changed("kv-recovers", (huge(), VARIABLE), (policy(NEW), NEW), ("", 0))),
    ]
}

pub fn isolates(origin: &Origin) -> Vec<Isolate> {
    for Changed { isolate, before: (text, _), .. } in changed() {
        origin.store(isolate, &text);
    }
    origin.store("kv-good", &policy(APP));
    origin.store("kv-bad", &spoilt("https://kv-bad.example"));
    origin.store("kv-bad-alone", &spoilt("https://kv-bad-alone.example"));
    let variable = |name: &str, value: String| Isolate::with(name, vec![("CORS_CONFIG", value)]);
    let alone = |name: &str| Isolate {
        namespace: Some(name.to_owned()),
        ..Isolate::with(name, vec![("CORS_CONFIG_KV", format!("kvNamespace = \"{name}\""))])
    };
    let both = |name: &str| {
        let mut isolate = alone(name);
        isolate.bindings.push(("CORS_CONFIG", text(&policy(VARIABLE))));
        isolate
    };
    let dead = vec![("CORS_CONFIG", text(&policy(VARIABLE))), ("CORS_CONFIG_KV", "kvNamespace = \"dead\"".to_owned())];
    let mut isolates = vec![
        variable("an object", object(&policy(APP))),
        variable("a text", text(&policy(APP))),
        variable("a bad object", object(r#"{ "allowOrigins": ["https://a.bad.example/"], "maxAge": -1 }"#)),
        variable("a bad text", text("{\n  \"allowOrigins\": [\"https://b.bad.example/\"],\n  \"maxAge\": -1\n}")),
        Isolate { is_cramped: true, ..variable("a huge text", text(&huge())) },
        Isolate::with("nothing", Vec::new()),
        both("kv-good"),
        both("kv-bad"),
        both("kv-empty"),
        Isolate::with("kv-unreachable", dead),
        alone("kv-bad-alone"),
        alone("kv-empty-alone"),
    ];
    isolates.extend(changed().map(|changed| Isolate { is_cramped: changed.is_cramped, ..both(changed.isolate) }));
    isolates
}

/// What the log says where the variable takes the place of the key.
const FALLBACK: &str = "The configuration from the variable CORS_CONFIG is active.";

pub fn tests() -> Vec<(String, Test)> {
    // First, because it takes longest.
    let mut tests: Vec<(String, Test)> =
        vec![("configuration/a new version is found after a minute".to_owned(), Box::new(refreshes))];
    let allowed: [(&str, &str, &'static [&str]); 6] = [
        ("an object", APP, &["configuration accepted, from the variable CORS_CONFIG: policies: 1, warnings: 0"]),
        ("a text", APP, &[]),
        ("kv-good", APP, &["configuration accepted, from the key cors.json in CORS_CONFIG_KV: policies: 1"]),
        (
            "kv-bad",
            VARIABLE,
            &[
                "\"https://kv-bad.example/\" is not a valid origin",
                "in CORS_CONFIG_KV was rejected. The configuration",
                FALLBACK,
            ],
        ),
        (
            "kv-empty",
            VARIABLE,
            &[
                "has no key cors.json. Fix: npx wrangler kv key put cors.json --path cors.json --binding CORS_CONFIG_KV \
                 --remote; for wrangler dev, write --local instead of --remote. The configuration",
                FALLBACK,
            ],
        ),
        ("kv-unreachable", VARIABLE, &["The KV namespace CORS_CONFIG_KV cannot be read", FALLBACK]),
    ];
    for (isolate, origin, logged) in allowed {
        let test = move |bed: &Bed| {
            allows(bed, isolate, origin)?;
            is_logged(bed, logged)
        };
        tests.push((format!("configuration/{isolate} is in force"), Box::new(test)));
    }
    let closed: [(&str, &'static [&str]); 6] = [
        (
            "a bad object",
            &["(3:5): \"https://a.bad.example/\" is not a valid origin", "write \"https://a.bad.example\""],
        ),
        (
            "a bad text",
            &["(2:20): \"https://b.bad.example/\" is not a valid origin", "error[out-of-range] at /maxAge (3:13)"],
        ),
        ("a huge text", &["from the variable CORS_CONFIG: it needs more memory than a Worker has (RuntimeError"]),
        ("nothing", &["There is neither a variable CORS_CONFIG nor a KV namespace CORS_CONFIG_KV."]),
        ("kv-bad-alone", &["\"https://kv-bad-alone.example/\" is not a valid origin"]),
        ("kv-empty-alone", &["wrangler dev, write --local instead of --remote. No origin is allowed"]),
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
    is_logged(bed, logged)?;
    is_logged(bed, &["No origin is allowed and preflights are refused until there is a valid configuration."])
}

fn is_logged(bed: &Bed, logged: &[&str]) -> Result<(), String> {
    let log = bed.workerd().log();
    let missing = logged.iter().find(|text| !log.contains(**text));
    missing.map_or(Ok(()), |missing| Err(format!("the log lacks {missing:?}:\n{log}")))
}

/// New versions are found in the background, and not before their time. One that cannot be used, not
/// even compiled, leaves the one before in force; a good one is taken, also after one that trapped.
fn refreshes(bed: &Bed) -> Result<(), String> {
    let origin = bed.workerd_origin();
    for Changed { isolate, before: (_, allowed), after: (text, _), .. } in changed() {
        allows(bed, isolate, allowed)?;
        origin.store(isolate, &text);
        allows(bed, isolate, allowed)?;
        if origin.reads(isolate) != 1 {
            return Err(format!("{isolate} was read {} times", origin.reads(isolate)));
        }
    }
    sleep(REFRESH + Duration::from_secs(1));
    // These start the reading, and do not wait for it.
    for Changed { isolate, .. } in changed() {
        bed.ask_workerd(isolate, &request("OPTIONS", APP));
    }
    let deadline = Instant::now() + Duration::from_secs(60);
    for Changed { isolate, after: (_, allowed), logged: (logged, times), .. } in changed() {
        let is_logged = || logged.is_empty() || bed.workerd().log().matches(logged).count() == times;
        while allows(bed, isolate, allowed).is_err() || !is_logged() {
            if Instant::now() > deadline {
                return Err(format!("{isolate}: the new version was not found:\n{}", bed.workerd().log()));
            }
            sleep(Duration::from_millis(50));
        }
        allows(bed, isolate, allowed)?;
    }
    Ok(())
}
