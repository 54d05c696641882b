//! The normal form of any configuration says the same. What must hold of any text, `fuzz/` checks.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by failing")]

use edge_cors::{ConfigError, PolicySet, normal_form};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;
use test_support::generate::configuration;
use test_support::head::{Head, Response};

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
    let headers = [("vary", "Accept"), ("access-control-allow-origin", "https://old.example")];
    let edits: Vec<_> = exchange.decorate(&Response { status: 200, headers: &headers }).collect();
    let policy = exchange.policy().map(|policy| policy.name().to_owned());
    format!("{} {policy:?} {answer:?} {edits:?}", exchange.verdict())
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
