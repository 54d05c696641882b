//! Several worker threads: each has a VM of its own, and they count, log and change their policies together.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use http_body_util::Empty;
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::live::{Discovery, How, LISTENER, Watched, policy, preflight, reaches, wait};
use super::{Envoy, Kind, Program, telemetry};
use crate::bed::Bed;
use crate::{Test, client};

const WORKERS: u32 = 4;

pub fn tests(kind: Kind) -> Vec<(String, Test)> {
    let test = |(name, discovery): (&str, Discovery)| {
        let how = How { kind, discovery };
        let run = move |bed: &Bed| bed.runtime().block_on(all_change(bed.upstream().address, how));
        (format!("workers/counters add up, and updates by {name} reach all"), Box::new(run) as Test)
    };
    [("LDS", Discovery::Listener), ("ECDS", Discovery::Extension)].map(test).into()
}

/// A connection that is kept, and so stays with one worker.
struct Connection(SendRequest<Empty<Bytes>>);

impl Connection {
    async fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        let (sender, connection) = handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        Self(sender)
    }

    /// The max-age that a preflight is answered with. `None` if Envoy has closed the connection.
    async fn max_age(&mut self) -> Option<String> {
        self.0.ready().await.ok()?;
        let response = self.0.send_request(client::request(&preflight(), &[])).await.ok()?;
        Some(response.headers().get("access-control-max-age")?.to_str().ok()?.to_owned())
    }
}

/// How many connections each worker has got so far.
async fn connected(envoy: &Envoy) -> Vec<u64> {
    let statistics = envoy.statistics("worker_.*downstream_cx_total").await;
    let of_worker = |worker: u32| {
        let name = format!(".worker_{worker}.downstream_cx_total");
        statistics
            .iter()
            .filter(|(stat, _)| stat.starts_with("listener.127") && stat.ends_with(&name))
            .map(|(_, count)| count)
            .sum()
    };
    (0..WORKERS).map(of_worker).collect()
}

/// New connections, at least one to each worker. The kernel picks the worker.
async fn connect_to_all(envoy: &Envoy) -> Result<Vec<Connection>, String> {
    let before = connected(envoy).await;
    let mut connections = Vec::new();
    while connections.len() < 2000 {
        for _ in 0..WORKERS {
            connections.push(Connection::open(envoy.listener(LISTENER)).await);
        }
        for connection in connections.iter_mut().rev().take(WORKERS as usize) {
            connection.max_age().await;
        }
        if connected(envoy).await.iter().zip(&before).all(|(now, before)| now > before) {
            return Ok(connections);
        }
    }
    Err(format!("not every worker gets connections: {before:?}, then {:?}", connected(envoy).await))
}

/// That all of them answer with this max-age, several times, and that every answer is counted.
async fn all_answer(envoy: &Envoy, how: How, connections: &mut [Connection], max_age: &str) -> Result<(), String> {
    let allowed = async || {
        let counters = telemetry::counters(envoy, how.kind).await;
        counters.get("default.preflight.allowed").copied().unwrap_or_default()
    };
    let before = allowed().await;
    let mut answered = 0;
    for _ in 0..5 {
        for connection in connections.iter_mut() {
            let found = connection.max_age().await;
            if found.as_deref() != Some(max_age) {
                return Err(format!("a connection has the max-age {found:?}, not {max_age}"));
            }
            answered += 1;
        }
    }
    let counted = allowed().await - before;
    if counted == answered { Ok(()) } else { Err(format!("{answered} preflights are answered, and {counted} counted")) }
}

async fn all_change(upstream: SocketAddr, how: How) -> Result<(), String> {
    let name = how.name("workers");
    let watched = Watched::new(how, &Path::new(env!("CARGO_TARGET_TMPDIR")).join(&name), None);
    watched.publish("1", &policy(1));
    let program = Program { workers: WORKERS, ..Program::default() };
    let envoy = Envoy::start_program(&program, &name, &how.bootstrap(&watched.file, watched.port, upstream)).await;
    reaches(envoy.listener(LISTENER), "1").await?;
    let mut old = connect_to_all(&envoy).await?;
    all_answer(&envoy, how, &mut old, "1").await?;

    watched.publish("2", &policy(2));
    for connection in &mut old {
        // A listener that is replaced closes its connections after a response.
        while connection.max_age().await.is_some_and(|max_age| max_age != "2") {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    all_answer(&envoy, how, &mut connect_to_all(&envoy).await?, "2").await?;

    watched.publish("3", r#"{ "allowOrigins": ["https://app.example.com/"] }"#);
    wait(async || envoy.statistics(how.rejected()).await.values().any(|count| *count > 0)).await?;
    all_answer(&envoy, how, &mut connect_to_all(&envoy).await?, "2").await?;
    let counters = telemetry::counters(&envoy, how.kind).await;
    if counters.get("configuration.generation") == Some(&2) { Ok(()) } else { Err(format!("{counters:?}")) }
}
