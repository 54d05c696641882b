//! Findings, for people and for machines.

use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use clap::ValueEnum;
use edge_cors::{Problem, Severity};
use serde::Serialize;

use crate::input::Configuration;

/// How a command prints what it found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Text,
    /// For machines
    Json,
}

/// One problem, with its place in the file.
#[derive(Debug, Serialize)]
pub(crate) struct Finding {
    /// `error` or `warning`.
    severity: &'static str,
    /// The stable name of the kind of problem.
    code: &'static str,
    /// JSON Pointer in the configuration.
    pointer: String,
    /// Line in the file, from 1.
    line: usize,
    /// Column in the file, in characters, from 1.
    column: usize,
    /// One sentence that says what is wrong.
    message: String,
    /// What to write or do instead.
    fix: String,
    #[serde(skip)]
    span: Range<usize>,
}

impl Finding {
    pub(crate) fn new(problem: &Problem, configuration: &Configuration, text: &str) -> Self {
        Self {
            pointer: problem.pointer().to_owned(),
            severity: if problem.severity() == Severity::Error { "error" } else { "warning" },
            ..Self::error(
                problem.code(),
                problem.message(),
                problem.fix(),
                text,
                configuration.offset_in_file(problem.offset()),
            )
        }
    }

    /// An error of the file, rather than of a configuration in it.
    pub(crate) fn error(code: &'static str, message: String, fix: String, text: &str, offset: usize) -> Self {
        let offset = text.floor_char_boundary(offset);
        let before = text.get(..offset).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            severity: "error",
            code,
            pointer: String::new(),
            line: 1 + before.matches('\n').count(),
            column: 1 + before.get(line_start..).unwrap_or_default().chars().count(),
            message,
            fix,
            span: span_of_value(text, offset),
        }
    }

    pub(crate) fn is_error(&self) -> bool {
        self.severity == "error"
    }

    /// The offending line, with a caret under the value, and the fix.
    pub(crate) fn render(&self, path: &str, text: &str) -> String {
        let level = if self.is_error() { Level::ERROR } else { Level::WARNING };
        let snippet = Snippet::source(text).path(path).annotation(AnnotationKind::Primary.span(self.span.clone()));
        let mut group = level.primary_title(&self.message).id(self.code).element(snippet);
        if !self.pointer.is_empty() {
            group = group.element(Level::NOTE.message(format!("at {}", self.pointer)));
        }
        let group = group.element(Level::HELP.message(&self.fix));
        Renderer::styled().decor_style(DecorStyle::Ascii).render(&[group])
    }
}

/// The text of the value at an offset: a quoted text, a word, or the bracket that opens more.
fn span_of_value(text: &str, offset: usize) -> Range<usize> {
    let rest = text.get(offset..).unwrap_or_default();
    let line = rest.lines().next().unwrap_or_default();
    let length = match line.chars().next() {
        None => 0,
        Some(quote @ ('"' | '\'')) => closing_quote(line, quote).unwrap_or(line.len()),
        Some('\\') => line.get(2..).and_then(|rest| rest.find('\\')).map_or(line.len(), |end| end + 4),
        Some(bracket @ ('{' | '[' | '}' | ']' | ',')) => bracket.len_utf8(),
        Some(_) => line.find(|c: char| c.is_whitespace() || ",]}".contains(c)).unwrap_or(line.len()),
    };
    offset..offset + length.min(line.len())
}

/// The length of a quoted text at the start of a line, quotes included.
fn closing_quote(line: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in line.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}
