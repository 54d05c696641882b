//! A client that sends, over HTTP/1.1, what a case says, bytes that no browser would send among it.

pub mod http2;
pub mod http3;

use std::error::Error;
use std::net::SocketAddr;

use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::header::{HeaderName, HeaderValue};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::envoy::bootstrap::POLICY;
use crate::upstream::{CASE, MARK, Upstream};
use test_support::case::{Case, Observed, RequestEntry};

/// What a test sends has no body.
pub type Body = Empty<Bytes>;

/// Sends the request of a case to a host, and says what came back.
pub async fn run(case: &Case, host: &str, address: SocketAddr, upstream: &Upstream) -> Observed {
    let answered = run_by(case, host, upstream, async |extra| {
        let response = send(address, &case.request, extra).await;
        Some((response.status(), lines(&response)))
    });
    answered.await.unwrap()
}

/// The same by what sends it: it is given further headers, and returns status and headers, if there is an answer.
pub async fn run_by(
    case: &Case,
    host: &str,
    upstream: &Upstream,
    send: impl AsyncFnOnce(&[(&str, &str)]) -> Option<(StatusCode, Vec<(String, Vec<u8>)>)>,
) -> Option<Observed> {
    let mark = format!("{host} {}", case.id);
    let mut extra = vec![(CASE, case.id.as_str()), (MARK, &mark)];
    extra.extend(case.request.policy_name.as_deref().map(|name| (POLICY, name)));
    let (status, headers) = send(&extra).await?;
    Some(Observed::response(status.as_u16(), upstream.has_seen(&mark), headers))
}

/// One request on a connection of its own, which a host that runs answers.
pub async fn send(address: SocketAddr, entry: &RequestEntry, extra: &[(&str, &str)]) -> Response<Incoming> {
    try_send(address, entry, extra).await.unwrap()
}

/// One request on a connection of its own, to a host that may be about to start or to stop.
pub async fn try_send(
    address: SocketAddr,
    entry: &RequestEntry,
    extra: &[(&str, &str)],
) -> Result<Response<Incoming>, Box<dyn Error + Send + Sync>> {
    let stream = TcpStream::connect(address).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection.with_upgrades());
    Ok(sender.send_request(request(entry, extra)).await?)
}

/// The request, with more headers.
pub fn request(entry: &RequestEntry, extra: &[(&str, &str)]) -> Request<Body> {
    let uri = if entry.method == "CONNECT" { entry.host.clone().unwrap_or_default() } else { entry.path.clone() };
    let mut request = Request::new(Body::new());
    *request.method_mut() = entry.method.parse().unwrap();
    *request.uri_mut() = uri.parse().unwrap_or_else(|error| panic!("{uri}: {error}"));
    let host = entry.host.iter().map(|host| ("host", host.as_str()));
    let given = entry.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    for (name, value) in host.chain(given).chain(extra.iter().copied()) {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        request.headers_mut().append(name, HeaderValue::from_bytes(&Case::bytes(value)).unwrap());
    }
    request
}

/// The header lines of a response.
pub fn lines<B>(response: &Response<B>) -> Vec<(String, Vec<u8>)> {
    let headers = response.headers().iter();
    headers.map(|(name, value)| (name.to_string(), value.as_bytes().to_vec())).collect()
}

/// The text at a path, of a host that may be about to start.
pub async fn get(address: SocketAddr, path: &str) -> Result<String, Box<dyn Error + Send + Sync>> {
    let host = Some(address.to_string());
    let request = RequestEntry { host, ..RequestEntry::new("GET", path, &[]) };
    let body = try_send(address, &request, &[]).await?.into_body().collect().await?;
    Ok(String::from_utf8_lossy(&body.to_bytes()).into_owned())
}
