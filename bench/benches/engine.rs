//! What a decision costs, and that the number of patterns does not matter: `make bench`.
#![allow(clippy::unwrap_used, missing_docs, reason = "a benchmark is no library")]

use divan::{Bencher, black_box};
use edge_cors::{Origin, OriginPattern, OriginSet, PolicySet};
use test_support::head::Head;

fn main() {
    divan::main();
}

const COUNTS: [usize; 4] = [10, 100, 1_000, 10_000];

/// A third of the patterns exact, a third for subdomains, a third with placeholders.
fn mixed(i: usize) -> String {
    match i % 3 {
        0 => format!("https://app{i}.example.com"),
        1 => format!("https://*.team{i}.example.com"),
        _ => format!("https://app{i}-{{digits}}.example.com"),
    }
}

fn matching(bencher: Bencher<'_, '_>, count: usize, origin: &str) {
    matching_of(bencher, mixed, count, origin);
}

fn matching_of(bencher: Bencher<'_, '_>, pattern: impl Fn(usize) -> String, count: usize, origin: &str) {
    let patterns: Vec<_> = (0..count).map(|i| OriginPattern::parse(&pattern(i)).unwrap()).collect();
    let set = OriginSet::new(&patterns);
    bencher.bench(|| Origin::parse(black_box(origin.as_bytes())).is_some_and(|origin| set.matches(&origin)));
}

#[divan::bench(args = COUNTS)]
fn exact(bencher: Bencher<'_, '_>, count: usize) {
    matching(bencher, count, "https://app6.example.com");
}

#[divan::bench(args = COUNTS)]
fn subdomain(bencher: Bencher<'_, '_>, count: usize) {
    matching(bencher, count, "https://www.team7.example.com");
}

#[divan::bench(args = COUNTS)]
fn placeholder(bencher: Bencher<'_, '_>, count: usize) {
    matching(bencher, count, "https://app8-17.example.com");
}

#[divan::bench(args = COUNTS)]
fn no_match(bencher: Bencher<'_, '_>, count: usize) {
    matching(bencher, count, "https://www.evil.example.org");
}

/// Patterns that differ behind their placeholder only.
#[divan::bench(args = COUNTS)]
fn placeholder_first(bencher: Bencher<'_, '_>, count: usize) {
    let pattern = |i| format!("https://{{hex}}--site{i}.netlify.app");
    matching_of(bencher, pattern, count, "https://65a1b2c3d4e5f60718293a4b--site8.netlify.app");
}

/// Patterns that differ between their placeholders only.
#[divan::bench(args = COUNTS)]
fn placeholder_on_both_sides(bencher: Bencher<'_, '_>, count: usize) {
    let pattern = |i| format!("https://{{label}}-site{i}-{{label}}.example.com");
    matching_of(bencher, pattern, count, "https://feature-1-site8-my-team.example.com");
}

/// Every extension of a scheme.
#[divan::bench(args = COUNTS)]
fn scheme(bencher: Bencher<'_, '_>, count: usize) {
    matching_of(bencher, |i| format!("app{i}://*"), count, "app8://4c2a6a0e-6b46-4b0b-8f5e-3c6d2b1a9f00");
}

type Borrowed = Head<'static, &'static str, &'static str>;

const PREFLIGHT: Borrowed = Head {
    method: "OPTIONS",
    scheme: "https",
    authority: Some(b"api.example.com"),
    path: Some(b"/"),
    headers: &[
        ("origin", "https://app.example.com"),
        ("access-control-request-method", "PUT"),
        ("access-control-request-headers", "authorization,content-type"),
    ],
    policy_name: None,
};

#[divan::bench]
fn preflight(bencher: Bencher<'_, '_>) {
    let source = r#"{ "allowOrigins": ["https://*.example.com"], "allowMethods": ["PUT"],
                      "allowHeaders": ["authorization", "content-type"], "allowCredentials": true, "maxAge": 600 }"#;
    let (policies, _) = PolicySet::from_json(source).unwrap();
    bencher.bench_local(move || {
        let exchange = policies.decide(black_box(&PREFLIGHT));
        exchange.answer().map(|answer| answer.headers().count())
    });
}

/// What routes cost, by how many ways there are to read the path.
#[divan::bench(args = ["plain", "plain-2KiB", "space", "upper-case", "ambiguous", "every-reading", "hostile-2KiB"], sample_size = 64)]
fn path(bencher: Bencher<'_, '_>, kind: &str) {
    let source = r#"{ "policies": { "app": { "allowOrigins": ["https://app.example.com"] }, "public": { "allowOrigins": ["*"] } },
                      "routes": [{ "path": "/v1/", "policy": "app" }, { "host": "*.example.com", "path": "/v1/users/", "policy": "app" },
                                 { "host": "*.example.com", "path": "/open/", "policy": "public" }], "default": "app" }"#;
    let (policies, _) = PolicySet::from_json(source).unwrap();
    let path = match kind {
        "plain" => "/v1/users/17/orders".to_owned(),
        "plain-2KiB" => format!("/v1/users/{}", "17/".repeat(680)),
        "space" => "/v1/users/17/an%20order".to_owned(),
        "upper-case" => "/v1/users/1Z7QX/orders".to_owned(),
        "ambiguous" => "/%6fpen/x".to_owned(),
        "every-reading" => r"/v1;x/A\\%2541//b/c".to_owned(),
        // Every reading is tried, and most of them to the end.
        _ => format!(r"/V;%2541\\{};", "/".repeat(2000)),
    };
    bencher.bench_local(move || {
        let headers = [("origin", "https://app.example.com")];
        let request = Head { path: Some(path.as_bytes()), headers: &headers, ..PREFLIGHT };
        policies.decide(black_box(&request)).verdict()
    });
}
