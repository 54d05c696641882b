//! The origin server behind the hosts. What it does, the path says.

use std::collections::HashSet;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Channel, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use test_support::case::OriginServer as Answer;
use tokio::net::TcpListener;

type Body = UnsyncBoxBody<Bytes, io::Error>;

/// The request header with the number of a request.
pub const NUMBER: &str = "x-number";

/// A running origin server. It ends with the runtime it was started on.
pub struct OriginServer {
    pub address: SocketAddr,
    /// The requests that have arrived.
    seen: Arc<Mutex<HashSet<u64>>>,
}

impl OriginServer {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self { address: listener.local_addr().unwrap(), seen: Arc::default() };
        let seen = Arc::clone(&server.seen);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let seen = Arc::clone(&seen);
                let service = service_fn(move |request| respond(Arc::clone(&seen), request));
                let connection =
                    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
                tokio::spawn(connection);
            }
        });
        server
    }

    /// Whether a request with this number has arrived.
    pub fn has_seen(&self, number: u64) -> bool {
        self.seen.lock().unwrap().contains(&number)
    }
}

/// The head of the response at a path, and the length of its body.
pub fn answer(path: &str) -> (Answer, usize) {
    // A policy must replace what an origin server sends of CORS.
    let headers = [("access-control-allow-origin", "*"), ("vary", "Accept-Encoding")];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    (Answer { status: 200, headers }, 1024 * number_after("body", path).unwrap_or(1))
}

/// The number in the path after this name.
fn number_after(name: &str, path: &str) -> Option<usize> {
    let mut segments = path.rsplit('/');
    let (last, before) = (segments.next()?, segments.next()?);
    if before == name { last.parse().ok() } else { None }
}

async fn respond(seen: Arc<Mutex<HashSet<u64>>>, request: Request<Incoming>) -> Result<Response<Body>, io::Error> {
    let number = request.headers().get(NUMBER).and_then(|number| number.to_str().ok()?.parse::<u64>().ok());
    seen.lock().unwrap().extend(number);
    let path = request.uri().path().to_owned();
    // A client that leaves in the middle of its body is no matter.
    let _ = request.into_body().collect().await;
    if let Some(milliseconds) = number_after("slow", &path) {
        tokio::time::sleep(Duration::from_millis(milliseconds as u64)).await;
    }
    let gone = || io::Error::from(io::ErrorKind::ConnectionAborted);
    if path.ends_with("/cut") {
        return Err(gone());
    }
    let (answer, length) = answer(&path);
    let builder = Response::builder().status(answer.status).header("content-length", length);
    let builder = answer.headers.iter().fold(builder, |builder, (name, value)| builder.header(name, value));
    let body = if path.ends_with("/half") {
        let (mut sender, body) = Channel::<Bytes, io::Error>::new(1);
        tokio::spawn(async move {
            let _ = sender.send_data(vec![b'a'; length / 2].into()).await;
            // After the first half has left.
            tokio::time::sleep(Duration::from_millis(10)).await;
            sender.abort(gone());
        });
        body.boxed_unsync()
    } else {
        Full::from(vec![b'a'; length]).map_err(|never| match never {}).boxed_unsync()
    };
    Ok(builder.body(body).unwrap())
}
