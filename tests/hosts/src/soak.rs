//! Load and faults: every host for some minutes, with configurations that change every second, good and bad, huge and
//! trapping, origin servers that are dead or slow, clients that leave, oversized headers, and connections that come
//! and go. No request may fail unless a planned fault explains it, the counters must be those of the requests that
//! were sent, and the memory must stay flat.
//!
//! | variable | meaning |
//! |---|---|
//! | `SOAK_SECONDS` | how long it takes, 60 if it is absent. From 900 on, the results are written into docs/reliability.md |
//! | `SOAK_HOSTS` | some of `envoy module workerd`: only these run, and the results are printed. They run side by side |
//! | `SOAK_SEED` | a number, 1 if it is absent: another one makes another plan |

mod caller;
mod changes;
mod connection;
mod judge;
mod ledger;
mod memory;
mod origin_server;
mod picture;
mod plan;
mod policies;
mod report;
mod stage;
mod track;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::Test;
use crate::bed::Bed;
use caller::Caller;
use changes::{Changed, Changes};
use ledger::Ledger;
use memory::Sample;
use origin_server::OriginServer;
use plan::{Calls, Steps};
use report::Report;
use stage::Stage;

/// The test that needs the hosts.
pub const HOSTS: &str = "hosts under load and faults";

/// Every host.
const NAMES: &str = "envoy module workerd";

/// The clients of each configuration.
const CLIENTS: u64 = 6;

/// From this many seconds on, the results are those of the document.
const LONG: u64 = 900;

/// Nothing takes that long: it ends the wait for counters that are still on their way.
const PATIENCE: Duration = Duration::from_secs(60);

pub fn tests() -> Vec<(String, Test)> {
    let check =
        |name: &str, check: fn() -> Result<(), String>| (name.to_owned(), Box::new(move |_: &Bed| check()) as Test);
    vec![
        (format!("soak::{HOSTS}"), Box::new(hosts) as Test),
        check("soak::the same seed gives the same plan", plan::is_reproducible),
        check("soak::a version that is too old is noticed", track::notices_old_versions),
        check("soak::a wrong counter is noticed", ledger::notices_wrong_counters),
        check("soak::a leak is noticed", memory::notices_leaks),
    ]
}

/// What all that happens to one host has in common.
struct Soak {
    ledger: Ledger,
    origin_server: OriginServer,
    until: Instant,
    /// The status of a response to a request that the origin server leaves without one.
    unreachable: u16,
}

impl Soak {
    fn is_over(&self) -> bool {
        Instant::now() >= self.until
    }
}

fn hosts(bed: &Bed) -> Result<(), String> {
    let number = |name: &str, absent: u64| {
        let text = std::env::var(name).unwrap_or_default();
        if text.is_empty() {
            absent
        } else {
            text.parse().unwrap_or_else(|_| panic!("{name} is {text:?}: write a number"))
        }
    };
    let (seconds, seed) = (number("SOAK_SECONDS", 60), number("SOAK_SEED", 1));
    let chosen = std::env::var("SOAK_HOSTS").ok().filter(|chosen| !chosen.is_empty());
    let conditions = report::conditions(seconds, seed);
    eprintln!("SOAK_SEED={seed}, SOAK_SECONDS={seconds}");
    let names: Vec<String> = chosen.as_deref().unwrap_or(NAMES).split_whitespace().map(str::to_owned).collect();
    let reports = bed.runtime().block_on(async {
        let start = |name: &String| tokio::spawn(soak(name.clone(), seconds, seed));
        let running: Vec<JoinHandle<Report>> = names.iter().map(start).collect();
        let mut reports = Vec::new();
        for host in running {
            reports.push(host.await.map_err(|error| error.to_string())?);
        }
        Ok::<_, String>(reports)
    })?;
    let is_long = seconds >= LONG;
    let problems: Vec<String> = reports.iter().flat_map(|report| report.problems(is_long)).collect();
    let text = conditions + &report::table(&reports);
    let is_written = is_long && chosen.is_none() && problems.is_empty();
    report::publish(is_written, &text, &picture::svg(&reports));
    if problems.is_empty() { Ok(()) } else { Err(format!("SOAK_SEED={seed}\n{text}\n{}", problems.join("\n"))) }
}

/// One host, from its start to its end.
async fn soak(name: String, seconds: u64, seed: u64) -> Report {
    let origin_server = OriginServer::start().await;
    let stage = Arc::new(Stage::start(&name, &origin_server).await);
    let until = Instant::now() + Duration::from_secs(seconds);
    let unreachable = stage.unreachable;
    let soak = Arc::new(Soak { ledger: Ledger::default(), origin_server, until, unreachable });
    let is_done = Arc::new(AtomicBool::new(false));
    let samples = tokio::spawn(watch(Arc::clone(&stage), Arc::clone(&is_done)));
    let (mut clients, mut changes) = (Vec::new(), Vec::new());
    for (at, front) in (0..).zip(&stage.fronts) {
        for client in 0..CLIENTS {
            let calls = Calls::new(seed, at * CLIENTS + client, name != "workerd");
            clients.push(tokio::spawn(Caller::new(&soak, &front.track).run(calls)));
        }
        let steps = Steps::new(seed, at, front.course);
        changes.push(tokio::spawn(Changes::new(&soak, &stage, front).run(steps)));
    }
    let (mut changed, mut problems) = (Changed::default(), Vec::new());
    for change in changes {
        match change.await.map_err(|error| error.to_string()).flatten() {
            Ok(more) => changed = changed + more,
            Err(problem) => problems.push(problem),
        }
    }
    for client in clients {
        problems.extend(client.await.err().map(|error| error.to_string()));
    }
    is_done.store(true, Ordering::Relaxed);
    soak.ledger.settle(&soak.origin_server);
    problems.extend(adds_up(&soak, &stage).await.err());
    if let Some(logged) = stage.logged_refusals().filter(|logged| *logged as u64 != changed.refused + changed.trapped) {
        problems.push(format!("{logged} configurations were refused by the log, not those of {changed:?}"));
    }
    let counted = stage.counters().await.values().sum();
    let samples = samples.await.unwrap_or_default();
    Report { host: name, totals: soak.ledger.totals(), counted, changed, samples, problems }
}

/// Whether the counters are those of the requests that were sent. Some of them may still be on their way.
async fn adds_up(soak: &Soak, stage: &Stage) -> Result<(), String> {
    let began = Instant::now();
    loop {
        let checked = soak.ledger.check(&stage.counters().await);
        if checked.is_ok() || began.elapsed() > PATIENCE {
            return checked;
        }
        sleep(Duration::from_millis(200)).await;
    }
}

/// The memory of a host, every second.
async fn watch(stage: Arc<Stage>, is_done: Arc<AtomicBool>) -> Vec<Sample> {
    let (began, mut samples) = (Instant::now(), Vec::new());
    while !is_done.load(Ordering::Relaxed) {
        samples.push(Sample::of(stage.process(), began.elapsed().as_secs_f64(), &stage.reserved));
        sleep(Duration::from_secs(1)).await;
    }
    samples
}
