//! The invariants of ARCHITECTURE.md that the compiler does not see: what the source may not contain.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by failing")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use test_support::project;

/// The Rust and JavaScript files below some folders, by their paths in the project.
fn sources(folders: &[&str]) -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs" || extension == "js") {
                found.push(path);
            }
        }
    }
    let mut paths = Vec::new();
    for folder in folders {
        walk(&project().join(folder), &mut paths);
    }
    assert!(!paths.is_empty(), "{folders:?} have no sources");
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        (path.strip_prefix(project()).unwrap().to_owned(), text)
    };
    paths.into_iter().map(read).collect()
}

/// The code of a file: without comments and unit tests.
fn code(text: &str) -> String {
    let text = text.split("\n#[cfg(test)]\nmod tests").next().unwrap();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

#[track_caller]
fn absent(files: impl IntoIterator<Item = (PathBuf, String)>, words: &[&str]) {
    for (path, text) in files {
        let text = text.to_lowercase();
        let found: Vec<_> = words.iter().filter(|word| text.contains(**word)).collect();
        assert!(found.is_empty(), "{} contains {found:?}", path.display());
    }
}

#[test]
fn hosts_name_no_cors_header() {
    let words = ["access-control", "\"vary\"", "\"origin\"", "timing-allow-origin", "origin::parse"];
    absent(sources(&["envoy", "npm", "worker"]), &words);
}

#[test]
fn the_engine_names_no_host_and_does_no_io() {
    let words = [
        "proxy_wasm",
        "worker::",
        "wasm_bindgen",
        "std::fs",
        "std::net::tcp",
        "std::time",
        "std::env::",
        "std::thread",
        "log::",
        "println!",
    ];
    absent(sources(&["src"]), &words);
}

#[test]
fn each_host_has_its_own_crate() {
    absent(sources(&["envoy/host", "npm", "worker", "cli/src", "distribution/src"]), &["proxy_wasm"]);
    absent(sources(&["envoy", "cli/src", "distribution/src"]), &["worker::", "wasm_bindgen"]);
}

#[test]
fn only_the_configuration_of_the_engine_reads_json() {
    let others = sources(&["src"]).into_iter().filter(|(path, _)| !path.starts_with("src/config"));
    absent(others.map(|(path, text)| (path, code(&text))), &["serde_json::from", "serde_json::value", "rawvalue"]);
}

/// How often code uses the keyword `unsafe`: blocks, functions, attributes and whatever else there is.
fn unsafe_uses(text: &str) -> usize {
    let code = code(text);
    let is_use = |(before, after): (&str, &str)| {
        let is_word = !before.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let next = ["{", "(", "fn ", "extern ", "impl ", "trait "];
        is_word && next.iter().any(|next| after.trim_start().starts_with(next))
    };
    let places = code.match_indices("unsafe").map(|(at, found)| at..at + found.len());
    let around = places.filter_map(|place| Some((code.get(..place.start)?, code.get(place.end..)?)));
    around.filter(|around| is_use(*around)).count()
}

/// What Envoy calls is C: one file has what that needs, as often as docs/dynamic-module.md says.
#[test]
fn one_file_has_unsafe_code() {
    let all = ["src", "envoy", "worker", "cli", "fuzz", "playground", "distribution", "tests", "bench", "examples"];
    let rust = sources(&all).into_iter().filter(|(path, _)| path.extension().is_some_and(|end| end == "rs"));
    let counted = rust.map(|(path, text)| {
        let permits = if path.ends_with("structure.rs") { 0 } else { text.matches("(unsafe_code").count() };
        (path, unsafe_uses(&text) + permits)
    });
    let found: Vec<(PathBuf, usize)> = counted.filter(|(_, uses)| *uses > 0).collect();
    let [(file, uses)] = found.as_slice() else { panic!("unsafe code belongs into one file: {found:?}") };
    assert_eq!(file, Path::new("envoy/module/src/abi.rs"));
    // One is the attribute that permits it.
    let told = format!("{} uses of `unsafe`", uses - 1);
    for page in ["docs/dynamic-module.md", "docs/threat-model.md"] {
        let text = fs::read_to_string(project().join(page)).unwrap();
        assert!(text.contains(&told), "{page} does not say \"{told}\": say it, or use less");
    }
}

/// What JavaScript has instead of `unsafe`.
#[test]
fn scripts_make_no_code_of_text() {
    absent(sources(&["npm", "worker"]), &["eval(", "new function("]);
}

/// Every test that docs/threat-model.md names is there.
#[test]
fn the_threat_model_names_files_that_exist() {
    let page = fs::read_to_string(project().join("docs/threat-model.md")).unwrap();
    let links: Vec<&str> = page.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()).collect();
    assert!(links.len() > 50, "the links are found");
    let missing: Vec<_> = links.iter().filter(|link| !project().join("docs").join(link).exists()).collect();
    assert!(missing.is_empty(), "docs/threat-model.md names what is not there: {missing:?}");
    let rows = page.lines().filter(|line| line.starts_with("| ") && line.matches(" | ").count() == 2);
    let unproven: Vec<_> = rows.filter(|row| !row.contains("](") && !row.starts_with("| threat")).collect();
    assert!(unproven.is_empty(), "name the test that shows it: {unproven:?}");
}

/// The lints deny `unsafe` and what could panic, in every package that has them.
#[test]
fn every_package_has_the_lints() {
    let root = fs::read_to_string(project().join("Cargo.toml")).unwrap();
    assert!(root.contains("unsafe_code = \"deny\""));
    let members = root.lines().find_map(|line| line.strip_prefix("members = [")).unwrap();
    let members = members.trim_end_matches(']').split(", ").map(|member| member.trim_matches('"'));
    for member in members.chain(["."]) {
        let manifest = fs::read_to_string(project().join(member).join("Cargo.toml")).unwrap();
        assert!(manifest.contains("[lints]\nworkspace = true"), "{member} has not the lints of the workspace");
    }
}

#[test]
fn no_file_is_longer_than_450_lines() {
    let all = ["src", "envoy", "worker", "cli", "fuzz", "playground", "distribution", "tests", "bench", "npm"];
    let long = sources(&all).into_iter().filter(|(_, text)| text.lines().count() > 450);
    assert_eq!(long.map(|(path, _)| path).collect::<Vec<_>>(), Vec::<PathBuf>::new());
}

/// The modules at the top of the engine, each with those that it uses.
fn modules() -> BTreeMap<String, BTreeSet<String>> {
    let mut modules = BTreeMap::<String, BTreeSet<String>>::new();
    for (path, text) in sources(&["src"]) {
        let module = path.components().nth(1).unwrap().as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned();
        let text = code(&text);
        let named = text
            .split("crate::")
            .skip(1)
            .map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap().to_owned());
        modules.entry(module).or_default().extend(named);
    }
    modules.remove("lib");
    modules
}

#[test]
fn no_modules_use_each_other_in_a_circle() {
    let mut modules = modules();
    assert!(modules.get("policy_set").unwrap().contains("policy"), "the uses are found: {modules:?}");
    for (module, uses) in &mut modules {
        uses.retain(|used| used != module);
    }
    // Modules that use nothing that is left are in no circle.
    let mut left: Vec<String> = modules.keys().cloned().collect();
    while let Some(at) =
        left.iter().position(|module| !modules.get(module).unwrap().iter().any(|used| left.contains(used)))
    {
        left.remove(at);
    }
    let uses = |module: &String| {
        let used = modules.get(module).unwrap().iter().filter(|used| left.contains(used));
        format!("{module} uses {}", used.cloned().collect::<Vec<_>>().join(", "))
    };
    assert!(left.is_empty(), "a circle:\n{}", left.iter().map(uses).collect::<Vec<_>>().join("\n"));
}
