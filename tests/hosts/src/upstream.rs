//! The origin server behind the real hosts: it answers each request as its case says.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{HeaderName, HeaderValue};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use test_support::case::{Case, OriginServer};

/// The request header that says which case a request belongs to.
pub const CASE: &str = "x-case";

/// The request header by which a test recognises its own request.
pub const MARK: &str = "x-mark";

/// A running origin server. It ends with the runtime it was started on.
pub struct Upstream {
    pub address: SocketAddr,
    seen: Arc<Mutex<HashSet<String>>>,
}

impl Upstream {
    pub async fn start(cases: &[Case]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let answers: HashMap<String, OriginServer> =
            cases.iter().map(|case| (case.id.clone(), case.origin_server.clone())).collect();
        let answers = Arc::new(answers);
        let seen = Arc::new(Mutex::new(HashSet::new()));
        let upstream = Self { address, seen: Arc::clone(&seen) };
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (answers, seen) = (Arc::clone(&answers), Arc::clone(&seen));
                let service = service_fn(move |request| {
                    let response = respond(&answers, &seen, request);
                    async { Ok::<_, Infallible>(response) }
                });
                let connection =
                    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
                tokio::spawn(connection.with_upgrades());
            }
        });
        upstream
    }

    /// Whether a request with this mark has arrived.
    pub fn has_seen(&self, mark: &str) -> bool {
        self.seen.lock().unwrap().contains(mark)
    }
}

fn respond(
    answers: &HashMap<String, OriginServer>,
    seen: &Mutex<HashSet<String>>,
    mut request: Request<Incoming>,
) -> Response<Full<Bytes>> {
    let header = |name| request.headers().get(name).map(|value: &HeaderValue| value.to_str().unwrap().to_owned());
    let id = header(CASE).unwrap_or_default();
    seen.lock().unwrap().insert(header(MARK).unwrap_or_default());
    let answer = answers.get(&id).cloned().unwrap_or_default();
    let mut response = Response::new(Full::new(Bytes::new()));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap();
    for (name, value) in &answer.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        response.headers_mut().append(name, HeaderValue::from_bytes(&Case::bytes(value)).unwrap());
    }
    if answer.status == 101 {
        // workerd shakes hands with a key of its own.
        let key = header("sec-websocket-key").unwrap_or_default();
        let accept = derive_accept_key(key.as_bytes()).parse().unwrap();
        response.headers_mut().insert("sec-websocket-accept", accept);
        // The switched connection ends at once: the cases look at the headers alone.
        drop(hyper::upgrade::on(&mut request));
    }
    response
}
