//! A file with the CORS settings of other software, after a line with its name: it becomes a configuration that the edge
//! accepts, or a sentence.

use std::fs;
use std::path::{Path, PathBuf};

use edge_cors::PolicySet;
use edge_cors_cli::{ImportError, Source, import};
use test_support::project;

use crate::Target;

pub(super) const TARGET: Target = Target { name: "import", check, seeds, words: &WORDS, longest: 4096 };

const WORDS: [&str; 33] = [
    "allow_origin_string_match:",
    "safe_regex:",
    "regex: ",
    "exact: ",
    "prefix: ",
    "allow_methods: ",
    "typed_per_filter_config:",
    "virtual_hosts:",
    "corsPolicy:",
    "allowOrigins:",
    "allowCredentials: true",
    "maxAge: 24h",
    "kind: HTTPRoute",
    "kind: SecurityPolicy",
    "kind: VirtualService",
    "kind: Ingress",
    "nginx.ingress.kubernetes.io/cors-allow-origin: ",
    "add_header Access-Control-Allow-Origin ",
    "$http_origin",
    "if ($http_origin ~* ",
    "map $http_origin $cors {",
    "\"origin\": ",
    "\"resources\": {",
    "CORS_ALLOWED_ORIGINS",
    "CORS_ALLOWED_ORIGIN_REGEXES",
    "https://*.example.com",
    "^https://[a-z]+\\.example\\.com$",
    "(.*)",
    "&a ",
    "*a",
    "<<: ",
    "---",
    "null",
];

fn seeds() -> Vec<Vec<u8>> {
    let mut folders = vec![project().join("cli/tests/import")];
    let mut seeds = Vec::new();
    while let Some(folder) = folders.pop() {
        let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        for path in paths {
            match path.extension().and_then(|extension| extension.to_str()) {
                None => folders.push(path),
                Some("json" | "yaml" | "conf") => {
                    let name = path.file_name().unwrap().to_string_lossy().into_owned();
                    seeds.push([name.as_bytes(), b"\n", &fs::read(&path).unwrap()].concat());
                }
                Some(_) => {}
            }
        }
    }
    seeds
}

fn check(bytes: &[u8]) {
    let Some((name, text)) = std::str::from_utf8(bytes).ok().and_then(|text| text.split_once('\n')) else { return };
    match import(Source::Auto, Path::new(name), text) {
        Ok(imported) => {
            assert!(imported.losses.iter().all(|loss| loss.offset <= text.len()), "a place outside the file");
            assert!(PolicySet::from_json(&imported.configuration).is_ok(), "refused: {}", imported.configuration);
        }
        Err(ImportError::Syntax { offset, reason }) => assert!(offset <= text.len() && !reason.is_empty()),
        Err(ImportError::Nothing(why)) => assert!(!why.is_empty()),
    }
}
