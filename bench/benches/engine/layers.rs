//! The engine and `tower-http`'s `CorsLayer` on the same requests of the crate `http`, with equal policies, around a
//! service that answers at once.

use std::convert::Infallible;
use std::future::{Future, Ready, ready};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use divan::{Bencher, black_box};
use edge_cors::PolicySet;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName};
use http::{HeaderValue, Method, Request, Response};
use tower::{Layer, Service, service_fn};
use tower_http::cors::{AllowOrigin, CorsLayer};

/// What an API sends.
pub(crate) const RESPONSE: &[(&str, &str)] = &[
    ("cache-control", "no-store"),
    ("content-type", "application/json"),
    ("strict-transport-security", "max-age=31536000"),
    ("vary", "Accept-Encoding"),
    ("x-content-type-options", "nosniff"),
    ("x-request-id", "7b1c1b5e-5d0c-4a53-9a1e-2f6a4c1f0f6e"),
];

const COUNTS: [usize; 3] = [1, 1_000, 10_000];

/// A request, and whether its origin is the last one of the list.
fn request(kind: &str, count: usize) -> Request<()> {
    let last = format!("https://app{}.example.com", count - 1);
    let origin = if kind.ends_with("denied") || kind.ends_with("refused") { "https://evil.example" } else { &last };
    let is_preflight = kind.starts_with("preflight");
    let builder = Request::builder().uri("/v1/items?page=2").header("host", "api.example.com");
    let builder = builder.header("accept", "application/json").header("user-agent", "Mozilla/5.0 (X11; Linux x86_64)");
    let builder = if kind == "no Origin" { builder } else { builder.header("origin", origin) };
    let builder = if is_preflight {
        let names = "authorization,content-type";
        let builder = builder.header("access-control-request-method", "PUT");
        builder.method(Method::OPTIONS).header("access-control-request-headers", names)
    } else {
        builder
    };
    builder.body(()).unwrap()
}

fn response() -> Response<()> {
    RESPONSE.iter().fold(Response::builder(), |all, (name, value)| all.header(*name, *value)).body(()).unwrap()
}

fn origins(count: usize) -> impl Iterator<Item = String> {
    (0..count).map(|i| format!("https://app{i}.example.com"))
}

/// The decision, and the answer or the edited response.
fn with_engine(bencher: Bencher<'_, '_>, kind: &str, count: usize) {
    let origins: Vec<String> = origins(count).map(|origin| format!("\"{origin}\"")).collect();
    let source = format!(
        r#"{{ "allowOrigins": [{}], "allowMethods": ["PUT", "DELETE"], "allowHeaders": ["content-type", "authorization"],
             "exposeHeaders": ["x-request-id"], "allowCredentials": true, "maxAge": 600 }}"#,
        origins.join(",")
    );
    let (policies, _) = PolicySet::from_json(&source).unwrap();
    let request = request(kind, count);
    let inner = response();
    bencher.with_inputs(|| request.clone()).bench_local_values(|request| {
        let exchange = policies.decide(black_box(&request));
        if let Some(answer) = exchange.answer() {
            return Response::from(answer);
        }
        let mut response = inner.clone();
        exchange.decorate_response(&mut response);
        response
    });
}

fn with_tower_http(bencher: Bencher<'_, '_>, kind: &str, count: usize) {
    let origins = origins(count).map(|origin| HeaderValue::from_str(&origin).unwrap());
    let layer = CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([Method::PUT, Method::DELETE])
        .allow_headers([CONTENT_TYPE, AUTHORIZATION])
        .expose_headers([HeaderName::from_static("x-request-id")])
        .allow_credentials(true)
        .max_age(std::time::Duration::from_secs(600));
    let request = request(kind, count);
    let mut context = Context::from_waker(Waker::noop());
    let inner = response();
    let inner = move |_: Request<()>| -> Ready<Result<Response<()>, Infallible>> { ready(Ok(inner.clone())) };
    let mut service = layer.layer(service_fn(inner));
    bencher.with_inputs(|| request.clone()).bench_local_values(|request| {
        let mut answered = pin!(service.call(black_box(request)));
        match answered.as_mut().poll(&mut context) {
            Poll::Ready(Ok(response)) => response,
            Poll::Pending => panic!("the service answers at once"),
        }
    });
}

/// Two benchmarks of one kind of request.
macro_rules! both {
    ($($engine:ident, $tower_http:ident: $kind:literal;)*) => {$(
        #[divan::bench(name = concat!("layer, edge-cors: ", $kind), args = COUNTS)]
        fn $engine(bencher: Bencher<'_, '_>, count: usize) {
            with_engine(bencher, $kind, count);
        }

        #[divan::bench(name = concat!("layer, tower-http: ", $kind), args = COUNTS)]
        fn $tower_http(bencher: Bencher<'_, '_>, count: usize) {
            with_tower_http(bencher, $kind, count);
        }
    )*};
}

both! {
    engine_no_origin, tower_http_no_origin: "no Origin";
    engine_actual, tower_http_actual: "actual";
    engine_denied, tower_http_denied: "actual, denied";
    engine_preflight, tower_http_preflight: "preflight";
    engine_refused, tower_http_refused: "preflight, refused";
}
