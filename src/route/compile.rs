//! Compiles routes into the table that selects one.

use super::path::has_dot_segment;
use super::{ANY_HOST, HostEntry, PathEntry, RouteTable, Target, path_seed};
use crate::config::{At, PathConfig, PolicyNames, RouteConfig};
use crate::hash::Rolling;
use crate::origin::respell::respell;
use crate::origin::{host, split_port, split_scheme};
use crate::problem::{ProblemKind, Report, WarningAbout};
use crate::table::Table;

/// Compiles routes and reports every problem. `target` resolves the policy of a route.
pub(crate) fn compile(
    routes: &[At<RouteConfig>],
    default: Target,
    mut target: impl FnMut(&At<PolicyNames>, &mut Report<'_>) -> Option<Target>,
    report: &mut Report<'_>,
) -> RouteTable {
    let mut table = RouteTable {
        hosts: Table::default(),
        paths: Table::default(),
        any_host: false,
        uses_host: routes.iter().any(|route| route.value.host.is_some()),
        uses_path: routes.iter().any(|route| route.value.path.is_some()),
        default,
    };
    for (route, At { place, value: RouteConfig { host, path, policy } }) in routes.iter().enumerate() {
        let target = policy.as_ref().and_then(|policy| target(policy, report));
        let host = table.host_id(host.as_ref(), report);
        let path = read_path(path.as_ref(), report);
        let (Some(target), Some(host), Some((path, exact))) = (target, host, path) else {
            continue;
        };
        let hash = path_seed(host).with(path.as_bytes());
        if let Some(earlier) = table.path(hash, host, &path, exact).and_then(|entry| routes.get(entry.route)) {
            let about = WarningAbout::RouteUnreachable { by: earlier.place.pointer.clone() };
            report.push(place, ProblemKind::Warning(about));
            continue;
        }
        table.any_host |= host == ANY_HOST;
        table.paths.insert(hash, PathEntry { host, path, exact, target, route });
    }
    table
}

impl RouteTable {
    /// The id of a route's host, which is added to the table if it is new.
    fn host_id(&mut self, given: Option<&At<String>>, report: &mut Report<'_>) -> Option<usize> {
        let Some(At { place, value: text }) = given else {
            return Some(ANY_HOST);
        };
        let (name, wildcard) = text.strip_prefix("*.").map_or((text.as_str(), false), |parent| (parent, true));
        let valid = if wildcard {
            host::is_name(name) && !host::ends_in_a_number(name)
        } else {
            host::is_serialised(name, true)
        };
        if !valid {
            let kind = ProblemKind::InvalidRouteHost { host: text.clone(), meant: meant_host(text) };
            report.push(place, kind);
            return None;
        }
        let id = self.hosts.len() + 1;
        let hash = Rolling::new().with_reversed(name.as_bytes());
        let same = |entry: &HostEntry| entry.wildcard == wildcard && entry.host == name;
        let entry = self.hosts.find_or_insert_with(hash, same, || HostEntry { host: name.to_owned(), wildcard, id });
        Some(entry.id)
    }
}

/// The host that was most likely meant by `text`, which may be an origin or have a port.
fn meant_host(text: &str) -> Option<String> {
    let origin = respell(text).or_else(|| respell(&format!("https://{text}")))?;
    let (_, authority) = split_scheme(&origin)?;
    let (host, _) = split_port(authority);
    let plain = !host.contains(['{', '*']) || (host.starts_with("*.") && host.matches('*').count() == 1);
    plain.then(|| host.to_owned())
}

/// A route's path, and whether it is exact. An absent path is a prefix of every path, even of that of
/// a request without one.
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
    if let Some(prefix) = before_wildcard(path) {
        let about = WarningAbout::PathWildcard { path: path.clone(), meant: prefix.to_owned() };
        report.push(place, ProblemKind::Warning(about));
    }
    let kept = if exact { path } else { path.strip_suffix('/').unwrap_or(path) };
    Some((kept.to_owned(), exact))
}

/// The segments of a path before the first one with what other routers take for a wildcard or a
/// parameter: `*`, `{id}`, `:id`, `<id>`.
fn before_wildcard(path: &str) -> Option<&str> {
    let mut end = 0;
    for segment in path.split_inclusive('/') {
        if segment.contains(['*', '{', '}', '<', '>']) || segment.starts_with(':') {
            return path.get(..end);
        }
        end += segment.len();
    }
    None
}
