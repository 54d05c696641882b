//! What it costs to load 100,000 of anything, or as much as the limits permit: `make bench`.
#![allow(clippy::unwrap_used, missing_docs, reason = "a benchmark is no library")]

use divan::{Bencher, black_box};
use edge_cors::PolicySet;

fn main() {
    divan::main();
}

fn load(bencher: Bencher<'_, '_>, source: &str) {
    bencher.bench(|| PolicySet::from_json(black_box(source)).is_ok());
}

/// 100,000 origin patterns, with credentials and every danger named.
#[divan::bench(sample_count = 3, args = [
    "https://app#.example.com", "https://*.x#.example", "https://*.x#.co.jp", "https://*.x.tld#",
    "https://{hex}--site#.netlify.app", "s#://*", "moz-extension://a#", "https://app#.example.com/",
    "https://b\u{fc}cher#.example", "https://app#.example.com, https://b.example",
])]
fn origins(bencher: Bencher<'_, '_>, pattern: &str) {
    let list: Vec<String> = (0..100_000).map(|i| format!("\"{}\"", pattern.replace('#', &i.to_string()))).collect();
    let source = format!(
        "{{\"allowCredentials\": true, \"dangerouslyAllow\": [\"any-app-with-credentials\"], \"allowOrigins\": [{}]}}",
        list.join(",")
    );
    load(bencher, &source);
}

#[divan::bench(sample_count = 3, args = [1_000, 16_000, 100_000])]
fn policies(bencher: Bencher<'_, '_>, count: usize) {
    let named: Vec<String> = (0..count).map(|i| format!("\"p{i}\": {{\"allowOrigins\": [\"https://a.b\"]}}")).collect();
    load(bencher, &format!("{{\"policies\": {{{}}}}}", named.join(",")));
}

/// Each with a policy that does not exist.
#[divan::bench(sample_count = 3, args = [1_000, 10_000, 100_000])]
fn routes(bencher: Bencher<'_, '_>, count: usize) {
    let named: Vec<String> = (0..1_000).map(|i| format!("\"p{i}\": {{\"allowOrigins\": [\"https://a.b\"]}}")).collect();
    let routes: Vec<String> = (0..count)
        .map(|i| format!("{{\"host\": \"h{i}.example\", \"path\": \"/{i}\", \"policy\": \"q{i}\"}}"))
        .collect();
    load(bencher, &format!("{{\"policies\": {{{}}}, \"routes\": [{}]}}", named.join(","), routes.join(",")));
}

/// A value of so many characters outside ASCII.
#[divan::bench(sample_count = 3, args = [60_000, 1_000_000])]
fn unicode(bencher: Bencher<'_, '_>, count: usize) {
    load(bencher, &format!("{{\"allowOrigins\": [\"https://{}.example\"]}}", "\u{fc}".repeat(count)));
}

/// Keys that no object has.
#[divan::bench(sample_count = 3, args = [100_000])]
fn unknown_fields(bencher: Bencher<'_, '_>, count: usize) {
    let keys: Vec<String> = (0..count).map(|i| format!("\"k{i}\": 1")).collect();
    load(bencher, &format!("{{\"allowOrigins\": [], {}}}", keys.join(",")));
}

#[divan::bench(sample_count = 3, args = [100_000])]
fn header_names(bencher: Bencher<'_, '_>, count: usize) {
    let names: Vec<String> = (0..count).map(|i| format!("\"x-{}\"", i / 2)).collect();
    load(bencher, &format!("{{\"allowOrigins\": [], \"allowHeaders\": [{}]}}", names.join(",")));
}
