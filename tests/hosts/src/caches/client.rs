//! A client that keeps its connection, because it has many requests.

use std::net::SocketAddr;

use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use test_support::case::{Observed, RequestEntry};
use tokio::net::TcpStream;

use crate::client;

pub struct Client {
    address: SocketAddr,
    sender: Option<SendRequest<Empty<Bytes>>>,
}

impl Client {
    pub fn new(address: SocketAddr) -> Self {
        Self { address, sender: None }
    }

    /// The response to a request, with its body.
    pub async fn ask(&mut self, request: &RequestEntry, extra: &[(&str, &str)]) -> (Observed, String) {
        let mut sender = match self.sender.take() {
            Some(sender) if !sender.is_closed() => sender,
            _ => self.connect().await,
        };
        if sender.ready().await.is_err() {
            sender = self.connect().await;
        }
        let response = sender.send_request(client::request(request, extra)).await.unwrap();
        let observed = Observed::response(response.status().as_u16(), true, client::lines(&response));
        let body = response.into_body().collect().await.unwrap().to_bytes();
        self.sender = Some(sender);
        (observed, String::from_utf8_lossy(&body).into_owned())
    }

    async fn connect(&self) -> SendRequest<Empty<Bytes>> {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let (sender, connection) = handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        sender
    }
}
