//! What must be absent from the source: the invariants that the compiler does not see.

use std::path::{Path, PathBuf};

use crate::Test;
use crate::bed::Bed;

pub fn tests() -> Vec<(String, Test)> {
    vec![
        ("structure::hosts name no CORS header".to_owned(), Box::new(hosts_name_no_cors_header)),
        ("structure::the engine names no host".to_owned(), Box::new(engine_names_no_host)),
    ]
}

fn sources() -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs" || extension == "js") {
                found.push((path.clone(), std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let mut found = Vec::new();
    let root = test_support::project();
    for folder in ["src", "envoy/filter", "worker"] {
        walk(&root.join(folder), &mut found);
    }
    let relative = |(path, text): (PathBuf, String)| (path.strip_prefix(&root).unwrap().to_owned(), text);
    found.into_iter().map(relative).collect()
}

fn is_host(path: &Path) -> bool {
    !path.starts_with("src")
}

fn absent(files: impl Iterator<Item = (PathBuf, String)>, words: &[&str]) -> Result<(), String> {
    for (path, text) in files {
        let text = text.to_lowercase();
        if let Some(word) = words.iter().find(|word| text.contains(**word)) {
            return Err(format!("{} says {word:?}", path.display()));
        }
    }
    Ok(())
}

fn hosts_name_no_cors_header(_: &Bed) -> Result<(), String> {
    let hosts = sources().into_iter().filter(|(path, _)| is_host(path));
    absent(hosts, &["access-control", "\"vary\"", "\"origin\"", "timing-allow-origin", "origin::parse"])
}

fn engine_names_no_host(_: &Bed) -> Result<(), String> {
    let engine = sources().into_iter().filter(|(path, _)| !is_host(path));
    absent(
        engine,
        &["proxy_wasm", "worker::", "wasm_bindgen", "std::fs", "std::net::tcp", "std::time", "log::", "println!"],
    )
}
