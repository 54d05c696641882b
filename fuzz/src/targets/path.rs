//! The path of a request, where routes choose a policy by it: the engine selects what the model selects, which tries
//! every reading.

use std::sync::LazyLock;

use edge_cors::Reason;
use serde_json::{Value, json};
use test_support::case;
use test_support::head::Head;

use crate::Target;
use crate::compared::{Compared, request, response};

pub(super) const TARGET: Target = Target { name: "path", check, seeds, words: &WORDS, longest: 300 };

const WORDS: [&str; 24] = [
    "/admin",
    "/open",
    "/v1/users",
    "%2f",
    "%5c",
    "%25",
    "%2525",
    "%61",
    "%3b",
    "%3f",
    "%23",
    "%00",
    "%2e",
    "/../",
    "/./",
    "//",
    "\\",
    ";v=1",
    ";",
    "..;",
    "ADMIN",
    "caf%C3%A9",
    "#",
    "?",
];

fn seeds() -> Vec<Vec<u8>> {
    case::load().iter().map(|case| case::Case::bytes(&case.request.path)).collect()
}

/// Each policy allows one origin: who is allowed tells which policy applies.
fn configuration(routes: &Value) -> Compared {
    let policy = |name: &str| json!({ "allowOrigins": [format!("https://{name}.example")] });
    let policies = json!({ "a": policy("a"), "b": policy("b"), "c": policy("c") });
    Compared::new(&json!({ "policies": policies, "routes": routes, "default": "c" })).unwrap()
}

static ROUTES: LazyLock<[Compared; 4]> = LazyLock::new(|| {
    [
        json!([{ "path": "/admin/", "policy": "a" }, { "path": "/open/", "policy": null }]),
        json!([
            { "path": "/", "policy": "a" }, { "path": "/v1/users", "policy": "b" },
            { "path": { "exact": "/v1/users" }, "policy": "a" }
        ]),
        json!([{ "path": "/Admin", "policy": "a" }, { "path": "/open;v=1", "policy": "b" }, { "path": "/%61", "policy": ["a", "b"] }]),
        json!([{ "path": { "exact": "/" }, "policy": "a" }, { "path": "//a", "policy": "b" }, { "path": "/caf%C3%A9", "policy": "a" }]),
    ]
    .map(|routes| configuration(&routes))
});

/// Where the readings of a path remove more bytes than this, the engine stops trying: docs/behaviour.md, section 9.
/// A path with so many bytes is needed for it: each of 144 readings removes at most all of them.
const MAX_REMOVED: usize = 8 * 1024;
const READINGS: usize = 144;

fn check(bytes: &[u8]) {
    for compared in &*ROUTES {
        for origin in ["https://a.example", "https://b.example"] {
            let headers = [("origin", origin)];
            let head = Head { path: Some(bytes), headers: &headers, ..Head::default() };
            let reason = compared.policies.decide(&head).verdict().reason();
            let Ok(path) = std::str::from_utf8(bytes) else {
                let end = bytes.iter().position(|byte| b"?#".contains(byte)).unwrap_or(bytes.len());
                let is_text = std::str::from_utf8(&bytes[..end]).is_ok();
                let is_closed = matches!(reason, Reason::PathAmbiguous | Reason::NoPolicy);
                assert!(is_text || is_closed, "{reason} for what is not UTF-8");
                continue;
            };
            if reason == Reason::PathAmbiguous && (bytes.len() > MAX_REMOVED / READINGS || is_cut_short(path)) {
                continue;
            }
            compared.outcome(&request("GET", path, &headers), &response(&[]));
        }
    }
}

/// Whether some reading may end before a dot segment: the engine sees that segment all the same, and is stricter.
fn is_cut_short(path: &str) -> bool {
    path.contains(['%', '\0'])
}
