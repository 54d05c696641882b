//! Values that depend on the origin of a request.

use std::rc::Rc;

use crate::expression::language::{Language, differ_in_origins};
use crate::import::loss::Losses;
use crate::import::rules::{OriginMatch, Placed};

/// How many cases are compared with each other: the value of a longer list is not known.
const MAX_CASES: usize = 500;

/// A list of cases, of which the first one that matches counts. The last one matches every origin; a list without
/// any stands for a value that is not known.
#[derive(Clone)]
pub(super) struct ByOrigin<T> {
    cases: Vec<Case>,
    /// Of each case.
    values: Vec<T>,
}

/// All that an origin has to match.
type Case = Vec<Matcher>;

#[derive(Clone)]
struct Matcher {
    origin: Placed<OriginMatch>,
    /// What its expression matches, if it is one that can be asked.
    language: Option<Rc<Language>>,
}

impl Matcher {
    fn new(origin: Placed<OriginMatch>) -> Self {
        let language = match &origin.value {
            OriginMatch::Expression(text) => Language::parse(text).map(Rc::new),
            _ => None,
        };
        Self { origin, language }
    }

    fn exact(&self) -> Option<&str> {
        match &self.origin.value {
            OriginMatch::Exact(text) => Some(text),
            _ => None,
        }
    }

    /// Whether it matches an origin; `None` if that is not known.
    fn matches(&self, origin: &str) -> Option<bool> {
        match &self.origin.value {
            OriginMatch::Any => Some(true),
            OriginMatch::Exact(text) => Some(text == origin),
            OriginMatch::Expression(_) => self.language.as_ref().map(|language| language.contains(origin)),
            OriginMatch::Pattern(_) => None,
        }
    }

    /// Whether every origin that it matches is proved to match another one too.
    fn is_within(&self, other: &Self) -> bool {
        let difference = self.language.as_ref().zip(other.language.as_ref());
        let difference = difference.and_then(|(one, other)| differ_in_origins(one, other));
        self.origin.value == other.origin.value || difference.is_some_and(|only| only.only_first.is_none())
    }
}

/// What matches both; `None` if no origin does.
fn both(first: &[Matcher], second: &[Matcher]) -> Option<Vec<Matcher>> {
    let mut all = first.to_vec();
    for matcher in second {
        if !all.iter().any(|known| known.origin.value == matcher.origin.value) {
            all.push(matcher.clone());
        }
    }
    let Some(exact) = all.iter().find_map(Matcher::exact).map(str::to_owned) else { return Some(all) };
    if all.iter().any(|matcher| matcher.matches(&exact) == Some(false)) {
        return None;
    }
    all.retain(|matcher| matcher.exact().is_some() || matcher.matches(&exact).is_none());
    Some(all)
}

/// Whether whatever matches the second list matches the first.
fn covers(wide: &[Matcher], narrow: &[Matcher]) -> bool {
    let exact = narrow.iter().find_map(Matcher::exact);
    wide.iter().all(|matcher| {
        narrow.iter().any(|other| other.origin.value == matcher.origin.value)
            || exact.is_some_and(|exact| matcher.matches(exact) == Some(true))
    })
}

/// The cases of a list whose values depend on the origin as well: what matches both, with the positions of both. `None`
/// if there are too many, or if one of the inner lists is not known.
fn product(outer: &[Case], inner: &[&[Case]]) -> Option<Vec<(Case, usize, usize)>> {
    let mut all: Vec<(Case, usize, usize)> = Vec::new();
    for (first, (case, inner)) in outer.iter().zip(inner).enumerate() {
        if inner.is_empty() || all.len() > MAX_CASES {
            return None;
        }
        for (second, other) in inner.iter().enumerate() {
            let Some(both) = both(case, other) else { continue };
            if !all.iter().any(|(earlier, ..)| covers(earlier, &both)) {
                all.push((both, first, second));
            }
        }
    }
    (all.len() <= MAX_CASES).then_some(all)
}

/// Whether no origin matches both lists.
fn are_apart(first: &[Matcher], second: &[Matcher]) -> bool {
    both(first, second).is_none()
}

impl<T: Clone + PartialEq> ByOrigin<T> {
    pub(super) const fn unknown() -> Self {
        Self { cases: Vec::new(), values: Vec::new() }
    }

    pub(super) fn always(value: T) -> Self {
        Self { cases: vec![Vec::new()], values: vec![value] }
    }

    /// The value of the first case that matches.
    pub(super) fn first_of(cases: Vec<(Placed<OriginMatch>, T)>, otherwise: T) -> Self {
        if cases.len() >= MAX_CASES {
            return Self::unknown();
        }
        let mut all = Self::unknown();
        for (origin, value) in cases {
            all.cases.push(vec![Matcher::new(origin)]);
            all.values.push(value);
        }
        all.cases.push(Vec::new());
        all.values.push(otherwise);
        all
    }

    pub(super) const fn is_known(&self) -> bool {
        !self.cases.is_empty()
    }

    /// Whether every origin has this value.
    pub(super) fn is_always(&self, value: &T) -> bool {
        self.is_known() && self.values.iter().all(|known| known == value)
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &T> {
        self.values.iter()
    }

    /// What follows from each value, which may depend on the origin as well.
    pub(super) fn then<U: Clone + PartialEq>(&self, next: &dyn Fn(&T) -> ByOrigin<U>) -> ByOrigin<U> {
        let inner: Vec<ByOrigin<U>> = self.values.iter().map(next).collect();
        let cases: Vec<&[Case]> = inner.iter().map(|inner| inner.cases.as_slice()).collect();
        let mut all = ByOrigin::unknown();
        for (case, first, second) in product(&self.cases, &cases).unwrap_or_default() {
            if let Some(value) = inner.get(first).and_then(|inner| inner.values.get(second)) {
                all.cases.push(case);
                all.values.push(value.clone());
            }
        }
        // What the last case says anyway.
        while let [.., before, last] = all.values.as_slice()
            && before == last
        {
            all.values.pop();
            all.cases.remove(all.cases.len() - 2);
        }
        all
    }

    pub(super) fn map<U: Clone + PartialEq>(&self, value: &dyn Fn(&T) -> U) -> ByOrigin<U> {
        self.then(&|own| ByOrigin::always(value(own)))
    }

    pub(super) fn with<U, V>(&self, other: &ByOrigin<U>, value: &dyn Fn(&T, &U) -> V) -> ByOrigin<V>
    where
        U: Clone + PartialEq,
        V: Clone + PartialEq,
    {
        self.then(&|own| other.map(&|others| value(own, others)))
    }
}

impl ByOrigin<bool> {
    /// The origins for which it is true.
    pub(super) fn origins(&self, offset: usize, losses: &mut Losses) -> Vec<Placed<OriginMatch>> {
        let mut origins = Vec::new();
        let cases = || self.cases.iter().zip(&self.values);
        for (at, (case, _)) in cases().enumerate().filter(|(_, (_, value))| **value) {
            let narrowest = |matcher: &&Matcher| case.iter().all(|other| matcher.is_within(other));
            let origin = match case.iter().find(narrowest) {
                Some(matcher) => matcher.origin.clone(),
                None if case.is_empty() => Placed::new(OriginMatch::Any, offset),
                None => {
                    let message = "Origins have to match several expressions here, which cannot be expressed. So they \
                                   are not allowed.";
                    losses.narrower(offset, message.to_owned(), "list these origins in allowOrigins.");
                    continue;
                }
            };
            let excluded = cases().take(at).filter(|(earlier, value)| !**value && !are_apart(earlier, case));
            for matcher in excluded.filter_map(|(earlier, _)| earlier.first()) {
                let message = "An entry of allowOrigins cannot have exceptions, so the origins that are excluded here are \
                               allowed if a wider entry matches them.";
                let fix = "list the origins that are meant in allowOrigins.";
                losses.wider(matcher.origin.offset, message.to_owned(), fix);
            }
            origins.push(origin);
        }
        origins
    }
}
