//! Servers that no browser could use either: a sentence and an exit code for each, and never a panic.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by failing")]

use std::io::Write as _;
use std::net::TcpListener;
use std::process::{Command, Output};
use std::sync::Arc;
use std::thread;

use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use test_support::address;
use test_support::server::{Reply, Server, response};

const ORIGIN: &str = "http://localhost:3000";
const ALLOW: &str = "access-control-allow-origin: http://localhost:3000\nvary: Origin";

/// For output without the address of the server.
const NOBODY: &str = "0.0.0.0:0";

fn explain(arguments: &[&str], url: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_edge-cors"));
    command.args(["explain", "--origin", ORIGIN, "--browser", "safari"]).args(arguments).arg(url);
    command.output().unwrap()
}

/// Runs `explain` on a server that answers everything like this, and looks for a sentence and the exit code.
#[track_caller]
fn check(reply: Reply, arguments: &[&str], sentence: &str, exit: i32) {
    let server = Server::start(move |_| reply.clone());
    found(&explain(arguments, &server.url()), &server.address().to_string(), sentence, exit);
}

/// `server` is what the output has in the place of SERVER, if it has it.
#[track_caller]
fn found(output: &Output, server: &str, sentence: &str, exit: i32) {
    let printed =
        String::from_utf8_lossy(&[output.stdout.clone(), output.stderr.clone()].concat()).replace(server, "SERVER");
    assert!(printed.contains(sentence), "{printed}");
    assert!(!printed.contains("panicked") && !printed.contains("s3cret"), "{printed}");
    assert_eq!(output.status.code(), Some(exit), "{printed}");
}

#[test]
fn one_that_closes() {
    let closed = "SERVER closed the connection before its response was complete.\n\
                  The console shows:\n\n    Safari:   Connection terminated unexpectedly\n";
    check(Reply::Close(String::new()), &[], closed, 2);
    check(Reply::Close("HTTP/1.1 200 OK\r\nserver: x".to_owned()), &["-X", "PUT"], closed, 2);
}

#[test]
fn one_that_hangs() {
    let sentence = "The answer took longer than 1 s: SERVER. To wait longer, set --timeout.";
    check(Reply::Hang(String::new()), &["--timeout", "1"], sentence, 2);
}

#[test]
fn one_that_sends_garbage() {
    let sentence = "What SERVER answers is not HTTP: ";
    check(Reply::Hang("220 mail.example.com ESMTP\r\n\r\n".to_owned()), &[], sentence, 2);
}

#[test]
fn one_whose_body_never_ends() {
    let head = format!("HTTP/1.1 200 OK\r\n{}\r\n\r\n", ALLOW.replace('\n', "\r\n"));
    check(Reply::Endless(head, "x".repeat(1000)), &[], "The page can read the response.", 0);
}

#[test]
fn one_with_thousands_of_headers() {
    let many: String = (0..5000).map(|number| format!("x-{number}: 1\r\n")).collect();
    let sentence = "The headers of the response of SERVER are too large: at most 128 lines are read.";
    check(Reply::Send(format!("HTTP/1.1 200 OK\r\n{many}\r\n")), &[], sentence, 2);
}

#[test]
fn one_that_redirects_in_a_circle() {
    let reply = Reply::Send(response(&format!("302 Found\nlocation: /again\n{ALLOW}"), ""));
    let server = Server::start(move |_| reply.clone());
    let sentence =
        "The server redirects again and again, and browsers give up after 20 redirects. [too-many-redirects]";
    found(&explain(&[], &server.url()), NOBODY, sentence, 1);
    assert_eq!(server.requests().len(), 21);
}

#[test]
fn one_that_redirects_to_another_kind_of_url() {
    let reply = |to: &str| Reply::Send(response(&format!("302 Found\nlocation: {to}\n{ALLOW}"), ""));
    check(reply("file:///etc/passwd"), &[], "The redirect leads to a file: URL", 1);
    let sentence = "The redirect leads to a URL with a user name or a password";
    check(reply("http://user:s3cret@127.0.0.1/?s3cret"), &[], sentence, 1);
}

/// The machine's own network is reached only by a URL that names it; the addresses where clouds keep their secrets, not
/// even then.
#[test]
fn one_that_redirects_to_the_metadata_of_a_cloud() {
    let reply = Reply::Send(response(&format!("302 Found\nlocation: http://169.254.169.254/latest\n{ALLOW}"), ""));
    let sentence = "A redirect leads to 169.254.169.254, which has the private address 169.254.169.254.";
    check(reply, &["--local-network-granted"], sentence, 2);
}

#[test]
fn redirects_are_followed_as_browsers_follow_them() {
    let allow_null = Server::fixed("200 OK\naccess-control-allow-origin: null\nvary: Origin");
    let allow_page = Server::fixed(&format!("200 OK\n{ALLOW}"));
    for (target, sentence, exit) in [
        (&allow_null, "The page can read the response.", 0),
        (&allow_page, "browsers send the origin \"null\" instead of http://localhost:3000", 1),
    ] {
        let reply =
            Reply::Send(response(&format!("302 Found\nlocation: {}/b?token=s3cret\n{ALLOW}", target.url()), ""));
        let first = Server::start(move |_| reply.clone());
        let output = explain(&["--credentials", "--cookie", "id=s3cret", "-H", "accept: a/b"], &first.url());
        // Credentials need to be allowed all the way, so this one is blocked before it is followed.
        assert_eq!(output.status.code(), Some(1));
        let output = explain(&["-H", "accept: a/b"], &first.url());
        found(&output, NOBODY, sentence, exit);
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(!printed.contains("s3cret"), "{printed}");
        let [request] = &target.requests()[..] else { panic!("one request is followed") };
        let sent = (request.target.as_str(), request.get("origin"), request.get("accept"), request.get("cookie"));
        assert_eq!(sent, ("/b?token=s3cret", Some("null"), Some("a/b"), None));
    }
}

/// Explains a URL on a machine that trusts only this certificate.
fn explain_trusting(certificate: &str, url: &str) -> Output {
    let name = url.rsplit('/').next().unwrap();
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.pem"));
    std::fs::write(&file, certificate).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_edge-cors"));
    command.env("SSL_CERT_FILE", &file).args(["explain", "--origin", ORIGIN, url]).output().unwrap()
}

fn own_certificate() -> rcgen::CertifiedKey<rcgen::KeyPair> {
    rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap()
}

#[test]
fn one_with_a_certificate_that_nobody_trusts() {
    let (certificate, other) = (own_certificate(), own_certificate());
    let chain = vec![CertificateDer::from(certificate.cert.der().to_vec())];
    let key = PrivateKeyDer::try_from(certificate.signing_key.serialize_der()).unwrap();
    let config = rustls::ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key).unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = thread::spawn(move || {
        for _ in 0..3 {
            let (socket, _) = listener.accept().unwrap();
            let connection = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = rustls::StreamOwned::new(connection, socket);
            // Two of the clients go away during the handshake.
            let _ = stream.write_all(response(&format!("200 OK\n{ALLOW}"), "").as_bytes());
            let _ = stream.flush();
        }
    });
    let sentence = "this machine does not trust the issuer of its certificate, and browsers block such requests until it \
                    does.";
    found(&explain_trusting(&other.cert.pem(), &format!("https://localhost:{port}/untrusted")), NOBODY, sentence, 2);
    let sentence = "its certificate is for other names, and browsers block such requests.";
    let output = explain_trusting(&certificate.cert.pem(), &format!("https://127.0.0.1:{port}/other-name"));
    found(&output, NOBODY, sentence, 2);
    // With the right name, on a machine that trusts it, nothing is wrong.
    let output = explain_trusting(&certificate.cert.pem(), &format!("https://localhost:{port}/trusted"));
    found(&output, NOBODY, "The page can read the response.", 0);
    server.join().unwrap();
}

#[test]
fn one_without_tls() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = thread::spawn(move || listener.accept().unwrap().0.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n"));
    let sentence = "the server does not speak TLS on this port. Does its URL begin with http://?";
    let url = format!("https://localhost:{port}/without-tls");
    found(&explain_trusting(&own_certificate().cert.pem(), &url), NOBODY, sentence, 2);
    server.join().unwrap().unwrap();
}

#[test]
fn one_whose_name_does_not_resolve() {
    let sentence = "The name no-such-host.invalid does not resolve. Check its spelling, and whether only another network \
                    knows it.";
    found(&explain(&["--local-network-granted"], "http://no-such-host.invalid/"), NOBODY, sentence, 2);
}

#[test]
fn one_that_is_not_there() {
    let address = address::unused();
    let sentence = "SERVER refuses the connection. Check the port, and whether the server is running.";
    found(&explain(&[], &format!("http://{address}/")), &address.to_string(), sentence, 2);
}
