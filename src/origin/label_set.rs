//! Label patterns, compiled so that all of them are matched at once.

use super::host::MAX_HOST;
use super::label::{Class, LabelPattern, Part};
use super::pattern::PortPattern;
use super::ports::Ports;
use crate::hash::Rolling;
use crate::table::Table;

/// Label patterns as trees of their pieces, a tree for each suffix.
///
/// A host's labels in front of the suffix are matched from right to left. A literal piece is
/// looked up by its hash, so the number of patterns makes no difference: neither where they
/// differ at the start (`app1-{hex}`) nor at the end (`{hex}--app1`) nor between.
#[derive(Debug, Default)]
pub(crate) struct LabelSet {
    steps: Vec<Step>,
    /// Literals with a placeholder to their left.
    inner: Table<Inner>,
    /// Literals that a pattern starts with.
    starts: Table<Start>,
}

/// What may come next, to the left of the pieces that led here.
#[derive(Debug, Default)]
struct Step {
    classes: Vec<(Class, usize)>,
    /// Lengths of the literals that lead on from here.
    inner: Vec<usize>,
    /// Lengths of the literals that a pattern starts with.
    starts: Vec<usize>,
    /// Ports of the patterns that start here, with a placeholder.
    ports: Ports,
}

#[derive(Debug)]
struct Inner {
    from: usize,
    literal: String,
    to: usize,
}

#[derive(Debug)]
struct Start {
    from: usize,
    literal: String,
    ports: Ports,
}

impl LabelSet {
    /// The root of a new tree.
    pub(crate) fn root(&mut self) -> usize {
        self.steps.push(Step::default());
        self.steps.len() - 1
    }

    /// Adds a pattern, without its suffix, to a tree.
    pub(crate) fn insert(&mut self, root: usize, pattern: &LabelPattern, port: PortPattern) {
        let mut at = root;
        let mut parts = pattern.parts_before_suffix().peekable();
        while let Some(part) = parts.next() {
            at = match part {
                Part::OneOrMore(class) => self.step_by_class(at, class),
                Part::Literal(literal) if parts.peek().is_none() => return self.insert_start(at, literal, port),
                Part::Literal(literal) => self.step_by_literal(at, literal),
            };
        }
        if let Some(step) = self.steps.get_mut(at) {
            step.ports.insert(port);
        }
    }

    fn step_by_class(&mut self, from: usize, class: Class) -> usize {
        let known = self.steps.get(from).and_then(|step| step.classes.iter().find(|(known, _)| *known == class));
        if let Some((_, to)) = known {
            return *to;
        }
        let to = self.root();
        if let Some(step) = self.steps.get_mut(from) {
            step.classes.push((class, to));
        }
        to
    }

    fn step_by_literal(&mut self, from: usize, literal: &str) -> usize {
        if let Some(inner) = self.inner(from, literal) {
            return inner.to;
        }
        let to = self.root();
        self.inner.insert(hash(from, literal), Inner { from, literal: literal.to_owned(), to });
        if let Some(step) = self.steps.get_mut(from).filter(|step| !step.inner.contains(&literal.len())) {
            step.inner.push(literal.len());
        }
        to
    }

    fn insert_start(&mut self, from: usize, literal: &str, port: PortPattern) {
        let same = |start: &Start| start.from == from && start.literal == literal;
        let new = || Start { from, literal: literal.to_owned(), ports: Ports::default() };
        self.starts.find_or_insert_with(hash(from, literal), same, new).ports.insert(port);
        if let Some(step) = self.steps.get_mut(from).filter(|step| !step.starts.contains(&literal.len())) {
            step.starts.push(literal.len());
        }
    }

    fn inner(&self, from: usize, literal: &str) -> Option<&Inner> {
        self.inner.find(hash(from, literal), |inner| inner.from == from && inner.literal == literal)
    }

    /// Whether a pattern of the tree matches the labels in front of its suffix.
    pub(crate) fn matches(&self, root: usize, labels: &str, port: Option<u16>) -> bool {
        labels.len() <= MAX_HOST && self.matches_from(root, labels, &Positions::only(labels.len()), port)
    }

    /// Whether the rest of a pattern matches the labels up to one of the positions reached.
    ///
    /// Every step is reached by one way only and gets all positions at once. So it is taken at
    /// most once for a host, however ambiguous the patterns and the host are; and each way takes
    /// at least one character, which bounds the depth.
    fn matches_from(&self, at: usize, labels: &str, reached: &Positions, port: Option<u16>) -> bool {
        self.steps.get(at).is_some_and(|step| {
            (reached.contain(0) && step.ports.contain(port))
                || self.start_matches(at, step, labels, reached, port)
                || step.classes.iter().any(|(class, to)| {
                    let after = reached.before_class(*class, labels);
                    !after.is_empty() && self.matches_from(*to, labels, &after, port)
                })
                || step.inner.iter().any(|length| self.inner_matches(at, *length, labels, reached, port))
        })
    }

    fn start_matches(&self, from: usize, step: &Step, labels: &str, reached: &Positions, port: Option<u16>) -> bool {
        let literals = step.starts.iter().filter(|length| reached.contain(**length));
        literals.filter_map(|length| labels.get(..*length)).any(|literal| {
            let same = |start: &Start| start.from == from && start.literal == literal;
            self.starts.find(hash(from, literal), same).is_some_and(|start| start.ports.contain(port))
        })
    }

    fn inner_matches(&self, from: usize, length: usize, labels: &str, reached: &Positions, port: Option<u16>) -> bool {
        (length..=labels.len()).filter(|end| reached.contain(*end)).any(|end| {
            let Some(inner) = labels.get(end - length..end).and_then(|literal| self.inner(from, literal)) else {
                return false;
            };
            let after = reached.before_literal(&inner.literal, labels);
            // The same literal is found at each of its places: the first one speaks for all.
            after.first() == Some(end - length) && self.matches_from(inner.to, labels, &after, port)
        })
    }
}

fn hash(from: usize, literal: &str) -> Rolling {
    Rolling::new().with(&from.to_le_bytes()).with(literal.as_bytes())
}

/// A set of positions in the labels: bit `i` is the place in front of byte `i`.
#[derive(Default)]
struct Positions([u64; MAX_HOST / 64 + 1]);

impl Positions {
    fn only(position: usize) -> Self {
        let mut positions = Self::default();
        positions.add(position);
        positions
    }

    fn add(&mut self, position: usize) {
        if let Some(word) = self.0.get_mut(position / 64) {
            *word |= 1 << (position % 64);
        }
    }

    fn contain(&self, position: usize) -> bool {
        self.0.get(position / 64).is_some_and(|word| word & (1 << (position % 64)) != 0)
    }

    fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    fn first(&self) -> Option<usize> {
        let (at, word) = self.0.iter().enumerate().find(|(_, word)| **word != 0)?;
        Some(at * 64 + usize::try_from(word.trailing_zeros()).ok()?)
    }

    /// The positions from which one or more characters of a class lead to one of these.
    fn before_class(&self, class: Class, labels: &str) -> Self {
        let mut before = Self::default();
        let mut running = false;
        for (at, byte) in labels.bytes().enumerate().rev() {
            running = class.contains(byte) && (running || self.contain(at + 1));
            if running {
                before.add(at);
            }
        }
        before
    }

    /// The positions from which a literal leads to one of these.
    fn before_literal(&self, literal: &str, labels: &str) -> Self {
        let mut before = Self::default();
        for end in (literal.len()..=labels.len()).filter(|end| self.contain(*end)) {
            let start = end - literal.len();
            if labels.get(start..end) == Some(literal) {
                before.add(start);
            }
        }
        before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Puts patterns with the same suffix into one tree, and matches labels against all of them.
    #[track_caller]
    fn check(patterns: &[&str], matching: &[&str], others: &[&str]) {
        let mut set = LabelSet::default();
        let root = set.root();
        for pattern in patterns {
            set.insert(root, &LabelPattern::parse(pattern, true).unwrap(), PortPattern::Exactly(None));
        }
        for (labels, expected) in matching.iter().map(|l| (l, true)).chain(others.iter().map(|l| (l, false))) {
            assert_eq!(set.matches(root, labels, None), expected, "{labels} against {patterns:?}");
        }
        assert!(!matching.iter().any(|labels| set.matches(root, labels, Some(81))));
    }

    #[test]
    fn placeholders_stay_inside_their_label() {
        check(&["pr-{digits}.x"], &["pr-1", "pr-123"], &["pr-", "pr-a", "pr-1a", "xpr-1", "pr-1.2", "a.pr-1", ""]);
        check(&["{hex}.x"], &["0af", "0AF"], &["0ag", "", "0.af"]);
        check(&["{alnum}-{hex}.x"], &["app-0f", "a-b"], &["app-", "-0f", "a-b-c"]);
        check(&["{label}.x"], &["a", "a-b_c"], &["a.b", "", "."]);
        check(&["a.{label}.c.x"], &["a.y"], &["b.y", "a", "a.", "a.y.z"]);
    }

    #[test]
    fn ambiguous_splits_are_all_tried() {
        check(&["{label}-{label}-x.x"], &["a-b-x", "a-b-c-x", "----x"], &["a-x", "-a-x", "a-b-xx"]);
        check(&["{digits}{digits}0.x"], &["100", "1000"], &["00", "10"]);
        check(&["{label}ab{label}ab{label}.x"], &["xabababx", "aababb-ab-"], &["xabx", "ababab"]);
    }

    #[test]
    fn a_host_is_matched_in_one_pass_however_ambiguous() {
        let pattern = format!("{}x.x", "{label}a".repeat(30));
        check(&[&pattern], &[&format!("{}x", "a".repeat(62))], &[&"a".repeat(63), &"a".repeat(253)]);
    }

    #[test]
    fn patterns_of_one_tree_do_not_mix() {
        check(
            &["a{hex}b.x", "c{hex}d.x", "{digits}-x-{digits}.x", "{digits}-y-{hex}.x", "{digits}.x"],
            &["a0b", "c0d", "1-x-2", "1-y-f", "12"],
            &["a0d", "c0b", "1-x-f", "f-y-1", "1-z-2", "a", "ab", "f"],
        );
    }

    /// Against a matcher that tries every split of every pattern.
    #[test]
    fn all_at_once_is_one_by_one() {
        fn naive(parts: &[Part<'_>], labels: &str) -> bool {
            match parts.split_first() {
                None => labels.is_empty(),
                Some((Part::Literal(text), rest)) => labels.strip_suffix(text).is_some_and(|l| naive(rest, l)),
                Some((Part::OneOrMore(class), rest)) => (0..labels.len()).any(|at| {
                    let (before, run) = labels.split_at(at);
                    run.bytes().all(|byte| class.contains(byte)) && naive(rest, before)
                }),
            }
        }
        let pieces = ["a", "b", "-", "0", "{hex}", "{digits}", "{label}", "ab"];
        // A small generator of our own: the same numbers in every run.
        let mut state = 1_u64;
        let mut next = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            usize::try_from(state >> 33).unwrap() % below
        };
        for _ in 0..2_000 {
            let texts: Vec<String> = (0..1 + next(5))
                .map(|_| {
                    let text: String = (0..1 + next(4)).map(|_| pieces[next(8)]).collect();
                    format!("{text}{{hex}}{}.x", pieces[next(4)])
                })
                .collect();
            let patterns: Vec<_> = texts.iter().map(|text| LabelPattern::parse(text, true).unwrap()).collect();
            let mut set = LabelSet::default();
            let root = set.root();
            patterns.iter().for_each(|pattern| set.insert(root, pattern, PortPattern::Any));
            for _ in 0..20 {
                let labels: String = (0..1 + next(8)).map(|_| ["a", "b", "-", "0"][next(4)]).collect();
                let one_by_one = patterns.iter().any(|pattern| {
                    let parts: Vec<_> = pattern.parts_before_suffix().collect();
                    naive(&parts, &labels)
                });
                assert_eq!(set.matches(root, &labels, None), one_by_one, "{labels} against {texts:?}");
            }
        }
    }
}
