//! What a decision reads of a request: every value at most once, and no value that it does not
//! need. In Envoy, every read of a header that is there crosses into the host and copies.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by failing")]

use std::cell::RefCell;

use edge_cors::{PolicySet, READ_FIRST, RequestHead};
use test_support::head::Head;
use test_support::{case, native};

/// A request that notes what is read of it.
struct Counted {
    values: &'static [(&'static str, &'static str)],
    read: RefCell<Vec<&'static str>>,
}

impl Counted {
    fn value(&self, name: &'static str) -> Option<&'static str> {
        self.read.borrow_mut().push(name);
        self.values.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }
}

impl RequestHead for Counted {
    type Value = &'static str;

    fn method(&self) -> Option<&'static str> {
        self.value("method")
    }

    fn scheme(&self) -> Option<&'static str> {
        self.value("scheme")
    }

    fn authority(&self) -> Option<&'static str> {
        self.value("authority")
    }

    fn path(&self) -> Option<&'static str> {
        self.value("path")
    }

    fn combined(&self, name: &'static str) -> Option<&'static str> {
        self.value(name)
    }

    fn policy_name(&self) -> Option<&'static str> {
        self.value("policy name")
    }
}

const ONE_POLICY: &str = r#"{ "allowOrigins": ["https://app.example.com"] }"#;

/// Routes by host and path, a candidate, handshakes, private networks: everything that reads.
const EVERYTHING: &str = r#"{
  "policies": {
    "a": { "allowOrigins": ["https://app.example.com"], "shadow": "b", "webSockets": "report", "allowPrivateNetwork": true },
    "b": { "allowOrigins": ["https://b.example.com"], "webSockets": "report" }
  },
  "routes": [{ "host": "api.example.com", "path": "/v1/", "policy": "a" }],
  "default": "b", "routeMetadata": true
}"#;

#[track_caller]
fn reads(configuration: &str, values: &'static [(&'static str, &'static str)], expected: &[&str]) {
    let (policies, _) = PolicySet::from_json(configuration).unwrap();
    let request = Counted { values, read: RefCell::default() };
    let exchange = policies.decide(&request);
    let _ = (exchange.answer().is_some(), exchange.record(&request).is_some(), exchange.verdict_counter());
    assert_eq!(*request.read.borrow(), expected);
}

#[test]
fn a_request_without_origin_is_asked_for_nothing_else() {
    reads(ONE_POLICY, &[("method", "GET")], &["origin"]);
}

#[test]
fn a_request_without_origin_is_forwarded_and_not_logged_whatever_is_configured() {
    for case in case::load() {
        native::with(&case, |policies, head, _| {
            let headers = head.headers.iter().filter(|(name, _)| name != READ_FIRST);
            let headers: Vec<_> = headers.cloned().collect();
            let request = Head { headers: &headers, ..*head };
            let exchange = policies.decide(&request);
            assert!(exchange.answer().is_none() && exchange.record(&request).is_none(), "{}", case.id);
        });
    }
}

#[test]
fn an_actual_request_with_an_allowed_origin() {
    let request = &[("origin", "https://app.example.com"), ("method", "PUT")];
    reads(ONE_POLICY, request, &["origin", "access-control-request-method"]);
}

#[test]
fn a_refused_origin_may_be_the_request_s_own() {
    let request = &[("origin", "https://evil.example"), ("scheme", "https"), ("authority", "api.example.com")];
    reads(ONE_POLICY, request, &["origin", "access-control-request-method", "sec-fetch-site", "scheme", "authority"]);
}

#[test]
fn a_preflight() {
    let request = &[
        ("origin", "https://app.example.com"),
        ("method", "OPTIONS"),
        ("access-control-request-method", "PUT"),
        ("access-control-request-headers", "x-a"),
    ];
    let expected = ["origin", "access-control-request-method", "method", "access-control-request-headers"];
    reads(ONE_POLICY, request, &expected);
}

#[test]
fn every_value_once_whatever_is_configured() {
    let request = &[
        ("origin", "https://evil.example"),
        ("method", "GET"),
        ("scheme", "https"),
        ("authority", "api.example.com"),
        ("path", "/v1/users"),
    ];
    let expected = [
        "policy name",
        "authority",
        "path",
        "origin",
        "access-control-request-method",
        "upgrade",
        "sec-fetch-site",
        "scheme",
    ];
    reads(EVERYTHING, request, &expected);
}

#[test]
fn a_preflight_where_everything_is_configured() {
    let request = &[
        ("origin", "https://evil.example"),
        ("method", "OPTIONS"),
        ("authority", "api.example.com"),
        ("path", "/v1/users"),
        ("access-control-request-method", "PUT"),
    ];
    let expected = [
        "policy name",
        "authority",
        "path",
        "origin",
        "access-control-request-method",
        "method",
        "access-control-request-headers",
        "access-control-request-private-network",
    ];
    reads(EVERYTHING, request, &expected);
}
