//! An origin server whose responses are more than headers, and what is behind the bindings: the
//! storage of KV namespaces and of Analytics Engine's datasets.

use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use futures_util::SinkExt;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Channel, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

type Body = UnsyncBoxBody<Bytes, Infallible>;

/// The request header by which the storage tells the namespaces apart.
pub const NAMESPACE: &str = "x-namespace";

/// The request header that says where `/moved` redirects to. [`SELF`] in it is the origin server.
pub const LOCATION: &str = "x-location";
pub const SELF: &str = "{self}";

/// What the origin server answers at a path. It sends these bytes whatever they are.
pub struct Answer {
    pub path: &'static str,
    pub status: u16,
    pub headers: &'static [(&'static str, &'static str)],
    pub body: &'static [u8],
}

pub const ANSWERS: [Answer; 5] = [
    Answer {
        path: "/cookies",
        status: 200,
        headers: &[("set-cookie", "a=1; Path=/"), ("set-cookie", "b=2; Path=/"), ("access-control-allow-origin", "*")],
        body: b"Hello.",
    },
    Answer { path: "/redirect", status: 302, headers: &[("location", "/cookies")], body: b"" },
    Answer { path: "/not-modified", status: 304, headers: &[("etag", "\"v1\"")], body: b"" },
    Answer {
        path: "/range",
        status: 206,
        headers: &[("content-range", "bytes 2-4/9"), ("accept-ranges", "bytes")],
        body: b"cde",
    },
    Answer {
        path: "/compressed",
        status: 200,
        // Whoever unpacks it on the way fails.
        headers: &[("content-encoding", "gzip"), ("content-type", "text/plain")],
        body: b"\x1f\x8b no gzip behind the first two bytes",
    },
];

/// A running origin server. It ends with the runtime it was started on.
pub struct Origin {
    pub address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    /// Lets the second half of `/halves` go.
    release: Notify,
    /// What each namespace has at its key.
    stored: Mutex<HashMap<String, String>>,
    /// How often each data point was written, by its index.
    points: Mutex<BTreeMap<String, u64>>,
    /// How often each namespace was read.
    reads: Mutex<HashMap<String, usize>>,
}

impl Origin {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let origin = Self { address, shared: Arc::clone(&shared) };
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let shared = Arc::clone(&shared);
                let service = service_fn(move |request| {
                    let shared = Arc::clone(&shared);
                    async move { Ok::<_, Infallible>(respond(&shared, request).await) }
                });
                let connection =
                    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
                tokio::spawn(connection.with_upgrades());
            }
        });
        origin
    }

    pub fn release(&self) {
        self.shared.release.notify_one();
    }

    pub fn store(&self, namespace: &str, text: &str) {
        self.shared.stored.lock().unwrap().insert(namespace.to_owned(), text.to_owned());
    }

    pub fn points(&self) -> BTreeMap<String, u64> {
        self.shared.points.lock().unwrap().clone()
    }

    pub fn reads(&self, namespace: &str) -> usize {
        self.shared.reads.lock().unwrap().get(namespace).copied().unwrap_or_default()
    }
}

async fn respond(shared: &Arc<Shared>, request: Request<Incoming>) -> Response<Body> {
    match request.uri().path() {
        "/" => point(shared, request).await,
        "/cors.json" => stored(shared, &request),
        path if path.ends_with("/echo") => echo(request).await,
        path if path.ends_with("/moved") => moved(&request),
        "/halves" => halves(Arc::clone(shared)),
        "/socket" => socket(request),
        path => {
            let answer = ANSWERS.iter().find(|answer| answer.path == path).unwrap();
            let builder = Response::builder().status(answer.status);
            let builder = answer.headers.iter().fold(builder, |builder, (name, value)| builder.header(*name, *value));
            builder.body(full(answer.body)).unwrap()
        }
    }
}

fn full(body: impl Into<Bytes>) -> Body {
    Full::new(body.into()).boxed_unsync()
}

/// What workerd asks of the service behind a KV namespace.
fn stored(shared: &Shared, request: &Request<Incoming>) -> Response<Body> {
    let namespace = request.headers()[NAMESPACE].to_str().unwrap().to_owned();
    let text = shared.stored.lock().unwrap().get(&namespace).cloned();
    *shared.reads.lock().unwrap().entry(namespace).or_default() += 1;
    let status = if text.is_some() { 200 } else { 404 };
    Response::builder().status(status).body(full(text.unwrap_or_default())).unwrap()
}

/// What workerd sends to the service behind a dataset: texts as arrays of bytes.
async fn point(shared: &Shared, request: Request<Incoming>) -> Response<Body> {
    let body = request.into_body().collect().await.unwrap().to_bytes();
    let point: Value = serde_json::from_slice(&body).unwrap();
    let index: Vec<u8> = serde_json::from_value(point["index1"].clone()).unwrap();
    let name = String::from_utf8(index).unwrap();
    *shared.points.lock().unwrap().entry(name).or_default() += 1;
    Response::new(full(""))
}

/// The request as it arrived: method and target, header lines, the length of the body.
async fn echo(request: Request<Incoming>) -> Response<Body> {
    let mut text = format!("{} {}\n", request.method(), request.uri());
    for (name, value) in request.headers() {
        text += &format!("{name}: {}\n", value.to_str().unwrap());
    }
    let body = request.into_body().collect().await.unwrap().to_bytes();
    text += &format!("body: {}\n", body.len());
    Response::new(full(text))
}

/// A redirect to where the request says.
fn moved(request: &Request<Incoming>) -> Response<Body> {
    let header = |name: &str| request.headers()[name].to_str().unwrap();
    let location = header(LOCATION).replace(SELF, &format!("http://{}", header("host")));
    Response::builder().status(302).header("location", location).body(full("")).unwrap()
}

/// A body whose second half waits until the test has seen the first.
fn halves(shared: Arc<Shared>) -> Response<Body> {
    let (mut sender, body) = Channel::<Bytes, Infallible>::new(1);
    tokio::spawn(async move {
        let _ = sender.send_data("first".into()).await;
        shared.release.notified().await;
        let _ = sender.send_data("second".into()).await;
    });
    Response::new(body.boxed_unsync())
}

/// A WebSocket that says hello.
fn socket(mut request: Request<Incoming>) -> Response<Body> {
    let accept = derive_accept_key(request.headers()["sec-websocket-key"].as_bytes());
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let upgraded = TokioIo::new(upgrade.await.unwrap());
        let mut socket = WebSocketStream::from_raw_socket(upgraded, Role::Server, None).await;
        socket.send("hello".into()).await.unwrap();
        socket.close(None).await.unwrap();
    });
    let builder = Response::builder().status(101).header("connection", "Upgrade").header("upgrade", "websocket");
    builder.header("sec-websocket-accept", accept).header("vary", "Accept").body(full("")).unwrap()
}
