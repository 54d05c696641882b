//! Requests and responses that no well-meaning client or origin server sends. None of them may
//! stop the filter: one trap, and every later request of that worker thread fails.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::Kind;
use crate::Test;
use crate::bed::Bed;

/// The listener of another test file, with a policy for `https://app.example.com`.
const LISTENER: &str = "StringValue";

const PREFLIGHT: &str =
    "OPTIONS / HTTP/1.1\r\nhost: h\r\norigin: https://app.example.com\r\naccess-control-request-method: ";

pub fn tests(kind: Kind) -> Vec<(String, Test)> {
    let get = |rest: &str| format!("GET / HTTP/1.1\r\n{rest}origin: https://app.example.com\r\n\r\n").into_bytes();
    let raw = |path: &str| {
        format!("GET /raw/{path} HTTP/1.1\r\nhost: h\r\norigin: https://app.example.com\r\n\r\n").into_bytes()
    };
    let names = |bytes: usize| {
        let names = "x-a,".repeat(bytes / 4);
        format!("{PREFLIGHT}POST\r\naccess-control-request-headers: {names}\r\n\r\n").into_bytes()
    };
    let requests = [
        ("no Host", get(""), 400),
        ("an empty Host", get("host:\r\n"), 200),
        ("a Host that is only a port", get("host: :80\r\n"), 200),
        ("a Host with every delimiter", get("host: [a]:@:b/c?d#e\r\n"), 400),
        (
            "CONNECT without a path",
            b"CONNECT h:1 HTTP/1.1\r\nhost: h:1\r\norigin: https://evil.example\r\n\r\n".to_vec(),
            200,
        ),
        ("64 KiB of requested header names", names(65_536), 403),
        ("more requested header names than are looked at", names(1024), 403),
        ("an origin outside UTF-8", b"GET / HTTP/1.1\r\nhost: h\r\norigin: https://\xff\xfe\r\n\r\n".to_vec(), 200),
        ("a path outside UTF-8", b"GET /\xff HTTP/1.1\r\nhost: h\r\norigin: \xff\r\n\r\n".to_vec(), 400),
        ("a method outside UTF-8", [PREFLIGHT.as_bytes(), b"P\xffT\r\n\r\n"].concat(), 403),
        ("a header name outside UTF-8", b"GET / HTTP/1.1\r\nhost: h\r\nx-\xff: 1\r\n\r\n".to_vec(), 400),
        ("OPTIONS *", b"OPTIONS * HTTP/1.1\r\nhost: h\r\norigin: https://app.example.com\r\n\r\n".to_vec(), 404),
        ("HTTP/1.0", b"GET / HTTP/1.0\r\nhost: h\r\norigin: https://app.example.com\r\n\r\n".to_vec(), 426),
        ("no HTTP at all", b"\x16\x03\x01\x00\x05hello\r\n\r\n".to_vec(), 400),
        ("a response with a header name outside UTF-8", raw("name"), 502),
        ("a response with values outside UTF-8", raw("value"), 200),
        ("a response with CORS headers outside UTF-8", raw("cors"), 502),
        ("a response with an unknown status", raw("status"), 999),
        ("a response with an empty Vary", raw("vary"), 200),
    ];
    let test = move |(name, bytes, status): (&str, Vec<u8>, u16)| {
        (format!("hostile/{name}"), Box::new(move |bed: &Bed| survives(bed, kind, &bytes, status)) as Test)
    };
    requests.into_iter().map(test).collect()
}

/// The request gets its status, and the filter still grants a preflight afterwards.
fn survives(bed: &Bed, kind: Kind, request: &[u8], expected: u16) -> Result<(), String> {
    let status = exchange(bed, kind, request)?;
    if status != expected {
        return Err(format!("status {status}, not {expected}"));
    }
    match exchange(bed, kind, format!("{PREFLIGHT}POST\r\n\r\n").as_bytes())? {
        204 => Ok(()),
        status => Err(format!("afterwards, a preflight gets {status}")),
    }
}

/// Sends bytes and reads the status of what comes back.
fn exchange(bed: &Bed, kind: Kind, request: &[u8]) -> Result<u16, String> {
    let mut stream = TcpStream::connect(bed.envoy(kind).listener(LISTENER)).map_err(|error| error.to_string())?;
    stream.set_read_timeout(Some(Duration::from_secs(20))).map_err(|error| error.to_string())?;
    stream.write_all(request).map_err(|error| error.to_string())?;
    let mut head = Vec::new();
    let mut chunk = [0; 4096];
    while !head.contains(&b'\n') {
        match stream.read(&mut chunk) {
            Ok(0) => break,
            Ok(read) => head.extend(&chunk[..read]),
            Err(error) => return Err(error.to_string()),
        }
    }
    let line = String::from_utf8_lossy(&head).lines().next().unwrap_or_default().to_owned();
    line.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or(format!("no status in {line:?}"))
}
