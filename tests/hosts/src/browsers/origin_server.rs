//! The origin server behind the edge: it answers as the scenario says, and remembers what reached it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use http_body_util::{BodyExt, Channel};
use hyper::body::{Bytes, Incoming};
use hyper::header::{HeaderName, HeaderValue};
use hyper::{Request, Response, StatusCode};
use test_support::case::Case;
use tokio::sync::Notify;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::scenario::{Scenario, run_of};
use crate::listen::{Body, Respond, whole};

/// What a page reads if it can read the response: an event of an `EventSource`, and a script.
pub const BODY: &str = "data: 'for the page'\n\n";

/// The smallest image.
const IMAGE: &[u8] = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;";

/// The origin server.
#[derive(Clone, Default)]
pub struct Origin(Arc<Mutex<Runs>>);

#[derive(Default)]
struct Runs {
    scenarios: HashMap<String, Scenario>,
    /// The requests of each run, in order: method and the rest of the path.
    seen: HashMap<String, Vec<String>>,
    /// What the second half of a response waits for.
    released: HashMap<String, Arc<Notify>>,
}

impl Origin {
    /// Says which scenario the requests of a run belong to.
    pub fn serve(&self, run: String, scenario: Scenario) {
        self.0.lock().unwrap().scenarios.insert(run, scenario);
    }

    /// The requests of a run that reached it, in order: method and the rest of the path.
    pub fn seen(&self, run: &str) -> Vec<String> {
        self.0.lock().unwrap().seen.get(run).cloned().unwrap_or_default()
    }

    /// Sends the second half of the response of a run.
    pub fn release(&self, run: &str) {
        self.released(run).notify_one();
    }

    fn released(&self, run: &str) -> Arc<Notify> {
        Arc::clone(self.0.lock().unwrap().released.entry(run.to_owned()).or_default())
    }

    /// The body in two halves, the second of which waits.
    fn halves(&self, run: &str) -> Body {
        let (mut sender, body) = Channel::<Bytes, hyper::Error>::new(1);
        let released = self.released(run);
        tokio::spawn(async move {
            let (first, second) = BODY.split_at(6);
            if sender.send_data(Bytes::from_static(first.as_bytes())).await.is_ok() {
                released.notified().await;
                let _ = sender.send_data(Bytes::from_static(second.as_bytes())).await;
            }
        });
        body.boxed()
    }
}

impl Respond for Origin {
    async fn respond(&self, mut request: Request<Incoming>) -> Response<Body> {
        let path = request.uri().path().to_owned();
        let (run, rest) = run_of(&path).unwrap_or_default();
        let scenario = {
            let mut runs = self.0.lock().unwrap();
            runs.seen.entry(run.to_owned()).or_default().push(format!("{} {rest}", request.method()));
            runs.scenarios.get(run).cloned()
        };
        let answer = scenario.as_ref().map(|scenario| scenario.answer(rest)).unwrap_or_default();
        let body = match answer.headers.iter().find(|(name, _)| name == "content-type") {
            Some((_, kind)) if kind.starts_with("image/") => whole(IMAGE),
            _ if scenario.is_some_and(|scenario| scenario.streams()) => self.halves(run),
            _ => whole(BODY),
        };
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::from_u16(answer.status).unwrap();
        for (name, value) in &answer.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            response.headers_mut().append(name, HeaderValue::from_bytes(&Case::bytes(value)).unwrap());
        }
        // Else Firefox takes it for XML.
        response.headers_mut().entry("content-type").or_insert(HeaderValue::from_static("text/plain"));
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            let key = request.headers().get("sec-websocket-key").cloned();
            let accept = derive_accept_key(key.unwrap().as_bytes()).parse().unwrap();
            response.headers_mut().insert("sec-websocket-accept", accept);
            let upgraded = hyper::upgrade::on(&mut request);
            // Open until the page closes it.
            tokio::spawn(async move {
                if let Ok(socket) = upgraded.await {
                    let _ = tokio::io::copy(&mut hyper_util::rt::TokioIo::new(socket), &mut tokio::io::sink()).await;
                }
            });
        }
        response
    }
}
