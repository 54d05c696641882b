//! A workerd with the Worker, with `hono/cors` and without middleware: what a request costs, and how they start.

pub mod tables;

use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use test_support::project;

use crate::load::{self, Cost, Protocol};
use crate::process::Process;
use crate::request::{ALLOWED, REQUESTS, Request};

/// A Worker that is compared.
#[derive(Clone, Copy, Debug)]
pub struct Worker {
    /// What tables call it.
    pub name: &'static str,
    /// The name of its socket.
    socket: &'static str,
    /// Its service and its socket in `contenders/worker/services.capnp`.
    constants: [&'static str; 2],
    has_policy: bool,
}

/// Every Worker, in the order of the tables. The others are compared with the first.
pub const WORKERS: [Worker; 3] = [
    Worker { name: "no middleware", socket: "none", constants: ["none", "toNone"], has_policy: false },
    Worker { name: "hono/cors", socket: "hono", constants: ["hono", "toHono"], has_policy: true },
    Worker { name: "edge-cors", socket: "edge-cors", constants: ["edgeCors", "toEdgeCors"], has_policy: true },
];

/// The costs of a request with a Worker, in every round.
pub struct Row {
    /// What was sent.
    pub request: &'static Request,
    /// Its costs with each Worker, one for each round.
    pub costs: [Vec<Cost>; WORKERS.len()],
}

/// A workerd that has only these Workers.
fn start(workers: &[Worker], origin_server: SocketAddr) -> (Process, Vec<SocketAddr>) {
    let of = |at: usize| workers.iter().map(|worker| format!("Services.{}", worker.constants[at])).collect::<Vec<_>>();
    let (services, sockets) = (of(0).join(", "), of(1).join(", "));
    let text = format!(
        "using Workerd = import \"/workerd/workerd.capnp\";\n\
         using Services = import \"../../bench/contenders/worker/services.capnp\";\n\
         const config :Workerd.Config = (services = [{services}, Services.originServer], sockets = [{sockets}]);\n"
    );
    let file = project().join("target/bench/workers.capnp");
    std::fs::write(&file, text).unwrap();
    Process::start(workers.len(), |addresses| {
        let mut command = Command::new(project().join("node_modules/.bin/workerd"));
        command.arg("serve").arg(&file).arg(format!("--external-addr=origin-server={origin_server}"));
        for (worker, address) in workers.iter().zip(addresses) {
            command.arg(format!("--socket-addr={}={address}", worker.socket));
        }
        command.stderr(Stdio::inherit());
        command
    })
}

/// Measures every request with every Worker, in turns, in one process.
pub async fn measure(origin_server: SocketAddr, rounds: usize, length: Duration) -> Vec<Row> {
    let (workerd, addresses) = start(&WORKERS, origin_server);
    for (worker, address) in WORKERS.iter().zip(&addresses) {
        check(worker, *address).await;
    }
    let mut rows: Vec<Row> = REQUESTS.iter().map(|request| Row { request, costs: Default::default() }).collect();
    // The first round warms up.
    for round in 0..=rounds {
        eprintln!("workerd, round {round} of {rounds}");
        for row in &mut rows {
            for (costs, address) in row.costs.iter_mut().zip(&addresses) {
                let cost = load::cost(&workerd, *address, Protocol::Http1, row.request, length).await;
                if round > 0 {
                    costs.push(cost);
                }
            }
        }
    }
    rows
}

/// That a Worker does what it is compared for.
async fn check(worker: &Worker, address: SocketAddr) {
    for request in &REQUESTS {
        let response = load::ask(address, request).await;
        let origin = response.headers().get("access-control-allow-origin");
        let expected = (worker.has_policy && request.is_allowed).then_some(ALLOWED.as_bytes());
        assert_eq!(origin.map(http::HeaderValue::as_bytes), expected, "{}, {}", worker.name, request.name);
    }
}

/// The time from the start of a process to its first response, in ms, for each Worker.
pub async fn first_responses(origin_server: SocketAddr, rounds: usize) -> [Vec<f64>; WORKERS.len()] {
    let mut times: [Vec<f64>; WORKERS.len()] = Default::default();
    // In the first round, files are read from the disk.
    for round in 0..=rounds {
        eprintln!("workerd, start {round} of {rounds}");
        for (worker, times) in WORKERS.iter().zip(&mut times) {
            let begun = Instant::now();
            let (_workerd, addresses) = start(&[*worker], origin_server);
            load::ask(addresses[0], &REQUESTS[1]).await;
            if round > 0 {
                times.push(begun.elapsed().as_secs_f64() * 1e3);
            }
        }
    }
    times
}
