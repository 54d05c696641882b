//! A configuration, a request and the origin server's response: what the client gets is what the model says.
//!
//! An input is lines: the configuration, the method, the scheme, the authority, the path, the name of a policy or
//! nothing, headers up to an empty line, a status, and headers.

use serde_json::Value;
use test_model::{Request, Upstream};
use test_support::case::{self, Case};

use crate::Target;
use crate::compared::Compared;

pub(super) const TARGET: Target = Target { name: "request", check, seeds, words: &WORDS, longest: 3000 };

const WORDS: [&str; 40] = [
    "\norigin: https://app.example.com",
    "\norigin: null",
    "\naccess-control-request-method: PUT",
    "\naccess-control-request-headers: x-a",
    "\naccess-control-request-private-network: true",
    "\nsec-fetch-site: same-origin",
    "\nupgrade: websocket",
    "\naccess-control-allow-origin: *",
    "\naccess-control-expose-headers: x",
    "\ntiming-allow-origin: *",
    "\nvary: Origin",
    "\nvary: *",
    "OPTIONS",
    "\n101\n",
    "\"allowCredentials\":true,",
    "\"allowPrivateNetwork\":true,",
    "\"maxAge\":5,",
    "\"mode\":\"report\",",
    "\"mode\":\"off\",",
    "\"rollout\":10,",
    "\"shadow\":\"a\",",
    "\"unmatchedPreflights\":\"forward\",",
    "\"upstreamHeaders\":\"keep\",",
    "\"disallowedRequests\":\"reject\",",
    "\"webSockets\":\"reject\",",
    "\"webSockets\":\"report\",",
    "\"refusedPreflights\":\"silent\",",
    "\"crossOriginResourcePolicy\":\"same-site\",",
    "\"preflightStatus\":200,",
    "\"debug\":true,",
    "\"exposeHeaders\":[\"x\"],",
    "\"timingAllowOrigins\":[\"*\"],",
    "\"allowHeaders\":[\"*\"],",
    "\"allowMethods\":[\"*\"],",
    "\"routeMetadata\":true,",
    "{\"host\":\"*.example.com\",\"policy\":\"a\"},",
    "{\"path\":\"/v1\",\"policy\":null},",
    "{\"path\":{\"exact\":\"/v1\"},\"policy\":[\"a\",\"b\"]},",
    "\"https://*.example.com\"",
    "\"http://localhost:*\"",
];

fn seeds() -> Vec<Vec<u8>> {
    case::load().iter().map(|case| input(case).into_bytes()).collect()
}

fn input(case: &Case) -> String {
    let lines = |headers: &[(String, String)]| -> String {
        headers.iter().map(|(name, value)| format!("{}: {value}\n", name.to_ascii_lowercase())).collect()
    };
    let request = &case.request;
    format!(
        "{}\n{}\nhttp\n{}\n{}\n{}\n{}\n{}\n{}",
        case.configuration,
        request.method,
        request.host.as_deref().unwrap_or_default(),
        request.path,
        request.policy_name.as_deref().unwrap_or_default(),
        lines(&request.headers),
        case.origin_server.status,
        lines(&case.origin_server.headers),
    )
}

fn check(bytes: &[u8]) {
    if let Some((configuration, request, upstream)) = std::str::from_utf8(bytes).ok().and_then(read)
        && let Ok(compared) = Compared::new(&configuration)
    {
        compared.outcome(&request, &upstream);
    }
}

fn read(text: &str) -> Option<(Value, Request, Upstream)> {
    let mut lines = text.split('\n');
    let configuration = serde_json::from_str(lines.next()?).ok()?;
    let mut next = || lines.next().map(str::to_owned);
    let (method, scheme, authority, path) = (next()?, next()?, next()?, next()?);
    let policy_name = next().filter(|name| !name.is_empty());
    let headers = headers(lines.by_ref().take_while(|line| !line.is_empty()));
    let status = lines.next().and_then(|status| status.parse().ok()).unwrap_or(200);
    let upstream = Upstream { status, headers: self::headers(lines) };
    // The target `path` has the others, on which the engine may be stricter than the model.
    let is_simple = path.len() <= 56 && !path.contains(['%', '\0']);
    is_simple.then_some((configuration, Request { method, scheme, authority, path, headers, policy_name }, upstream))
}

fn headers<'l>(lines: impl Iterator<Item = &'l str>) -> Vec<(String, String)> {
    let header = |line: &'l str| {
        let (name, value) = line.split_once(": ")?;
        Some((name.to_ascii_lowercase(), value.to_owned()))
    };
    lines.filter_map(header).collect()
}
