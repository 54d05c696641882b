//! The load: requests on several connections at once, for as long as a round lasts.
//!
//! It runs on one thread, with the origin server. So the server that is measured has a core of its own,
//! and is always busy.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use h2::client::SendRequest;
use http::Response;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::LocalSet;

use crate::process::Process;
use crate::request::Request;
use crate::statistics::quantile;

/// How many requests are under way at any time.
const CONCURRENCY: usize = 16;
/// The streams of an HTTP/2 connection.
const STREAMS: usize = 4;
/// Before this, nothing counts.
const WARM_UP: Duration = Duration::from_millis(40);

/// The protocol of the client's side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// A request at a time on each connection.
    Http1,
    /// Several at a time.
    Http2,
}

impl Protocol {
    /// What tables call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Http1 => "HTTP/1.1",
            Self::Http2 => "HTTP/2",
        }
    }
}

/// What a request has cost in one round.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// The CPU time of the server, in µs.
    pub cpu: f64,
    /// The time until half of the responses were there, in µs.
    pub p50: f64,
    /// The time until 99 of 100 responses were there, in µs.
    pub p99: f64,
}

/// The clients of one round.
struct Round {
    /// Whether the warm-up is over.
    counts: Cell<bool>,
    is_over: Cell<bool>,
    /// The time of each response that counts, in µs.
    times: RefCell<Vec<f64>>,
}

impl Round {
    fn note(&self, sent: Instant) {
        if self.counts.get() {
            self.times.borrow_mut().push(sent.elapsed().as_secs_f64() * 1e6);
        }
    }
}

/// Sends a request again and again for a time. What one has cost the server.
pub async fn cost(
    server: &Process,
    address: SocketAddr,
    protocol: Protocol,
    request: &'static Request,
    length: Duration,
) -> Cost {
    let round = Rc::new(Round { counts: Cell::new(false), is_over: Cell::new(false), times: RefCell::default() });
    let clients = LocalSet::new();
    match protocol {
        Protocol::Http1 => {
            let bytes: Rc<[u8]> = request.bytes().into();
            for _ in 0..CONCURRENCY {
                clients.spawn_local(http1(address, Rc::clone(&bytes), Rc::clone(&round)));
            }
        }
        Protocol::Http2 => {
            for _ in 0..CONCURRENCY / STREAMS {
                clients.spawn_local(http2(address, request, Rc::clone(&round)));
            }
        }
    }
    let measured = clients.run_until(async {
        tokio::time::sleep(WARM_UP).await;
        let before = server.cpu_time();
        round.counts.set(true);
        // On a machine that is busy with something else, no response may come in the first of these.
        for _ in 0..100 {
            tokio::time::sleep(length).await;
            if !round.times.borrow().is_empty() {
                break;
            }
        }
        round.counts.set(false);
        let spent = server.cpu_time() - before;
        round.is_over.set(true);
        spent
    });
    let spent = measured.await;
    // The last responses.
    clients.await;
    let mut times = round.times.take();
    assert!(!times.is_empty(), "no response came in 100 times {length:?}");
    times.sort_by(f64::total_cmp);
    let count = times.len() as f64;
    Cost { cpu: spent.as_secs_f64() * 1e6 / count, p50: quantile(&times, 0.5), p99: quantile(&times, 0.99) }
}

async fn http1(address: SocketAddr, request: Rc<[u8]>, round: Rc<Round>) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let mut buffer = Vec::with_capacity(8192);
    while !round.is_over.get() {
        let sent = Instant::now();
        exchange(&mut stream, &request, &mut buffer).await;
        round.note(sent);
    }
}

/// Sends a request so many times, one after another on one connection.
pub async fn repeat(address: SocketAddr, request: &Request, times: usize) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let (bytes, mut buffer) = (request.bytes(), Vec::new());
    for _ in 0..times {
        exchange(&mut stream, &bytes, &mut buffer).await;
    }
}

/// Sends a request, and reads the response into the buffer.
async fn exchange(stream: &mut TcpStream, request: &[u8], buffer: &mut Vec<u8>) {
    stream.write_all(request).await.unwrap();
    buffer.clear();
    while !is_complete(buffer) {
        let read = stream.read_buf(buffer).await.unwrap();
        assert!(read > 0, "the connection ended after {:?}", String::from_utf8_lossy(buffer));
    }
}

/// The head and the body of what has arrived of a response.
fn parts(response: &[u8]) -> Option<(&str, &[u8])> {
    let end = response.windows(4).position(|four| four == b"\r\n\r\n")?;
    Some((std::str::from_utf8(&response[..end]).ok()?, &response[end + 4..]))
}

/// Whether all of a response has arrived.
fn is_complete(response: &[u8]) -> bool {
    let Some((head, body)) = parts(response) else { return false };
    match header(head, "content-length") {
        Some(length) => body.len() >= length.parse().unwrap(),
        None if header(head, "transfer-encoding").is_some() => body.ends_with(b"0\r\n\r\n"),
        None => true,
    }
}

fn header<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    let mut lines = head.lines().skip(1).filter_map(|line| line.split_once(": "));
    lines.find(|(line, _)| line.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

async fn http2(address: SocketAddr, request: &'static Request, round: Rc<Round>) {
    let stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let (sender, connection) = h2::client::handshake(stream).await.unwrap();
    let connection = tokio::spawn(connection);
    let streams = LocalSet::new();
    for _ in 0..STREAMS {
        streams.spawn_local(http2_stream(sender.clone(), request.head(), Rc::clone(&round)));
    }
    drop(sender);
    streams.await;
    connection.abort();
}

async fn http2_stream(mut sender: SendRequest<Bytes>, request: http::Request<()>, round: Rc<Round>) {
    while !round.is_over.get() {
        let sent = Instant::now();
        sender = sender.ready().await.unwrap();
        let (response, _) = sender.send_request(request.clone(), true).unwrap();
        let mut body = response.await.unwrap().into_body();
        while let Some(data) = body.data().await {
            let length = data.unwrap().len();
            body.flow_control().release_capacity(length).unwrap();
        }
        round.note(sent);
    }
}

/// The status and the headers of the response to one request.
pub async fn ask(address: SocketAddr, request: &Request) -> Response<()> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let mut buffer = Vec::new();
    exchange(&mut stream, &request.bytes(), &mut buffer).await;
    let (head, _) = parts(&buffer).unwrap();
    let status = head.split(' ').nth(1).unwrap();
    let lines = head.lines().skip(1).map(|line| line.split_once(": ").unwrap_or((line, "")));
    lines.fold(Response::builder().status(status), |all, (name, value)| all.header(name, value)).body(()).unwrap()
}
