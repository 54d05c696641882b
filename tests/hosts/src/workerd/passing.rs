//! What passes through the Worker: everything but the headers of CORS, untouched and unbuffered.

use std::time::Duration;

use futures_util::StreamExt;
use http_body_util::BodyExt;
use hyper::Response;
use hyper::body::Incoming;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use super::origin::{ANSWERS, Answer};
use super::server::Isolate;
use crate::Test;
use crate::bed::Bed;
use crate::client;
use test_support::case::RequestEntry;

pub const CONFIGURATION: &str = r#"{ "allowOrigins": ["https://app.example.com"], "allowCredentials": true }"#;

/// Longer than anything here takes, and shorter than for ever.
const PATIENCE: Duration = Duration::from_secs(20);

pub fn isolates() -> Vec<Isolate> {
    vec![Isolate { outbound: "origin", ..Isolate::new("passing", CONFIGURATION) }]
}

pub fn tests() -> Vec<(String, Test)> {
    let test = |name: &str, test: fn(&Bed) -> Result<(), String>| (format!("passing/{name}"), Box::new(test) as Test);
    let mut tests = vec![
        test("a request arrives as it was sent", arrives),
        test("HEAD keeps the length", head),
        test("a body is not waited for", streams),
        test("a WebSocket", socket),
    ];
    for answer in &ANSWERS {
        tests
            .push((format!("passing/the response of {}", answer.path), Box::new(move |bed: &Bed| passes(bed, answer))));
    }
    tests
}

pub fn request(method: &str, path: &str) -> RequestEntry {
    RequestEntry::new(method, path, &[("origin", "https://app.example.com")])
}

pub fn send(bed: &Bed, isolate: &str, request: &RequestEntry) -> Response<Incoming> {
    bed.runtime().block_on(client::send(bed.workerd().isolate(isolate), request, &[]))
}

pub fn body(bed: &Bed, response: Response<Incoming>) -> Vec<u8> {
    bed.runtime().block_on(response.into_body().collect()).unwrap().to_bytes().to_vec()
}

pub fn values(response: &Response<Incoming>, name: &str) -> Vec<String> {
    let lines = response.headers().get_all(name).iter();
    lines.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect()
}

pub fn equal<T: PartialEq + std::fmt::Debug>(what: &str, got: &T, expected: &T) -> Result<(), String> {
    if got == expected { Ok(()) } else { Err(format!("{what}: expected {expected:?}, got {got:?}")) }
}

/// The response is decorated for the allowed origin.
pub fn is_shared(response: &Response<Incoming>) -> Result<(), String> {
    equal("allowed", &values(response, "access-control-allow-origin"), &vec!["https://app.example.com".to_owned()])?;
    equal("credentials", &values(response, "access-control-allow-credentials"), &vec!["true".to_owned()])?;
    equal("vary", &values(response, "vary"), &vec!["Origin".to_owned()])
}

fn passes(bed: &Bed, answer: &'static Answer) -> Result<(), String> {
    let response = send(bed, "passing", &request("GET", answer.path));
    equal("status", &response.status().as_u16(), &answer.status)?;
    is_shared(&response)?;
    for (name, _) in answer.headers.iter().filter(|(name, _)| !name.starts_with("access-control-")) {
        let sent = answer.headers.iter().filter(|(line, _)| line == name).map(|(_, value)| (*value).to_owned());
        equal(name, &values(&response, name), &sent.collect())?;
    }
    equal("body", &body(bed, response), &answer.body.to_vec())
}

fn arrives(bed: &Bed) -> Result<(), String> {
    let mut entry = request("PATCH", "/echo?x=/../%zz&y");
    let sent = [("authorization", "Bearer 1"), ("cookie", "a=1; b=2"), ("accept-encoding", "zstd"), ("x-own", "1")];
    entry.headers.extend(sent.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let echoed = String::from_utf8(body(bed, send(bed, "passing", &entry))).unwrap();
    let lines = ["PATCH /echo?x=/../%zz&y", "host: api.example.com", "origin: https://app.example.com", "body: 0"];
    let lines = lines.map(str::to_owned).into_iter().chain(sent.map(|(name, value)| format!("{name}: {value}")));
    match lines.into_iter().find(|line| !echoed.lines().any(|echoed| echoed == line)) {
        Some(missing) => Err(format!("{missing:?} did not arrive:\n{echoed}")),
        None => Ok(()),
    }
}

fn head(bed: &Bed) -> Result<(), String> {
    let response = send(bed, "passing", &request("HEAD", "/cookies"));
    is_shared(&response)?;
    equal("length", &values(&response, "content-length"), &vec!["6".to_owned()])
}

fn streams(bed: &Bed) -> Result<(), String> {
    let response = send(bed, "passing", &request("GET", "/halves"));
    is_shared(&response)?;
    let mut body = response.into_body();
    let mut next = || {
        let frame = bed.runtime().block_on(async { timeout(PATIENCE, body.frame()).await });
        let frame = frame.map_err(|_| "the first half waits for the second")?;
        Ok::<_, String>(frame.unwrap().unwrap().into_data().unwrap())
    };
    equal("first half", &next()?, &"first".into())?;
    bed.workerd_origin().release();
    equal("second half", &next()?, &"second".into())
}

/// CORS does not cover it: any origin gets through, and the response says nothing of CORS.
fn socket(bed: &Bed) -> Result<(), String> {
    let address = bed.workerd().isolate("passing");
    bed.runtime().block_on(async {
        let mut request = format!("ws://{address}/socket").into_client_request().unwrap();
        request.headers_mut().insert("origin", "https://evil.example".parse().unwrap());
        let stream = TcpStream::connect(address).await.unwrap();
        let (mut socket, response) = client_async(request, stream).await.map_err(|error| error.to_string())?;
        equal("vary", &response.headers()["vary"].as_bytes(), &b"Accept".as_slice())?;
        let message = timeout(PATIENCE, socket.next()).await.map_err(|error| error.to_string())?;
        equal("message", &message.unwrap().unwrap(), &Message::from("hello"))
    })
}
