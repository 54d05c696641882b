//! What every request of a browser passes on its way to the edge: it records the request, and forwards it unchanged.
//! It can also stand for a server in front of the edge that answers by itself.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::copy_bidirectional;
use tokio::net::TcpStream;

use super::pages::Pages;
use super::scenario::run_of;
use crate::listen::{Body, Respond, whole};

/// The front of all edges.
#[derive(Clone)]
pub struct Front {
    runs: Arc<Mutex<Runs>>,
    /// Pages with the origin of the API.
    pages: Pages,
}

#[derive(Default)]
struct Runs {
    targets: HashMap<String, Target>,
    /// The requests of each run, in order: method and the rest of the path.
    seen: HashMap<String, Vec<String>>,
}

/// Who answers the requests of a run.
#[derive(Clone, Copy)]
pub enum Target {
    /// The edge, or the origin server if there is none.
    Server(SocketAddr),
    /// A server in front of the edge answers all of them with this status.
    InFront(StatusCode),
}

impl Front {
    pub fn new(pages: Pages) -> Self {
        Self { runs: Arc::default(), pages }
    }

    /// Says who answers the requests of a run, unless that was said before.
    pub fn route(&self, run: String, target: Target) {
        self.runs.lock().unwrap().targets.entry(run).or_insert(target);
    }

    /// The requests of a run, in order: method and the rest of the path.
    pub fn seen(&self, run: &str) -> Vec<String> {
        self.runs.lock().unwrap().seen.get(run).cloned().unwrap_or_default()
    }
}

impl Respond for Front {
    async fn respond(&self, request: Request<Incoming>) -> Response<Body> {
        if Pages::has(request.uri().path()) {
            return self.pages.respond(request).await;
        }
        let target = run_of(request.uri().path()).and_then(|(run, rest)| {
            let mut runs = self.runs.lock().unwrap();
            runs.seen.entry(run.to_owned()).or_default().push(format!("{} {rest}", request.method()));
            runs.targets.get(run).copied()
        });
        match target {
            Some(Target::Server(server)) => {
                forward(request, server).await.unwrap_or_else(|_| empty(StatusCode::BAD_GATEWAY))
            }
            Some(Target::InFront(status)) => empty(status),
            None => empty(StatusCode::FORBIDDEN),
        }
    }
}

fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(whole(""));
    *response.status_mut() = status;
    response
}

/// Sends a request on, on a connection of its own. If the protocol changes, the two connections become one.
async fn forward(
    mut request: Request<Incoming>,
    server: SocketAddr,
) -> Result<Response<Body>, Box<dyn std::error::Error + Send + Sync>> {
    let stream = TcpStream::connect(server).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection.with_upgrades());
    let browser = hyper::upgrade::on(&mut request);
    let mut response = sender.send_request(request).await?;
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        let server = hyper::upgrade::on(&mut response);
        tokio::spawn(async move {
            if let (Ok(browser), Ok(server)) = (browser.await, server.await) {
                let _ = copy_bidirectional(&mut TokioIo::new(browser), &mut TokioIo::new(server)).await;
            }
        });
    }
    Ok(response.map(BodyExt::boxed))
}
