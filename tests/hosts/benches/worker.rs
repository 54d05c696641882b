//! What a request costs in workerd: without middleware, with this Worker, and with `hono/cors`.
//!
//! All three run in one process, in turns, and what is measured is that process's CPU time, so
//! that neither the origin server nor the client count. Absolute times depend on the machine:
//! read the ratios.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a benchmark")]

use std::collections::HashMap;
use std::convert::Infallible;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use http_body_util::{BodyExt, Empty, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

const WORKERS: [&str; 3] = ["none", "edge-cors", "hono"];
const CONNECTIONS: usize = 16;
const ROUNDS: usize = 9;
const ROUND: Duration = Duration::from_millis(1500);

type Headers = &'static [(&'static str, &'static str)];

/// What is sent: a name, the method, and the headers beside those of every browser.
const REQUESTS: [(&str, &str, Headers); 4] = [
    ("no Origin", "GET", &[]),
    ("allowed", "GET", &[("origin", "https://app.example.com")]),
    ("not allowed", "GET", &[("origin", "https://evil.example")]),
    (
        "preflight",
        "OPTIONS",
        &[
            ("origin", "https://app.example.com"),
            ("access-control-request-method", "PUT"),
            ("access-control-request-headers", "authorization,content-type"),
        ],
    ),
];

const BROWSER: Headers = &[
    ("host", "api.example.com"),
    ("accept", "application/json"),
    ("accept-encoding", "gzip, deflate, br, zstd"),
    ("accept-language", "en-GB,en;q=0.9"),
    ("referer", "https://app.example.com/"),
    ("sec-fetch-mode", "cors"),
    ("sec-fetch-site", "same-site"),
    ("user-agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36"),
];

fn main() {
    let runtime = Runtime::new().unwrap();
    let upstream = runtime.block_on(serve());
    let workerd = Workerd::start(upstream);
    println!(
        "CPU time of workerd for each request, in µs: the median of {ROUNDS} rounds, and its ratio to no middleware."
    );
    println!("{:<12} {:>16} {:>16} {:>16} {:>18}", "", WORKERS[0], WORKERS[1], WORKERS[2], "edge-cors to hono");
    for (name, method, headers) in REQUESTS {
        let mut costs = [const { Vec::new() }; WORKERS.len()];
        // The first round warms up.
        for round in 0..=ROUNDS {
            for (costs, worker) in costs.iter_mut().zip(WORKERS) {
                let cost = runtime.block_on(workerd.cost(worker, method, headers));
                if round > 0 {
                    costs.push(cost);
                }
            }
        }
        let medians = costs.map(median);
        let cell = |cost: f64| format!("{cost:.1} ({:.2})", cost / medians[0]);
        let cells = medians.map(cell);
        let against = medians[1] / medians[2];
        println!("{name:<12} {:>16} {:>16} {:>16} {against:>18.2}", cells[0], cells[1], cells[2]);
    }
}

fn median(mut costs: Vec<f64>) -> f64 {
    costs.sort_by(f64::total_cmp);
    costs[costs.len() / 2]
}

/// A running workerd. It ends when this is dropped.
struct Workerd {
    process: Child,
    sockets: HashMap<String, SocketAddr>,
}

impl Workerd {
    fn start(upstream: SocketAddr) -> Self {
        let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
        let mut process = Command::new(root.join("node_modules/.bin/workerd"))
            .args(["serve", "--control-fd=1", &format!("--external-addr=upstream={upstream}")])
            .arg(root.join("bench/contenders/worker/config.capnp"))
            .stdout(Stdio::piped())
            .spawn()
            .expect("`make bench-worker` installs workerd");
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let socket = |line: std::io::Result<String>| {
            let event: serde_json::Value = serde_json::from_str(&line.unwrap()).unwrap();
            let port = u16::try_from(event["port"].as_u64().unwrap()).unwrap();
            (event["socket"].as_str().unwrap().to_owned(), SocketAddr::from(([127, 0, 0, 1], port)))
        };
        let sockets = lines.take(WORKERS.len()).map(socket).collect();
        Self { process, sockets }
    }

    /// Sends requests for the length of a round, on several connections at once. Microseconds
    /// of CPU time for each.
    async fn cost(&self, worker: &str, method: &str, headers: Headers) -> f64 {
        let address = self.sockets[worker];
        let (end, before) = (Instant::now() + ROUND, self.cpu_time());
        let request = request(method, headers);
        let clients: Vec<_> = (0..CONNECTIONS).map(|_| tokio::spawn(client(address, request.clone(), end))).collect();
        let mut count = 0;
        for client in clients {
            count += client.await.unwrap();
        }
        (self.cpu_time() - before).as_secs_f64() * 1e6 / f64::from(count)
    }

    /// The scheduler's count, in nanoseconds, for every thread.
    fn cpu_time(&self) -> Duration {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.process.id())).unwrap();
        let nanoseconds = tasks.map(|task| {
            let stat = std::fs::read_to_string(task.unwrap().path().join("schedstat")).unwrap();
            stat.split(' ').next().unwrap().parse::<u64>().unwrap()
        });
        Duration::from_nanos(nanoseconds.sum())
    }
}

impl Drop for Workerd {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn request(method: &str, headers: Headers) -> Request<Empty<Bytes>> {
    let builder = Request::builder().method(method).uri("/v1/items?page=2");
    let all = BROWSER.iter().chain(headers);
    all.fold(builder, |builder, (name, value)| builder.header(*name, *value)).body(Empty::new()).unwrap()
}

/// Sends the request again and again. How often.
async fn client(address: SocketAddr, request: Request<Empty<Bytes>>, end: Instant) -> u32 {
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let mut count = 0;
    while Instant::now() < end {
        let response = sender.send_request(request.clone()).await.unwrap();
        response.into_body().collect().await.unwrap();
        count += 1;
    }
    count
}

/// An origin server with the headers that an API sends.
async fn serve() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let connection = hyper::server::conn::http1::Builder::new().serve_connection(
                TokioIo::new(stream),
                service_fn(|_: Request<Incoming>| async { Ok::<_, Infallible>(response()) }),
            );
            tokio::spawn(connection);
        }
    });
    address
}

fn response() -> Response<Full<Bytes>> {
    let headers = [
        ("content-type", "application/json"),
        ("cache-control", "private, no-cache"),
        ("etag", "\"33a64df551425fcc55e4d42a148795d9f25f89d4\""),
        ("strict-transport-security", "max-age=31536000"),
        ("vary", "Accept-Encoding"),
        ("x-content-type-options", "nosniff"),
        ("x-request-id", "7b1c1b5e-5d0c-4a53-9a1e-2f6a4c1f0f6e"),
    ];
    let builder = headers.iter().fold(Response::builder(), |builder, (name, value)| builder.header(*name, *value));
    builder.body(Full::from("{\"items\":[{\"id\":1},{\"id\":2}],\"next\":3}")).unwrap()
}
