//! Servers with a policy that is wrong in one way: what is found, and what is said of it.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by failing")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::Duration;

use expect_test::expect_file;
use url::Url;

use super::find::find;
use super::finding::CODES;
use super::infer::infer;
use super::interview::Interview;
use super::permissions::Words;
use super::print::Report;
use super::survey::Survey;
use crate::ask::{Ask, Failure, Reply};

const APP: &str = "https://app.example.com";

/// What a server knows of a request.
struct Asked<'r> {
    method: &'r str,
    path: &'r str,
    origin: Option<&'r str>,
}

type Lines = Vec<(&'static str, String)>;

/// A server by its answers: a status and header lines.
struct Server(fn(&Asked<'_>) -> (u16, Lines));

impl Ask for Server {
    fn ask(&mut self, request: &http::Request<()>) -> Result<Reply, Failure> {
        let origin = request.headers().get("origin").map(|value| value.to_str().unwrap());
        let asked = Asked { method: request.method().as_str(), path: request.uri().path(), origin };
        let (status, lines) = (self.0)(&asked);
        let mut reply = http::Response::builder().status(status);
        for (name, value) in lines {
            reply = reply.header(name, value);
        }
        Ok(reply.body(Vec::new()).unwrap())
    }
}

fn line(name: &'static str, value: &str) -> Lines {
    vec![(name, value.to_owned())]
}

/// Allows the origin that asks, if it is one of those meant, and says so to caches.
fn share(asked: &Asked<'_>, is_allowed: impl Fn(&str) -> bool) -> Lines {
    let mut lines = line("vary", "Origin");
    if let Some(origin) = asked.origin.filter(|origin| is_allowed(origin)) {
        lines.extend(line("access-control-allow-origin", origin));
        if asked.method == "OPTIONS" {
            lines.extend(line("access-control-allow-methods", "PUT"));
            lines.extend(line("access-control-allow-headers", "content-type"));
        }
    }
    lines
}

fn with_credentials(asked: &Asked<'_>, is_allowed: impl Fn(&str) -> bool) -> (u16, Lines) {
    let mut lines = share(asked, is_allowed);
    if lines.len() > 1 {
        lines.extend(line("access-control-allow-credentials", "true"));
    }
    (200, lines)
}

fn app_only(origin: &str) -> bool {
    origin == APP
}

struct Scenario {
    name: &'static str,
    codes: &'static [&'static str],
    server: fn(&Asked<'_>) -> (u16, Lines),
}

const SCENARIOS: &[Scenario] = &[
    Scenario { name: "nothing is wrong", codes: &[], server: |asked| with_credentials(asked, app_only) },
    Scenario { name: "no CORS at all", codes: &[], server: |_| (200, Vec::new()) },
    Scenario {
        name: "everything is public",
        codes: &["any-origin"],
        server: |_| (200, line("access-control-allow-origin", "*")),
    },
    Scenario {
        name: "whatever asks is sent back, with credentials",
        codes: &["null-origin", "origin-reflected"],
        server: |asked| with_credentials(asked, |_| true),
    },
    Scenario {
        name: "whatever asks is sent back, but null, without credentials",
        codes: &["origin-reflected"],
        server: |asked| (200, share(asked, |origin| origin != "null")),
    },
    Scenario {
        name: "* with credentials",
        codes: &["any-origin", "wildcard-with-credentials"],
        server: |_| {
            let origin = line("access-control-allow-origin", "*");
            (200, [origin, line("access-control-allow-credentials", "true")].concat())
        },
    },
    Scenario {
        name: "the start of an origin is enough",
        codes: &["any-port", "prefix-match"],
        server: |asked| with_credentials(asked, |origin| origin.starts_with(APP)),
    },
    Scenario {
        name: "an underscore ends the host",
        codes: &["special-character"],
        server: |asked| with_credentials(asked, |origin| origin.split('_').next() == Some(APP)),
    },
    Scenario {
        name: "the end of a host is enough",
        codes: &["any-subdomain", "insecure-origin", "suffix-match"],
        server: |asked| with_credentials(asked, |origin| origin.ends_with("example.com")),
    },
    Scenario {
        name: "the end of an https host with a dot is enough",
        codes: &["any-subdomain"],
        server: |asked| {
            (200, share(asked, |origin| origin.starts_with("https://") && origin.ends_with(".example.com")))
        },
    },
    Scenario {
        name: "an origin that is part of the allowed one",
        codes: &["part-match"],
        server: |asked| {
            (
                200,
                share(asked, |origin| {
                    "app.example.com".contains(origin.trim_start_matches("https://"))
                        && origin.starts_with("https://")
                        && origin.len() != "https://example.com".len()
                }),
            )
        },
    },
    Scenario {
        name: "a dot that is not escaped",
        codes: &["unescaped-dot"],
        server: |asked| with_credentials(asked, |origin| origin.replace("appx", "app.") == APP),
    },
    Scenario {
        name: "sites of everybody",
        codes: &["insecure-origin", "local-origin", "public-site"],
        server: |asked| {
            with_credentials(asked, |origin| {
                [APP, "https://codepen.io", "http://localhost:3000", "http://app.example.com"].contains(&origin)
            })
        },
    },
    Scenario {
        name: "a static origin of somebody else, written badly",
        codes: &["invalid-allow-origin"],
        server: |_| (200, line("access-control-allow-origin", "https://app.example.com/")),
    },
    Scenario {
        name: "a static origin of somebody else",
        codes: &["third-party"],
        server: |_| (200, line("access-control-allow-origin", "https://partner.example.net")),
    },
    Scenario {
        name: "True is not true",
        codes: &["invalid-allow-credentials"],
        server: |asked| {
            let lines = share(asked, app_only);
            (200, [lines, line("access-control-allow-credentials", "True")].concat())
        },
    },
    Scenario {
        name: "a list with spaces",
        codes: &["invalid-list", "preflight-status"],
        server: |asked| {
            let mut lines = share(asked, app_only);
            lines.retain(|(name, _)| *name != "access-control-allow-methods");
            if asked.method == "OPTIONS" && lines.len() > 1 {
                lines.extend(line("access-control-allow-methods", "PUT DELETE"));
            }
            (200, lines)
        },
    },
    Scenario {
        name: "two that add headers",
        codes: &["duplicate-header"],
        server: |asked| {
            let lines = share(asked, app_only);
            (200, [lines.clone(), lines].concat())
        },
    },
    Scenario {
        name: "no Vary",
        codes: &["missing-vary"],
        server: |asked| {
            let mut lines = share(asked, app_only);
            lines.retain(|(name, _)| *name != "vary" || asked.origin.is_some_and(app_only));
            (200, lines)
        },
    },
    Scenario {
        name: "authentication before CORS",
        codes: &["preflight-authentication"],
        server: |_| (401, line("www-authenticate", "Bearer")),
    },
    Scenario {
        name: "preflights are redirected, and so is the rest",
        codes: &["preflight-redirect", "redirect"],
        server: |_| (308, line("location", "https://api.example.com/data/")),
    },
    Scenario {
        name: "OPTIONS is not known",
        codes: &["preflight-status"],
        server: |asked| if asked.method == "OPTIONS" { (405, Vec::new()) } else { (200, share(asked, app_only)) },
    },
    Scenario {
        name: "only preflights are answered",
        codes: &["response-without-headers"],
        server: |asked| {
            if asked.method == "OPTIONS" { (204, share(asked, app_only)) } else { (200, line("vary", "Origin")) }
        },
    },
    Scenario {
        name: "error pages are bare",
        codes: &["error-without-headers"],
        server: |asked| if asked.path == "/data" { (200, share(asked, app_only)) } else { (404, Vec::new()) },
    },
    Scenario {
        name: "a login that errors are all about",
        codes: &["error-without-headers"],
        server: |asked| if asked.method == "OPTIONS" { (204, share(asked, app_only)) } else { (401, Vec::new()) },
    },
    Scenario {
        name: "credentials in responses only",
        codes: &["credentials-differ"],
        server: |asked| {
            if asked.method == "OPTIONS" { (200, share(asked, app_only)) } else { with_credentials(asked, app_only) }
        },
    },
    Scenario {
        name: "any header",
        codes: &["wildcard-headers"],
        server: |asked| {
            let mut lines = share(asked, app_only);
            for (name, value) in &mut lines {
                if *name == "access-control-allow-headers" {
                    "*".clone_into(value);
                }
            }
            (200, lines)
        },
    },
    Scenario {
        name: "everybody learns what is accepted",
        codes: &["refused-preflight-leaks"],
        server: |asked| {
            let lines = share(asked, app_only);
            let told = line("access-control-allow-methods", "PUT");
            if asked.method == "OPTIONS" && lines.len() == 1 { (200, [lines, told].concat()) } else { (200, lines) }
        },
    },
];

#[test]
fn every_kind_of_finding_is_found_and_no_other() {
    let url = Url::parse("https://api.example.com/data").unwrap();
    let mut golden = String::new();
    let mut missing: BTreeSet<&str> = CODES.iter().copied().collect();
    let mut wrong = Vec::new();
    for Scenario { name, codes, server } in SCENARIOS {
        let (mut server, given) = (Server(*server), [APP.to_owned()]);
        let words = Words::with(&[], &[]);
        let mut interview = Interview::new(&mut server, &url, &[], Duration::ZERO, 200);
        let survey = Survey::take(&mut interview, &given, &words);
        let inference = infer(&interview, &survey);
        let findings = find(&interview, &survey, &inference);
        let found: BTreeSet<&str> = findings.iter().map(super::finding::Finding::code).collect();
        missing.retain(|code| !found.contains(code));
        if found != codes.iter().copied().collect() {
            wrong.push(format!("{name}: {found:?}"));
        }
        let requests = interview.answers.len();
        let report = Report { url: url.as_str(), requests, findings: &findings, inference: &inference };
        writeln!(golden, "======== {name}\n\n{}", report.text()).unwrap();
    }
    expect_file!["../../tests/probe/findings.txt"].assert_eq(&golden);
    assert_eq!(wrong, [""; 0]);
    assert_eq!(missing, BTreeSet::new(), "no server shows these");
}

#[test]
fn every_code_is_in_the_documents() {
    let documents = include_str!("../../../docs/cli.md");
    let absent: Vec<_> = CODES.iter().filter(|code| !documents.contains(&format!("`{code}`"))).collect();
    assert!(absent.is_empty(), "docs/cli.md lacks {absent:?}");
}
