//! No decision allocates: not on the granted path, not on the refused ones, not where the
//! requested names are echoed. One value is copied: a list of names that no browser would send so.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by failing")]

use allocation_counter::measure;
use edge_cors::PolicySet;
use test_support::head::{Head, Response};

/// A request whose values are borrowed, so that only the engine's own allocations are counted.
type Borrowed = Head<'static, &'static str, &'static str>;

/// With every field: `tests/completeness.rs` checks that.
const CONFIGURATION: &str = include_str!("data/allocations.json");

/// Decides, answers or decorates, and counts the allocations of all of it.
fn allocations(request: &Borrowed, verdict: &str) -> u64 {
    let (policies, _) = PolicySet::from_json(CONFIGURATION).unwrap();
    let upstream = [("access-control-allow-origin", "*"), ("vary", "Accept"), ("x-powered-by", "Express")];
    let exchange = policies.decide(request);
    assert_eq!(format!("{}.{}", exchange.policy().unwrap().name(), exchange.verdict()), verdict);
    let counted = measure(|| {
        let exchange = policies.decide(request);
        let headers = exchange.answer().map(|answer| answer.headers().count());
        let edits = exchange.decorate(&Response { status: 200, headers: &upstream }).count();
        assert!(headers.is_some() || edits > 0);
    });
    counted.count_total
}

macro_rules! no_allocations {
    ($($name:ident: $verdict:literal $method:literal $path:literal [$(($header:literal, $value:expr)),* $(,)?];)*) => {
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
            assert_eq!(allocations(&request, $verdict), 0);
        })*
    };
}

no_allocations! {
    a_request_without_origin: "app.actual.not-cors" "GET" "/" [];
    an_allowed_origin: "app.actual.allowed" "GET" "/" [("origin", "https://a.b.example.com:8443")];
    a_regular_expression: "regex.actual.allowed" "GET" "/regex/" [("origin", "https://pr-17.example.org")];
    no_regular_expression: "regex.actual.origin-not-allowed" "GET" "/regex/" [("origin", "https://pr-aaaaaaaaaaaaaaaaaaaaa.other.example")];
    a_label_pattern: "app.actual.allowed" "GET" "/" [("origin", "https://pr-17-a-b.example.org")];
    a_denied_origin: "app.actual.origin-not-allowed" "GET" "/" [("origin", "https://evil.example")];
    the_same_origin: "echo.actual.same-origin" "GET" "/echo/x" [("origin", "https://api.example.com:8443")];
    a_malformed_origin: "app.actual.origin-malformed" "GET" "/" [("origin", "https://evil.example/")];
    an_ambiguous_path: "closed.actual.path-ambiguous" "GET" "/echo/..%2f" [("origin", "https://app.example.com")];
    a_path_with_readings_that_agree: "regex.actual.allowed" "GET" "/regex/%41%2541;v=1//b%5cC" [("origin", "https://pr-17.example.org")];
    a_path_with_readings_that_do_not: "closed.actual.path-ambiguous" "GET" "/%2565cho;v=1//b%5cC" [("origin", "https://app.example.com")];
    a_path_with_every_reading: "closed.actual.path-ambiguous" "GET" "/echo;x\\%2541//..%3bA" [("origin", "https://app.example.com")];
    a_handshake_for_an_ambiguous_path: "closed.websocket.path-ambiguous" "GET" "//echo/" [("origin", "https://app.example.com"), ("upgrade", "websocket")];
    a_rejected_request: "echo.actual.origin-not-allowed" "GET" "/echo/x" [("origin", "https://evil.example")];
    a_rejected_handshake: "echo.websocket.origin-not-allowed" "GET" "/echo/x" [("origin", "https://evil.example"), ("upgrade", "websocket")];
    a_list_of_policies: "regex.actual.allowed" "GET" "/list/" [("origin", "https://pr-17.example.org")];
    a_list_of_policies_that_refuse: "app.actual.origin-not-allowed" "GET" "/list/" [("origin", "https://evil.example")];
    a_granted_preflight: "app.preflight.allowed" "OPTIONS" "/" [
        ("origin", "https://app.example.com"),
        ("access-control-request-method", "PUT"), ("access-control-request-headers", "Content-Type, content-type"),
    ];
    an_echoing_preflight: "echo.preflight.allowed" "OPTIONS" "/echo/x" [
        ("origin", "https://app.example.com"),
        ("access-control-request-method", "PATCH"), ("access-control-request-headers", "x-a,x-b,x-c"),
    ];
    a_refused_method: "app.preflight.method-not-allowed" "OPTIONS" "/" [
        ("origin", "https://app.example.com"),
        ("access-control-request-method", "PATCH"),
    ];
    refused_names: "app.preflight.headers-not-allowed" "OPTIONS" "/" [
        ("origin", "https://app.example.com"),
        ("access-control-request-method", "PUT"), ("access-control-request-headers", "x-a,x-b"),
    ];
    a_granted_preflight_with_every_field: "full.preflight.allowed" "OPTIONS" "/full" [
        ("origin", "https://app.example.com"), ("access-control-request-private-network", "true"),
        ("access-control-request-method", "PUT"), ("access-control-request-headers", "x-a"),
    ];
    a_request_with_every_field: "full.actual.allowed" "GET" "/full" [("origin", "https://app.example.com")];
    a_handshake_with_every_field: "full.websocket.origin-not-allowed" "GET" "/full" [("origin", "https://evil.example"), ("upgrade", "websocket")];
    malformed_names: "app.preflight.headers-malformed" "OPTIONS" "/" [
        ("origin", "https://app.example.com"),
        ("access-control-request-method", "PUT"), ("access-control-request-headers", "x a"),
    ];
}

#[test]
fn a_list_that_no_browser_would_send_so_is_copied_once() {
    let request = Borrowed {
        method: "OPTIONS",
        path: Some(b"/echo/x"),
        headers: &[
            ("origin", "https://app.example.com"),
            ("access-control-request-method", "PATCH"),
            ("access-control-request-headers", "X-C, x-b,,x-a,X-B"),
        ],
        ..Borrowed::default()
    };
    assert_eq!(allocations(&request, "echo.preflight.allowed"), 1);
}
