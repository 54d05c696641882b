//! The engine against the model of `tests/model/`, which knows only the documents: configurations and requests at
//! random, made to collide.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by failing")]

use std::cell::RefCell;
use std::collections::BTreeMap;

use edge_cors::PolicySet;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::{Config, RngSeed, TestError, TestRunner};
use test_model::{Model, Request, Upstream};
use test_support::{generate, outcome};

fn request() -> impl Strategy<Value = Request> {
    let origin = prop_oneof![
        1 => Just(None),
        12 => select(ORIGINS.to_vec()).prop_map(Some),
    ];
    let path = prop_oneof![
        select(vec!["/", "/v1", "/v1/", "/v1/users", "/v1/users/7?x=/../y", "/v1x", "*", "/v1/users/", "/V1/users"]),
        select(vec![
            "/v1/%75sers",
            "//v1/users",
            "/v1;x=1/users",
            "/v1\\users",
            "/%2576%31",
            "/a/../v1",
            "/v1/.",
            "/%"
        ]),
    ];
    let authority = select(vec![
        "api.example.com",
        "API.example.com:8443",
        "www.example.com",
        "a.b.example.com",
        "example.com",
        "other.example:80",
        "api.example.com:80",
        "api.example.com:443",
        "c.b.example.com",
    ]);
    let method = prop_oneof![3 => Just("OPTIONS"), 2 => Just("GET"), 1 => select(vec!["POST", "PUT", "HEAD"])];
    let asked = prop_oneof![
        1 => Just(None),
        6 => select(METHODS.to_vec()).prop_map(Some),
    ];
    let list = prop_oneof![
        3 => subsequence(NAMES.to_vec(), 0..4).prop_shuffle().prop_map(|names| names.join(",")),
        // As browsers send them, and nearly so.
        1 => select(vec!["x-a,x-b", "x-b,x-a", "content-type,x-a", "x-a,content-type", "x-a,x-a"]).prop_map(str::to_owned),
    ];
    let lists = prop::collection::vec(list, 0..3);
    // Just within the limits, and just beyond them.
    let long = select(vec!["x-a,".repeat(128), "x-a,".repeat(129), ",".repeat(4_096), ",".repeat(4_097)]);
    let names = prop_oneof![20 => lists, 1 => long.prop_map(|long| vec![long])];
    let others = subsequence(OTHERS.to_vec(), 0..3);
    let policy_name = select(vec![None, None, None, Some("a"), Some("b"), Some("nobody")]);
    (origin, path, authority, method, select(vec!["http", "https"]), asked, names, others, policy_name).prop_map(
        |(origin, path, authority, method, scheme, asked, names, others, policy_name)| {
            let line = |name: &str, value: &str| (name.to_owned(), value.to_owned());
            let mut headers: Vec<(String, String)> = others.iter().map(|(name, value)| line(name, value)).collect();
            headers.extend(origin.map(|origin| line("origin", origin)));
            headers.extend(asked.map(|method| line("access-control-request-method", method)));
            headers.extend(names.iter().map(|names| line("access-control-request-headers", names)));
            Request {
                method: method.to_owned(),
                scheme: scheme.to_owned(),
                authority: authority.to_owned(),
                path: path.to_owned(),
                headers,
                policy_name: policy_name.map(str::to_owned),
            }
        },
    )
}

const ORIGINS: [&str; 34] = [
    "https://app.example.com",
    "https://app.example.com:8443",
    "http://app.example.com",
    "https://a.b.example.com",
    "https://example.com",
    "https://badexample.com",
    "https://app.example.com.evil.example",
    "https://api.example.com",
    "http://api.example.com",
    "https://api.example.com:8443",
    "https://pr-12.example.org",
    "https://pr-.example.org",
    "https://pr-1a.example.org",
    "https://ab.f0.example.org:8443",
    "https://ab.g0.example.org:8443",
    "http://localhost",
    "http://localhost:3000",
    "http://127.0.0.1:3000",
    "https://[::1]:8443",
    "https://[::1]",
    "capacitor://localhost",
    "capacitor://Localhost",
    "https://xn--bcher-kva.example",
    "https://r-abc.example.net",
    "https://r-abd.example.net",
    "null",
    "NULL",
    "https://app.example.com/",
    "https://app.example.com:443",
    "https://app.example.com:08443",
    "https://app.example.com.",
    "https://a-b.f0.example.org:8443",
    "capacitor://localhost,",
    "https://APP.example.com",
];

const METHODS: [&str; 13] =
    ["GET", "HEAD", "POST", "PUT", "put", "PATCH", "patch", "DELETE", "QUERY", "TRACE", "*", "P UT", ""];

const NAMES: [&str; 12] = [
    "content-type",
    "Content-Type",
    " authorization",
    "Authorization",
    "x-a",
    "X-B ",
    "\tx-b",
    "*",
    "accept",
    "",
    "x c",
    "é",
];

const OTHERS: [(&str, &str); 8] = [
    ("sec-fetch-site", "same-origin"),
    ("sec-fetch-site", "same-site"),
    ("sec-fetch-site", "cross-site"),
    ("upgrade", "websocket"),
    ("upgrade", "h2c, WebSocket"),
    ("access-control-request-private-network", "true"),
    ("access-control-request-private-network", "false"),
    ("cookie", "a=b"),
];

const UPSTREAM: [(&str, &str); 12] = [
    ("access-control-allow-origin", "*"),
    ("access-control-allow-origin", "https://evil.example"),
    ("access-control-allow-credentials", "true"),
    ("access-control-expose-headers", "x-secret"),
    ("access-control-max-age", "86400"),
    ("access-control-unknown", "1"),
    ("timing-allow-origin", "*"),
    ("cross-origin-resource-policy", "same-site"),
    ("vary", "Accept-Encoding"),
    ("vary", "oRiGiN, x-a"),
    ("vary", "x-b,,*"),
    ("vary", ""),
];

fn upstream() -> impl Strategy<Value = Upstream> {
    let headers = subsequence(UPSTREAM.to_vec(), 0..5).prop_shuffle();
    (select(vec![101, 200, 204, 304, 404, 500]), headers).prop_map(|(status, headers)| Upstream {
        status,
        headers: headers.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
    })
}

/// How many requests are decided: `MODEL_CASES`, or 200,000. Two threads share them.
fn cases() -> u32 {
    std::env::var("MODEL_CASES").map_or(200_000, |cases| cases.parse().unwrap())
}

/// How often a difference is made smaller. `MODEL_SHRINK=0` is enough to know that there is one.
fn shrinks() -> u32 {
    std::env::var("MODEL_SHRINK").map_or(4_096, |shrinks| shrinks.parse().unwrap())
}

/// Of one configuration.
const REQUESTS: u32 = 50;

/// Half of the cases. A difference prints the seed with which `MODEL_SEED` finds it again.
fn compare(half: u64) {
    let reasons: RefCell<BTreeMap<&str, u32>> = RefCell::default();
    let requests = prop::collection::vec((request(), upstream()), REQUESTS as usize);
    let seed: u64 = std::env::var("MODEL_SEED").map_or(1, |seed| seed.parse().unwrap());
    let config = Config {
        cases: cases() / REQUESTS / 2,
        rng_seed: RngSeed::Fixed(2 * seed + half),
        failure_persistence: None,
        max_shrink_iters: shrinks(),
        ..Config::default()
    };
    let found = TestRunner::new(config).run(&(generate::configuration(), requests), |(configuration, requests)| {
        // Two routes can conflict.
        let Ok((policies, _)) = PolicySet::from_json(&configuration.to_string()) else {
            return Err(TestCaseError::reject("refused"));
        };
        let model = Model::new(&configuration);
        for (request, upstream) in &requests {
            let found = outcome::of(&policies, request, upstream);
            let expected = model.outcome(request, upstream, outcome::bucket(request));
            prop_assert!(
                found == expected,
                "MODEL_SEED={seed}\n{configuration}\n{request:?}\n{upstream:?}\nthe engine: {found:?}\n the model: {expected:?}"
            );
            *reasons.borrow_mut().entry(found.reason).or_default() += 1;
        }
        Ok(())
    });
    match found {
        Ok(()) => {}
        // It names the smallest case that fails.
        Err(TestError::Fail(reason, _)) => panic!("{reason}"),
        Err(error) => panic!("{error}"),
    }
    let reasons = reasons.into_inner();
    println!("{reasons:?}");
    assert_eq!(reasons.len(), 11, "some reasons never occur: {reasons:?}");
    assert!(reasons.values().all(|count| *count >= cases() / 1_000), "some reasons are too rare: {reasons:?}");
}

#[test]
fn the_engine_decides_as_the_documents_say() {
    compare(0);
}

#[test]
fn the_engine_decides_as_the_documents_say_again() {
    compare(1);
}
