//! `distribution/dependencies.json` has everything that others wrote, with what was looked at, and nothing comes in
//! without an entry; `docs/dependencies.md` is written from it: `UPDATE_EXPECT=1 cargo test -p edge-cors-distribution`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects by failing"
)]

#[path = "dependencies/list.rs"]
mod list;
#[path = "dependencies/page.rs"]
mod page;
#[path = "dependencies/resolved.rs"]
mod resolved;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use expect_test::expect_file;
use list::List;
use resolved::Resolved;
use test_support::project;

/// Fails with all lines at once.
#[track_caller]
fn none(wrong: &[String]) {
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

const LIST: &str = "distribution/dependencies.json";

#[test]
fn every_crate_has_an_entry() {
    let (list, resolved) = (List::load(), Resolved::load());
    let mut wrong = Vec::new();
    for package in resolved.foreign() {
        let (name, version) = (package.name.as_str(), package.version.to_string());
        let other = || list.crates.iter().find(|entry| entry.name == name).map(|entry| entry.version.as_str());
        if list.of(name, &version).is_none() {
            let what = match other() {
                Some(listed) => format!("is listed as {listed}. Look at what changed between the two"),
                None => "is new. Look at who keeps it, what it does when it is built, and its unsafe code".to_owned(),
            };
            let runs = resolved::runs(package).map_or(String::new(), |runs| format!(", \"runs\": \"{runs}\""));
            wrong.push(format!(
                "{name} {version} {what}, then write into {LIST}, in the order of names:\n    \
                 {{ \"name\": \"{name}\", \"version\": \"{version}\"{runs}, \"looked\": \"survey\" }}"
            ));
        }
    }
    let found: BTreeSet<(String, String)> =
        resolved.foreign().map(|package| (package.name.to_string(), package.version.to_string())).collect();
    for entry in list.crates.iter().filter(|entry| !found.contains(&(entry.name.clone(), entry.version.clone()))) {
        wrong.push(format!("{} {} is not in Cargo.lock: remove it from {LIST}", entry.name, entry.version));
    }
    none(&wrong);
    assert!(list.crates.is_sorted_by_key(|entry| (&entry.name, &entry.version)), "{LIST}: crates are not in order");
}

/// A build script and a macro run on the machine of whoever builds: an update must not bring one unseen.
#[test]
fn what_runs_while_it_builds_is_known() {
    let (list, resolved) = (List::load(), Resolved::load());
    let wrong = resolved.foreign().filter_map(|package| {
        let entry = list.of(&package.name, &package.version.to_string());
        let (runs, listed) = (resolved::runs(package), entry.and_then(|entry| entry.runs.as_deref()));
        let differs = runs != listed;
        differs.then(|| format!("{}: {LIST} has \"runs\": {listed:?}, but it is {runs:?}", package.name))
    });
    none(&wrong.collect::<Vec<_>>());
}

/// Why a crate is used is known of those that are named in a manifest. The others come with them.
#[test]
fn every_direct_dependency_has_a_reason() {
    let (list, resolved) = (List::load(), Resolved::load());
    let direct = resolved.direct();
    let mut wrong = Vec::new();
    for entry in &list.crates {
        let is_direct = direct.contains(&(entry.name.clone(), entry.version.clone()));
        match (is_direct, &entry.why, &entry.kept_by) {
            (true, Some(_), Some(_)) | (false, None, None) => {}
            (true, ..) => wrong.push(format!(
                "{}: a manifest names it, so {LIST} needs its reason and who keeps it: \"why\": \"…\", \"keptBy\": \"…\"",
                entry.name
            )),
            (false, ..) => wrong.push(format!("{}: no manifest names it, so its \"why\" is not needed", entry.name)),
        }
    }
    none(&wrong);
}

#[test]
fn every_crate_comes_from_crates_io_with_a_checksum() {
    let lock = cargo_lock::Lockfile::load(project().join("Cargo.lock")).unwrap();
    let own: BTreeSet<String> = Resolved::load().own().map(|package| package.name.to_string()).collect();
    let foreign = lock.packages.iter().filter(|package| !own.contains(package.name.as_str()));
    let is_fine = |package: &&cargo_lock::Package| {
        package.checksum.is_some() && package.source.as_ref().is_some_and(|source| source.is_default_registry())
    };
    let wrong: Vec<String> = foreign
        .filter(|package| !is_fine(package))
        .map(|package| format!("{}: not from crates.io. Use a release that is there", package.name))
        .collect();
    none(&wrong);
}

#[test]
fn every_licence_is_allowed() {
    let (list, resolved) = (List::load(), Resolved::load());
    let is_allowed = |requirement: &spdx::LicenseReq| list.licences.contains(&requirement.to_string());
    let wrong = resolved.foreign().filter_map(|package| {
        let licence = resolved::licence(package);
        let expression = spdx::Expression::parse(&licence);
        let is_fine = expression.is_ok_and(|expression| expression.evaluate(is_allowed));
        (!is_fine)
            .then(|| format!("{}: its licence {licence:?} needs others than the \"licences\" of {LIST}", package.name))
    });
    none(&wrong.collect::<Vec<_>>());
}

/// Of what runs inside a proxy or a Worker, there is one version each: two would be twice the code, and twice the reading.
/// Elsewhere each pair has a reason.
#[test]
fn two_versions_of_a_crate_have_a_reason() {
    let (list, resolved) = (List::load(), Resolved::load());
    let mut versions = BTreeMap::<&str, BTreeSet<String>>::new();
    for package in resolved.foreign() {
        versions.entry(package.name.as_str()).or_default().insert(package.version.to_string());
    }
    versions.retain(|_, versions| versions.len() > 1);
    let mut wrong: Vec<String> = versions
        .iter()
        .filter(|(name, _)| !list.duplicates.contains_key(**name))
        .map(|(name, versions)| {
            format!("{name} is there as {versions:?}. Use one, or write why not into the \"duplicates\" of {LIST}")
        })
        .collect();
    let known = list.duplicates.keys().filter(|name| !versions.contains_key(name.as_str()));
    wrong.extend(known.map(|name| format!("{name} is there once: remove it from the \"duplicates\" of {LIST}")));
    for (product, crates) in resolved.products().iter().filter(|(product, _)| resolved::EMBEDDED.contains(*product)) {
        let names: BTreeSet<&str> = crates.iter().map(|(name, _)| name.as_str()).collect();
        if names.len() < crates.len() {
            wrong.push(format!("{product} has two versions of a crate: {crates:?}"));
        }
    }
    none(&wrong);
}

/// What is not a crate: npm and Python packages, Actions, programs.
#[test]
fn everything_else_is_listed_too() {
    let list = List::load();
    let mut used = BTreeSet::new();
    let read = |file: &str| fs::read_to_string(project().join(file)).unwrap();
    for file in ["package.json", "tests/npm/package.json"] {
        let manifest: serde_json::Value = serde_json::from_str(&read(file)).unwrap();
        for group in ["dependencies", "devDependencies", "optionalDependencies"] {
            let names = manifest.get(group).and_then(|group| group.as_object()).into_iter().flatten();
            used.extend(names.map(|(name, _)| name.clone()));
        }
    }
    for file in ["distribution/requirements.txt", "tests/frameworks/requirements.txt"] {
        let text = read(file);
        used.extend(text.lines().filter_map(|line| Some(line.split_once("==")?.0.to_owned())));
    }
    for file in fs::read_dir(project().join(".github/workflows")).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        for action in text.lines().filter_map(|line| line.trim().trim_start_matches("- ").strip_prefix("uses: ")) {
            let (name, pin) = action.split_once('@').unwrap();
            let hash = pin.split(' ').next().unwrap();
            let is_hash = hash.len() == 40 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
            assert!(is_hash, "{name}: pin it to a commit, with the tag in a comment");
            used.insert(name.to_owned());
        }
    }
    let listed: BTreeSet<String> = list.others.iter().map(|other| other.name.clone()).collect();
    let missing =
        used.difference(&listed).map(|name| format!("{name}: write why it is used into the \"others\" of {LIST}"));
    // Programs that only the Makefile names.
    let makefile = read("Makefile").to_lowercase();
    let gone = listed.difference(&used).filter(|name| !makefile.contains(&name.to_lowercase()));
    let gone = gone.map(|name| format!("{name}: nothing uses it, so remove it from {LIST}"));
    none(&missing.chain(gone).collect::<Vec<_>>());
}

#[test]
fn the_page_shows_the_list() {
    let page = page::page(&List::load(), Resolved::load());
    expect_file![project().join("docs/dependencies.md")].assert_eq(&page);
}
