//! `edge-cors import` on the files of `tests/import/`.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test says what it expects by failing"
)]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use edge_cors::PolicySet;
use edge_cors::browser::{Call, Network, Verdict, fetch};
use edge_cors_cli::{Imported, Source, import};
use expect_test::expect_file;
use serde::Deserialize;

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/import")
}

/// The files of all sources, each with the folder that it is in.
fn files() -> Vec<(String, String)> {
    let folders = fs::read_dir(directory()).unwrap().map(|folder| folder.unwrap().path());
    let folders = folders.filter(|path| path.is_dir());
    let files = folders.flat_map(|folder| fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()));
    let mut files: Vec<(String, String)> = files
        .map(|path| {
            let name = path.strip_prefix(directory()).unwrap().to_str().unwrap().replace('\\', "/");
            (name, fs::read_to_string(path).unwrap())
        })
        .collect();
    files.sort();
    files
}

fn imported(name: &str, text: &str) -> Imported {
    import(Source::Auto, Path::new(name), text).unwrap_or_else(|error| panic!("{name}: {error:?}"))
}

fn line(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count()
}

#[test]
fn every_file_becomes_a_configuration_that_the_edge_accepts() {
    let mut golden = String::new();
    let files = files();
    for (name, text) in &files {
        let Imported { source, configuration, losses, .. } = imported(name, text);
        writeln!(golden, "==== {name}: {source:?}").unwrap();
        for loss in &losses {
            writeln!(golden, "{} in line {}: {} ({})", loss.code, line(text, loss.offset), loss.message, loss.fix)
                .unwrap();
        }
        writeln!(golden, "{configuration}").unwrap();
        if let Err(error) = PolicySet::from_json(&configuration) {
            panic!("{name}: {error}");
        }
    }
    expect_file!["import/golden.txt"].assert_eq(&golden);
    assert!(files.len() >= 40, "{} files", files.len());
}

#[derive(Deserialize)]
struct Row {
    file: String,
    readable: Vec<String>,
    blocked: Vec<String>,
}

/// Whether a page can read the response, as `README.md` writes a request.
fn is_readable(policies: &PolicySet, request: &str) -> bool {
    let mut words = request.split(' ');
    let (origin, method, url) = (words.next().unwrap(), words.next().unwrap(), words.next().unwrap());
    let mut call = Call { method: method.to_owned(), ..Call::new(origin, url.parse().unwrap()) };
    for word in words.map(|word| word.strip_prefix('+').unwrap()) {
        match word {
            "credentials" => call.credentials = true,
            "content-type" => call.headers.push((word.to_owned(), "application/json".to_owned())),
            name => call.headers.push((name.to_owned(), "1".to_owned())),
        }
    }
    matches!(fetch(&call, &Network::new(policies)).verdict, Verdict::Readable)
}

#[test]
fn imports_decide_as_their_source_does() {
    let rows: Vec<Row> =
        serde_json::from_str(&fs::read_to_string(directory().join("decisions.json")).unwrap()).unwrap();
    for Row { file, readable, blocked } in &rows {
        let text = fs::read_to_string(directory().join(file)).unwrap();
        let (policies, _) = PolicySet::from_json(&imported(file, &text).configuration).unwrap();
        for request in readable {
            assert!(is_readable(&policies, request), "{file}: {request} should be readable");
        }
        for request in blocked {
            assert!(!is_readable(&policies, request), "{file}: {request} should be blocked");
        }
    }
    // Those of Envoy are compared with Envoy.
    let others = files().into_iter().filter(|(name, _)| !name.starts_with("envoy/"));
    let without: Vec<String> =
        others.map(|(name, _)| name).filter(|name| rows.iter().all(|row| row.file != *name)).collect();
    assert_eq!(without, Vec::<String>::new());
}

fn edge_cors(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_edge-cors")).args(arguments).current_dir(directory()).output().unwrap()
}

#[test]
fn strict_fails_if_something_was_lost() {
    let code = |arguments: &[&str]| edge_cors(arguments).status.code();
    assert_eq!(code(&["import", "envoy", "envoy/inexact-routes.yaml"]), Some(0));
    assert_eq!(code(&["import", "envoy", "envoy/inexact-routes.yaml", "--strict"]), Some(1));
    assert_eq!(code(&["import", "auto", "envoy/five-routes.yaml", "--strict"]), Some(0));
    assert_eq!(code(&["import", "auto", "README.md"]), Some(2));
    assert_eq!(code(&["import", "istio", "envoy/five-routes.yaml"]), Some(2));
    assert_eq!(code(&["import", "envoy", "absent.yaml"]), Some(2));
}
