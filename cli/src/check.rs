//! `edge-cors check`: every error and warning of a configuration, at once.

use std::path::PathBuf;

use clap::Args;
use edge_cors::PolicySet;
use serde::Serialize;

use crate::Exit;
use crate::input::{Configuration, Input, InputError};
use crate::output::print;
use crate::report::{Finding, Format};

/// Print every error and warning of the configurations in FILE…
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Files with configurations in them; `-` is the standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// How to print what is found
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// Exit with 1 on warnings too
    #[arg(long)]
    strict: bool,
}

const EXAMPLES: &str = "Examples:
  edge-cors check cors.json
  edge-cors check wrangler.toml envoy.yaml
  kubectl get wasmplugin -A -o yaml | edge-cors check -
  edge-cors check --format json cors.json | jq '.files[].configurations[].problems[].code'

Exit codes: 0 no errors, 1 errors, 2 a file could not be read or has no configuration in it.";

/// What `--format json` prints.
#[derive(Serialize)]
struct Report {
    files: Vec<Checked>,
    errors: usize,
    warnings: usize,
}

#[derive(Serialize)]
struct Checked {
    path: String,
    configurations: Vec<CheckedConfiguration>,
    #[serde(skip)]
    text: String,
}

#[derive(Serialize)]
struct CheckedConfiguration {
    /// Where it stands in the file; empty if it is the whole file.
    at: String,
    problems: Vec<Finding>,
}

pub(crate) fn run(arguments: &Arguments) -> Exit {
    let mut exit = Exit::Fine;
    let mut files = Vec::new();
    for path in &arguments.files {
        match Input::read(path) {
            Ok(input) => files.push(check(input)),
            Err(InputError::Syntax { path, text, code, offset, reason }) => {
                files.push(broken(path, text, code, offset, &reason));
            }
            Err(InputError::Unreadable(message)) => {
                anstream::eprintln!("edge-cors: {message}");
                exit = Exit::Unreadable;
            }
        }
    }
    let findings = || files.iter().flat_map(|file| &file.configurations).flat_map(|at| &at.problems);
    let errors = findings().filter(|finding| finding.is_error()).count();
    let warnings = findings().count() - errors;
    if errors > 0 || (arguments.strict && warnings > 0) {
        exit = exit.max(Exit::Refused);
    }
    let report = Report { files, errors, warnings };
    let printed = match arguments.format {
        Format::Text => print_text(&report),
        Format::Json => print(&(serde_json::to_string_pretty(&report).unwrap_or_default() + "\n")),
    };
    exit.max(printed)
}

fn check(input: Input) -> Checked {
    let Input { path, text, configurations } = input;
    let configurations = configurations.iter().map(|configuration| CheckedConfiguration {
        at: configuration.label.clone(),
        problems: problems(configuration, &text),
    });
    Checked { configurations: configurations.collect(), path, text }
}

fn problems(configuration: &Configuration, text: &str) -> Vec<Finding> {
    let problems = match PolicySet::from_json(&configuration.source) {
        Ok((_, warnings)) => warnings,
        Err(problems) => problems,
    };
    problems.iter().map(|problem| Finding::new(problem, configuration, text)).collect()
}

/// A file that is not of its format.
fn broken(path: String, text: String, code: &'static str, offset: usize, reason: &str) -> Checked {
    let message = format!("This is not what the file's name promises: {reason}.");
    let fix = "correct the text at this place.".to_owned();
    let problems = vec![Finding::error(code, message, fix, &text, offset)];
    Checked { path, configurations: vec![CheckedConfiguration { at: String::new(), problems }], text }
}

/// Findings go to the standard output, and what they come to goes to the standard error.
fn print_text(report: &Report) -> Exit {
    let mut exit = Exit::Fine;
    for Checked { path, configurations, text } in &report.files {
        for CheckedConfiguration { at, problems } in configurations {
            for problem in problems {
                exit = exit.max(print(&format!("{}\n\n", problem.render(path, text))));
            }
            let place = if at.is_empty() { path.clone() } else { format!("{path} at {at}") };
            let errors = problems.iter().filter(|problem| problem.is_error()).count();
            anstream::eprintln!("{place}: {}", summary(errors, problems.len() - errors));
        }
    }
    exit
}

fn summary(errors: usize, warnings: usize) -> String {
    let counted = |count: usize, what: &str| match count {
        0 => None,
        1 => Some(format!("1 {what}")),
        _ => Some(format!("{count} {what}s")),
    };
    let counts: Vec<String> = [counted(errors, "error"), counted(warnings, "warning")].into_iter().flatten().collect();
    if counts.is_empty() { "no problems".to_owned() } else { counts.join(", ") }
}
