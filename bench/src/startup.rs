//! What an Envoy with the filter needs before its first request: time and memory.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Instant;

use serde_json::{Value, json};
use test_support::project;

use crate::contender::{self, Contender, EMPTY, NONE, OURS};
use crate::envoy::{Listener, start};
use crate::load;
use crate::request::REQUESTS;
use crate::statistics::Spread;
use crate::table::Table;

/// An Envoy that is started.
struct Start {
    name: String,
    filters: Vec<Value>,
    /// What it has needed, each time.
    seconds: Vec<f64>,
    cpu: Vec<f64>,
    memory: Vec<f64>,
    /// The memory of each further worker.
    further: Vec<f64>,
}

/// The number of origins in the policies.
const COUNTS: [usize; 3] = [10, 10_000, 100_000];

fn starts(contenders: &[Contender]) -> Vec<Start> {
    let start = |name: String, filters| {
        let nothing = || Vec::new();
        Start { name, filters, seconds: nothing(), cpu: nothing(), memory: nothing(), further: nothing() }
    };
    let mut starts = Vec::new();
    for contender in contenders {
        if [NONE, EMPTY].contains(&contender.name.as_str()) {
            starts.push(start(contender.name.clone(), contender.filters(contender::POLICY)));
        }
        if [OURS, contender::MODULE].contains(&contender.name.as_str()) {
            let with = |count| start(format!("{}, {count} origins", contender.name), contender.filters(&policy(count)));
            starts.extend(COUNTS.map(with));
        }
    }
    starts
}

/// The policy of all contenders, with so many origins.
fn policy(count: usize) -> String {
    let mut policy: Value = serde_json::from_str(contender::POLICY).unwrap();
    let origins =
        (1..count).map(|i| format!("https://app{i}.example.com")).chain(["https://app.example.com".to_owned()]);
    policy["allowOrigins"] = json!(origins.collect::<Vec<_>>());
    policy.to_string()
}

/// Starts every Envoy in turns, with one worker and with three, and returns the table.
pub async fn measure(contenders: &[Contender], origin_server: SocketAddr, rounds: usize) -> String {
    let mut all = starts(contenders);
    // In the first round, files are read from the disk.
    for round in 0..=rounds {
        eprintln!("Envoy, start {round} of {rounds}");
        for each in &mut all {
            let [seconds, cpu, one] = started(&each.filters, origin_server, 1).await;
            let [_, _, three] = started(&each.filters, origin_server, 3).await;
            if round > 0 {
                each.seconds.push(seconds);
                each.cpu.push(cpu);
                each.memory.push(one);
                each.further.push((three - one) / 2.0);
            }
        }
    }
    let columns =
        ["", "until the first response, s", "CPU time until then, s", "memory, MiB", "for each further worker, MiB"];
    let mut table = Table::new(columns);
    for Start { name, seconds, cpu, memory, further, .. } in all {
        let median = |values, digits| format!("{:.*}", digits, Spread::of(values).median);
        table.row([name, median(seconds, 2), median(cpu, 2), median(memory, 1), median(further, 1)]);
    }
    format!("An Envoy with one worker, from its start to its first response:\n\n{table}\n{}\n", sizes())
}

/// Seconds and CPU seconds until the first response, and the memory then, in MiB.
async fn started(filters: &[Value], origin_server: SocketAddr, workers: usize) -> [f64; 3] {
    let routes = json!([{ "match": { "prefix": "/" }, "route": { "cluster": "origin-server" } }]);
    let begun = Instant::now();
    let listener = Listener { filters: filters.to_vec(), routes };
    let (envoy, addresses) = start("start", &[listener], origin_server, workers);
    load::ask(addresses[0], &REQUESTS[1]).await;
    [begun.elapsed().as_secs_f64(), envoy.cpu_time().as_secs_f64(), envoy.memory() as f64 / f64::from(1 << 20)]
}

/// The sizes of what is shipped.
fn sizes() -> String {
    let mut table = Table::new(["file", "bytes"]);
    for file in ["dist/edge_cors_filter.wasm", "dist/libedge_cors.so", "build/index.wasm", "build/index.js"] {
        if let Ok(metadata) = project().join(Path::new(file)).metadata() {
            table.row([file.to_owned(), metadata.len().to_string()]);
        }
    }
    format!("{table}")
}
