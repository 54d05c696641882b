//! The strings that cross between JavaScript and the Worker's wasm: a request, a line `->`, a status and the headers
//! of a response. Whatever they are, the answer and the edits can be read again line by line; and a request that the
//! entry can have packed is decided like the same request in any other host.

// The file itself: the Worker is built for JavaScript only, and exports nothing to Rust.
#[path = "../../../worker/src/packed.rs"]
mod worker;

use std::sync::LazyLock;

use edge_cors::{PolicySet, READ_FROM_REQUESTS, READ_FROM_RESPONSES};
use test_support::case;
use test_support::head::{Head, Response};

use crate::Target;
use worker::{PackedRequest, PackedResponse, pack_decision, pack_edits};

pub(super) const TARGET: Target = Target { name: "packed", check, seeds, words: &WORDS, longest: 2000 };

const WORDS: [&str; 18] = [
    "https://api.example.com/",
    "\norigin\nhttps://app.example.com",
    "\norigin\nhttps://evil.example",
    "\naccess-control-request-method\nPUT",
    "\naccess-control-request-headers\nx-a",
    "\naccess-control-request-private-network\ntrue",
    "\nsec-fetch-site\nsame-origin",
    "\nupgrade\nwebsocket",
    "\nvary\nAccept",
    "\nvary\n*",
    "\naccess-control-allow-origin\n*",
    "\n->\n200\n",
    "\n->\n101\n",
    "OPTIONS\n",
    "/echo/",
    "/full",
    "/list/",
    "/%2565cho",
];

/// With every field.
static POLICIES: LazyLock<PolicySet> = LazyLock::new(|| {
    let source = include_str!("../../../tests/data/allocations.json");
    PolicySet::from_json(source).unwrap().0
});

fn seeds() -> Vec<Vec<u8>> {
    let lines = |headers: &[(String, String)], names: &[&str]| -> String {
        let read = names.iter().filter_map(|name| headers.iter().find(|(line, _)| line.eq_ignore_ascii_case(name)));
        read.map(|(name, value)| format!("{}\n{value}\n", name.to_ascii_lowercase())).collect()
    };
    let seed = |case: &case::Case| {
        let (request, response) = (&case.request, &case.origin_server);
        let url = format!("https://{}{}", request.host.as_deref().unwrap_or("h"), request.path);
        let sent = lines(&request.headers, READ_FROM_REQUESTS);
        let got = lines(&response.headers, READ_FROM_RESPONSES);
        format!("{}\n{url}\n{sent}->\n{}\n{got}", request.method, response.status).into_bytes()
    };
    case::load().iter().map(seed).collect()
}

fn check(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (request, response) = text.split_once("\n->\n").unwrap_or((text, ""));
    let (status, headers) = response.split_once('\n').unwrap_or((response, ""));
    let status = status.parse().unwrap_or(200);
    let request = format!("{request}\n");

    let packed = PackedRequest::parse(&request);
    let exchange = POLICIES.decide(&packed);
    let decision = pack_decision(&exchange);
    read_decision(&decision);
    let edits = pack_edits(exchange.decorate(&PackedResponse::parse(status, headers)));
    read_edits(&edits);
    if let Some(record) = exchange.record(&packed) {
        serde_json::from_str::<serde_json::Value>(&record.to_json()).expect("a record is JSON");
    }

    let mut lines = request.split('\n');
    let (Some(method), Some(url)) = (lines.next(), lines.next()) else { return };
    let (sent, got) = (pairs(lines), pairs(headers.split('\n')));
    let Some((scheme, rest)) = url.split_once("://") else { return };
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    // The runtime combines the lines of a header, so each name is there once, in lower case.
    if !is_unique(&sent) || !is_unique(&got) {
        return;
    }
    let head = Head {
        method,
        scheme,
        authority: Some(authority.as_bytes()),
        path: Some(path.as_bytes()),
        headers: &sent,
        policy_name: None,
    };
    let plain = POLICIES.decide(&head);
    assert_eq!(pack_decision(&plain), decision, "{head:?}");
    assert_eq!(pack_edits(plain.decorate(&Response { status, headers: &got })), edits, "{head:?}");
}

fn pairs<'l>(mut lines: impl Iterator<Item = &'l str>) -> Vec<(&'l str, &'l str)> {
    std::iter::from_fn(|| Some((lines.next()?, lines.next()?))).collect()
}

fn is_unique(headers: &[(&str, &str)]) -> bool {
    let repeated = |at: usize| headers[..at].iter().any(|(name, _)| *name == headers[at].0);
    (0..headers.len()).all(|at| !headers[at].0.contains(char::is_uppercase) && !repeated(at))
}

/// As `answer` in worker/response.js reads it.
fn read_decision(decision: &str) {
    let Some(answer) = decision.strip_prefix("answer\n") else {
        return assert!(["leave", "decorate"].contains(&decision), "{decision:?}");
    };
    let lines: Vec<&str> = answer.split('\n').collect();
    assert!(["200", "204", "403"].contains(&lines[0]) && lines.len() % 2 == 1, "{decision:?}");
    for header in lines[1..].chunks(2) {
        assert!(is_header(header[0], header[1]), "{decision:?}");
    }
}

/// As `edit` in worker/response.js reads it.
fn read_edits(edits: &str) {
    let lines: Vec<&str> = edits.split('\n').collect();
    assert!(lines.len() % 2 == 1 && lines.last() == Some(&""), "{edits:?}");
    for edit in lines.chunks_exact(2) {
        let (verb, name) = edit[0].split_at(1);
        assert!("-=+".contains(verb) && is_header(name, edit[1]), "{edits:?}");
        assert_eq!(verb == "-", edit[1].is_empty(), "{edits:?}");
    }
}

/// What JavaScript's `Headers` accept.
fn is_header(name: &str, value: &str) -> bool {
    let is_token = !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    is_token && value.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}
