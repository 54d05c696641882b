//! The names of the policies.

use super::MAX_NAME;
use crate::config::Named;
use crate::hash::Rolling;
use crate::problem::{Place, ProblemKind, Report, closest};
use crate::table::Table;

/// The names of the policies, with the index of each.
#[derive(Debug, Default)]
pub(super) struct Names(Table<(String, usize)>);

impl Names {
    pub(super) fn of(named: &[Named]) -> Self {
        let mut names = Table::default();
        for (index, Named { name, .. }) in named.iter().enumerate() {
            names.insert(Rolling::new().with(name.value.as_bytes()), (name.value.clone(), index));
        }
        Self(names)
    }

    /// The index of the policy with this name.
    pub(super) fn index(&self, name: &[u8]) -> Option<usize> {
        let found = self.0.find(Rolling::new().with(name), |(known, _)| known.as_bytes() == name);
        found.map(|(_, index)| *index)
    }

    /// The index of the policy that is named at `place`. If there is none, that is a problem.
    pub(super) fn find(&self, place: &Place, name: &str, report: &mut Report<'_>) -> Option<usize> {
        let found = self.index(name.as_bytes());
        if found.is_none() {
            report.push_error(place, || {
                let known: Vec<&str> = self.0.entries().iter().map(|(name, _)| name.as_str()).collect();
                let only = known.first().filter(|only| known.len() == 1 && only.len() <= MAX_NAME);
                let nearest = closest(name, &known).or(only.copied()).map(str::to_owned);
                ProblemKind::UnknownPolicy { name: name.to_owned(), nearest, policies: known.len() }
            });
        }
        found
    }
}
