//! The client against real servers on loopback, most of them bad.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects by failing"
)]

use std::time::{Duration, Instant};

use test_support::address;
use test_support::server::{Reply as Served, Server, response};

use super::client::MAX_BODY;
use super::*;

fn client(url: &str) -> Box<dyn Ask> {
    client_within(url, Duration::from_secs(20))
}

fn client_within(url: &str, total: Duration) -> Box<dyn Ask> {
    open(&url.parse().unwrap(), Limits { connect: total, total }).unwrap()
}

fn get(url: &str) -> http::Request<()> {
    http::Request::get(url).body(()).unwrap()
}

fn ask(url: &str) -> Result<Reply, Failure> {
    client(url).ask(&get(url))
}

/// What becomes of a request to a server that does this.
fn failure(served: Served) -> String {
    let server = Server::start(move |_| served.clone());
    let failure = ask(&server.url()).unwrap_err();
    failure.to_string().replace(&server.address().to_string(), "SERVER")
}

#[test]
fn requests_arrive_as_they_are_and_every_line_of_a_reply_comes_back() {
    let head = "207 Odd\nx-b: 1\naccess-control-allow-origin: https://a.example\nx-a: 2\n\
                access-control-allow-origin: https://b.example\nx-latin: caf\u{e9}";
    let server = Server::start(move |_| Served::Send(response(head, "body")));
    let mut client = client(&server.url());
    let request = http::Request::builder()
        .method("OPTIONS")
        .uri(format!("{}/a%2fb?c=d", server.url()))
        .header("origin", "https://app.example.com")
        .header("access-control-request-method", "patch")
        .header("access-control-request-headers", "x-a,x-b")
        .body(())
        .unwrap();
    let reply = client.ask(&request).unwrap();
    assert_eq!(reply.status(), 207);
    let lines: Vec<(&str, &[u8])> =
        reply.headers().iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    let expected: Vec<(&str, &[u8])> = vec![
        ("x-b", b"1"),
        ("access-control-allow-origin", b"https://a.example"),
        ("access-control-allow-origin", b"https://b.example"),
        ("x-a", b"2"),
        ("x-latin", "caf\u{e9}".as_bytes()),
        ("content-length", b"4"),
    ];
    assert_eq!(lines, expected);
    assert_eq!(reply.body(), b"body");

    let patch = http::Request::builder().method("patch").uri(server.url()).header("accept", "a/b").body(()).unwrap();
    client.ask(&patch).unwrap();
    let [first, second] = &server.requests()[..] else { panic!("two requests arrive") };
    assert_eq!((first.method.as_str(), first.target.as_str()), ("OPTIONS", "/a%2fb?c=d"));
    let mut names: Vec<&str> = first.headers.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    let sent =
        ["accept", "access-control-request-headers", "access-control-request-method", "host", "origin", "user-agent"];
    assert_eq!(names, sent);
    assert_eq!(first.get("access-control-request-headers"), Some("x-a,x-b"));
    assert_eq!((second.method.as_str(), second.get("accept")), ("patch", Some("a/b")));
    assert_eq!(server.connections(), 1, "the connection is used again");
}

#[test]
fn redirects_are_replies() {
    let server = Server::fixed("302 Found\nlocation: /other");
    assert_eq!(ask(&server.url()).unwrap().status(), 302);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_server_that_closes() {
    let expected = "SERVER closed the connection before its response was complete.";
    assert_eq!(failure(Served::Close(String::new())), expected);
    assert_eq!(failure(Served::Close("HTTP/1.1 200 OK\r\ncontent-".to_owned())), expected);
}

#[test]
fn a_connection_that_the_server_closed_meanwhile_is_opened_again() {
    let served = response("204 No Content", "");
    let server = Server::start(move |_| Served::Close(served.clone()));
    let mut client = client(&server.url());
    for _ in 0..3 {
        assert_eq!(client.ask(&get(&server.url())).unwrap().status(), 204);
    }
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn a_server_that_hangs() {
    for start in ["", "HTTP/1.1 200 OK\r\n"] {
        let server = Server::start(move |_| Served::Hang(start.to_owned()));
        let failure = client_within(&server.url(), Duration::from_millis(300)).ask(&get(&server.url())).unwrap_err();
        let expected =
            format!("The answer took longer than 0.3 s: {}. To wait longer, set --timeout.", server.address());
        assert_eq!(failure.to_string(), expected);
    }
}

#[test]
fn a_server_that_sends_garbage() {
    for garbage in ["SSH-2.0-OpenSSH_9.2\r\n\r\n", "\0\u{1}\u{2}\r\n\r\n", "HTTP/1.1 two hundred\r\n\r\n"] {
        let message = failure(Served::Hang(garbage.to_owned()));
        assert!(message.starts_with("What SERVER answers is not HTTP: "), "{message}");
        assert!(message.ends_with(" Check the port."), "{message}");
    }
    let message = failure(Served::Hang("HTTP/1.1 200 OK\r\nbad header: 1\r\n\r\n".to_owned()));
    assert!(message.starts_with("What SERVER answers is not HTTP: "), "{message}");
}

#[test]
fn bodies_are_not_read_to_the_end() {
    let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_owned();
    let chunk = format!("400\r\n{}\r\n", "x".repeat(0x400));
    for served in [
        Served::Endless(head, chunk),
        Served::Endless("HTTP/1.1 200 OK\r\n\r\n".to_owned(), "y".repeat(1000)),
        // Its length is a lie.
        Served::Close("HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\nabc".to_owned()),
        Served::Send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nnonsense".to_owned()),
    ] {
        let server = Server::start(move |_| served.clone());
        let reply = ask(&server.url()).unwrap();
        assert_eq!(reply.status(), 200);
        assert!(reply.body().len() <= MAX_BODY);
    }
    let server = Server::start(|_| Served::Hang("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc".to_owned()));
    let start = Instant::now();
    assert_eq!(ask(&server.url()).unwrap().body(), b"abc");
    assert!(start.elapsed() < Duration::from_secs(15), "a body that hangs is not waited for");
}

#[test]
fn a_server_with_too_many_or_too_large_headers() {
    let many: String = (0..3000).map(|number| format!("x-{number}: 1\r\n")).collect();
    let message = failure(Served::Send(format!("HTTP/1.1 200 OK\r\n{many}\r\n")));
    assert_eq!(message, "The headers of the response of SERVER are too large: at most 128 lines are read.");
    let large = format!("HTTP/1.1 200 OK\r\nx: {}", "y".repeat(100_000));
    let message = failure(Served::Hang(large));
    assert_eq!(message, "The headers of the response of SERVER are too large: at most 64 KiB are read.");
    let endless = Served::Endless("HTTP/1.1 200 OK\r\n".to_owned(), "x-a: 1\r\n".repeat(100));
    assert!(failure(endless).starts_with("The headers of the response of SERVER are too large"));
}

#[test]
fn nothing_listens() {
    let address = address::unused();
    let failure = ask(&format!("http://{address}/")).unwrap_err();
    assert_eq!(failure, Failure::Refused { server: address.to_string() });
}

#[test]
fn a_name_that_does_not_resolve() {
    let failure = ask("http://no-such-host.invalid/").unwrap_err();
    assert_eq!(failure, Failure::NameNotResolved { host: "no-such-host.invalid".to_owned() });
}

#[test]
fn only_http() {
    let failure = open(&"ftp://example.com/".parse().unwrap(), Limits::within(1)).err().unwrap();
    assert_eq!(failure.to_string(), "Only URLs with http:// and https:// can be asked, and this one has ftp:.");
}

/// A user who names a public server is not led to a private one, and one who names a private server only to those
/// that are not worse.
#[test]
fn private_addresses_have_to_be_named() {
    let server = Server::fixed("200 OK");
    let own = server.url();
    // An address of a network for documentation: nothing is sent there.
    let mut stranger = client("http://192.0.2.1/");
    let address = server.address();
    for url in [
        format!("http://{address}/"),
        format!("http://localhost:{}/", address.port()),
        "http://169.254.169.254/latest".to_owned(),
    ] {
        let failure = stranger.ask(&get(&url)).unwrap_err();
        assert_eq!(failure.code(), "private-address", "{url}: {failure}");
    }
    assert_eq!(server.connections(), 0);

    let mut client = client(&own);
    assert_eq!(client.ask(&get(&own)).unwrap().status(), 200);
    assert_eq!(client.ask(&get(&format!("http://localhost:{}/", address.port()))).unwrap().status(), 200);
    let failure = client.ask(&get("http://169.254.169.254/latest/meta-data/")).unwrap_err();
    assert_eq!(
        failure.to_string(),
        "A redirect leads to 169.254.169.254, which has the private address 169.254.169.254. Redirects are followed to \
         private addresses only if your own URL leads to one: to ask that server, name it yourself."
    );
}
