//! `edge-cors probe` against real servers on loopback: good ones, and those that close, hang or send garbage.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by failing")]

use std::process::{Command, Output};
use std::time::{Duration, Instant};

use edge_cors::PolicySet;
use http::{Method, Request, Response};
use serde_json::{Value, json};
use test_support::server::{Head, Reply, Server, response};

const APP: &str = "https://app.example.com";

fn probe(url: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_edge-cors"));
    let rate: &[&str] = if arguments.contains(&"--rate") { &[] } else { &["--rate", "1000"] };
    command.args(["probe", url, "--timeout", "2"]).args(rate).args(arguments);
    command.output().unwrap()
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn report(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", errors(output)))
}

/// Our engine, in front of an origin server that answers 200.
fn edge(configuration: &str) -> Server {
    let (policies, _) = PolicySet::from_json(configuration).unwrap();
    Server::start(move |head: &Head| {
        let mut request = Request::builder().method(Method::from_bytes(head.method.as_bytes()).unwrap());
        for (name, value) in &head.headers {
            request = request.header(name, value);
        }
        let exchange = policies.decide(&request.uri(&head.target).body(()).unwrap());
        let mut reply = exchange.answer().map_or_else(|| Response::new(()), Response::from);
        if exchange.answer().is_none() {
            exchange.decorate_response(&mut reply);
        }
        let lines = reply.headers().iter().map(|(name, value)| format!("{name}: {}\n", value.to_str().unwrap()));
        Reply::Send(response(&format!("{} -\n{}", reply.status().as_u16(), lines.collect::<String>()), ""))
    })
}

#[test]
fn the_policy_of_an_edge_comes_back_over_one_connection() {
    let configuration = json!({
        "allowOrigins": [APP, "https://*.dev.example.com"],
        "allowMethods": ["PUT", "QUERY"],
        "allowHeaders": ["content-type", "x-a"],
        "exposeHeaders": ["etag"],
        "allowCredentials": true,
        "maxAge": 600,
    });
    let server = edge(&configuration.to_string());
    let url = format!("{}/v1/users", server.url());
    let given = ["--origin", APP, "--origin", "https://a.dev.example.com"];
    let output =
        probe(&url, &[&given[..], &["--format", "json", "--allow", "any-subdomain", "--max-requests", "200"]].concat());
    let report = report(&output);
    assert_eq!(report["configuration"], configuration, "{report:#}");
    assert_eq!(report["findings"], json!([]));
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(server.connections(), 1);
    assert_eq!(report["requests"], server.requests().len());
}

#[test]
fn there_are_no_more_requests_than_were_announced_and_no_faster() {
    let server = edge(r#"{"allowOrigins": ["https://app.example.com"], "allowMethods": ["PUT"]}"#);
    let started = Instant::now();
    let output = probe(&server.url(), &["--origin", APP, "--max-requests", "12", "--rate", "40", "--format", "json"]);
    assert!(errors(&output).contains("at most 12 requests, 40 a second"), "{}", errors(&output));
    assert!(started.elapsed() >= Duration::from_millis(25 * 11));
    assert_eq!(server.requests().len(), 12);
    let report = report(&output);
    assert_eq!(report["configuration"]["allowMethods"], json!(["PUT"]));
    let guesses = report["guesses"].to_string();
    assert!(guesses.contains("Set --max-requests higher"), "{guesses}");
    let usual = edge(r#"{"allowOrigins": ["*"]}"#);
    probe(&usual.url(), &["--origin", APP, "--origin", "https://b.example.com", "--origin", "https://c.example.com"]);
    assert!(usual.requests().len() <= 80, "{}", usual.requests().len());
}

#[test]
fn own_headers_go_with_requests_but_not_with_preflights_and_are_not_printed() {
    let server = edge(r#"{"allowOrigins": ["*"]}"#);
    let secret = ["-H", "authorization: Bearer sesame", "-H", "cookie: id=sesame"];
    let output = probe(&server.url(), &[&["--origin", APP][..], &secret].concat());
    assert_eq!(output.status.code(), Some(1), "any-origin is a finding");
    for head in server.requests() {
        assert_eq!(head.get("authorization").is_some(), head.method == "GET", "{head:?}");
        assert_eq!(head.get("cookie").is_some(), head.method == "GET", "{head:?}");
    }
    assert!(!String::from_utf8_lossy(&output.stdout).contains("sesame"));
    assert!(!errors(&output).contains("sesame"));
}

#[test]
fn a_server_that_cannot_be_asked_is_a_sentence_and_exit_code_2() {
    let many: String = (0..5_000).map(|index| format!("x-{index}: 1\n")).collect();
    let many = response(&format!("200 OK\n{many}"), "");
    let servers = [
        ("closes", Server::start(|_| Reply::Close(String::new()))),
        ("hangs", Server::start(|_| Reply::Hang(String::new()))),
        ("garbage", Server::start(|_| Reply::Close("220 mail.example.com ESMTP\r\n".to_owned()))),
        ("headers", Server::start(move |_| Reply::Send(many.clone()))),
        ("endless headers", Server::start(|_| Reply::Endless("HTTP/1.1 200 OK\r\n".to_owned(), "x: 1\r\n".to_owned()))),
    ];
    for (name, server) in servers {
        let output = probe(&server.url(), &["--origin", APP]);
        assert_eq!(output.status.code(), Some(2), "{name}: {}", errors(&output));
        assert!(errors(&output).trim_end().ends_with('.'), "{name}: {}", errors(&output));
        assert!(output.stdout.is_empty(), "{name}");
    }
    let output = probe("http://127.0.0.1:1/", &["--origin", APP]);
    assert_eq!(output.status.code(), Some(2));
    let output = probe("ftp://127.0.0.1/", &["--origin", APP]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn bodies_without_end_and_redirects_in_circles_do_no_harm() {
    let head = "HTTP/1.1 200 OK\r\naccess-control-allow-origin: *\r\n\r\n".to_owned();
    let endless = Server::start(move |_| Reply::Endless(head.clone(), "a".repeat(4096)));
    let output = probe(&endless.url(), &["--origin", APP, "--format", "json", "--max-requests", "20"]);
    assert_eq!(report(&output)["configuration"]["allowOrigins"], json!(["*"]), "{}", errors(&output));
    let circle = Server::fixed("302 Found\nlocation: /?token=sesame");
    let output = probe(&format!("{}/?token=sesame", circle.url()), &["--origin", APP, "--format", "json"]);
    assert!(!String::from_utf8_lossy(&output.stdout).contains("sesame"), "a query can be a secret");
    let codes: Vec<Value> =
        report(&output)["findings"].as_array().unwrap().iter().map(|finding| finding["code"].clone()).collect();
    assert_eq!(codes, ["preflight-redirect", "redirect"]);
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_server_that_has_enough_is_asked_no_more_and_what_is_known_is_printed() {
    let limited = Server::start(move |head| {
        let is_early = head.get("origin").is_none_or(|origin| origin == APP);
        match is_early {
            true => Reply::Send(response("200 OK\naccess-control-allow-origin: https://app.example.com", "")),
            false => Reply::Send(response("429 Too Many Requests", "")),
        }
    });
    let output = probe(&limited.url(), &["--origin", APP, "--format", "json"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(errors(&output).contains("429"), "{}", errors(&output));
    assert_eq!(report(&output)["configuration"]["allowOrigins"], json!([APP]));
    assert_eq!(limited.requests().len(), 3);
}

#[test]
fn what_a_server_sends_is_cut() {
    let long = format!("https://{}.example/", "a".repeat(4_000));
    let server = Server::fixed(&format!("200 OK\naccess-control-allow-origin: {long}"));
    let output = probe(&server.url(), &["--origin", APP]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("invalid-allow-origin"), "{text}{}", errors(&output));
    assert!(text.len() < 4_000, "{text}");
}
