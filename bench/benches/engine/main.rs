//! What each step of a decision costs, and that the number of patterns does not matter: `make bench`.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a benchmark is no library")]

mod layers;

use divan::{Bencher, black_box};
use edge_cors::{Origin, OriginPattern, OriginSet, PolicySet, RequestHead};
use test_support::head::{Head, Response};

fn main() {
    // As many iterations of each, so that a sample is far longer than the clock's precision.
    divan::Divan::from_args().sample_size(200).sample_count(200).main();
}

const COUNTS: [usize; 5] = [1, 10, 1_000, 10_000, 100_000];

/// A third of the patterns exact, a third for subdomains, a third with placeholders; the first one is what requests
/// have.
fn mixed(i: usize) -> String {
    match i % 3 {
        0 => format!("https://app{i}.example.com"),
        1 => format!("https://*.team{i}.example.com"),
        _ => format!("https://app{i}-{{digits}}.example.com"),
    }
}

const ALLOWED: &str = "https://app0.example.com";
const DENIED: &str = "https://www.evil.example.org";

/// The longest host that there is, of short labels, at each of which a pattern could begin.
fn long_host() -> String {
    format!("https://{}example.com", "a.".repeat(121))
}

#[divan::bench(args = ["ordinary", "253 bytes", "malformed"])]
fn parse(bencher: Bencher<'_, '_>, kind: &str) {
    let origin = match kind {
        "ordinary" => ALLOWED.to_owned(),
        "253 bytes" => long_host(),
        _ => "https://app0.example.com/".to_owned(),
    };
    bencher.bench_local(|| Origin::parse(black_box(origin.as_bytes())).is_some());
}

fn matching(bencher: Bencher<'_, '_>, pattern: impl Fn(usize) -> String, count: usize, origin: &str) {
    let patterns: Vec<_> = (0..count).map(|i| OriginPattern::parse(&pattern(i)).unwrap()).collect();
    let set = OriginSet::new(&patterns);
    let origin = Origin::parse(origin.as_bytes()).unwrap();
    bencher.bench(|| set.matches(black_box(&origin)));
}

#[divan::bench(name = "match: exact", args = COUNTS)]
fn exact(bencher: Bencher<'_, '_>, count: usize) {
    matching(bencher, mixed, count, ALLOWED);
}

#[divan::bench(name = "match: subdomain", args = COUNTS)]
fn subdomain(bencher: Bencher<'_, '_>, count: usize) {
    matching(bencher, |i| format!("https://*.team{i}.example.com"), count, "https://www.team0.example.com");
}

/// Patterns that differ behind their placeholder only.
#[divan::bench(name = "match: placeholder first", args = COUNTS)]
fn placeholder_first(bencher: Bencher<'_, '_>, count: usize) {
    let pattern = |i| format!("https://{{hex}}--site{i}.netlify.app");
    matching(bencher, pattern, count, "https://65a1b2c3d4e5f60718293a4b--site0.netlify.app");
}

/// Patterns that differ between their placeholders only.
#[divan::bench(name = "match: placeholders on both sides", args = COUNTS)]
fn placeholder_on_both_sides(bencher: Bencher<'_, '_>, count: usize) {
    let pattern = |i| format!("https://{{label}}-site{i}-{{label}}.example.com");
    matching(bencher, pattern, count, "https://feature-1-site0-my-team.example.com");
}

/// Every extension of a scheme.
#[divan::bench(name = "match: scheme", args = COUNTS)]
fn scheme(bencher: Bencher<'_, '_>, count: usize) {
    matching(bencher, |i| format!("app{i}://*"), count, "app0://4c2a6a0e-6b46-4b0b-8f5e-3c6d2b1a9f00");
}

#[divan::bench(name = "no match", args = COUNTS)]
fn no_match(bencher: Bencher<'_, '_>, count: usize) {
    matching(bencher, mixed, count, DENIED);
}

/// It differs from a pattern in its last character.
#[divan::bench(name = "no match: near miss", args = COUNTS)]
fn near_miss(bencher: Bencher<'_, '_>, count: usize) {
    matching(
        bencher,
        |i| format!("https://app{i}-{{digits}}.example.com"),
        count,
        "https://app0-1234567890x.example.com",
    );
}

#[divan::bench(name = "no match: 253 bytes", args = COUNTS)]
fn no_match_of_a_long_host(bencher: Bencher<'_, '_>, count: usize) {
    matching(bencher, mixed, count, &long_host());
}

type Headers<'h> = &'h [(&'h str, &'h str)];

/// A policy with so many patterns.
fn policies(count: usize) -> PolicySet {
    let origins: Vec<String> = (0..count).map(|i| format!("\"{}\"", mixed(i))).collect();
    let source = format!(
        r#"{{ "allowOrigins": [{}], "allowMethods": ["PUT", "DELETE"], "allowHeaders": ["content-type", "authorization"],
             "exposeHeaders": ["x-request-id"], "allowCredentials": true, "maxAge": 600 }}"#,
        origins.join(",")
    );
    PolicySet::from_json(&source).unwrap().0
}

/// A decision, with the answer's headers if there is one.
fn deciding(bencher: Bencher<'_, '_>, count: usize, method: &str, headers: Headers<'_>) {
    let policies = policies(count);
    let request = Head { method, headers, ..Head::default() };
    bencher.bench_local(|| decided(&policies, black_box(&request)));
}

fn decided(policies: &PolicySet, request: &impl RequestHead) -> usize {
    let exchange = policies.decide(request);
    exchange.answer().map_or(exchange.verdict_counter(), |answer| answer.headers().map(|(_, value)| value.len()).sum())
}

fn preflight(origin: &str) -> [(&str, &str); 3] {
    let headers = ("access-control-request-headers", "authorization,content-type");
    [("origin", origin), ("access-control-request-method", "PUT"), headers]
}

#[divan::bench(name = "decide: no Origin", args = COUNTS)]
fn no_origin(bencher: Bencher<'_, '_>, count: usize) {
    deciding(bencher, count, "GET", &[]);
}

#[divan::bench(name = "decide: actual", args = COUNTS)]
fn actual(bencher: Bencher<'_, '_>, count: usize) {
    deciding(bencher, count, "GET", &[("origin", ALLOWED)]);
}

#[divan::bench(name = "decide: actual, denied", args = COUNTS)]
fn actual_denied(bencher: Bencher<'_, '_>, count: usize) {
    deciding(bencher, count, "GET", &[("origin", DENIED)]);
}

#[divan::bench(name = "decide and answer: preflight", args = COUNTS)]
fn preflight_granted(bencher: Bencher<'_, '_>, count: usize) {
    deciding(bencher, count, "OPTIONS", &preflight(ALLOWED));
}

#[divan::bench(name = "decide and answer: preflight, refused", args = COUNTS)]
fn preflight_refused(bencher: Bencher<'_, '_>, count: usize) {
    deciding(bencher, count, "OPTIONS", &preflight(DENIED));
}

/// 4 KiB of names, as a browser would write them, of which the policy allows none.
#[divan::bench(name = "decide and answer: 4 KiB of names, refused", args = COUNTS)]
fn many_names(bencher: Bencher<'_, '_>, count: usize) {
    let names: Vec<String> = (0..512).map(|i| format!("x-{i:05}")).collect();
    let names = names.join(",");
    let [origin, method, _] = preflight(ALLOWED);
    deciding(bencher, count, "OPTIONS", &[origin, method, ("access-control-request-headers", &names)]);
}

/// The edits of a response with the headers of an API.
#[divan::bench(args = ["no Origin", "allowed", "denied"])]
fn decorate(bencher: Bencher<'_, '_>, kind: &str) {
    let policies = policies(10);
    let headers: Headers<'_> = match kind {
        "no Origin" => &[],
        "allowed" => &[("origin", ALLOWED)],
        _ => &[("origin", DENIED)],
    };
    let exchange = policies.decide(&Head { headers, ..Head::default() });
    let response = Response { status: 200, headers: layers::RESPONSE };
    bencher.bench_local(|| exchange.decorate(black_box(&response)).count());
}

/// What routes cost, by how many ways there are to read the path.
#[divan::bench(args = ["plain", "plain, 2 KiB", "space", "upper case", "ambiguous", "every reading", "hostile, 2 KiB"], sample_size = 8)]
fn path(bencher: Bencher<'_, '_>, kind: &str) {
    let source = r#"{ "policies": { "app": { "allowOrigins": ["https://app.example.com"] }, "public": { "allowOrigins": ["*"] } },
                      "routes": [{ "path": "/v1/", "policy": "app" }, { "host": "*.example.com", "path": "/v1/users/", "policy": "app" },
                                 { "host": "*.example.com", "path": "/open/", "policy": "public" }], "default": "app" }"#;
    let (policies, _) = PolicySet::from_json(source).unwrap();
    let path = match kind {
        "plain" => "/v1/users/17/orders".to_owned(),
        "plain, 2 KiB" => format!("/v1/users/{}", "17/".repeat(680)),
        "space" => "/v1/users/17/an%20order".to_owned(),
        "upper case" => "/v1/users/1Z7QX/orders".to_owned(),
        "ambiguous" => "/%6fpen/x".to_owned(),
        "every reading" => r"/v1;x/A\\%2541//b/c".to_owned(),
        // Every reading is tried, and most of them to the end.
        _ => format!(r"/V;%2541\\{};", "/".repeat(2000)),
    };
    bencher.bench_local(move || {
        let headers = [("origin", "https://app.example.com")];
        let request = Head { path: Some(path.as_bytes()), headers: &headers, ..Head::default() };
        policies.decide(black_box(&request)).verdict()
    });
}
