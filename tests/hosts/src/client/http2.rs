//! The same over HTTP/2, without TLS and without asking first ("prior knowledge").

use std::net::SocketAddr;

use hyper::body::Incoming;
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper::ext::Protocol;
use hyper::header::{CONNECTION, HOST, UPGRADE};
use hyper::{Method, Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use test_support::case::RequestEntry;
use tokio::net::TcpStream;

use super::Body;

/// One request on a connection of its own.
pub async fn send(address: SocketAddr, entry: &RequestEntry, extra: &[(&str, &str)]) -> Response<Incoming> {
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut sender, connection) = handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let mut request = translated(super::request(entry, extra));
    if request.headers().contains_key(UPGRADE) {
        wait_for_settings(&mut sender).await;
        as_connect(&mut request);
    }
    sender.send_request(request).await.unwrap()
}

/// A request with `:authority` instead of `Host`.
pub fn translated(mut request: Request<Body>) -> Request<Body> {
    let host = request.headers_mut().remove(HOST);
    let Some(host) = host.filter(|_| request.method() != Method::CONNECT) else { return request };
    let absolute = format!("http://{}{}", host.to_str().unwrap(), request.uri());
    *request.uri_mut() = absolute.parse().unwrap_or_else(|error| panic!("{absolute}: {error}"));
    request
}

/// A handshake as HTTP/2 has it: an extended CONNECT.
fn as_connect(request: &mut Request<Body>) {
    let protocol = request.headers_mut().remove(UPGRADE).unwrap();
    request.headers_mut().remove(CONNECTION);
    *request.method_mut() = Method::CONNECT;
    request.extensions_mut().insert(Protocol::from(protocol.to_str().unwrap()));
}

/// A client may send an extended CONNECT when the server's settings have arrived, as they have with any response.
async fn wait_for_settings(sender: &mut SendRequest<Body>) {
    let request = translated(super::request(&RequestEntry::new("GET", "/direct", &[]), &[]));
    sender.send_request(request).await.unwrap();
}
