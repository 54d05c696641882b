//! `make run`, as README.md has it, and every command that it prints.

use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use test_support::{block, project};

use super::envoy_files::Copies;
use super::text;
use crate::Test;
use crate::bed::Bed;
use crate::group::Group;

pub(super) fn tests() -> Vec<(String, Test)> {
    vec![("README: in Envoy".to_owned(), Box::new(readme) as Test)]
}

/// Nothing takes that long, but for a build that is not there yet.
const PATIENCE: Duration = Duration::from_secs(300);

/// What to try, and the status that it says is the answer.
struct Tip {
    command: String,
    status: Option<String>,
}

/// The commands of `envoy/try.txt`, each with the number in parentheses in the line above it.
fn tips(copies: &Copies) -> Vec<Tip> {
    let printed = copies.with_ports(&text("envoy/try.txt")).replace("\\\n", " ");
    let (mut tips, mut status) = (Vec::new(), None);
    for line in printed.lines().map(str::trim) {
        match line.strip_prefix("curl ") {
            Some(arguments) => {
                tips.push(Tip { command: format!("curl --silent {arguments}"), status: status.take() });
            }
            None => status = number_in_parentheses(line),
        }
    }
    tips
}

fn number_in_parentheses(line: &str) -> Option<String> {
    let (_, rest) = line.split_once('(')?;
    Some(rest.chars().take_while(char::is_ascii_digit).collect())
}

fn readme(_: &Bed) -> Result<(), String> {
    let copies = Copies::new("run");
    let lines = block("README.md", "sh", "make run");
    assert!((1..=4).contains(&lines.lines().count()), "{lines}");
    let config = copies.copy("envoy/envoy.yaml");
    let mut command = Command::new("sh");
    command.args(["-ec", &lines]).current_dir(project()).env("ENVOY_CONFIG", config).env_remove("MAKEFLAGS");
    let _make = Group::start(&mut command);
    let tips = tips(&copies);
    assert_eq!((tips.len(), tips.iter().filter(|tip| tip.status.is_some()).count()), (4, 2), "what envoy/try.txt has");
    tips.iter().try_for_each(answered)
}

/// Whether a command prints a response with its status, once Envoy is up.
fn answered(tip: &Tip) -> Result<(), String> {
    let expected = format!("HTTP/1.1 {}", tip.status.as_deref().unwrap_or("200"));
    let deadline = Instant::now() + PATIENCE;
    loop {
        let output = Command::new("sh").args(["-c", &tip.command]).output().map_err(|error| error.to_string())?;
        let response = String::from_utf8_lossy(&output.stdout);
        if response.starts_with(&expected) {
            return Ok(());
        }
        if output.status.success() || Instant::now() > deadline {
            return Err(format!("{}: expected {expected}, got {response}", tip.command));
        }
        sleep(Duration::from_millis(100));
    }
}
