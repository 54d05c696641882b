//! What `edge-cors check` prints: findings to the standard output, and a summary of them to the
//! standard error.

use serde::Serialize;

use super::files::{Checked, CheckedConfiguration, Files};
use crate::Exit;
use crate::output::print;
use crate::report::{Finding, github, render_all, sarif};

/// What `--format json` prints.
#[derive(Serialize)]
struct Report<'f> {
    files: &'f [Checked],
    errors: usize,
    warnings: usize,
}

pub(super) fn json(checked: &Files) -> Exit {
    let all = || checked.files.iter().flat_map(Checked::findings);
    let errors = all().filter(|finding| finding.is_error()).count();
    let report = Report { files: &checked.files, errors, warnings: all().count() - errors };
    print(&(serde_json::to_string_pretty(&report).unwrap_or_default() + "\n"))
}

pub(super) fn github(checked: &Files) -> Exit {
    let annotations: String = by_file(checked).map(|(path, finding)| github::annotation(finding, path)).collect();
    print(&annotations)
}

pub(super) fn sarif(checked: &Files) -> Exit {
    print(&(serde_json::to_string_pretty(&sarif::log(by_file(checked))).unwrap_or_default() + "\n"))
}

/// All findings, with the paths of their files.
fn by_file(checked: &Files) -> impl Iterator<Item = (&str, &Finding)> + Clone {
    checked.files.iter().flat_map(|file| file.findings().map(|finding| (file.path.as_str(), finding)))
}

pub(super) fn text(checked: &Files) -> Exit {
    let mut exit = Exit::Fine;
    for Checked { path, configurations, problems, text } in &checked.files {
        exit = exit.max(print(&render_all(problems, path, text)));
        if !problems.is_empty() {
            anstream::eprintln!("{path}: {}", summary(problems, 0));
        }
        for CheckedConfiguration { at, problems, omitted, .. } in configurations {
            exit = exit.max(print(&render_all(problems, path, text)));
            let place = if at.is_empty() { path.clone() } else { format!("{path} at {at}") };
            anstream::eprintln!("{place}: {}", summary(problems, *omitted));
        }
    }
    exit
}

fn summary(findings: &[Finding], omitted: usize) -> String {
    let counted = |count: usize, what: &str| match count {
        0 => None,
        1 => Some(format!("1 {what}")),
        _ => Some(format!("{count} {what}s")),
    };
    let errors = findings.iter().filter(|finding| finding.is_error()).count();
    let counts = [counted(errors, "error"), counted(findings.len() - errors, "warning")];
    let counts: Vec<String> = counts.into_iter().flatten().collect();
    match (counts.is_empty(), omitted) {
        (true, 0) => "no problems".to_owned(),
        (_, 0) => counts.join(", "),
        _ => format!("{}, and {omitted} more: mend these first, then check again", counts.join(", ")),
    }
}
