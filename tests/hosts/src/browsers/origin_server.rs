//! The origin server behind the edge: it answers as the scenario says, and remembers what reached it.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{HeaderName, HeaderValue};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use test_support::case::{Case, OriginServer};
use tokio::net::TcpListener;

use super::scenario::run_of;

/// What a page reads if it can read the response.
pub const BODY: &str = "data: for the page\n\n";

/// An origin server. It ends with the runtime it was started on.
#[derive(Clone, Default)]
pub struct Origin(Arc<Mutex<Runs>>);

#[derive(Default)]
struct Runs {
    answers: HashMap<String, OriginServer>,
    /// The requests of each run, in order: method and the rest of the path.
    seen: HashMap<String, Vec<String>>,
}

impl Origin {
    pub async fn start(&self) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let origin = self.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let origin = origin.clone();
                let service = service_fn(move |request| {
                    let response = origin.respond(&request);
                    async { Ok::<_, Infallible>(response) }
                });
                let connection =
                    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
                tokio::spawn(connection);
            }
        });
        address
    }

    /// Says how the requests of a run are answered.
    pub fn answer(&self, run: String, answer: OriginServer) {
        self.0.lock().unwrap().answers.insert(run, answer);
    }

    /// The requests of a run that reached it, in order: method and the rest of the path.
    pub fn seen(&self, run: &str) -> Vec<String> {
        self.0.lock().unwrap().seen.get(run).cloned().unwrap_or_default()
    }

    fn respond(&self, request: &Request<Incoming>) -> Response<Full<Bytes>> {
        let mut answer = OriginServer::default();
        if let Some((run, rest)) = run_of(request.uri().path()) {
            let mut runs = self.0.lock().unwrap();
            runs.seen.entry(run.to_owned()).or_default().push(format!("{} {rest}", request.method()));
            answer = runs.answers.get(run).cloned().unwrap_or_default();
        }
        let mut response = Response::new(Full::new(Bytes::from_static(BODY.as_bytes())));
        *response.status_mut() = StatusCode::from_u16(answer.status).unwrap();
        for (name, value) in &answer.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            response.headers_mut().append(name, HeaderValue::from_bytes(&Case::bytes(value)).unwrap());
        }
        response
    }
}
