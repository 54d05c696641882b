//! The cases of `tests/cases/*.json` on the example with axum, as real requests.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    reason = "a test says what it expects by failing, and the example is no library"
)]

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::uri::Scheme;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode};
use axum::middleware::map_request;
use axum::response::IntoResponse;
use edge_cors::PolicySet;
use edge_cors::http::PolicyName;
use http_body_util::Empty;
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use libtest_mimic::{Arguments, Failed, Trial};
use test_support::case::{self, Case, Observed, OriginServer};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tower::{Layer, service_fn};

#[allow(dead_code, reason = "the test has a server of its own")]
#[path = "../examples/axum.rs"]
mod example;

/// Says which policy applies, as a program's own routing would.
const POLICY: HeaderName = HeaderName::from_static("x-test-policy");

fn main() {
    // Every case of the engine itself. Those for Envoy alone are about its `x-forwarded-proto`.
    let cases = case::load().into_iter().filter(|case| case.runs_on("native"));
    libtest_mimic::run(&Arguments::from_args(), cases.map(trial).collect()).exit();
}

fn trial(case: Case) -> Trial {
    Trial::test(format!("axum::{}", case.id), move || {
        let runtime = Runtime::new().unwrap();
        let observed = runtime.block_on(run(&case));
        observed.check(case.expect("native")).map_err(Failed::from)
    })
}

async fn run(case: &Case) -> Observed {
    let (policies, _) = PolicySet::from_json(&case.configuration.to_string()).unwrap();
    let cors = example::Cors { policies: Arc::new(policies), scheme: Scheme::HTTP };
    let was_reached = Arc::new(AtomicBool::new(false));
    let (reached, answer) = (Arc::clone(&was_reached), case.origin_server.clone());
    let origin_server = service_fn(move |_: Request| {
        reached.store(true, Ordering::SeqCst);
        let response = response(&answer);
        async move { Ok::<_, Infallible>(response) }
    });
    let app = Router::new().fallback_service(cors.layer(origin_server)).layer(map_request(with_policy_name));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    let response = send(address, case).await;
    let headers = response.headers().iter();
    let headers = headers.map(|(name, value)| (name.to_string(), value.as_bytes().to_vec())).collect();
    Observed::response(response.status().as_u16(), was_reached.load(Ordering::SeqCst), headers)
}

async fn with_policy_name(mut request: Request) -> Request {
    if let Some(name) = request.headers_mut().remove(POLICY) {
        request.extensions_mut().insert(PolicyName(name));
    }
    request
}

fn response(answer: &OriginServer) -> Response<Body> {
    let mut response = StatusCode::from_u16(answer.status).unwrap().into_response();
    append(response.headers_mut(), &answer.headers);
    response
}

fn append(headers: &mut HeaderMap, lines: &[(String, String)]) {
    for (name, value) in lines {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        headers.append(name, HeaderValue::from_bytes(&Case::bytes(value)).unwrap());
    }
}

async fn send(address: SocketAddr, case: &Case) -> Response<hyper::body::Incoming> {
    let entry = &case.request;
    let mut request = Request::new(Empty::<Bytes>::new());
    *request.method_mut() = Method::from_bytes(entry.method.as_bytes()).unwrap();
    let target = if entry.method == "CONNECT" { entry.host.as_deref().unwrap() } else { &entry.path };
    *request.uri_mut() = target.parse().unwrap();
    let host = entry.host.iter().map(|host| ("host".to_owned(), host.clone()));
    let policy = entry.policy_name.iter().map(|name| (POLICY.to_string(), name.clone()));
    let lines: Vec<_> = host.chain(policy).chain(entry.headers.iter().cloned()).collect();
    append(request.headers_mut(), &lines);
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection.with_upgrades());
    sender.send_request(request).await.unwrap()
}
