//! What every request of a browser passes on its way to the edge: it records the request, and forwards it unchanged.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};

use super::scenario::run_of;

type Body = BoxBody<Bytes, hyper::Error>;

/// The front of all edges. It ends with the runtime it was started on.
#[derive(Clone, Default)]
pub struct Front(Arc<Mutex<Runs>>);

#[derive(Default)]
struct Runs {
    /// The edge of each run.
    edges: HashMap<String, SocketAddr>,
    /// The requests of each run, in order: method and the rest of the path.
    seen: HashMap<String, Vec<String>>,
}

impl Front {
    /// Starts to listen, and returns the port.
    pub async fn start(&self) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let front = self.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let front = front.clone();
                let service = service_fn(move |request| {
                    let front = front.clone();
                    async move { Ok::<_, Infallible>(front.pass(request).await) }
                });
                let connection =
                    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
                tokio::spawn(connection.with_upgrades());
            }
        });
        port
    }

    /// Says which edge the requests of a run are for.
    pub fn route(&self, run: String, edge: SocketAddr) {
        self.0.lock().unwrap().edges.insert(run, edge);
    }

    /// The requests of a run, in order: method and the rest of the path.
    pub fn seen(&self, run: &str) -> Vec<String> {
        self.0.lock().unwrap().seen.get(run).cloned().unwrap_or_default()
    }

    async fn pass(&self, request: Request<Incoming>) -> Response<Body> {
        let edge = run_of(request.uri().path()).and_then(|(run, rest)| {
            let mut runs = self.0.lock().unwrap();
            runs.seen.entry(run.to_owned()).or_default().push(format!("{} {rest}", request.method()));
            runs.edges.get(run).copied()
        });
        match edge {
            Some(edge) => forward(request, edge).await.unwrap_or_else(|_| empty(StatusCode::BAD_GATEWAY)),
            None => empty(StatusCode::FORBIDDEN),
        }
    }
}

fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Empty::new().map_err(|never| match never {}).boxed());
    *response.status_mut() = status;
    response
}

/// Sends a request to an edge, on a connection of its own. If the protocol changes, the two connections become one.
async fn forward(
    mut request: Request<Incoming>,
    edge: SocketAddr,
) -> Result<Response<Body>, Box<dyn std::error::Error + Send + Sync>> {
    let stream = TcpStream::connect(edge).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection.with_upgrades());
    let browser = hyper::upgrade::on(&mut request);
    let mut response = sender.send_request(request).await?;
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        let edge = hyper::upgrade::on(&mut response);
        tokio::spawn(async move {
            if let (Ok(browser), Ok(edge)) = (browser.await, edge.await) {
                let _ = copy_bidirectional(&mut TokioIo::new(browser), &mut TokioIo::new(edge)).await;
            }
        });
    }
    Ok(response.map(BodyExt::boxed))
}
