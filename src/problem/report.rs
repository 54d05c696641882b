//! Collecting problems while a document is read.

use super::{ConfigError, Place, Problem, ProblemKind, Severity, Warnings};

/// The most errors that are kept. Whoever has more mends these first.
const MOST_ERRORS: usize = 100;

/// The most warnings that are kept: enough for tools that count those of a kind.
const MOST_WARNINGS: usize = 1_000;

/// The problems found so far. All are counted; of errors and of warnings, the first ones in the
/// text are kept, so that the cost is bounded whatever the document contains.
pub(crate) struct Report<'s> {
    source: &'s str,
    errors: Found,
    warnings: Found,
}

/// Problems of one severity.
struct Found {
    /// How many are kept at most.
    most: usize,
    count: usize,
    /// In the order of the text.
    first: Vec<Entry>,
}

struct Entry {
    place: Place,
    kind: ProblemKind,
    /// How many problems were found before it.
    number: usize,
}

impl<'s> Report<'s> {
    pub(crate) fn on(source: &'s str) -> Self {
        Self { source, errors: Found::new(MOST_ERRORS), warnings: Found::new(MOST_WARNINGS) }
    }

    pub(crate) fn push(&mut self, place: &Place, kind: ProblemKind) {
        match kind.severity() {
            Severity::Error => self.push_error(place, || kind),
            Severity::Warning => {
                let number = self.count();
                self.warnings.push(place, number, || kind);
            }
        }
    }

    /// Notes an error that is costly to describe: `kind` is called only if the error is kept.
    pub(crate) fn push_error(&mut self, place: &Place, kind: impl FnOnce() -> ProblemKind) {
        let number = self.count();
        self.errors.push(place, number, kind);
    }

    fn count(&self) -> usize {
        self.errors.count + self.warnings.count
    }

    /// Whether there is an error within the value at this place. If there is, a warning that the
    /// value lacks something would mislead. Where errors were not kept, there may be one.
    pub(crate) fn has_errors_in(&self, place: &Place) -> bool {
        self.errors.omitted() > 0 || self.errors.first.iter().any(|entry| entry.place.is_within(place))
    }

    /// The outcome: only warnings, or an error with everything that was found. Counts lines and
    /// columns in one pass.
    pub(crate) fn finish(self) -> Result<Warnings, ConfigError> {
        let (more_errors, more_warnings) = (self.errors.omitted(), self.warnings.omitted());
        let mut entries: Vec<Entry> = self.errors.first.into_iter().chain(self.warnings.first).collect();
        entries.sort_by_key(|entry| (entry.place.offset, entry.number));
        let (mut at, mut line, mut column) = (0, 1, 1);
        let problems = entries.into_iter().map(|Entry { place, kind, .. }| {
            for c in self.source.get(at..place.offset).unwrap_or_default().chars() {
                (line, column) = if c == '\n' { (line + 1, 1) } else { (line, column + 1) };
            }
            at = place.offset;
            Problem { kind, place, line, column }
        });
        let (errors, warnings) = problems.partition(|problem| problem.severity() == Severity::Error);
        ConfigError::unless_empty(errors, more_errors, Warnings::new(warnings, more_warnings))
    }
}

impl Found {
    fn new(most: usize) -> Self {
        Self { most, count: 0, first: Vec::new() }
    }

    fn omitted(&self) -> usize {
        self.count - self.first.len()
    }

    fn push(&mut self, place: &Place, number: usize, kind: impl FnOnce() -> ProblemKind) {
        self.count += 1;
        // Usually the end, because the text is read and then compiled from start to end.
        let at = self.first.partition_point(|before| before.place.offset <= place.offset);
        if at < self.most {
            self.first.insert(at, Entry { place: place.clone(), kind: kind(), number });
            self.first.truncate(self.most);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_lines_and_characters() {
        let mut report = Report::on("{\n  \"é\": 1,\n  \"b\": 2 }");
        let root = Place::default();
        report.push(&root.child("b", 18), ProblemKind::EmptyDocument);
        report.push(&root.child("a/~", 9), ProblemKind::EmptyDocument);
        let error = report.finish().unwrap_err();
        let places: Vec<_> = error.problems().map(|p| (p.pointer(), p.line(), p.column())).collect();
        assert_eq!(places, [("/a~1~0", 2, 7), ("/b", 3, 6)]);
    }

    #[test]
    fn the_first_problems_are_kept_and_all_are_counted() {
        let mut report = Report::on("");
        let root = Place::default();
        for at in (0..3 * MOST_ERRORS).rev() {
            report.push(&root.child(&at.to_string(), at), ProblemKind::EmptyDocument);
        }
        let error = report.finish().unwrap_err();
        assert!(error.problems().map(Problem::offset).eq(0..MOST_ERRORS));
        assert_eq!(error.omitted(), 2 * MOST_ERRORS);
        assert!(error.to_string().ends_with("\nand 200 more"));
    }

    #[test]
    fn what_is_within_a_value_is_told_by_whole_names() {
        let mut report = Report::on("");
        let root = Place::default();
        report.push(&root.child("allowOriginsX", 1).child("0", 2), ProblemKind::EmptyDocument);
        assert!(report.has_errors_in(&root) && report.has_errors_in(&root.child("allowOriginsX", 1)));
        assert!(!report.has_errors_in(&root.child("allowOrigins", 1)));
    }
}
