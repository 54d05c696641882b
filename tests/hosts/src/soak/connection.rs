//! A connection of a client to a host.

use std::time::{Duration, Instant};

use http_body_util::Full;
use hyper::Response;
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use super::origin_server::NUMBER;
use super::plan::Call;
use super::track::Track;
use crate::client;

/// It is closed when this is dropped, whatever is on its way.
pub struct Connection {
    sender: SendRequest<Full<Bytes>>,
    task: JoinHandle<()>,
    /// The oldest version that was in force when it was opened.
    pub oldest: usize,
    /// When it was opened, or when the request before began.
    before: Instant,
}

impl Connection {
    pub async fn open(track: &Track) -> std::io::Result<Self> {
        let oldest = track.oldest();
        let stream = TcpStream::connect(track.address).await?;
        let before = Instant::now();
        let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(std::io::Error::other)?;
        let task = tokio::spawn(async {
            // The request notices how it ends.
            let _ = connection.await;
        });
        Ok(Self { sender, task, oldest, before })
    }

    /// Notes that a request that began then has its response.
    pub fn rest(&mut self, began: Instant) {
        self.before = began;
    }

    /// How long the host has waited for the request that is on its way, at most.
    pub fn waited(&self) -> Duration {
        self.before.elapsed()
    }

    /// Whether the host takes another request on it.
    pub async fn is_ready(&mut self) -> bool {
        self.sender.ready().await.is_ok()
    }

    pub async fn send(&mut self, call: &Call, number: u64) -> hyper::Result<Response<Incoming>> {
        let request = client::request(&call.request, &[(NUMBER, &number.to_string())]);
        let request = request.map(|_| Full::from(vec![b'a'; call.body]));
        self.sender.send_request(request).await
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.task.abort();
    }
}
