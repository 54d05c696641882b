//! From routes as they are written to the table that picks one.

use std::collections::HashMap;

use hashbrown::HashTable;

use super::path::has_dot_segment;
use super::{ANY_HOST, HostEntry, PathEntry, RouteTable, Target, path_seed};
use crate::config::{At, PathConfig, RouteConfig};
use crate::hash::Rolling;
use crate::origin::{host, pattern, split_port};
use crate::problem::{ProblemKind, Report, WarningAbout};

/// Compiles routes and notes every problem. `target` finds what a route's policy stands for.
pub(crate) fn compile(
    routes: &[At<RouteConfig>],
    default: Target,
    target: impl Fn(&At<Option<String>>, &mut Report<'_>) -> Option<Target>,
    report: &mut Report<'_>,
) -> RouteTable {
    let mut table = RouteTable {
        hosts: HashTable::new(),
        paths: HashTable::new(),
        any_host: false,
        uses_host: routes.iter().any(|route| route.value.host.is_some()),
        uses_path: routes.iter().any(|route| route.value.path.is_some()),
        default,
    };
    let mut seen = HashMap::new();
    for At { place, value: RouteConfig { host, path, policy } } in routes {
        let target = policy.as_ref().and_then(|policy| target(policy, report));
        let host = table.host_id(host.as_ref(), report);
        let path = read_path(path.as_ref(), report);
        let (Some(target), Some(host), Some((path, exact))) = (target, host, path) else {
            continue;
        };
        if let Some(by) = seen.insert((host, path.clone(), exact), place.pointer.clone()) {
            report.push(place, ProblemKind::Warning(WarningAbout::RouteUnreachable { by: by.clone() }));
            seen.insert((host, path, exact), by);
            continue;
        }
        table.any_host |= host == ANY_HOST;
        let hash_of = |entry: &PathEntry| path_seed(entry.host).with(entry.path.as_bytes()).finish();
        let entry = PathEntry { host, path, exact, target };
        table.paths.insert_unique(hash_of(&entry), entry, hash_of);
    }
    table
}

impl RouteTable {
    /// The id of a route's host, entered into the table if it is a new one.
    fn host_id(&mut self, given: Option<&At<String>>, report: &mut Report<'_>) -> Option<usize> {
        let Some(At { place, value: text }) = given else {
            return Some(ANY_HOST);
        };
        let (name, wildcard) = text.strip_prefix("*.").map_or((text.as_str(), false), |parent| (parent, true));
        let valid = if wildcard { host::is_name(name) } else { host::is_serialised(name, true) };
        if !valid {
            let kind = ProblemKind::InvalidRouteHost { host: text.clone(), meant: meant_host(text) };
            report.push(place, kind);
            return None;
        }
        let next = self.hosts.len() + 1;
        let hash_of = |entry: &HostEntry| Rolling::new().with_reversed(entry.host.as_bytes()).finish();
        let new = HostEntry { host: name.to_owned(), wildcard, id: next };
        let same = |entry: &HostEntry| entry.wildcard == wildcard && entry.host == name;
        let hash = hash_of(&new);
        Some(self.hosts.entry(hash, same, hash_of).or_insert(new).get().id)
    }
}

/// The host that someone who wrote `text`, perhaps as an origin or with a port, has in mind.
fn meant_host(text: &str) -> Option<String> {
    let origin = pattern::respell(text)?;
    let (_, authority) = origin.split_once("://")?;
    let (host, _) = split_port(authority);
    let plain = !host.contains(['{', '*']) || (host.starts_with("*.") && host.matches('*').count() == 1);
    plain.then(|| host.to_owned())
}

/// A route's path, and whether it is exact. No path is the prefix of every one, also of the
/// request that has none.
fn read_path(given: Option<&At<PathConfig>>, report: &mut Report<'_>) -> Option<(String, bool)> {
    let Some(At { place, value }) = given else {
        return Some((String::new(), false));
    };
    let (path, exact) = match value {
        PathConfig::Prefix(path) => (path, false),
        PathConfig::Exact(path) => (path, true),
    };
    let plain = path.bytes().all(|b| b.is_ascii_graphic() && !b"?#\\".contains(&b));
    if !plain || !path.starts_with('/') || has_dot_segment(path) {
        report.push(place, ProblemKind::InvalidRoutePath { path: path.clone() });
        return None;
    }
    let kept = if exact { path } else { path.strip_suffix('/').unwrap_or(path) };
    Some((kept.to_owned(), exact))
}
