//! `wrangler deploy`, up to the point where it would leave the machine.

use std::path::Path;
use std::process::{Command, Output};

use crate::Test;
use crate::bed::Bed;
use crate::envoy::project_file;

pub fn tests() -> Vec<(String, Test)> {
    let test = |name: &str, test: fn(&Bed) -> Result<(), String>| (format!("deploy/{name}"), Box::new(test) as Test);
    vec![test("wrangler.toml as it is", succeeds), test("a mistake in the policy fails the build", fails)]
}

fn deploy(config: &Path) -> Output {
    Command::new(project_file("node_modules/.bin/wrangler", "make test"))
        .args(["deploy", "--dry-run", "--config"])
        .arg(config)
        .current_dir(test_support::project())
        .env("WRANGLER_SEND_METRICS", "false")
        .output()
        .unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn succeeds(_: &Bed) -> Result<(), String> {
    let output = deploy(&project_file("wrangler.toml", "git checkout wrangler.toml"));
    let said = text(&output);
    if output.status.success() && said.contains("env.CORS_CONFIG") { Ok(()) } else { Err(said) }
}

fn fails(_: &Bed) -> Result<(), String> {
    let mut spoilt = std::fs::read_to_string(project_file("wrangler.toml", "git checkout wrangler.toml")).unwrap();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("deploy");
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("wrangler.toml");
    for (was, is) in [
        ("\"https://app.example.com\"", "\"https://app.example.com/\"".to_owned()),
        ("maxAge = 600", "maxAge = \"600 s\"".to_owned()),
        ("build/index.js", project_file("build/index.js", "make worker").display().to_string()),
        ("check-worker worker", format!("check-worker WRANGLER_CONFIG={}", file.display())),
    ] {
        assert!(spoilt.contains(was), "wrangler.toml lacks {was}");
        spoilt = spoilt.replace(was, &is);
    }
    std::fs::write(&file, spoilt).unwrap();
    let output = deploy(&file);
    let said = text(&output);
    let problems = ["error[origin-path]", "write \"https://app.example.com\"", "error[invalid-duration]", "2 errors"];
    match problems.iter().find(|problem| !said.contains(**problem)) {
        None if !output.status.success() => Ok(()),
        None => Err("it is deployed".to_owned()),
        Some(missing) => Err(format!("{missing:?} is missing:\n{said}")),
    }
}
