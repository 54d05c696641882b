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
fn origin_set(count: usize) -> OriginSet {
    let pattern = |i: usize| match i % 3 {
        0 => format!("https://app{i}.example.com"),
        1 => format!("https://*.team{i}.example.com"),
        _ => format!("https://app{i}-{{digits}}.example.com"),
    };
    let patterns: Vec<_> = (0..count).map(|i| OriginPattern::parse(&pattern(i)).unwrap()).collect();
    OriginSet::new(&patterns)
}

fn matching(bencher: Bencher<'_, '_>, count: usize, origin: &str) {
    let set = origin_set(count);
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
