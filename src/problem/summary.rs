//! All problems of one document: why it cannot be used, or what is doubtful about it.

use std::fmt;
use std::slice;

use super::{Problem, Severity};

/// How many warnings with the same code have a line of their own in a log.
const OF_A_CODE: usize = 3;

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

    /// The lines of a log: the first three warnings with the same code, and how many more have that code. A
    /// configuration of a hundred policies can have the same warning a hundred times.
    pub fn log_lines(&self) -> impl Iterator<Item = String> {
        let mut codes: Vec<(&str, usize)> = Vec::new();
        let mut lines = Vec::new();
        for warning in self {
            let code = warning.code();
            let index = codes.iter().position(|(known, _)| *known == code).unwrap_or_else(|| {
                codes.push((code, 0));
                codes.len() - 1
            });
            let Some((_, count)) = codes.get_mut(index) else { continue };
            *count += 1;
            if *count <= OF_A_CODE {
                lines.push(warning.to_string());
            }
        }
        let more = codes.into_iter().filter_map(|(code, count)| {
            let more = count.checked_sub(OF_A_CODE).filter(|more| *more > 0)?;
            Some(format!("{}[{code}]: {more} more like these", Severity::Warning))
        });
        let omitted = (self.omitted > 0).then(|| format!("and {} more warnings", self.omitted));
        lines.into_iter().chain(more).chain(omitted)
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

    /// How many errors there are.
    #[expect(clippy::len_without_is_empty, reason = "there is at least one error")]
    pub fn len(&self) -> usize {
        self.errors.len() + self.omitted
    }

    /// The lines of a log about the errors: the first 100, and how many more there are.
    pub fn error_lines(&self) -> impl Iterator<Item = String> {
        let omitted = (self.omitted > 0).then(|| format!("and {} more errors", self.omitted));
        self.errors.iter().map(Problem::to_string).chain(omitted)
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
    fn a_log_has_few_warnings_with_the_same_code() {
        let policies: Vec<_> =
            (0..5).map(|i| format!("\"p{i}\": {{\"allowOrigins\": [], \"maxAge\": \"1h\"}}")).collect();
        let source = format!(
            "{{\"policies\": {{{}}}, \"default\": [\"p0\", \"p1\", \"p2\", \"p3\", \"p4\"]}}",
            policies.join(", ")
        );
        let (_, warnings) = PolicySet::from_json(&source).unwrap();
        let codes: Vec<_> =
            warnings.log_lines().map(|line| line.split([']', ' ']).next().unwrap().to_owned()).collect();
        let of = |code: &str| codes.iter().filter(|line| line.ends_with(code)).count();
        assert_eq!((warnings.len(), codes.len(), of("[no-origins"), of("[max-age-capped")), (10, 8, 4, 4));
        let last: Vec<_> = warnings.log_lines().skip(6).collect();
        assert_eq!(last, ["warning[no-origins]: 2 more like these", "warning[max-age-capped]: 2 more like these"]);
    }

    #[test]
    fn warnings_display_a_line_each() {
        let (_, warnings) = PolicySet::from_json("{\"maxAge\": \"1h\", \"allowOrigins\": []}").unwrap();
        assert_eq!(warnings.to_string().lines().count(), 2);
        assert_eq!((&warnings).into_iter().count(), warnings.len());
    }
}
