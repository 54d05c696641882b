//! No decision allocates: not on the granted path, not on the refused ones, not where the
//! requested names are echoed in canonical form.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by failing")]

use allocation_counter::measure;
use edge_cors::{PolicySet, Scratch};
use test_support::head::Head;

/// A request whose values are borrowed, so that only the engine's own allocations are counted.
type Borrowed = Head<'static, &'static str, &'static str>;

const CONFIGURATION: &str = r#"{
  "policies": {
    "app": {
      "allowOrigins": ["https://app.example.com", "https://*.example.com:*", "https://pr-{digits}-{label}.example.org"],
      "allowMethods": ["PUT"], "allowHeaders": ["content-type"], "exposeHeaders": ["etag"], "maxAge": 600
    },
    "echo": {
      "allowOrigins": ["https://app.example.com"], "allowMethods": ["*"], "allowHeaders": ["*"], "allowCredentials": true,
      "timingAllowOrigins": ["https://app.example.com"], "disallowedRequests": "reject", "webSockets": "reject"
    },
    "regex": {
      "allowOrigins": [{ "regex": "https://pr-[0-9]+\\.(example|other)\\.org" }, { "regex": "https://.*-(a*)*b\\.example" }],
      "dangerouslyAllow": ["regex-origins"]
    }
  },
  "routes": [{ "host": "*.example.com", "path": "/echo/", "policy": "echo" },
    { "host": "*.example.com", "path": "/regex/", "policy": "regex" }, { "host": "api.example.com", "policy": "app" }],
  "default": "app"
}"#;

/// Decides, answers or decorates, and counts the allocations of all of it.
fn allocations(request: &Borrowed) -> u64 {
    let (policies, _) = PolicySet::from_json(CONFIGURATION).unwrap();
    let mut scratch = Scratch::new();
    let upstream: [(&str, &[u8]); 2] = [("access-control-allow-origin", b"*"), ("vary", b"Accept")];
    let counted = measure(|| {
        let exchange = policies.decide(request);
        let headers = policies.answer(&exchange, &mut scratch).map(|answer| answer.headers().count());
        let edits = policies.decorate(&exchange, 200, upstream.into_iter()).count();
        assert!(headers.is_some() || edits > 0);
    });
    counted.count_total
}

macro_rules! no_allocations {
    ($($name:ident: $method:literal $path:literal [$(($header:literal, $value:expr)),* $(,)?];)*) => {
        $(#[test]
        fn $name() {
            let request = Borrowed {
                method: $method,
                scheme: "https",
                authority: Some(b"API.example.com:8443"),
                path: Some($path.as_bytes()),
                headers: &[$(($header, $value)),*],
                policy_name: None,
            };
            assert_eq!(allocations(&request), 0);
        })*
    };
}

no_allocations! {
    a_request_without_origin: "GET" "/" [];
    an_allowed_origin: "GET" "/" [("origin", "https://a.b.example.com:8443")];
    a_regular_expression: "GET" "/regex/" [("origin", "https://pr-17.example.org")];
    no_regular_expression: "GET" "/regex/" [("origin", "https://pr-aaaaaaaaaaaaaaaaaaaaa.other.example")];
    a_label_pattern: "GET" "/" [("origin", "https://pr-17-a-b.example.org")];
    a_denied_origin: "GET" "/" [("origin", "https://evil.example")];
    the_same_origin: "GET" "/" [("origin", "https://api.example.com:8443")];
    a_malformed_origin: "GET" "/" [("origin", "https://evil.example/")];
    an_ambiguous_path: "GET" "/echo/..%2f" [("origin", "https://app.example.com")];
    a_rejected_request: "GET" "/echo/x" [("origin", "https://evil.example")];
    a_rejected_handshake: "GET" "/echo/x" [("origin", "https://evil.example"), ("upgrade", "websocket")];
    a_granted_preflight: "OPTIONS" "/" [
        ("origin", "https://app.example.com"),
        ("access-control-request-method", "PUT"), ("access-control-request-headers", "Content-Type, content-type"),
    ];
    an_echoing_preflight: "OPTIONS" "/echo/x" [
        ("origin", "https://app.example.com"),
        ("access-control-request-method", "PATCH"), ("access-control-request-headers", "X-C, x-b,,x-a,X-B"),
    ];
    a_refused_method: "OPTIONS" "/" [
        ("origin", "https://app.example.com"),
        ("access-control-request-method", "PATCH"),
    ];
    refused_names: "OPTIONS" "/" [
        ("origin", "https://app.example.com"),
        ("access-control-request-method", "PUT"), ("access-control-request-headers", "x-a,x-b"),
    ];
    malformed_names: "OPTIONS" "/" [
        ("origin", "https://app.example.com"),
        ("access-control-request-method", "PUT"), ("access-control-request-headers", "x a"),
    ];
}
