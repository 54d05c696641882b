//! Properties of every configuration and every text: the normal form says the same, problems
//! have a place, nothing panics and nothing takes long.
//!
//! `FUZZ_SECONDS` sets how long arbitrary and mutated texts are tried, `FUZZ_FIRST` where they begin.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by failing")]

use std::time::{Duration, Instant};

use arbitrary::Unstructured;
use edge_cors::{ConfigError, PolicySet, normal_form};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::RngSeed;
use serde_json::{Map, Value, json};
use test_support::head::Head;
use test_support::problem;

/// A request made of a few parts.
#[derive(Clone, Debug)]
struct Parts {
    path: String,
    method: &'static str,
    origin: Option<String>,
    requested_method: Option<String>,
    requested_headers: Option<String>,
}

impl Parts {
    fn headers(&self) -> Vec<(&'static str, &str)> {
        let headers = [
            ("origin", &self.origin),
            ("access-control-request-method", &self.requested_method),
            ("access-control-request-headers", &self.requested_headers),
        ];
        headers.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?))).collect()
    }
}

/// Everything that a policy set makes of a request, as text.
fn verdict(policies: &PolicySet, request: &Parts) -> String {
    let (headers, path) = (request.headers(), Some(request.path.as_bytes()));
    let head = Head { method: request.method, scheme: "https", path, headers: &headers, ..Head::default() };
    let exchange = policies.decide(&head);
    let answer = exchange.answer();
    let answer = answer.as_ref().map(|answer| (answer.status(), answer.headers().collect::<Vec<_>>()));
    let upstream: [(&str, &[u8]); 2] = [("vary", b"Accept"), ("access-control-allow-origin", b"https://old.example")];
    let edits: Vec<_> = exchange.decorate(200, upstream.into_iter()).collect();
    let policy = exchange.policy().map(|policy| policy.name().to_owned());
    format!("{} {policy:?} {answer:?} {edits:?}", exchange.verdict())
}

const ORIGINS: [&str; 12] = [
    "https://app.example.com",
    "https://*.example.com",
    "https://*.example.com:*",
    "https://pr-{digits}.example.org",
    "https://{label}.{hex}.example.org:8443",
    "http://localhost:*",
    "http://127.0.0.1:3000",
    "https://[::1]:8443",
    "capacitor://localhost",
    "https://xn--bcher-kva.example",
    "https://*",
    "null",
];

fn policy() -> impl Strategy<Value = Value> {
    let origins =
        prop_oneof![4 => subsequence(&ORIGINS[..], 0..6).prop_map(|list| json!(list)), 1 => Just(json!(["*"]))];
    let methods = subsequence(vec!["PUT", "PATCH", "DELETE", "QUERY", "*", "GET"], 0..4);
    let headers = subsequence(vec!["content-type", "Authorization", "x-a", "X-B", "*", "accept"], 0..4);
    let exposed = subsequence(vec!["x-request-id", "ETag", "link"], 0..3);
    let max_age =
        prop_oneof![Just(json!(0)), Just(json!(600.0)), Just(json!("10m")), Just(json!("1h30m")), Just(json!(5))];
    let choice = (
        select(vec!["enforce", "report", "off"]),
        select(vec!["refuse", "forward"]),
        select(vec!["replace", "keep"]),
        select(vec!["forward", "reject"]),
        select(vec!["ignore", "report", "reject"]),
        select(vec!["explain", "silent"]),
    );
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>(), 0..=100_u64);
    (origins, methods, headers, exposed, max_age, choice, flags).prop_map(
        |(origins, methods, headers, exposed, max_age, choice, (credentials, regex, debug, network, rollout))| {
            let mut origins = origins;
            if regex && origins != json!(["*"]) {
                origins.as_array_mut().unwrap().push(json!({ "regex": "https://r-[a-c]+\\.example\\.net" }));
            }
            json!({
                "allowOrigins": origins, "allowMethods": methods, "allowHeaders": headers, "exposeHeaders": exposed,
                "maxAge": max_age, "mode": choice.0, "unmatchedPreflights": choice.1, "upstreamHeaders": choice.2,
                "disallowedRequests": choice.3, "webSockets": choice.4, "refusedPreflights": choice.5, "allowCredentials": credentials,
                "debug": debug, "allowPrivateNetwork": network, "rollout": rollout,
                "dangerouslyAllow":
                    ["any-origin-with-credentials", "insecure-origins", "null-origin", "regex-origins"],
            })
        },
    )
}

/// A policy in the short form, or several with routes.
fn configuration() -> impl Strategy<Value = Value> {
    let path = prop_oneof![
        Just(json!("/")),
        Just(json!("/v1/")),
        Just(json!("/v1/users")),
        Just(json!({ "exact": "/v1/users" }))
    ];
    let target = prop_oneof![
        3 => select(vec![json!("a"), json!("b"), json!("c")]),
        2 => subsequence(vec!["a", "b", "c"], 1..=3).prop_shuffle().prop_map(|list| json!(list)),
        1 => Just(Value::Null),
    ];
    let host = select(vec![None, Some("api.example.com"), Some("*.example.com")]);
    let route = (path, target.clone(), host).prop_map(|(path, policy, host)| {
        let mut route = Map::from_iter([("path".to_owned(), path), ("policy".to_owned(), policy)]);
        route.extend(host.map(|host| ("host".to_owned(), json!(host))));
        Value::Object(route)
    });
    let full = ([policy(), policy(), policy()], prop::collection::vec(route, 0..5), target, any::<bool>());
    let full = full.prop_map(|([a, b, c], routes, default, metadata)| {
        json!({ "policies": { "a": a, "b": b, "c": c }, "routes": routes, "default": default, "routeMetadata": metadata })
    });
    prop_oneof![policy(), full]
}

fn request() -> impl Strategy<Value = Parts> {
    let origin = prop_oneof![
        select(vec![
            "https://app.example.com",
            "https://a.b.example.com",
            "https://example.com:81",
            "https://pr-12.example.org",
            "https://r-abc.example.net",
            "http://localhost:3000",
            "https://evil.example",
            "https://api.example.com",
            "null",
            "https://app.example.com/",
        ])
        .prop_map(str::to_owned),
        "[a-z]{1,6}://[a-z.-]{1,20}(:[0-9]{1,5})?",
    ];
    let method = select(vec!["GET", "POST", "OPTIONS"]);
    let path = select(vec!["/", "/v1", "/v1/users", "/v1/users/7?x", "/v1x", "/v1/../x"]);
    let requested = prop::option::of(select(vec!["PUT", "patch", "TRACE", "GET", "a b"]));
    let names = prop::option::of(select(vec!["content-type", "X-A,authorization", "x-b, ,x-a", "", "x y"]));
    let origin = prop::option::of(origin);
    (path, method, origin, requested, names).prop_map(|(path, method, origin, requested, names)| Parts {
        path: path.to_owned(),
        method,
        origin,
        requested_method: requested.map(str::to_owned),
        requested_headers: names.map(str::to_owned),
    })
}

proptest! {
    // The same cases every time.
    #![proptest_config(ProptestConfig { cases: 512, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn the_normal_form_gives_the_same_verdicts(
        configuration in configuration(),
        requests in prop::collection::vec(request(), 1..20),
    ) {
        let source = serde_json::to_string_pretty(&configuration).unwrap();
        let normal = normal_form(&source).unwrap();
        prop_assert_eq!(&normal_form(&normal).unwrap(), &normal, "the normal form of a normal form is itself");
        match (PolicySet::from_json(&source), PolicySet::from_json(&normal)) {
            (Ok((first, _)), Ok((second, _))) => {
                for request in &requests {
                    prop_assert_eq!(verdict(&first, request), verdict(&second, request), "{:?}", request);
                }
            }
            (Err(first), Err(second)) => prop_assert_eq!(codes(&first), codes(&second)),
            (first, second) => prop_assert!(false, "{:?} but {:?}", first.is_ok(), second.is_ok()),
        }
    }
}

fn codes(error: &ConfigError) -> Vec<String> {
    let mut codes: Vec<String> =
        error.problems().map(|problem| format!("{} {}", problem.code(), problem.pointer())).collect();
    codes.sort();
    codes
}

/// How long one text of 8 kB may take. Generous: what this is to catch takes minutes.
const PATIENCE: Duration = Duration::from_secs(5);

/// Reads a text as a configuration, and checks all that can be said of any.
fn check(text: &str) {
    let start = Instant::now();
    let problems = problem::problems(text);
    if let Ok((policies, _)) = PolicySet::from_json(text) {
        let normal = normal_form(text).unwrap();
        let (again, _) = PolicySet::from_json(&normal).unwrap();
        let request = Parts {
            path: "/".to_owned(),
            method: "OPTIONS",
            origin: Some("https://app.example.com".to_owned()),
            requested_method: Some("PUT".to_owned()),
            requested_headers: None,
        };
        assert_eq!(verdict(&policies, &request), verdict(&again, &request));
    }
    for problem in &problems {
        let before = text.get(..problem.offset()).unwrap();
        assert_eq!(problem.line(), 1 + before.matches('\n').count());
        let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
        assert_eq!(problem.column(), column);
        assert!(!problem.to_string().contains('\n'), "{problem}");
    }
    assert!(start.elapsed() < PATIENCE, "{:?} for {text:?}", start.elapsed());
}

/// Pieces that turn one configuration into another.
const PIECES: [&str; 22] = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "null",
    "true",
    "-1",
    "1e9",
    "\"*\"",
    "\\ud800",
    "é",
    "\u{0}",
    "\n",
    "{\"regex\": \"(a*)*\"}",
    "allowOrigins",
    "\"https://*.co.uk\"",
    "{digits}",
    "[[[[[[[[[[[[[[[[",
];

/// A seed with a few pieces of it cut out, doubled or replaced.
fn mutated(seeds: &[String], u: &mut Unstructured<'_>) -> arbitrary::Result<String> {
    let mut text = u.choose(seeds)?.clone();
    for _ in 0..u.int_in_range(1..=6)? {
        let start = text.floor_char_boundary(u.int_in_range(0..=text.len())?);
        let end = text.floor_char_boundary((start + u.int_in_range(0..=24)?).min(text.len()));
        let piece = match u.int_in_range(0..=3)? {
            0 => String::new(),
            1 => text.get(start..end).unwrap_or_default().repeat(u.int_in_range(2..=50)?),
            2 => (*u.choose(&PIECES)?).to_owned(),
            _ => u.choose(seeds)?.chars().skip(u.int_in_range(0..=80)?).take(30).collect(),
        };
        text.replace_range(start..end.max(start), &piece);
        if text.len() > 8192 {
            text.truncate(text.floor_char_boundary(8192));
        }
    }
    Ok(text)
}

/// Tries a property on one seed after another, for half of `FUZZ_SECONDS`.
///
/// The seeds are numbered, from `FUZZ_FIRST`: where nothing was changed nothing fails that did not
/// before. Another first number goes where nobody has been.
fn on_every_seed(mut property: impl FnMut(&mut Unstructured<'_>) -> arbitrary::Result<()>) {
    let number = |name: &str, default: u64| std::env::var(name).map_or(default, |text| text.parse().unwrap());
    let end = Instant::now() + Duration::from_secs(number("FUZZ_SECONDS", 2)) / 2;
    for seed in number("FUZZ_FIRST", 1).. {
        if Instant::now() > end {
            return;
        }
        // The high half is the generator's state, the low half how many bytes it makes.
        let (state, size) = (seed.wrapping_mul(0x9e37_79b1) << 32, 64 + seed % 2048);
        arbtest::arbtest(|u| {
            // An error says that the bytes were too few for this property.
            let _ = property(u);
            Ok(())
        })
        .seed(state | size);
    }
}

#[test]
fn mutated_texts_neither_panic_nor_hang() {
    // Mutations start from what is nearly right.
    let seeds: Vec<String> = problem::rows().iter().map(|(_, row)| row.source()).collect();
    on_every_seed(|u| {
        check(&mutated(&seeds, u)?);
        Ok(())
    });
}

#[test]
fn arbitrary_bytes_neither_panic_nor_hang() {
    on_every_seed(|u| {
        let bytes: Vec<u8> = u.arbitrary()?;
        check(&String::from_utf8_lossy(&bytes));
        let origin = edge_cors::Origin::parse(&bytes);
        assert!(origin.is_none_or(|origin| origin.as_str().as_bytes() == bytes));
        Ok(())
    });
}
