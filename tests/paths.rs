//! No page chooses its policy by how it spells a path: whatever a server can read as a path gets
//! that path's policy, or allows no origin.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by failing")]

use std::cell::Cell;

use edge_cors::{PolicySet, Reason};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::{Config, RngSeed, TestRunner};
use serde_json::{Value, json};
use test_support::head::Head;

/// The policies, each for one origin: who is allowed tells which one applies.
const POLICIES: [&str; 3] = ["a", "b", "c"];

/// Whose page may read what is at a path: one policy's, nobody's, or whoever the origin server says.
#[derive(Debug, PartialEq, Eq)]
enum Readers {
    Of(&'static str),
    Nobody,
    LeftAlone,
}

fn readers(policies: &PolicySet, path: &str) -> Readers {
    let reason = |policy: &str| {
        let origin = format!("https://{policy}.example");
        let headers = [("origin", origin.as_str())];
        let request = Head { method: "GET", path: Some(path.as_bytes()), headers: &headers, ..Head::default() };
        policies.decide(&request).verdict().reason()
    };
    match POLICIES.into_iter().find(|policy| reason(policy) == Reason::Allowed) {
        Some(policy) => Readers::Of(policy),
        None if reason("a") == Reason::NoPolicy => Readers::LeftAlone,
        None => Readers::Nobody,
    }
}

const SEGMENTS: [&str; 5] = ["admin", "open", "v1", "x", "a-b"];

/// The path of a route, as a configuration may have it: most are plain.
fn route_path() -> impl Strategy<Value = Value> {
    let segment =
        prop_oneof![8 => select(&SEGMENTS[..]), 1 => select(vec!["Admin", "%61dmin", "open;v=1", "caf%C3%A9"])];
    let path = prop::collection::vec(segment, 0..3).prop_map(|segments| format!("/{}", segments.join("/")));
    (path, any::<bool>()).prop_map(|(path, exact)| if exact { json!({ "exact": path }) } else { json!(path) })
}

fn configuration() -> impl Strategy<Value = Value> {
    let policy = || prop_oneof![6 => select(&POLICIES[..]).prop_map(|name| json!(name)), 1 => Just(Value::Null)];
    let host = select(vec![None, None, Some("api.example.com"), Some("*.example.com")]);
    let route = (host, route_path(), policy()).prop_map(|(host, path, policy)| match host {
        None => json!({ "path": path, "policy": policy }),
        Some(host) => json!({ "host": host, "path": path, "policy": policy }),
    });
    (prop::collection::vec(route, 1..6), policy()).prop_map(|(routes, default)| {
        let policies =
            POLICIES.map(|name| (name.to_owned(), json!({ "allowOrigins": [format!("https://{name}.example")] })));
        json!({ "policies": serde_json::Map::from_iter(policies), "routes": routes, "default": default })
    })
}

/// What a page can do to a path that some server takes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trick {
    UpperCase,
    RepeatSlashes,
    Parameters,
    Backslashes,
    DotSegments,
    Encode,
    EncodeAll,
}

const TRICKS: [Trick; 7] = [
    Trick::UpperCase,
    Trick::RepeatSlashes,
    Trick::Parameters,
    Trick::Backslashes,
    Trick::DotSegments,
    Trick::Encode,
    Trick::EncodeAll,
];

impl Trick {
    /// Plays this trick where `here` says so.
    fn play(self, path: &str, mut here: impl FnMut() -> bool) -> String {
        let mut spelled = String::new();
        for (at, c) in path.char_indices() {
            let changed = at > 0 && here();
            match (self, c) {
                (Self::UpperCase, c) if changed => spelled.push(c.to_ascii_uppercase()),
                (Self::RepeatSlashes, '/') if changed => spelled.push_str("///"),
                (Self::Parameters, '/') if changed => spelled.push_str(";v=1,2/"),
                (Self::Backslashes, '/') if changed => spelled.push('\\'),
                (Self::DotSegments, '/') if changed => spelled.push_str("/y/../"),
                (Self::Encode | Self::EncodeAll, c) if changed || (at > 0 && self == Self::EncodeAll) => {
                    spelled.push_str(&format!("%{:02x}", u32::from(c)));
                }
                (_, c) => spelled.push(c),
            }
        }
        spelled
    }
}

/// A path as SEGMENTS have it, and a spelling of it.
fn spelled_path() -> impl Strategy<Value = (String, String)> {
    let plain =
        prop::collection::vec(select(&SEGMENTS[..]), 1..4).prop_map(|segments| format!("/{}", segments.join("/")));
    // Servers take the tricks back in this order, the last first; they decode up to twice.
    let tricks = (subsequence(&TRICKS[..5], 0..4), subsequence(vec![Trick::Encode, Trick::EncodeAll], 0..=2));
    let order = [Trick::DotSegments, Trick::RepeatSlashes, Trick::UpperCase, Trick::Parameters, Trick::Backslashes];
    (plain, tricks, any::<u64>()).prop_map(move |(plain, (tricks, encodings), choices)| {
        let mut choice = choices | 1 << 63;
        let mut here = || {
            choice = choice.rotate_left(1) ^ (choice >> 3);
            choice & 1 == 1
        };
        let played = order.iter().filter(|trick| tricks.contains(trick)).chain(&encodings);
        let spelled = played.fold(plain.clone(), |path, trick| trick.play(&path, &mut here));
        (plain, spelled)
    })
}

#[test]
fn no_spelling_of_a_path_gets_more_than_the_path() {
    let (kept, refused) = (Cell::new(0), Cell::new(0));
    // The same cases every time.
    let mut runner = TestRunner::new(Config { cases: 1024, rng_seed: RngSeed::Fixed(1), ..Config::default() });
    let paths = prop::collection::vec(spelled_path(), 1..8);
    let outcome = runner.run(&(configuration(), paths), |(configuration, paths)| {
        // Some routes contradict each other, and the configuration is refused.
        let Ok((policies, _)) = PolicySet::from_json(&configuration.to_string()) else {
            return Ok(());
        };
        for (plain, spelled) in paths {
            let found = readers(&policies, &spelled);
            if found == Readers::Nobody {
                refused.set(refused.get() + usize::from(plain != spelled));
                continue;
            }
            prop_assert_eq!(found, readers(&policies, &plain), "{} as {}", plain, spelled);
            kept.set(kept.get() + usize::from(plain != spelled));
        }
        Ok(())
    });
    outcome.unwrap();
    // Both are common, or this shows nothing.
    assert!(kept.get() > 200 && refused.get() > 200, "{kept:?} {refused:?}");
}
