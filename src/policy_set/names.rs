//! The names of the policies.

use crate::config::{Document, Named};
use crate::hash::Rolling;
use crate::policy::MAX_NAME;
use crate::problem::{Place, ProblemKind, Report, closest};
use crate::table::Table;

/// The names of the policies, with the index of each.
#[derive(Debug, Default)]
pub(super) struct Names {
    table: Table<(String, usize)>,
    /// Whether the policies could not be read, so that nothing can be said of a name.
    unread: bool,
}

impl Names {
    /// The names in a document. If it has no `policies`, but another field that is unknown, such as `polices`,
    /// the policies are probably there.
    pub(super) fn of(document: &Document, report: &Report<'_>) -> Self {
        let mut table = Table::default();
        let named = document.policies.as_ref().map_or(&[][..], |policies| &policies.value.0);
        for (index, Named { name, .. }) in named.iter().enumerate() {
            table.insert(Rolling::new().with(name.value.as_bytes()), (name.value.clone(), index));
        }
        Self { table, unread: document.policies.is_none() && report.has_errors_in(&Place::default()) }
    }

    /// The index of the policy with this name.
    pub(super) fn index(&self, name: &[u8]) -> Option<usize> {
        let found = self.table.find(Rolling::new().with(name), |(known, _)| known.as_bytes() == name);
        found.map(|(_, index)| *index)
    }

    /// The index of the policy that is named at `place`. If there is none, that is a problem.
    pub(super) fn find(&self, place: &Place, name: &str, report: &mut Report<'_>) -> Option<usize> {
        let found = self.index(name.as_bytes());
        if found.is_none() && !self.unread {
            report.push_error(place, || {
                let known: Vec<&str> = self.table.entries().iter().map(|(name, _)| name.as_str()).collect();
                let only = known.first().filter(|only| known.len() == 1 && only.len() <= MAX_NAME);
                let nearest = closest(name, &known).or(only.copied()).map(str::to_owned);
                ProblemKind::UnknownPolicy { name: name.to_owned(), nearest, policies: known.len() }
            });
        }
        found
    }
}
