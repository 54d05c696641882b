//! How many instructions a request takes in Envoy. No noise touches that number: Valgrind counts them, and so needs
//! seconds for what takes Envoy milliseconds.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;

use test_support::project;

use crate::contender::{Contender, MODULE, NATIVE, NONE, POLICY};
use crate::envoy::tables::of_requests;
use crate::envoy::{Listener, start_by};
use crate::load;
use crate::process::Process;
use crate::request::REQUESTS;

/// What is measured. Not the filters in V8: Valgrind runs the code that V8 makes, but V8 makes other code there, because
/// time passes more slowly.
const NAMES: [&str; 3] = [NONE, NATIVE, MODULE];
/// How many requests of each kind are counted.
const COUNTED: u32 = 1_000;
/// How many do not count: whatever happens once happens in one of these.
const WARM_UP: usize = 200;

/// The table. `None` if there is no Valgrind.
pub async fn measure(contenders: &[Contender], origin_server: SocketAddr) -> Option<String> {
    Command::new("valgrind").arg("--version").output().ok().filter(|output| output.status.success())?;
    let mut table = of_requests();
    for contender in contenders.iter().filter(|contender| NAMES.contains(&contender.name.as_str())) {
        eprintln!("Instructions, {}", contender.name);
        table.row([contender.name.clone()].into_iter().chain(counts(contender, origin_server).await));
    }
    let what = "Thousands of instructions that Envoy executes for a request, over HTTP/1.1, as Valgrind counts them";
    Some(format!("{what}:\n\n{table}\n"))
}

/// The counts for every request.
async fn counts(contender: &Contender, origin_server: SocketAddr) -> Vec<String> {
    let out = project().join("target/bench/callgrind");
    let valgrind = |envoy: PathBuf| {
        let mut command = Command::new("valgrind");
        command.args(["--quiet", "--tool=callgrind", "--instr-atstart=no"]);
        command.arg(format!("--callgrind-out-file={}", out.display())).arg(envoy);
        command
    };
    let listener = Listener { filters: contender.filters(POLICY), routes: contender.routes() };
    let (envoy, addresses) = start_by(valgrind, "instructions", &[listener], origin_server, 1);
    let mut counts = Vec::new();
    for (part, request) in (1..).zip(&REQUESTS) {
        load::repeat(addresses[0], request, WARM_UP).await;
        control(&envoy, "--instr=on");
        load::repeat(addresses[0], request, COUNTED as usize).await;
        control(&envoy, "--instr=off");
        // Into a file of its own, after which the count begins anew.
        control(&envoy, "--dump");
        let dump = std::fs::read_to_string(out.with_extension(part.to_string())).unwrap();
        let total = dump.lines().find_map(|line| line.strip_prefix("totals: ")).expect("a dump has its total");
        counts.push(format!("{:.1}", total.parse::<f64>().unwrap() / f64::from(COUNTED) / 1e3));
    }
    counts
}

/// Tells Valgrind something about the process that it runs.
fn control(envoy: &Process, what: &str) {
    let output = Command::new("callgrind_control").args([what, &envoy.id().to_string()]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
