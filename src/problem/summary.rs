//! All problems of one document: why it cannot be used, or what is doubtful about it.

use std::fmt;
use std::slice;

use super::Problem;

/// What is doubtful about a configuration that can be used.
///
/// Displayed, it is one line for each warning.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Warnings {
    /// The first ones.
    list: Vec<Problem>,
    omitted: usize,
}

/// Why a configuration cannot be used: at least one error, with everything else that is wrong
/// with the document.
///
/// Displayed, it is one line for each problem, errors first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The first ones.
    errors: Vec<Problem>,
    omitted: usize,
    warnings: Warnings,
}

impl Warnings {
    /// The first warnings, and how many more there are.
    pub(super) fn new(list: Vec<Problem>, omitted: usize) -> Self {
        Self { list, omitted }
    }

    /// The warnings, in the order of the text: the first 1,000, if there are more.
    pub fn iter(&self) -> slice::Iter<'_, Problem> {
        self.list.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len() + self.omitted
    }

    /// How many there are beyond the first 1,000.
    pub fn omitted(&self) -> usize {
        self.omitted
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

impl ConfigError {
    /// Without an error, there are only warnings.
    pub(super) fn unless_empty(errors: Vec<Problem>, omitted: usize, warnings: Warnings) -> Result<Warnings, Self> {
        if errors.is_empty() { Ok(warnings) } else { Err(Self { errors, omitted, warnings }) }
    }

    /// The errors, in the order of the text: the first 100, if there are more. There is at least one.
    pub fn errors(&self) -> &[Problem] {
        &self.errors
    }

    /// The warnings of the same document.
    pub fn warnings(&self) -> &Warnings {
        &self.warnings
    }

    /// How many problems there are beyond the first 100 errors and the first 1,000 warnings.
    pub fn omitted(&self) -> usize {
        self.omitted + self.warnings.omitted
    }

    /// The errors, then the warnings.
    pub fn problems(&self) -> impl Iterator<Item = &Problem> + Clone {
        self.errors.iter().chain(&self.warnings)
    }
}

impl<'p> IntoIterator for &'p Warnings {
    type Item = &'p Problem;
    type IntoIter = slice::Iter<'p, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Warnings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_lines(self.iter(), self.omitted, f)
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_lines(self.problems(), self.omitted(), f)
    }
}

impl std::error::Error for ConfigError {}

fn write_lines<'p>(
    problems: impl Iterator<Item = &'p Problem>,
    omitted: usize,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    for (index, problem) in problems.enumerate() {
        let newline = if index == 0 { "" } else { "\n" };
        write!(f, "{newline}{problem}")?;
    }
    if omitted > 0 { write!(f, "\nand {omitted} more") } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use crate::PolicySet;

    #[test]
    fn an_error_displays_its_errors_first() {
        let source = "{\"maxAge\": \"1h\", \"allowOrigins\": [\"https://a.example/\"]}";
        let error = PolicySet::from_json(source).unwrap_err();
        assert_eq!(error.errors().len(), 1);
        assert_eq!(error.warnings().len(), 1);
        let lines: Vec<_> = error.to_string().lines().map(|line| line.split(':').next().unwrap().to_owned()).collect();
        assert_eq!(lines, ["error[origin-path] at /allowOrigins/0 (1", "warning[max-age-capped] at /maxAge (1"]);
    }

    #[test]
    fn warnings_display_a_line_each() {
        let (_, warnings) = PolicySet::from_json("{\"maxAge\": \"1h\", \"allowOrigins\": []}").unwrap();
        assert_eq!(warnings.to_string().lines().count(), 2);
        assert_eq!((&warnings).into_iter().count(), warnings.len());
    }
}
