//! What a configuration may cost while it loads, in memory and in words, however wrong it is.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by failing")]

use allocation_counter::measure;
use edge_cors::PolicySet;

/// The codes of the errors of a configuration, without repetitions.
fn codes(source: &str) -> Vec<&'static str> {
    let mut codes: Vec<_> =
        PolicySet::from_json(source).unwrap_err().problems().map(|problem| problem.code()).collect();
    codes.dedup();
    codes
}

fn list(count: usize, entry: impl Fn(usize) -> String) -> String {
    let entries: Vec<String> = (0..count).map(entry).collect();
    entries.join(",")
}

fn origins(count: usize) -> String {
    format!("{{\"allowOrigins\": [{}]}}", list(count, |i| format!("\"https://a{i}.example\"")))
}

fn policies(count: usize) -> String {
    format!("{{\"policies\": {{{}}}}}", list(count, |i| format!("\"p{i}\": {{\"allowOrigins\": [\"https://a.b\"]}}")))
}

fn routes(count: usize) -> String {
    let routes = list(count, |i| format!("{{\"path\": \"/{i}\", \"policy\": null}}"));
    format!("{{\"policies\": {{\"p\": {{\"allowOrigins\": []}}}}, \"routes\": [{routes}]}}")
}

#[test]
fn what_is_within_the_limits_loads() {
    for source in [origins(100_000), policies(1_000), routes(10_000)] {
        assert!(PolicySet::from_json(&source).is_ok());
    }
}

#[test]
fn what_is_beyond_a_limit_is_an_error() {
    for source in [origins(100_001), policies(1_001), routes(10_001), " ".repeat(8 * 1024 * 1024 + 1)] {
        assert_eq!(codes(&source), ["too-many"]);
    }
}

/// Policies and routes that name policies which do not exist: each error keeps one name, not all.
#[test]
fn thousands_of_errors_take_little_memory() {
    let named = list(1_000, |i| format!("\"p{i}\": {{\"allowOrigins\": [\"https://a.b\"], \"shadow\": \"q{i}\"}}"));
    let routes = list(4_000, |i| format!("{{\"path\": \"/{i}\", \"policy\": \"q{i}\"}}"));
    let source = format!("{{\"policies\": {{{named}}}, \"routes\": [{routes}]}}");
    let mut problems = None;
    let counted = measure(|| problems = PolicySet::from_json(&source).err());
    let problems = problems.unwrap();
    let unknown = problems.errors().iter().filter(|error| error.code() == "unknown-policy").count();
    assert_eq!((unknown, problems.omitted() - problems.warnings().omitted()), (100, 4_900));
    assert!(counted.bytes_max < 6 << 20, "{} bytes", counted.bytes_max);
    assert!(problems.to_string().ends_with("more"), "{problems}");
}

#[test]
fn a_long_value_is_not_repeated_at_length() {
    let long = "x".repeat(1 << 20);
    for source in [
        format!("{{\"allowOrigins\": [\"https://{long}/\"]}}"),
        format!("{{\"allowOrigins\": [\"{}\"]}}", "\u{fc}".repeat(60_000)),
        format!("{{\"allowOrigins\": \"{long}\"}}"),
        format!("{{\"allowOrigins\": [], \"{long}\": 1}}"),
        format!("{{\"allowOrigins\": [], \"mode\": \"{long}\", \"maxAge\": \"{long}\"}}"),
        format!("{{\"allowOrigins\": [], \"allowMethods\": [\"{long} \"], \"allowHeaders\": [\"{long}:\"]}}"),
        format!("{{\"allowOrigins\": [{{\"regex\": \"{long}\"}}]}}"),
        format!("{{\"policies\": {{\"{long}\": {{\"allowOrigins\": []}}}}, \"default\": \"{long}y\"}}"),
    ] {
        let problems = PolicySet::from_json(&source).unwrap_err();
        for problem in problems.problems() {
            assert!(problem.to_string().len() < 2_000, "{}", problem.code());
        }
    }
}
