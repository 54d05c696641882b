//! The cases that say what is counted and logged. They run one at a time, in hosts of their own, so
//! that whatever moves is theirs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard};
use std::thread::sleep;
use std::time::{Duration, Instant};

use edge_cors::Fingerprint;
use serde_json::Value;
use test_support::case::{Case, Told};

use crate::bed::Bed;
use crate::envoy::{Envoy, Kind, bootstrap, telemetry};
use crate::workerd::Workerd;
use crate::workerd::origin::Origin;
use crate::workerd::server::{Addresses, Isolate, object};

/// workerd, and the origin server that keeps its data points.
pub struct TellingWorkerd {
    workerd: Workerd,
    origin: Origin,
}

/// Nothing takes that long: it ends the wait for what never comes.
const PATIENCE: Duration = Duration::from_secs(20);

pub fn on_envoy(bed: &Bed, kind: Kind, case: &Case) -> Result<(), String> {
    let telling = match kind {
        Kind::Wasm => &bed.telling_envoy,
        Kind::Module => &bed.telling_module,
    };
    let envoy = lock(telling.get_or_init(|| Mutex::new(start_envoy(bed, kind))));
    let name = listener(kind, &case.configuration.to_string());
    let counters = || bed.runtime().block_on(telemetry::counters(&envoy, kind));
    let (logger, prefix) = kind.logger();
    let accessed = || std::fs::read_to_string(bootstrap::access_log(&name)).unwrap();
    let (counted, logged, access_logged) = (counters(), envoy.log().len(), accessed().len());
    let mut observed = bed.send(case, kind.host(), envoy.listener(&name));
    until(|| {
        let log = since(logged, &envoy.log());
        let lines = log.lines().filter(|line| line.contains(&format!("[info]{logger}")));
        let log = one(lines.filter_map(|line| Some(line.split_once(prefix)?.1.to_owned())))?;
        let counters = moved(&counted, &counters());
        let expected = access_logged_as(case, &counters);
        let access_log = since(access_logged, &accessed());
        if !access_log.ends_with(&format!(" {expected}\n")) {
            return Err(format!("the access log has not {expected:?}, but {access_log:?}"));
        }
        observed.told = Some(Told { counters, log });
        observed.check(case.expect("envoy"))
    })
}

/// What the access log has of a request that moved these counters: the verdict, and the configuration on request.
fn access_logged_as(case: &Case, counters: &[String]) -> String {
    let reason = &case.expect("envoy").reason;
    let is_verdict = |counter: &&String| counter.ends_with(&format!(".{reason}"));
    let is_cors = !["not-cors", "no-policy"].contains(&reason.as_str());
    let Some(verdict) = counters.iter().find(is_verdict).filter(|_| is_cors) else {
        return "- -".to_owned();
    };
    match case.configuration["accessLogFingerprint"].as_bool() {
        Some(true) => format!("{verdict} {}", fingerprint(&case.configuration.to_string())),
        _ => format!("{verdict} -"),
    }
}

/// The name of the listener of a configuration. It has an access log of its own, because the name
/// starts with another word than those in the other Envoys.
fn listener(kind: Kind, configuration: &str) -> String {
    format!("told {} {configuration}", kind.host())
}

fn start_envoy(bed: &Bed, kind: Kind) -> Envoy {
    let configurations = configurations(bed, "envoy");
    let listeners: Vec<_> = configurations.iter().map(|text| bed.listener(kind, &listener(kind, text), text)).collect();
    let upstream = bed.upstream().address;
    let name = format!("told-{}", kind.host());
    bed.runtime().block_on(Envoy::start(&name, &bootstrap::bootstrap(&listeners, upstream, upstream)))
}

pub fn on_workerd(bed: &Bed, case: &Case) -> Result<(), String> {
    let host = lock(bed.telling_workerd.get_or_init(|| Mutex::new(start_workerd(bed))));
    let TellingWorkerd { workerd, origin } = &*host;
    let (counted, logged) = (origin.points(), workerd.log().len());
    let mut observed = bed.send(case, "workerd", workerd.isolate(&case.configuration.to_string()));
    until(|| {
        let log = since(logged, &workerd.log());
        let log = one(log.lines().filter_map(|line| record(line, &case.configuration)))?;
        observed.told = Some(Told { counters: moved(&counted, &origin.points()), log });
        observed.check(case.expect("workerd"))
    })
}

fn start_workerd(bed: &Bed) -> TellingWorkerd {
    let dataset = || ("CORS_ANALYTICS", "analyticsEngine = \"origin\"".to_owned());
    let isolate = |text: &String| Isolate::with(text, vec![("CORS_CONFIG", object(text)), dataset()]);
    let isolates: Vec<Isolate> = configurations(bed, "workerd").iter().map(isolate).collect();
    let upstream = bed.upstream().address;
    bed.runtime().block_on(async {
        let origin = Origin::start().await;
        let addresses = Addresses { origin: origin.address, ..Addresses::all(upstream) };
        TellingWorkerd { workerd: Workerd::start("told-workerd", &isolates, &addresses).await, origin }
    })
}

/// The record in a line of workerd's log. The Worker logs more than the filter does at level info:
/// also what a policy in force refuses. What JavaScript makes of an object is another text than that of the case, with
/// another fingerprint.
pub fn record(line: &str, configuration: &Value) -> Option<String> {
    let line: Value = serde_json::from_str(line).ok()?;
    let message = line["message"].as_str()?.strip_prefix("edge-cors: ")?;
    let at_info = line["enforced"] == false || line.get("candidate").is_some();
    at_info.then(|| {
        let spaced = fingerprint(&format!("{configuration:#}"));
        message.replace(&spaced, &fingerprint(&configuration.to_string()))
    })
}

fn fingerprint(text: &str) -> String {
    Fingerprint::of(text.as_bytes()).to_string()
}

/// What was written to a log since it had this length.
fn since(length: usize, log: &str) -> String {
    log.get(length..).unwrap_or_default().to_owned()
}

/// The line that was logged, if one was.
pub fn one(mut lines: impl Iterator<Item = String>) -> Result<Option<String>, String> {
    let line = lines.next();
    lines.next().map_or(Ok(line), |second| Err(format!("there is a second line: {second}")))
}

/// The configurations of the cases that say what is told.
fn configurations(bed: &Bed, host: &str) -> BTreeSet<String> {
    let cases = bed.cases().iter().filter(|case| case.runs_on(host) && case.tells());
    cases.map(|case| case.configuration.to_string()).collect()
}

/// The counters of requests that are higher than before, as often as they moved.
fn moved(before: &BTreeMap<String, u64>, after: &BTreeMap<String, u64>) -> Vec<String> {
    let count = |counters: &BTreeMap<String, u64>, name: &str| counters.get(name).copied().unwrap_or_default();
    let times = |name: &String| (count(before, name)..count(after, name)).map(|_| name.clone()).collect::<Vec<_>>();
    after.keys().filter(|name| !name.starts_with("configuration.")).flat_map(times).collect()
}

/// Tries until it is right: hosts write their logs, and send their data points, after the response.
fn until(mut check: impl FnMut() -> Result<(), String>) -> Result<(), String> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let outcome = check();
        if outcome.is_ok() || Instant::now() > deadline {
            return outcome;
        }
        sleep(Duration::from_millis(5));
    }
}

fn lock<T>(host: &Mutex<T>) -> MutexGuard<'_, T> {
    // A test that failed while it held the host has not harmed it.
    host.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
