//! No decision allocates: not on the granted path, not on the refused ones, not where the
//! requested names are echoed in canonical form.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by failing")]

use allocation_counter::measure;
use edge_cors::{PolicySet, Request, Scratch};

/// Values that are borrowed, so that only the engine's own allocations are counted.
struct Borrowed(&'static [(&'static str, &'static str)]);

impl Request for Borrowed {
    type Value = &'static str;

    fn header(&self, name: &'static str) -> Option<&'static str> {
        self.0.iter().find(|(line, _)| *line == name).map(|(_, value)| *value)
    }
}

const CONFIGURATION: &str = r#"{
  "policies": {
    "app": {
      "allowOrigins": ["https://app.example.com", "https://*.example.com:*", "https://pr-{digits}-{label}.example.org"],
      "allowMethods": ["PUT"], "allowHeaders": ["content-type"], "exposeHeaders": ["etag"], "maxAge": 600
    },
    "echo": {
      "allowOrigins": ["https://app.example.com"], "allowMethods": ["*"], "allowHeaders": ["*"], "allowCredentials": true,
      "timingAllowOrigins": ["https://app.example.com"], "disallowedRequests": "reject", "webSockets": "reject"
    }
  },
  "routes": [{ "host": "*.example.com", "path": "/echo/", "policy": "echo" }, { "host": "api.example.com", "policy": "app" }],
  "default": "app"
}"#;

/// Decides, answers or decorates, and counts the allocations of all of it.
fn allocations(request: &'static [(&'static str, &'static str)]) -> u64 {
    let (policies, _) = PolicySet::from_json(CONFIGURATION).unwrap();
    let mut scratch = Scratch::new();
    let upstream: [(&str, &[u8]); 2] = [("access-control-allow-origin", b"*"), ("vary", b"Accept")];
    let counted = measure(|| {
        let exchange = policies.decide(&Borrowed(request));
        let headers = policies.answer(&exchange, &mut scratch).map(|answer| answer.headers().count());
        let edits = policies.decorate(&exchange, 200, upstream.into_iter()).count();
        assert!(headers.is_some() || edits > 0);
    });
    counted.count_total
}

macro_rules! no_allocations {
    ($($name:ident: [$(($header:literal, $value:expr)),* $(,)?];)*) => {
        $(#[test]
        fn $name() {
            const REQUEST: &[(&str, &str)] = &[(":authority", "API.example.com:8443"), (":scheme", "https"), $(($header, $value)),*];
            assert_eq!(allocations(REQUEST), 0);
        })*
    };
}

no_allocations! {
    a_request_without_origin: [(":path", "/")];
    an_allowed_origin: [(":path", "/"), ("origin", "https://a.b.example.com:8443")];
    a_label_pattern: [(":path", "/"), ("origin", "https://pr-17-a-b.example.org")];
    a_denied_origin: [(":path", "/"), ("origin", "https://evil.example")];
    the_same_origin: [(":path", "/"), ("origin", "https://api.example.com:8443")];
    a_malformed_origin: [(":path", "/"), ("origin", "https://evil.example/")];
    an_ambiguous_path: [(":path", "/echo/..%2f"), ("origin", "https://app.example.com")];
    a_rejected_request: [(":path", "/echo/x"), ("origin", "https://evil.example")];
    a_rejected_handshake: [(":path", "/echo/x"), ("origin", "https://evil.example"), ("upgrade", "websocket")];
    a_granted_preflight: [
        (":path", "/"), (":method", "OPTIONS"), ("origin", "https://app.example.com"),
        ("access-control-request-method", "PUT"), ("access-control-request-headers", "Content-Type, content-type"),
    ];
    an_echoing_preflight: [
        (":path", "/echo/x"), (":method", "OPTIONS"), ("origin", "https://app.example.com"),
        ("access-control-request-method", "PATCH"), ("access-control-request-headers", "X-C, x-b,,x-a,X-B"),
    ];
    a_refused_method: [
        (":path", "/"), (":method", "OPTIONS"), ("origin", "https://app.example.com"),
        ("access-control-request-method", "PATCH"),
    ];
    refused_names: [
        (":path", "/"), (":method", "OPTIONS"), ("origin", "https://app.example.com"),
        ("access-control-request-method", "PUT"), ("access-control-request-headers", "x-a,x-b"),
    ];
    malformed_names: [
        (":path", "/"), (":method", "OPTIONS"), ("origin", "https://app.example.com"),
        ("access-control-request-method", "PUT"), ("access-control-request-headers", "x a"),
    ];
}
