//! The bytes of a configuration: whatever they are, every problem has a place in them, and what is accepted has a
//! normal form that decides alike.

use edge_cors::{PolicySet, Severity, normal_form};
use test_support::head::{Head, Response};
use test_support::problem;

use crate::Target;

pub(super) const TARGET: Target = Target {
    name: "configuration",
    check,
    seeds: || problem::rows().iter().map(|(_, row)| row.source().into_bytes()).collect(),
    words: &WORDS,
    longest: 4096,
};

const WORDS: [&str; 41] = [
    "\"allowOrigins\":[",
    "\"allowMethods\":[",
    "\"allowHeaders\":[",
    "\"exposeHeaders\":[",
    "\"timingAllowOrigins\":[",
    "\"dangerouslyAllow\":[",
    "\"allowCredentials\":true,",
    "\"allowPrivateNetwork\":true,",
    "\"maxAge\":",
    "\"mode\":\"report\",",
    "\"rollout\":10,",
    "\"shadow\":\"",
    "\"unmatchedPreflights\":\"forward\",",
    "\"upstreamHeaders\":\"keep\",",
    "\"disallowedRequests\":\"reject\",",
    "\"webSockets\":\"reject\",",
    "\"refusedPreflights\":\"silent\",",
    "\"crossOriginResourcePolicy\":\"same-site\",",
    "\"preflightStatus\":200,",
    "\"whenInvalid\":\"close\",",
    "\"debug\":true,",
    "\"policies\":{\"",
    "\"routes\":[{",
    "\"default\":\"",
    "\"routeMetadata\":true,",
    "\"host\":\"*.",
    "\"path\":{\"exact\":\"/",
    "\"policy\":",
    "{\"regex\":\"",
    "https://*.",
    "http://localhost:*",
    "moz-extension://{hex}-",
    "{digits}",
    "{label}",
    "xn--",
    "any-origin-with-credentials",
    "insecure-origins",
    "null",
    "\\ud83d",
    "1h30m",
    "authorization",
];

fn check(bytes: &[u8]) {
    // Every host passes a string.
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let problems = problem::problems(text);
    for problem in &problems {
        let before = text.get(..problem.offset()).expect("the place of a problem is in the text");
        assert_eq!(problem.line(), 1 + before.matches('\n').count(), "{problem}");
        assert_eq!(problem.column(), 1 + before.rsplit('\n').next().unwrap().chars().count(), "{problem}");
        assert!(!problem.to_string().contains('\n'), "{problem}");
    }
    let Ok((policies, _)) = PolicySet::from_json(text) else {
        assert!(problems.iter().any(|problem| problem.severity() == Severity::Error), "refused without an error");
        return;
    };
    assert!(problems.iter().all(|problem| problem.severity() != Severity::Error), "accepted with an error");
    let normal = normal_form(text).expect("what is accepted has a normal form");
    assert_eq!(normal_form(&normal).expect("so has that"), normal, "the normal form of a normal form is itself");
    let (again, _) = PolicySet::from_json(&normal).expect("a normal form is accepted");
    assert!(policies.counter_names().eq(again.counter_names()));
    for (method, path, headers) in REQUESTS {
        let head = Head { method, scheme: "https", path: Some(path.as_bytes()), headers, ..Head::default() };
        assert_eq!(told(&policies, &head), told(&again, &head), "{head:?}\n{normal}");
    }
}

type Headers = &'static [(&'static str, &'static str)];

const REQUESTS: [(&str, &str, Headers); 4] = [
    ("GET", "/", &[]),
    ("GET", "/v1/users?x", &[("origin", "https://app.example.com"), ("upgrade", "websocket")]),
    ("PUT", "/v1/%2e%2e/", &[("origin", "https://a.b.example.com:8443")]),
    (
        "OPTIONS",
        "/v1/users",
        &[
            ("origin", "http://localhost:3000"),
            ("access-control-request-method", "PUT"),
            ("access-control-request-headers", "X-A, authorization"),
        ],
    ),
];

/// Everything that a policy set makes of a request, as text.
fn told(policies: &PolicySet, head: &Head<'_, &str, &str>) -> String {
    let exchange = policies.decide(head);
    let answer = exchange.answer();
    let answer = answer.as_ref().map(|answer| (answer.status(), answer.headers().collect::<Vec<_>>()));
    let upstream = [("vary", "Accept"), ("access-control-allow-origin", "https://old.example")];
    let edits: Vec<_> = exchange.decorate(&Response { status: 200, headers: &upstream }).collect();
    let record = exchange.record(head).map(|record| record.to_string());
    format!("{} {} {answer:?} {edits:?} {record:?}", exchange.verdict_counter(), exchange.verdict())
}
