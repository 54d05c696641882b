//! What runs on changed files: `distribution/check-changed.sh`, through the GitHub Action and through pre-commit.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by failing")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use test_support::project;

/// A repository with two commits, of which the second changed a good policy, a bad one and a file of others.
fn repository(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("deploy")).unwrap();
    let write = |file: &str, text: &str| fs::write(folder.join(file), text).unwrap();
    git(&folder, &["init", "--quiet", "--initial-branch=main"]);
    write("unchanged.json", r#"{ "allowOrigins": ["https://app.example.com/"] }"#);
    write("removed.json", r#"{ "allowOrigins": ["https://app.example.com"] }"#);
    commit(&folder);
    fs::remove_file(folder.join("removed.json")).unwrap();
    write("good.json", r#"{ "allowOrigins": ["https://app.example.com"] }"#);
    write("deploy/a policy.json", "{\n  \"allowOrigins\": [\"https://app.example.com/\"]\n}");
    write("package.json", r#"{ "name": "app" }"#);
    write("logo.png", "\u{89}PNG");
    commit(&folder);
    folder
}

fn git(folder: &Path, arguments: &[&str]) {
    let identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com"];
    let output = Command::new("git").current_dir(folder).args(identity).args(arguments).output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

fn commit(folder: &Path) {
    git(folder, &["add", "--all"]);
    git(folder, &["commit", "--quiet", "--message", "a change"]);
}

/// `check-changed.sh` in a folder, with the command line tool of this build.
fn check_changed(folder: &Path, arguments: &str, files: &[&str]) -> Output {
    Command::new(project().join("distribution/check-changed.sh"))
        .current_dir(folder)
        .env("EDGE_CORS", env!("CARGO_BIN_EXE_edge-cors"))
        .env("EDGE_CORS_ARGUMENTS", arguments)
        .args(files)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

const ANNOTATION: &str = "::error file=deploy/a policy.json,line=2,col=20,title=origin-path::\"https://app.example.com/\" \
                          is not a valid origin: it must end after the host and port. Fix: write \
                          \"https://app.example.com\".\n";

#[test]
fn only_what_the_last_commit_changed_is_checked() {
    let folder = repository("changed");
    let output = check_changed(&folder, "--format github", &[]);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), ANNOTATION.to_owned()));
}

#[test]
fn a_commit_without_files_of_ours_is_fine() {
    let folder = repository("unrelated");
    fs::write(folder.join("package.json"), "{}").unwrap();
    commit(&folder);
    let output = check_changed(&folder, "", &[]);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(0), String::new()));
    git(&folder, &["commit", "--quiet", "--allow-empty", "--message", "nothing"]);
    let output = check_changed(&folder, "", &[]);
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), "edge-cors: no file was changed.\n".to_owned()));
}

/// `actions/checkout` fetches only the last commit, unless it is told to fetch more.
#[test]
fn without_the_commit_before_everything_is_checked() {
    let folder = repository("whole");
    let shallow = Path::new(env!("CARGO_TARGET_TMPDIR")).join("shallow");
    let _ = fs::remove_dir_all(&shallow);
    let source = format!("file://{}", folder.display());
    git(&folder, &["clone", "--quiet", "--depth=1", &source, shallow.to_str().unwrap()]);
    let output = check_changed(&shallow, "--format github", &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("give actions/checkout fetch-depth: 2"), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("unchanged.json"), "{}", text(&output.stdout));
}

#[test]
fn files_that_are_named_are_checked() {
    let folder = repository("named");
    for (files, exit) in [(["good.json", "package.json"], 0), (["good.json", "unchanged.json"], 1)] {
        assert_eq!(check_changed(&folder, "", &files).status.code(), Some(exit), "{files:?}");
    }
}

#[test]
fn the_script_runs_this_version() {
    let script = fs::read_to_string(project().join("distribution/check-changed.sh")).unwrap();
    assert!(script.contains(concat!("\nVERSION=", env!("CARGO_PKG_VERSION"), "\n")));
}

/// Real pre-commit, with the hook of this checkout.
#[test]
fn pre_commit_runs_the_hook() {
    let pre_commit = project().join("target/tools/python/bin/pre-commit");
    if std::env::var("EDGE_CORS_HOSTS").as_deref() != Ok("required") && !pre_commit.exists() {
        eprintln!("left out, because {} is not installed: `make test` installs it", pre_commit.display());
        return;
    }
    let folder = repository("pre-commit");
    let output = Command::new(pre_commit)
        .current_dir(&folder)
        .env("EDGE_CORS", env!("CARGO_BIN_EXE_edge-cors"))
        .env("PRE_COMMIT_HOME", folder.join("home"))
        .args(["try-repo", project().to_str().unwrap(), "edge-cors", "--all-files"])
        .output()
        .unwrap();
    let printed = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{printed}{}", text(&output.stderr));
    assert!(printed.contains("error[origin-path]") && printed.contains("deploy/a policy.json"), "{printed}");
}
