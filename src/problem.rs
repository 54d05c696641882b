//! What is wrong with a configuration: data first, words second.

mod aliases;
mod kind;
mod report;
mod sentence;
mod summary;

use std::fmt;

pub(crate) use report::Report;
pub(crate) use sentence::closest;
use sentence::cut;

pub use kind::{ProblemKind, WarningAbout};
pub use summary::{ConfigError, Warnings};

/// Whether a configuration with this problem can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Yes, but part of it does not do what it appears to do.
    Warning,
    /// No: none of it is applied.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// One problem of a configuration: what is wrong, where, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    kind: ProblemKind,
    place: Place,
    line: usize,
    column: usize,
}

/// Where a value is in a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// JSON Pointer (RFC 6901).
    pub(crate) pointer: String,
    /// Offset of the first byte in the source text.
    pub(crate) offset: usize,
}

impl Place {
    /// The place of a member or element of the value at this place.
    pub(crate) fn child(&self, segment: &str, offset: usize) -> Self {
        let segment = segment.replace('~', "~0").replace('/', "~1");
        Self { pointer: format!("{}/{segment}", self.pointer), offset }
    }

    /// Whether this is the place of a value, or of a part of it.
    fn is_within(&self, value: &Self) -> bool {
        let rest = self.pointer.strip_prefix(value.pointer.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

impl Problem {
    /// What is wrong, as data.
    pub fn kind(&self) -> &ProblemKind {
        &self.kind
    }

    /// The stable name of the kind of problem, such as `origin-default-port`.
    pub fn code(&self) -> &'static str {
        self.kind.code()
    }

    /// Whether the configuration can be used.
    pub fn severity(&self) -> Severity {
        self.kind.severity()
    }

    /// The [JSON Pointer](https://www.rfc-editor.org/rfc/rfc6901) of the value; empty for the
    /// whole document.
    pub fn pointer(&self) -> &str {
        &self.place.pointer
    }

    /// Line in the source text, from 1.
    pub fn line(&self) -> usize {
        self.line
    }

    /// Column in the source text, in characters, from 1.
    pub fn column(&self) -> usize {
        self.column
    }

    /// Offset of the value in the source text, in bytes, from 0.
    pub fn offset(&self) -> usize {
        self.place.offset
    }

    /// One sentence: what is wrong.
    pub fn message(&self) -> String {
        self.kind.message()
    }

    /// What to write or do instead.
    pub fn fix(&self) -> String {
        self.kind.fix()
    }
}

/// `error[origin-path] at /allowOrigins/0 (2:20): … Fix: …`, on one line.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (severity, code) = (self.severity(), self.code());
        let (line, column) = (self.line, self.column);
        let pointer =
            if self.pointer().is_empty() { "the document" } else { &cut(self.pointer()).escape_debug().to_string() };
        let (message, fix) = (self.message(), self.fix());
        write!(f, "{severity}[{code}] at {pointer} ({line}:{column}): {message} Fix: {fix}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_one_line_whatever_the_keys_say() {
        let mut report = Report::on("{}");
        report.push(&Place::default().child("a\n\u{1b}[31m", 0), ProblemKind::EmptyDocument);
        let problem = report.finish().unwrap_err().to_string();
        assert!(problem.starts_with("error[empty-document] at /a\\n\\u{1b}[31m (1:1): "), "{problem}");
    }
}
