//! Findings, for people and for machines.

pub(crate) mod github;
pub(crate) mod sarif;

use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use clap::ValueEnum;
use edge_cors::{Problem, Severity};
use serde::Serialize;

use crate::input::{Configuration, Notice};

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
pub struct Finding {
    /// `error` or `warning`.
    pub severity: &'static str,
    /// The stable name of the kind of problem.
    pub code: &'static str,
    /// JSON Pointer in the configuration.
    pub pointer: String,
    /// Line in the file, from 1.
    pub line: usize,
    /// Column in the file, in characters, from 1.
    pub column: usize,
    /// One sentence: what is wrong.
    pub message: String,
    /// What to write or do instead.
    pub fix: String,
    /// The value in the text of the file, in bytes: of an object or a list, only the bracket that opens it.
    #[serde(skip)]
    pub span: Range<usize>,
}

impl Finding {
    /// A problem of a configuration.
    pub(crate) fn new(problem: &Problem, configuration: &Configuration, text: &str) -> Self {
        let notice = Notice {
            code: problem.code(),
            is_error: problem.severity() == Severity::Error,
            offset: configuration.offset_in_file(problem.offset()),
            message: problem.message(),
            fix: problem.fix(),
        };
        Self { pointer: problem.pointer().to_owned(), ..Self::of_file(notice, text) }
    }

    /// What is to be said of a file, rather than of a configuration in it.
    pub(crate) fn of_file(notice: Notice, text: &str) -> Self {
        let Notice { code, is_error, offset, message, fix } = notice;
        let offset = text.floor_char_boundary(offset);
        let before = text.get(..offset).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            severity: if is_error { "error" } else { "warning" },
            code,
            pointer: String::new(),
            line: 1 + before.matches('\n').count(),
            column: 1 + before.get(line_start..).unwrap_or_default().chars().count(),
            message,
            fix,
            span: span_of_value(text, offset),
        }
    }

    pub(crate) fn code(&self) -> &'static str {
        self.code
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

/// How many warnings of one kind are shown one by one.
const MAX_OF_A_KIND: usize = 3;

/// All findings, errors first: the many warnings of one kind must not hide them.
pub(crate) fn render_all(findings: &[Finding], path: &str, text: &str) -> String {
    let mut shown: Vec<String> = Vec::new();
    let (errors, warnings): (Vec<&Finding>, Vec<&Finding>) = findings.iter().partition(|finding| finding.is_error());
    shown.extend(errors.iter().map(|error| error.render(path, text)));
    let mut codes: Vec<&str> = Vec::new();
    for code in warnings.iter().map(|warning| warning.code) {
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    for code in codes {
        let alike: Vec<&&Finding> = warnings.iter().filter(|warning| warning.code == code).collect();
        // "1 more" would be as long as the finding that it replaces.
        let most = if alike.len() > MAX_OF_A_KIND + 1 { MAX_OF_A_KIND } else { alike.len() };
        shown.extend(alike.iter().take(most).map(|warning| warning.render(path, text)));
        if let Some(next) = alike.get(most) {
            let rest = alike.len() - most;
            let line = next.line;
            shown.push(format!(
                "warning[{code}]: {rest} more of these, the next one in line {line}; --format json lists them all."
            ));
        }
    }
    shown.iter().map(|finding| format!("{finding}\n\n")).collect()
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
    // Within a character: behind an escaped quote, four bytes are not always four characters.
    offset..offset + line.ceil_char_boundary(length.min(line.len()))
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
