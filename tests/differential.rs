//! The engine against two others: a matcher that is written from the documentation alone, and a
//! browser that is written from the Fetch standard.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by failing")]

use std::cell::Cell;

use edge_cors::browser::{Call, Initiator, Network, Url, Verdict, fetch};
use edge_cors::{Origin, OriginPattern, PolicySet, ProblemKind, Reason, WarningAbout};
use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};
use proptest::test_runner::{Config, RngSeed, TestRunner};
use serde_json::{Value, json};
use test_support::generate;
use test_support::head::Head;

/// The same cases every time.
fn runner(cases: u32) -> TestRunner {
    TestRunner::new(Config { cases, rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..Config::default() })
}

/// Whether an origin matches a pattern, by the section "Origin patterns" of docs/configuration.md.
fn naive(pattern: &str, origin: &str) -> bool {
    if pattern == "*" {
        return true;
    }
    let (Some((scheme, pattern)), Some((of_origin, origin))) = (pattern.split_once("://"), origin.split_once("://"))
    else {
        return pattern == origin;
    };
    let ((host_pattern, port_pattern), (host, port)) = (split_port(pattern), split_port(origin));
    scheme == of_origin && (port_pattern == Some("*") || port_pattern == port) && naive_host(host_pattern, host)
}

fn naive_host(pattern: &str, host: &str) -> bool {
    match pattern.strip_prefix('*') {
        Some("") => true,
        // A name, the dot and the parent.
        Some(parent) => host.strip_suffix(parent).is_some_and(|name| !name.is_empty()),
        None => naive_text(pattern, host),
    }
}

fn naive_text(pattern: &str, text: &str) -> bool {
    if let Some((name, rest)) = pattern.strip_prefix('{').and_then(|tail| tail.split_once('}')) {
        let class: fn(char) -> bool = match name {
            "digits" => |c| c.is_ascii_digit(),
            "hex" => |c| c.is_ascii_hexdigit(),
            "alnum" => |c| c.is_ascii_alphanumeric(),
            _ => |c| c.is_ascii_alphanumeric() || c == '-' || c == '_',
        };
        let most = text.chars().take_while(|c| class(*c)).count();
        return (1..=most).any(|length| naive_text(rest, text.get(length..).unwrap()));
    }
    let (first, of_text) = (pattern.chars().next(), text.chars().next());
    first == of_text
        && first.is_none_or(|c| naive_text(pattern.get(c.len_utf8()..).unwrap(), text.get(c.len_utf8()..).unwrap()))
}

fn split_port(authority: &str) -> (&str, Option<&str>) {
    let colon = authority.rsplit_once(':').filter(|(_, port)| !port.ends_with(']'));
    colon.map_or((authority, None), |(host, port)| (host, Some(port)))
}

/// Hosts that nearly collide: the same labels and suffixes again and again.
fn host() -> impl Strategy<Value = String> {
    let label = select(vec!["a", "b", "ab", "a-b", "1", "12", "f0", "pr-1", "pr-1a", "a_1", "x"]);
    let suffix = select(vec!["example.com", "b.example.com", "ample.com", "example.com.b", "ab", "localhost", "f0.x"]);
    let name = (prop::collection::vec(label, 0..3), suffix);
    let name =
        name.prop_map(|(labels, suffix)| labels.iter().map(|label| format!("{label}.")).collect::<String>() + suffix);
    let other = select(vec![
        "127.0.0.1",
        "10.0.0.1",
        "[::1]",
        "[2001:db8::1]",
        ".",
        "MyApp",
        "F0-1a",
        "a..b",
        "a.B.example.com",
    ]);
    prop_oneof![6 => name, 1 => other.prop_map(str::to_owned)]
}

fn host_pattern() -> impl Strategy<Value = String> {
    let piece = select(vec!["{digits}", "{hex}", "{alnum}", "{label}", "a", "1", "-", "pr-", ".", "f0"]);
    let pieces = prop::collection::vec(piece, 1..5).prop_map(|pieces| pieces.concat());
    prop_oneof![
        3 => host(),
        3 => host().prop_map(|parent| format!("*.{parent}")),
        3 => (pieces.clone(), host()).prop_map(|(pieces, host)| format!("{pieces}.{host}")),
        1 => pieces,
        1 => Just("*".to_owned()),
    ]
}

const SCHEMES: [&str; 4] = ["https", "http", "app", "moz-extension"];

fn pattern() -> impl Strategy<Value = String> {
    let port = select(vec!["", "", "", ":*", ":8443", ":81", ":443"]);
    let tuple = (select(&SCHEMES[..]), host_pattern(), port);
    let pattern = prop_oneof![
        30 => tuple.prop_map(|(scheme, host, port)| format!("{scheme}://{host}{port}")),
        1 => Just("null".to_owned()),
    ];
    pattern.prop_filter("not a pattern", |pattern| OriginPattern::parse(pattern).is_ok())
}

fn origin() -> impl Strategy<Value = String> {
    let port = select(vec!["", "", "", ":8443", ":81", ":80", ":843"]);
    let tuple = (select(&SCHEMES[..]), host(), port);
    let origin = prop_oneof![
        30 => tuple.prop_map(|(scheme, host, port)| format!("{scheme}://{host}{port}")),
        1 => Just("null".to_owned()),
    ];
    origin.prop_filter("not an origin", |origin| Origin::parse(origin.as_bytes()).is_some())
}

/// An origin that a pattern matches, and one that differs from it in one character.
fn near(pattern: &str, filling: &str, at: Index, other: char) -> [String; 2] {
    let mut origin = pattern.replacen("://*", &format!("://{filling}"), 1).replace(":*", ":8443");
    while let Some((start, tail)) = origin.split_once('{') {
        let fill = if tail.starts_with("digits") { "12" } else { filling };
        origin = format!("{start}{fill}{}", tail.split_once('}').unwrap().1);
    }
    let changed = at.index(origin.len());
    let miss = origin.char_indices().map(|(index, c)| if index == changed { other } else { c }).collect();
    [origin, miss]
}

fn count(cell: &Cell<u32>) {
    cell.set(cell.get() + 1);
}

#[test]
fn a_policy_matches_what_the_documentation_says() {
    let [matched, missed, covered] = [const { Cell::new(0) }; 3];
    let patterns = prop_oneof![
        20 => prop::collection::vec(pattern(), 1..10),
        1 => Just(vec!["*".to_owned()]),
    ];
    let misses = (select(vec!["f0", "a", "1", "F0"]), any::<Index>(), select(vec!['a', '1', '-', '.', 'x']));
    let strategy = (patterns, prop::collection::vec(origin(), 20), misses);
    let outcome = runner(1_000).run(&strategy, |(patterns, mut origins, (filling, at, other))| {
        let configuration = json!({ "allowOrigins": patterns, "dangerouslyAllow": ["null-origin"] });
        let (policies, warnings) = PolicySet::from_json(&configuration.to_string()).unwrap();
        let near = patterns.iter().flat_map(|pattern| near(pattern, filling, at, other));
        origins.extend(near.filter(|origin| Origin::parse(origin.as_bytes()).is_some()));
        for origin in &origins {
            let expected = patterns.iter().any(|pattern| naive(pattern, origin));
            let headers = [("origin", origin)];
            let found = policies.decide(&Head { headers: &headers, ..Head::default() }).verdict().reason();
            let same_origin = found == Reason::SameOrigin && !expected;
            prop_assert!(same_origin || (found == Reason::Allowed) == expected, "{origin}: {found}, {patterns:?}");
            count(if expected { &matched } else { &missed });
        }
        // A pattern that is reported as covered can be removed.
        for warning in warnings.iter() {
            let ProblemKind::Warning(WarningAbout::OriginCovered { origin: narrow, by }) = warning.kind() else {
                continue;
            };
            prop_assert!(patterns.contains(by) && patterns.contains(narrow), "{narrow} by {by}: {patterns:?}");
            for origin in origins.iter().filter(|origin| naive(narrow, origin)) {
                prop_assert!(naive(by, origin), "{narrow} is not covered by {by}: {origin}");
                count(&covered);
            }
        }
        Ok(())
    });
    outcome.unwrap();
    println!("{} matched, {} did not, {} were covered", matched.get(), missed.get(), covered.get());
    let enough = matched.get() > 4_000 && missed.get() > 10_000 && covered.get() > 200;
    assert!(enough, "the generators make too few of one kind");
}

fn call() -> impl Strategy<Value = Call> {
    let origin = select(vec![
        "https://app.example.com",
        "https://a.b.example.com",
        "https://pr-12.example.org",
        "https://r-abc.example.net",
        "http://localhost:3000",
        "capacitor://localhost",
        "https://evil.example",
        "null",
    ]);
    let paths = ["/", "/v1", "/v1/users", "/v1/users/7?x", "/v1x", "/v1/%75sers", "/v1//users", "/V1/users"];
    let path = select(paths.to_vec());
    let method = select(vec!["GET", "POST", "HEAD", "put", "PUT", "patch", "PATCH", "DELETE", "QUERY", "TRACE"]);
    let headers = [
        ("content-type", "application/json"),
        ("Content-Type", "text/plain"),
        ("Authorization", "Bearer x"),
        ("X-A", "1"),
        ("x-b", "1"),
        ("accept", "text/html"),
        ("accept", "(long)"),
        ("cookie", "a=b"),
    ];
    let headers = subsequence(headers.to_vec(), 0..4);
    let initiator = select(vec![Initiator::Fetch, Initiator::XmlHttpRequest]);
    (origin, path, method, headers, any::<bool>(), any::<bool>(), initiator).prop_map(
        |(origin, path, method, headers, credentials, upload_listener, initiator)| Call {
            method: method.to_owned(),
            headers: headers.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            credentials,
            upload_listener,
            initiator,
            ..Call::new(origin, Url::parse(&format!("https://api.example.com{path}")).unwrap())
        },
    )
}

/// Makes every policy of a configuration act on every request.
fn enforced(mut configuration: Value) -> Value {
    let enforce = |policy: &mut Value| {
        for (field, value) in [("mode", json!("enforce")), ("rollout", json!(100))] {
            policy.as_object_mut().unwrap().insert(field.to_owned(), value);
        }
    };
    match configuration.get_mut("policies").and_then(Value::as_object_mut) {
        Some(policies) => policies.values_mut().for_each(enforce),
        None => enforce(&mut configuration),
    }
    configuration
}

fn allows_credentials(configuration: &Value, policy: &str) -> bool {
    let policies = configuration.get("policies").unwrap_or(configuration);
    policies.get(policy).unwrap_or(policies).get("allowCredentials") == Some(&json!(true))
}

/// For calls of another origin by `fetch()` and `XMLHttpRequest`, to an origin server that sends no
/// CORS headers: if the page can read the response, the verdict on every request of the call was
/// `allowed`. If every policy is enforced, it is also the other way around, except for credentials:
/// a call with credentials needs a policy that allows them, which the verdict does not tell.
#[test]
fn a_page_can_read_what_every_verdict_allowed() {
    let (read, hidden) = (Cell::new(0), Cell::new(0));
    let strategy = (generate::configuration(), any::<bool>(), prop::collection::vec(call(), 20));
    let outcome = runner(500).run(&strategy, |(configuration, all, calls)| {
        let configuration = if all { enforced(configuration) } else { configuration };
        // Two routes can conflict.
        let Ok((policies, _)) = PolicySet::from_json(&configuration.to_string()) else {
            return Ok(());
        };
        for call in &calls {
            let outcome = fetch(call, &Network::new(&policies));
            let steps = &outcome.steps;
            let reads = matches!(outcome.verdict, Verdict::Readable);
            let allowed = !steps.is_empty() && steps.iter().all(|step| step.reason == Some(Reason::Allowed));
            let with_credentials =
                |policy: &Option<String>| allows_credentials(&configuration, policy.as_ref().unwrap());
            let granted = allowed && (!call.credentials || steps.iter().all(|step| with_credentials(&step.policy)));
            prop_assert!(!reads || granted, "read, but not allowed: {call:?}, {outcome:?}");
            prop_assert!(!all || !granted || reads, "allowed, but not read: {call:?}, {outcome:?}");
            count(if reads { &read } else { &hidden });
        }
        Ok(())
    });
    outcome.unwrap();
    println!("{} read, {} hidden", read.get(), hidden.get());
    assert!(read.get() > 300 && hidden.get() > 3_000, "the generators make too few of one kind");
}
