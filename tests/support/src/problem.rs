//! The rows of `tests/problems/`, and problems in the form in which the rows name them.
//! `tests/problems/README.md` tells what every field means.

use edge_cors::{PolicySet, Problem, Severity};
use serde::Deserialize;

/// One row.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// What the row shows.
    pub name: String,
    source: Source,
    /// Every problem of the text, as [`line`] writes it.
    pub problems: Vec<String>,
    /// What to do about each, where the row cares.
    pub fixes: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Source {
    Text(String),
    Lines(Vec<String>),
}

impl Row {
    /// The text of the configuration.
    pub fn source(&self) -> String {
        match &self.source {
            Source::Text(text) => text.clone(),
            Source::Lines(lines) => lines.join("\n"),
        }
    }

    /// The codes of the row's errors.
    pub fn errors(&self) -> impl Iterator<Item = &str> {
        self.problems.iter().filter_map(|line| line.strip_prefix("error ")?.split(' ').next())
    }
}

/// The rows of every file, each with the file's name.
pub fn rows() -> Vec<(String, Row)> {
    let files = crate::json_files::<Vec<Row>>("tests/problems").into_iter();
    files.flat_map(|(file, rows)| rows.into_iter().map(move |row| (file.clone(), row))).collect()
}

/// Every problem of a configuration, whether it can be used or not: errors first.
pub fn problems(source: &str) -> Vec<Problem> {
    match PolicySet::from_json(source) {
        Ok((_, warnings)) => {
            assert!(warnings.iter().all(|warning| warning.severity() == Severity::Warning));
            warnings.iter().cloned().collect()
        }
        Err(error) => {
            assert!(!error.errors().is_empty());
            assert!(error.errors().iter().all(|error| error.severity() == Severity::Error));
            error.problems().cloned().collect()
        }
    }
}

/// A problem as the rows write it: severity, code, pointer, line and column.
pub fn line(problem: &Problem) -> String {
    let pointer = if problem.pointer().is_empty() { "(document)" } else { problem.pointer() };
    let (line, column) = (problem.line(), problem.column());
    format!("{} {} {pointer} {line}:{column}", problem.severity(), problem.code())
}
