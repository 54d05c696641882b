//! Where requests go: what `UPSTREAM` may be, what the server behind it is told, and what comes back.

use hyper::Response;
use hyper::body::Incoming;

use super::origin::{LOCATION, Origin, SELF};
use super::passing::{CONFIGURATION, body, equal, is_shared, request, send, values};
use super::server::{ITSELF, Isolate, object, text};
use crate::Test;
use crate::bed::Bed;
use test_support::case::RequestEntry;

/// Nothing about the responses of `/raw/open/` is changed.
const OPEN: &str = r#"{
  "policies": { "app": { "allowOrigins": ["https://app.example.com"], "allowCredentials": true } },
  "default": "app",
  "routes": [{ "path": "/raw/open/", "policy": null }]
}"#;

/// What `UPSTREAM` must not be, and what the log says to write instead.
const MISTAKES: [(&str, &str); 8] = [
    ("api.example.com", "write a URL with http or https, such as \"https://api.example.com\""),
    ("localhost:3000/v1/", "write a URL with http or https, such as \"https://localhost:3000/v1\""),
    ("ftp://a.example.com", "write a URL with http or https, such as \"https://a.example.com\""),
    ("", "write a URL with http or https, such as \"https://api.internal.example.com\""),
    ("https://b.example.com/prod?stage=1", "the host and the path: \"https://b.example.com/prod\""),
    ("https://c.example.com/?", "the host and the path: \"https://c.example.com\""),
    ("https://d.example.com/#top", "the host and the path: \"https://d.example.com\""),
    ("https://user:secret@e.example.com", "the host and the path: \"https://e.example.com\""),
];

/// What the server redirects to, and where that leads the client: `SELF` is the server.
const REDIRECTS: [(&str, &str, &str); 12] = [
    ("url", "{self}/login?next=/a#top", "http://api.example.com/login?next=/a#top"),
    ("url", "{self}", "http://api.example.com/"),
    ("url", "/login", "/login"),
    ("url", "next", "next"),
    ("url", "https://login.example.net/", "https://login.example.net/"),
    ("url", "//login.example.net/", "//login.example.net/"),
    ("prefix", "{self}/prod/login", "http://api.example.com/login"),
    ("prefix", "{self}/prod", "http://api.example.com/"),
    ("prefix", "/prod/login?x", "http://api.example.com/login?x"),
    ("prefix", "next", "next"),
    // These are not behind the edge.
    ("prefix", "{self}/production", "{self}/production"),
    ("prefix", "/other", "/other"),
];

pub fn isolates(origin: &Origin) -> Vec<Isolate> {
    let with = |name: &str, upstream| Isolate::with(name, vec![("CORS_CONFIG", object(CONFIGURATION)), upstream]);
    let url = |name: &str, url: &str| Isolate { outbound: "network", ..with(name, ("UPSTREAM", text(url))) };
    let mut isolates = vec![
        Isolate { outbound: "raw", ..Isolate::new("raw", OPEN) },
        Isolate { outbound: "dead", ..Isolate::new("dead", CONFIGURATION) },
        Isolate { outbound: ITSELF, ..Isolate::new("loop", CONFIGURATION) },
        url("url", &format!("http://{}", origin.address)),
        url("prefix", &format!("http://{}/prod/", origin.address)),
        Isolate { outbound: "dead", ..with("service", ("UPSTREAM", "service = \"origin\"".to_owned())) },
    ];
    isolates.extend(MISTAKES.map(|(upstream, _)| url(upstream, upstream)));
    isolates
}

pub fn tests() -> Vec<(String, Test)> {
    let test = |name: &str, test: fn(&Bed) -> Result<(), String>| (format!("upstream/{name}"), Box::new(test) as Test);
    let mut tests = vec![
        test("a server that cannot be reached", unreachable),
        test("a status that Workers can only pass on", unknown_status),
        test("a status that no response ends with", interim_status),
        test("a URL", |bed| reaches(bed, "url", "")),
        test("a URL with a path", |bed| reaches(bed, "prefix", "/prod")),
        test("a service", |bed| reaches(bed, "service", "")),
        test("no path leads out of the URL's", stays_below),
        test("the server is told who asked", forwarded),
        test("a request that comes back", comes_back),
        test("a request that names other edges", other_edges),
    ];
    for (upstream, fix) in MISTAKES {
        let test = move |bed: &Bed| mistake(bed, upstream, fix);
        tests.push((format!("upstream/{upstream:?} is a mistake"), Box::new(test)));
    }
    for (isolate, location, expected) in REDIRECTS {
        let test = move |bed: &Bed| redirects(bed, isolate, location, expected);
        tests.push((format!("upstream/{isolate}: a redirect to {location}"), Box::new(test)));
    }
    tests
}

fn unreachable(bed: &Bed) -> Result<(), String> {
    let response = send(bed, "dead", &request("GET", "/"));
    fails(bed, response, 502, "edge-cors: the origin server cannot be reached\n")
}

fn unknown_status(bed: &Bed) -> Result<(), String> {
    let response = send(bed, "raw", &request("GET", "/raw/open/status"));
    equal("status", &response.status().as_u16(), &999)?;
    equal("body", &body(bed, response), &b"Refused".to_vec())?;
    let response = send(bed, "raw", &request("GET", "/raw/status"));
    let text = "edge-cors: the origin server answered with status 999, which a Worker can only pass on unchanged\n";
    fails(bed, response, 502, text)
}

fn interim_status(bed: &Bed) -> Result<(), String> {
    let response = send(bed, "raw", &request("GET", "/raw/interim"));
    fails(bed, response, 502, "edge-cors: the origin server answered with the interim status 150\n")
}

fn mistake(bed: &Bed, upstream: &str, fix: &str) -> Result<(), String> {
    let response = send(bed, upstream, &request("GET", "/"));
    fails(bed, response, 500, "edge-cors: the variable UPSTREAM is not a server's address\n")?;
    let log = bed.workerd().log();
    if log.contains("secret@") {
        return Err("the log has a password".to_owned());
    }
    if log.contains(fix) { Ok(()) } else { Err(format!("the log lacks {fix}")) }
}

/// A page can read what went wrong, the log has it, and no cache keeps it.
fn fails(bed: &Bed, response: Response<Incoming>, status: u16, text: &str) -> Result<(), String> {
    equal("status", &response.status().as_u16(), &status)?;
    is_shared(&response)?;
    equal("cache-control", &values(&response, "cache-control"), &vec!["no-store".to_owned()])?;
    equal("body", &body(bed, response), &text.as_bytes().to_vec())?;
    if bed.workerd().log().contains(text.trim_end()) { Ok(()) } else { Err("the log says nothing".to_owned()) }
}

/// The lines of a request as it arrived.
fn echoed(bed: &Bed, isolate: &str, request: &RequestEntry) -> Result<Vec<String>, String> {
    let response = send(bed, isolate, request);
    equal("status", &response.status().as_u16(), &200)?;
    Ok(String::from_utf8(body(bed, response)).unwrap().lines().map(str::to_owned).collect())
}

fn has(echoed: &[String], expected: &str) -> Result<(), String> {
    if echoed.iter().any(|line| line == expected) { Ok(()) } else { Err(format!("no {expected:?} in {echoed:#?}")) }
}

/// The request reaches the server that `UPSTREAM` names, with its path and query.
fn reaches(bed: &Bed, isolate: &str, prefix: &str) -> Result<(), String> {
    let response = send(bed, isolate, &request("PUT", "/echo?page=2"));
    is_shared(&response)?;
    has(&echoed(bed, isolate, &request("PUT", "/echo?page=2"))?, &format!("PUT {prefix}/echo?page=2"))?;
    let mut redirect = request("GET", "/moved");
    redirect.headers.push((LOCATION.to_owned(), "https://app.example.com/".to_owned()));
    equal("a redirect that only the client follows", &send(bed, isolate, &redirect).status().as_u16(), &302)
}

fn stays_below(bed: &Bed) -> Result<(), String> {
    for path in ["/a/%2e%2e/%2E./echo", "/../echo", "/a/..%5c../echo", "//echo", "/..\\echo"] {
        let line = echoed(bed, "prefix", &request("GET", path))?.remove(0);
        let below = line.strip_prefix("GET /prod/").ok_or_else(|| format!("{path}: {line}"))?;
        let climbs = below.split('/').any(|segment| segment.replace("%2e", ".").replace("%2E", ".") == "..");
        equal(path, &climbs, &false)?;
    }
    Ok(())
}

fn forwarded(bed: &Bed) -> Result<(), String> {
    let mut entry = request("GET", "/echo");
    let claims = [
        ("x-forwarded-for", "10.0.0.1"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "gopher"),
        ("forwarded", "for=10.0.0.1;host=evil.example"),
    ];
    entry.headers.extend(claims.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let told = |request: &RequestEntry| {
        let is_told = |line: &String| line.starts_with("x-forwarded-") || line.starts_with("forwarded");
        echoed(bed, "url", request).map(|lines| lines.into_iter().filter(is_told).collect::<Vec<_>>())
    };
    let mut expected = vec!["x-forwarded-host: api.example.com".to_owned(), "x-forwarded-proto: http".to_owned()];
    let sorted = |mut lines: Vec<String>| {
        lines.sort();
        lines
    };
    equal("without an address", &sorted(told(&entry)?), &expected)?;
    entry.headers.push(("cf-connecting-ip".to_owned(), "192.0.2.7".to_owned()));
    expected.insert(0, "x-forwarded-for: 192.0.2.7".to_owned());
    equal("with the client's address", &sorted(told(&entry)?), &expected)
}

/// Nothing is behind the Worker but itself, as under `wrangler dev` without `UPSTREAM`.
fn comes_back(bed: &Bed) -> Result<(), String> {
    let text = "edge-cors: the request came back to the Worker that had forwarded it. Fix: set UPSTREAM in \
                wrangler.toml to the address of the origin server (with wrangler dev: --var \
                UPSTREAM:http://localhost:3000)\n";
    fails(bed, send(bed, "loop", &request("GET", "/")), 508, text)?;
    // What is between may have written the header anew.
    let mut entry = request("GET", "/echo");
    entry.headers.push(("cdn-loop".to_owned(), "cloudflare; loops=1, edge-cors; host=\"api.example.com\"".to_owned()));
    fails(bed, send(bed, "passing", &entry), 508, text)
}

fn other_edges(bed: &Bed) -> Result<(), String> {
    let mut entry = request("GET", "/echo");
    entry.headers.push(("cdn-loop".to_owned(), "cloudflare, edge-cors;host=\"www.example.com\"".to_owned()));
    // No other test asks for this host: no server has answered for it yet.
    entry.host = Some("new.example.com".to_owned());
    let mark = "cdn-loop: edge-cors;host=\"new.example.com\"";
    let lines = echoed(bed, "passing", &entry)?;
    has(&lines, "cdn-loop: cloudflare, edge-cors;host=\"www.example.com\"")?;
    has(&lines, mark)?;
    // Now one has. Other tests, which ask for other hosts in between, bring the mark back.
    for _ in 0..100 {
        let lines = echoed(bed, "passing", &entry)?;
        has(&lines, "cdn-loop: cloudflare, edge-cors;host=\"www.example.com\"")?;
        if has(&lines, mark).is_err() {
            return Ok(());
        }
    }
    Err("every request is marked".to_owned())
}

fn redirects(bed: &Bed, isolate: &str, location: &str, expected: &str) -> Result<(), String> {
    let mut entry = request("GET", "/moved");
    entry.headers.push((LOCATION.to_owned(), location.to_owned()));
    let response = send(bed, isolate, &entry);
    is_shared(&response)?;
    equal("status", &response.status().as_u16(), &302)?;
    let expected = expected.replace(SELF, &format!("http://{}", bed.workerd_origin().address));
    equal("location", &values(&response, "location"), &vec![expected])
}
