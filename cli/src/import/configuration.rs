//! The configuration that an import writes.

use super::loss::Losses;
use super::names;
use super::origins::{self, OriginEntry};
use super::rules::{Enforcement, Placed, Rules};
use crate::policy_name;

/// A configuration, with the places in the source that its parts come from.
#[derive(Default)]
pub(super) struct Configuration {
    pub(super) policies: Vec<Policy>,
    pub(super) routes: Vec<RouteEntry>,
    /// The policy of requests that no route matches.
    pub(super) default: Option<usize>,
}

/// A policy of the configuration.
#[derive(Clone, Debug)]
pub(super) struct Policy {
    pub(super) name: String,
    pub(super) origins: Vec<Placed<OriginEntry>>,
    pub(super) methods: Vec<Placed<String>>,
    pub(super) headers: Vec<Placed<String>>,
    pub(super) exposed: Vec<Placed<String>>,
    pub(super) credentials: bool,
    pub(super) max_age: Option<u64>,
    pub(super) enforcement: Enforcement,
    pub(super) forwards_unmatched: bool,
    pub(super) private_network: bool,
    /// The dangers that it has.
    pub(super) dangers: Vec<String>,
    pub(super) offset: usize,
}

/// A route of the configuration.
#[derive(Clone, Debug)]
pub(super) struct RouteEntry {
    /// `None` for every host.
    pub(super) host: Option<String>,
    /// `None` for every path.
    pub(super) path: Option<RoutePath>,
    pub(super) policy: Option<usize>,
    pub(super) offset: usize,
}

/// The path of a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum RoutePath {
    Exact(String),
    /// By whole segments, without a slash at the end.
    Prefix(String),
}

impl Policy {
    pub(super) fn of(rules: &Rules, losses: &mut Losses) -> Self {
        let Rules { credentials, offset, enforcement, forwards_unmatched, private_network, .. } = *rules;
        Self {
            name: rules.name.clone(),
            origins: origins::entries(&rules.origins, losses),
            methods: names::methods(rules, losses),
            headers: names::headers(rules, losses),
            exposed: names::exposed(rules, losses),
            credentials,
            max_age: rules.max_age.map(|seconds| seconds.min(edge_cors::Policy::MAX_AGE)),
            enforcement,
            forwards_unmatched,
            private_network,
            dangers: Vec::new(),
            offset,
        }
    }

    /// Whether two policies decide alike, whatever they are called.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        fn values<T>(list: &[Placed<T>]) -> Vec<&T> {
            list.iter().map(|member| &member.value).collect()
        }
        let lists = |policy: &Self| {
            let lists = [&policy.methods, &policy.headers, &policy.exposed];
            lists.map(|list| list.iter().map(|member| member.value.to_ascii_lowercase()).collect::<Vec<_>>())
        };
        values(&self.origins) == values(&other.origins)
            && lists(self) == lists(other)
            && (self.credentials, self.max_age, self.enforcement)
                == (other.credentials, other.max_age, other.enforcement)
            && (self.forwards_unmatched, self.private_network) == (other.forwards_unmatched, other.private_network)
    }
}

impl Configuration {
    /// Adds a policy, unless there is one like it, and returns which one it is.
    pub(super) fn add(&mut self, policy: Policy) -> usize {
        if let Some(known) = self.policies.iter().position(|known| known.is_like(&policy)) {
            return known;
        }
        self.policies.push(policy);
        self.policies.len() - 1
    }

    /// Gives each policy a name that it can have, and that no other has.
    pub(super) fn name_policies(&mut self) {
        let mut names: Vec<String> = Vec::new();
        for policy in &mut self.policies {
            policy.name = policy_name::unused(&policy.name, &names);
            names.push(policy.name.clone());
        }
    }

    /// Removes the policies that nothing selects.
    pub(super) fn remove_unused(&mut self) {
        for index in (0..self.policies.len()).rev() {
            let routed = self.routes.iter().map(|route| route.policy).chain([self.default]);
            if routed.flatten().any(|policy| policy == index) {
                continue;
            }
            self.policies.remove(index);
            let shift = |policy: &mut Option<usize>| *policy = policy.map(|at| if at > index { at - 1 } else { at });
            self.routes.iter_mut().for_each(|route| shift(&mut route.policy));
            shift(&mut self.default);
        }
    }
}
