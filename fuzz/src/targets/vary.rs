//! `Vary` of an origin server's response, in one or more lines: it gets the member that caches need, once, and loses none.

use std::sync::LazyLock;

use serde_json::json;
use test_support::head::{Head, Response};
use test_support::{case, edit};

use crate::Target;
use crate::compared::{Compared, request, response};

pub(super) const TARGET: Target = Target { name: "vary", check, seeds, words: &WORDS, longest: 1000 };

const WORDS: [&str; 8] =
    ["Origin", "origin", "ORIGIN", "*", ", ", "Accept-Encoding", "X-Origin", "Origin-Agent-Cluster"];

fn seeds() -> Vec<Vec<u8>> {
    let lines = |case: &case::Case| -> Vec<String> {
        let headers = case.origin_server.headers.iter();
        headers.filter(|(name, _)| name.eq_ignore_ascii_case("vary")).map(|(_, value)| value.clone()).collect()
    };
    case::load().iter().map(|case| lines(case).join("\n").into_bytes()).collect()
}

/// With responses that depend on the origin, for one reason or another, and one whose responses do not.
static POLICIES: LazyLock<[(Compared, bool); 4]> = LazyLock::new(|| {
    [
        (json!({ "allowOrigins": ["https://app.example.com"] }), true),
        (json!({ "allowOrigins": ["*"] }), false),
        (json!({ "allowOrigins": ["*"], "rollout": 50, "mode": "enforce" }), true),
        (json!({ "allowOrigins": ["*"], "timingAllowOrigins": ["https://app.example.com"] }), true),
    ]
    .map(|(policy, varies)| (Compared::new(&policy).unwrap(), varies))
});

fn check(bytes: &[u8]) {
    let lines: Vec<(&str, &[u8])> = bytes.split(|byte| *byte == b'\n').map(|line| ("vary", line)).collect();
    for (compared, varies) in &*POLICIES {
        for origin in [&[][..], &[("origin", "https://app.example.com")]] {
            if let Ok(text) = std::str::from_utf8(bytes) {
                let lines: Vec<(&str, &str)> = text.split('\n').map(|line| ("vary", line)).collect();
                compared.outcome(&request("GET", "/", origin), &response(&lines));
            }
            let head = Head { headers: origin, ..Head::default() };
            let exchange = compared.policies.decide(&head);
            let mut edited: Vec<(String, Vec<u8>)> =
                lines.iter().map(|(name, line)| ((*name).to_owned(), line.to_vec())).collect();
            for change in exchange.decorate(&Response { status: 200, headers: &lines }) {
                edit::apply(change, &mut edited);
            }
            edited.retain(|(name, _)| name == "vary");
            assert!(edited.iter().zip(&lines).all(|((_, after), (_, before))| after == before), "a line is changed");
            assert!(edited.len() >= lines.len(), "a line is lost");
            assert!(!varies || edited.iter().any(|(_, line)| names_origin(line)), "Origin is missing: {edited:?}");
            let twice = exchange.decorate(&Response { status: 200, headers: &edited });
            assert!(
                twice.filter(|change| edit::name(change) == "vary").count() == 0,
                "Origin is added twice: {edited:?}"
            );
        }
    }
}

fn names_origin(line: &[u8]) -> bool {
    let line = String::from_utf8_lossy(line);
    line.split(',').map(|member| member.trim_matches([' ', '\t'])).any(|m| m == "*" || m.eq_ignore_ascii_case("origin"))
}
