//! `edge-cors check`: every error and warning of a configuration, at once.

mod files;
mod print;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use edge_cors::{ProblemKind, Severity};
use files::{Checked, Files};

use crate::Exit;
use crate::input::Configuration;
use crate::report::Finding;

/// Print every error and warning of the configurations in files
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// Files with configurations, or folders with such files; `-` is the standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// How to print the findings
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// Pass over files without a configuration, as in a folder: for lists of changed files
    #[arg(long)]
    skip_unrelated: bool,

    /// Exit with 1 if there are warnings too
    #[arg(long)]
    strict: bool,

    /// Leave out intended warnings, by their codes
    #[arg(long, value_name = "CODE", value_delimiter = ',', value_parser = code_of_a_warning)]
    allow: Vec<String>,
}

/// How findings are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For machines
    Json,
    /// For GitHub Actions: an annotation at each line
    Github,
    /// SARIF 2.1.0, for code scanning and editors
    Sarif,
}

/// The codes of notices about files.
const OF_FILES: [&str; 7] = [
    "environment-without-policy",
    "foreign-cors",
    "json-comments",
    "partial-configuration",
    "template",
    "unknown-route-policy",
    "variable-overridden",
];

fn code_of_a_warning(code: &str) -> Result<String, String> {
    let severity = ProblemKind::codes().find(|(known, _)| *known == code).map(|(_, severity)| severity);
    match severity {
        Some(Severity::Error) => Err("this is the code of an error, and errors cannot be left out".to_owned()),
        None if !OF_FILES.contains(&code) => {
            Err("no warning has this code; warnings show their codes in brackets".to_owned())
        }
        _ => Ok(code.to_owned()),
    }
}

const AFTER_HELP: &str = "\
In a folder, files that end in .yaml, .yml, .json, .jsonc or .toml, and .dev.vars, are searched at any \
depth, except in hidden folders, node_modules and target.

Examples:
  edge-cors check cors.json
  edge-cors check wrangler.toml envoy.yaml
  edge-cors check --strict --allow no-origins,max-age-capped deploy/
  kubectl get wasmplugin -A -o yaml | edge-cors check -
  helm template chart | edge-cors check -
  edge-cors check --format sarif deploy/ > edge-cors.sarif
  edge-cors check --format json cors.json | jq '.files[].configurations[].problems[].code'

Exit codes, the first of these that applies:
  2  a file could not be read
  1  there is an error or, with --strict, a warning
  3  there is no configuration of edge-cors in a file that was named, or in a whole folder
  4  the policy of a Worker is in KV, where this command cannot see it
  0  none of these";

/// Every error and warning of a configuration, errors first. Of a configuration with hundreds, the first ones.
///
/// ```
/// let configuration = r#"{"allowOrigins": ["https://app.example.com/"]}"#;
/// let problems = edge_cors_cli::check(configuration);
/// assert_eq!((problems[0].code, &configuration[problems[0].span.clone()]), ("origin-path", r#""https://app.example.com/""#));
/// ```
pub fn problems(configuration: &str) -> Vec<Finding> {
    files::problems(&Configuration::whole(configuration), configuration, &mut Vec::new()).0
}

pub(crate) fn run(arguments: &Arguments) -> Exit {
    let mut checked = Files::default();
    for path in &arguments.files {
        checked.add(path, arguments.skip_unrelated);
    }
    for file in &mut checked.files {
        file.leave_out(&arguments.allow);
    }
    let is_bad = |finding: &Finding| finding.is_error() || arguments.strict;
    if checked.files.iter().flat_map(Checked::findings).any(is_bad) {
        checked.exit = checked.exit.max(Exit::Refused);
    }
    let printed = match arguments.format {
        Format::Text => print::text(&checked),
        Format::Json => print::json(&checked),
        Format::Github => print::github(&checked),
        Format::Sarif => print::sarif(&checked),
    };
    checked.exit.max(printed)
}
