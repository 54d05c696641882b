//! `Access-Control-Request-Headers`, in one or more lines: the engine decides as the model does, and what it echoes is
//! what a browser would send.

use std::sync::LazyLock;

use edge_cors::Reason;
use serde_json::json;
use test_support::case;
use test_support::head::Head;

use crate::Target;
use crate::compared::{Compared, request, response};

pub(super) const TARGET: Target = Target { name: "names", check, seeds, words: &WORDS, longest: 5000 };

const WORDS: [&str; 9] =
    ["authorization", "Authorization", "content-type", "x-a", "X-A", "*", ", ", "\t", "accept-language,range"];

fn seeds() -> Vec<Vec<u8>> {
    let lines = |case: &case::Case| -> Vec<String> {
        let headers = case.request.headers.iter();
        headers.filter(|(name, _)| name == NAMES).map(|(_, value)| value.clone()).collect()
    };
    let of_cases = case::load().iter().map(|case| lines(case).join("\n").into_bytes()).collect::<Vec<_>>();
    let long = ["x,".repeat(128), "x,".repeat(129), "y".repeat(4097), format!("{},*", "a-b, ".repeat(100))];
    of_cases.into_iter().chain(long.map(String::into_bytes)).collect()
}

const NAMES: &str = "access-control-request-headers";
const ORIGIN: &str = "https://app.example.com";

static POLICIES: LazyLock<[Compared; 4]> = LazyLock::new(|| {
    let lists = [json!(["X-A", "content-type"]), json!(["*"]), json!(["*", "Authorization"]), json!([])];
    lists.map(|list| {
        let policy = json!({ "allowOrigins": [ORIGIN], "allowHeaders": list, "allowCredentials": true });
        Compared::new(&policy).unwrap()
    })
});

fn check(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return malformed(bytes) };
    let lines: Vec<&str> = text.split('\n').collect();
    for compared in &*POLICIES {
        let names = |lines: &[&str]| {
            let mut headers = vec![("origin", ORIGIN), ("access-control-request-method", "GET")];
            headers.extend(lines.iter().map(|line| (NAMES, *line)));
            compared.outcome(&request("OPTIONS", "/", &headers), &response(&[]))
        };
        let outcome = names(&lines);
        let echoed = outcome.headers.get("access-control-allow-headers").filter(|_| outcome.reason == "allowed");
        if let Some(echoed) = echoed {
            let again = names(&[echoed]);
            assert_eq!(again, outcome, "what is allowed is allowed again");
        }
    }
}

fn malformed(bytes: &[u8]) {
    let headers = [("origin", ORIGIN.as_bytes()), ("access-control-request-method", b"GET".as_slice()), (NAMES, bytes)];
    for compared in &*POLICIES {
        let exchange = compared.policies.decide(&Head { method: "OPTIONS", headers: &headers, ..Head::default() });
        assert_eq!(exchange.verdict().reason(), Reason::HeadersMalformed);
    }
}
