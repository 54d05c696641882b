//! Responses that no origin server gave: Envoy's own, and those of filters behind ours.

use serde_json::{Value, json};

use super::Kind;
use super::bootstrap::{filter, listener, listener_of, text};
use crate::Test;
use crate::bed::Bed;
use test_support::case::{Expectation, Observed, RequestEntry};

const NAME: &str = "replies";

const CONFIGURATION: &str =
    r#"{ "allowOrigins": ["https://app.example.com"], "allowCredentials": true, "exposeHeaders": ["x-request-id"] }"#;

/// The same filter twice in one chain, as two plugins that select the same workload make it.
const TWICE: &str = "twice";

pub fn listeners(kind: Kind) -> Vec<Value> {
    let filter = |name: &str| json!({ "name": name, "typed_config": filter(kind, &text(CONFIGURATION)) });
    vec![listener(kind, NAME, CONFIGURATION), listener_of(TWICE, 0, &[filter("first"), filter("second")])]
}

pub fn tests(kind: Kind) -> Vec<(String, Test)> {
    [
        ("a dead cluster's 503", "/dead", 503),
        ("another filter's 403", "/denied", 403),
        ("a redirect", "/redirect", 301),
        ("a direct response", "/direct", 418),
    ]
    .into_iter()
    .flat_map(move |(name, path, status)| {
        let allowed = move |bed: &Bed| check(bed, (kind, NAME), path, status, "https://app.example.com", ALLOWED);
        let denied =
            move |bed: &Bed| check(bed, (kind, NAME), path, status, "https://evil.example", &[("vary", "Origin")]);
        let twice = move |bed: &Bed| check(bed, (kind, TWICE), path, status, "https://app.example.com", ALLOWED);
        let named = |who: &str, test: Test| (format!("replies/{name} {who}"), test);
        [
            named("is decorated for an allowed origin", Box::new(allowed)),
            named("shares nothing with another", Box::new(denied)),
            named("is the same behind two of our filters", Box::new(twice)),
        ]
    })
    .collect()
}

const ALLOWED: &[(&str, &str)] = &[
    ("access-control-allow-origin", "https://app.example.com"),
    ("access-control-allow-credentials", "true"),
    ("access-control-expose-headers", "x-request-id"),
    ("vary", "Origin"),
];

fn check(
    bed: &Bed,
    (kind, listener): (Kind, &str),
    path: &str,
    status: u16,
    origin: &str,
    headers: &[(&str, &str)],
) -> Result<(), String> {
    let request = RequestEntry::new("GET", path, &[("origin", origin)]);
    let reply = bed.ask_envoy(kind, listener, &request);
    let observed = Observed::response(reply.status, reply.forwarded, reply.headers);
    let owned = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    observed.check(&Expectation { status, forwarded: false, headers: owned.collect(), ..Expectation::default() })
}
