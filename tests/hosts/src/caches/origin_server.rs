//! The origin server behind caches and edges: it answers as the scenario says, and counts.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use hyper::body::Incoming;
use hyper::{Request, Response};
use test_support::case::RequestEntry;

use super::scenario::Template;
use crate::listen::{Body, Respond, listen, whole};

/// A running server. It ends with the runtime it was started on.
pub struct OriginServer {
    pub address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    /// What it answers, by the number of the scenario.
    templates: Vec<Template>,
    /// How many requests have arrived, by the start of their paths.
    arrived: Mutex<HashMap<String, usize>>,
}

impl OriginServer {
    pub async fn start(templates: Vec<Template>) -> Self {
        let shared = Arc::new(Shared { templates, arrived: Mutex::default() });
        Self { address: listen(Arc::clone(&shared)).await, shared }
    }

    /// How many requests have arrived whose path starts with this folder.
    pub fn arrived(&self, folder: &str) -> usize {
        self.shared.arrived.lock().unwrap().get(folder).copied().unwrap_or_default()
    }
}

impl Respond for Arc<Shared> {
    async fn respond(&self, request: Request<Incoming>) -> Response<Body> {
        let path = request.uri().path();
        let (folder, _) = path.rsplit_once('/').unwrap();
        *self.arrived.lock().unwrap().entry(folder.to_owned()).or_default() += 1;
        let scenario: usize = path.split('/').nth(2).unwrap().parse().unwrap();
        let headers = request.headers().iter();
        let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
        let entry = RequestEntry { headers, ..RequestEntry::new(request.method().as_str(), path, &[]) };
        let answer = self.templates[scenario].answer(&entry);
        let mut response = Response::builder().status(answer.head.status);
        for (name, value) in answer.head.headers {
            response = response.header(name, value);
        }
        response.body(whole(answer.body)).unwrap()
    }
}
