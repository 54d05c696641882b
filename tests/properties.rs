//! Properties of every configuration and every text: the normal form says the same, problems
//! have a place, nothing panics and nothing takes long.
//!
//! `FUZZ_SECONDS` sets how long arbitrary and mutated texts are tried, `FUZZ_FIRST` where they begin.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by failing")]

use std::time::{Duration, Instant};

use arbitrary::Unstructured;
use edge_cors::{ConfigError, PolicySet, normal_form};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;
use test_support::generate::configuration;
use test_support::head::{Head, Response};
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
