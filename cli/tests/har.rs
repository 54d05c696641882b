//! Files of network tabs, explained by the real command line tool.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use expect_test::expect_file;
use serde_json::{Value, json};

const FILES: [&str; 3] = ["chromium", "firefox", "safari"];

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/har")
}

fn explain(file: &str, format: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_edge-cors"));
    command.current_dir(folder()).args(["explain", "--format", format, "--har", file]).output().unwrap()
}

/// Explains a text that comes from the standard input.
fn piped(text: &[u8]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_edge-cors"));
    let command = command.args(["explain", "--har", "-"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // It may end before it has read everything.
    let _ = child.stdin.take().unwrap().write_all(text);
    child.wait_with_output().unwrap()
}

#[test]
fn the_files_of_three_browsers() {
    for name in FILES {
        let output = explain(&format!("{name}.har"), "text");
        assert_eq!(output.status.code(), Some(1), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(!text.contains("s3cret"), "{name}: a secret is printed: {text}");
        expect_file![folder().join(format!("{name}.txt"))].assert_eq(&text);
        let json = String::from_utf8(explain(&format!("{name}.har"), "json").stdout).unwrap();
        assert!(!json.contains("s3cret"), "{name}: a secret is printed: {json}");
    }
}

/// The causes that each file is made of, whatever the words.
#[test]
fn every_group_has_its_cause() {
    let groups = |name: &str| -> Vec<Value> {
        let found: Value = serde_json::from_slice(&explain(&format!("{name}.har"), "json").stdout).unwrap();
        let group = |group: &Value| {
            let code = &group["cause"]["code"];
            json!([group["method"], group["path"], group["count"], group["outcome"], code])
        };
        found["groups"].as_array().unwrap().iter().map(group).collect()
    };
    let chromium = json!([
        ["GET", "/me", 2, "readable", null],
        ["GET", "/old", 1, "redirected", null],
        ["POST", "/upload", 1, "blocked", "error-not-shared"],
        ["PUT", "/users/…", 3, "blocked", "header-not-allowed"],
        ["GET", "/public.json", 1, "readable", null],
        ["GET", "/reports/…/1.pdf", 1, "failed", null],
        ["GET", "/userinfo", 1, "blocked", "origin-opaque"],
    ]);
    let firefox = json!([
        ["DELETE", "/items", 1, "blocked", "preflight-forbidden"],
        ["GET", "/list", 1, "blocked", "no-cors"],
        ["POST", "/login", 1, "blocked", "wildcard-with-credentials"],
    ]);
    let safari = json!([
        ["GET", "/a", 1, "failed", null],
        ["PUT", "/b", 1, "failed", null],
        ["GET", "/c", 1, "blocked", "origin-slash"],
        ["GET", "/d", 1, "readable", null],
        ["GET", "/e", 1, "failed", null],
    ]);
    for (name, expected) in FILES.iter().zip([chromium, firefox, safari]) {
        let mut found = groups(name);
        let mut expected = expected.as_array().unwrap().clone();
        found.sort_by_key(Value::to_string);
        expected.sort_by_key(Value::to_string);
        assert_eq!(found, expected, "{name}");
    }
}

/// The configuration that is printed lets every request through that is not left out: `explain --config` says so.
#[test]
fn the_configuration_works() {
    let config = Path::new(env!("CARGO_TARGET_TMPDIR")).join("of-har.json");
    for name in FILES {
        let found: Value = serde_json::from_slice(&explain(&format!("{name}.har"), "json").stdout).unwrap();
        std::fs::write(&config, found["policy"].to_string()).unwrap();
        let check = Command::new(env!("CARGO_BIN_EXE_edge-cors")).arg("check").arg(&config).output().unwrap();
        assert_eq!(check.status.code(), Some(0), "{name}: {}", String::from_utf8_lossy(&check.stdout));
        for group in found["groups"].as_array().unwrap().iter().filter(|group| group["origin"] != "null") {
            let text = |field: &str| group[field].as_str().unwrap().to_owned();
            let url = format!("{}{}", text("server"), text("path").replace('…', "1"));
            let mut command = Command::new(env!("CARGO_BIN_EXE_edge-cors"));
            command
                .args(["explain", "--origin", &text("origin"), "-X", &text("method"), &url, "--config"])
                .arg(&config);
            let output = command.output().unwrap();
            assert_eq!(output.status.code(), Some(0), "{name}: {}", String::from_utf8_lossy(&output.stdout));
        }
    }
}

#[test]
fn files_that_are_cut_or_no_har_get_a_sentence() {
    let whole = std::fs::read(folder().join("chromium.har")).unwrap();
    for (text, sentence) in [
        (
            &whole[..whole.len() - 30],
            "edge-cors: the standard input: the file is cut: it ends after 16 complete requests.",
        ),
        (&whole[..whole.len() / 2], "the file is cut: it ends after "),
        (&whole[..100], "this is not a HAR file, or its end is missing: it has no complete request."),
        (b"", "this is not a HAR file, or its end is missing"),
        (b"{}", "this is not a HAR file: it has no field \"log\""),
        (b"[]", "this is not a HAR file: "),
        (b"<!doctype html>", "this is not a HAR file: "),
        (b"\x1f\x8b\x08\0\0\0\0", "this is not a HAR file: "),
        (b"{\"log\": {\"entries\": [{\"request\": 1}]}}", "this is not a HAR file: "),
        (&b"[".repeat(100_000), "it is nested too deeply"),
        (b"{\"log\": {\"entries\": [1, {", "this is not a HAR file: "),
    ] {
        let output = piped(text);
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(errors.contains(sentence), "{sentence}: {errors}");
        assert!(!errors.contains("panicked"), "{errors}");
        assert_eq!(output.status.code(), Some(2), "{errors}");
    }
    let output = explain("missing.har", "text");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "edge-cors: missing.har: the file does not exist.\n");
}

/// A file is cut anywhere: never a panic, and never a wrong success.
#[test]
fn a_file_that_is_cut_anywhere() {
    let whole = std::fs::read(folder().join("safari.har")).unwrap();
    for end in (0..whole.len() - 4).step_by(197) {
        let output = piped(&whole[..end]);
        assert_eq!(output.status.code(), Some(2), "{end}");
    }
}

#[test]
fn a_file_without_cross_origin_requests() {
    let output = piped(br#"{"log": {"entries": [], "pages": null, "creator": {"name": "x"}}}"#);
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "the standard input: saved by x, 0 requests, 0 of them checked by CORS.\n"
    );
    assert_eq!(output.status.code(), Some(0));
}

/// Any file is read within 64 MiB of address space, the program included: 20 MB here, and with `EDGE_CORS_HAR_MB=200`
/// as much as anybody saves. The bodies
/// are large, one value is huge, and no two requests are alike.
#[test]
#[cfg(target_os = "linux")]
fn memory_does_not_grow_with_the_file() {
    let megabytes: usize = std::env::var("EDGE_CORS_HAR_MB").ok().and_then(|text| text.parse().ok()).unwrap_or(20);
    let limit_kib = 64 * 1024;
    let script = format!("ulimit -v {limit_kib} && exec \"$TOOL\" explain --har -");
    let mut command = Command::new("sh");
    command.env("TOOL", env!("CARGO_BIN_EXE_edge-cors")).env("RUST_BACKTRACE", "0").args(["-c", &script]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut input = std::io::BufWriter::new(child.stdin.take().unwrap());
    let reader = std::thread::spawn(move || child.wait_with_output().unwrap());
    let start = std::time::Instant::now();
    let body = "x\\\"é".repeat(20_000);
    input.write_all(br#"{"log": {"creator": {"name": "generated"}, "entries": ["#).unwrap();
    let (mut written, mut number) = (0, 0);
    while written < megabytes * 1_000_000 {
        let comma = if number == 0 { "" } else { "," };
        let many: String = (0..50).map(|n| format!(r#"{{"name": "x-{n}", "value": "{number}"}},"#)).collect();
        // Every hundredth value is a megabyte.
        let huge = if number % 100 == 7 { "y".repeat(1_000_000) } else { String::new() };
        let entry = format!(
            r#"{comma}{{"_resourceType": "fetch", "request": {{"method": "GET", "url": "https://api.example.com/a{number}/{huge}", "headers": [{many}{{"name": "origin", "value": "https://a{number}.example.com"}}]}}, "response": {{"status": 200, "headers": [{{"name": "access-control-allow-origin", "value": "{huge}https://a{number}.example.com"}}], "content": {{"text": "{body}"}}}}}}"#
        );
        input.write_all(entry.as_bytes()).unwrap();
        written += entry.len();
        number += 1;
    }
    input.write_all(b"]}}").unwrap();
    drop(input);
    let output = reader.join().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    println!("{megabytes} MB, {number} requests in {:?}", start.elapsed());
    assert!(
        text.starts_with(&format!("the standard input: saved by generated, {number} requests")),
        "{text:.300} {}",
        String::from_utf8_lossy(&output.stderr)
    );
}
