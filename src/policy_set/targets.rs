//! Resolves the names in a route to the policies that it selects.

use crate::config::{At, PolicyNames};
use crate::policy::Policy;
use crate::problem::{ProblemKind, Report, WarningAbout};
use crate::route::Target;

use super::names::Names;

/// The policies of a configuration, and the lists of them that its routes name.
pub(super) struct Targets<'p> {
    names: &'p Names,
    policies: &'p [Policy],
    lists: Vec<Vec<usize>>,
}

impl<'p> Targets<'p> {
    pub(super) fn new(names: &'p Names, policies: &'p [Policy]) -> Self {
        Self { names, policies, lists: Vec::new() }
    }

    /// The lists of more than one policy, by the index in [`Target::FirstThatAllows`].
    pub(super) fn into_lists(self) -> Vec<Vec<usize>> {
        self.lists
    }

    /// What these names select. If a name has no policy, reports a problem and returns `None`.
    ///
    /// Routes that name the same policies in the same order select the same target.
    pub(super) fn of(&mut self, names: &At<PolicyNames>, report: &mut Report<'_>) -> Option<Target> {
        let mut list: Vec<usize> = Vec::new();
        let mut complete = true;
        for At { place, value: name } in &names.value.0 {
            match self.names.find(place, name, report) {
                None => complete = false,
                Some(policy) if list.contains(&policy) => {
                    let about = WarningAbout::Redundant { member: name.clone(), by: name.clone() };
                    report.push(place, ProblemKind::Warning(about));
                }
                Some(policy) => {
                    let any = |index: &&usize| self.policies.get(**index).is_some_and(Policy::allows_every_origin);
                    if let Some(earlier) = list.iter().find(any).and_then(|index| self.policies.get(*index)) {
                        let (name, by) = (name.clone(), earlier.name().to_owned());
                        report.push(place, ProblemKind::Warning(WarningAbout::PolicyUnreachable { name, by }));
                    }
                    list.push(policy);
                }
            }
        }
        match list.as_slice() {
            _ if !complete => None,
            [] => Some(Target::Transparent),
            [policy] => Some(Target::Policy(*policy)),
            _ => {
                let known = self.lists.iter().position(|known| *known == list);
                let index = known.unwrap_or(self.lists.len());
                if known.is_none() {
                    self.lists.push(list);
                }
                Some(Target::FirstThatAllows(index))
            }
        }
    }
}
