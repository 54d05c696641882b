//! Compiles routes into the table that selects one.

use super::reading::{Reading, ReadingSet, Unusual};
use super::text::{MAX_ROUTE_PATH, Text};
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
        any_host: HostEntry::new(ANY_HOST, "", false),
        paths: Table::default(),
        uses_host: routes.iter().any(|route| route.value.host.is_some()),
        uses_path: false,
        longest_path: 0,
        unusual: Unusual::default(),
        default,
    };
    for (route, At { place, value: RouteConfig { host, path, policy } }) in routes.iter().enumerate() {
        let target = policy.as_ref().and_then(|policy| target(policy, report));
        let host = table.host_id(host.as_ref(), report);
        let path = read_path(path.as_ref(), report);
        let (Some(target), Some(host), Some((path, exact))) = (target, host, path) else {
            continue;
        };
        let earlier = match path {
            "" => table.insert_whole(host, (target, route)),
            path => table.insert_path(host, path, exact, (target, route)),
        };
        if let Some((earlier_target, earlier)) = earlier
            && let Some(earlier) = routes.get(earlier)
        {
            let by = earlier.place.pointer.clone();
            let kind = if earlier_target == target {
                ProblemKind::Warning(WarningAbout::RouteUnreachable { by })
            } else {
                ProblemKind::RouteConflict { by }
            };
            report.push(place, kind);
        }
    }
    table.link_hosts();
    table
}

/// A route's target and its position in the configuration.
type Placed = (Target, usize);

impl HostEntry {
    fn new(id: usize, host: &str, wildcard: bool) -> Self {
        Self { id, host: host.to_owned(), wildcard, parent: None, whole: None, has_paths: false }
    }
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
        let id = self.hosts.len();
        let hash = Rolling::new().with_reversed(name.as_bytes());
        let same = |entry: &HostEntry| entry.wildcard == wildcard && entry.host == name;
        Some(self.hosts.find_or_insert_with(hash, same, || HostEntry::new(id, name, wildcard)).id)
    }

    fn host_mut(&mut self, id: usize) -> &mut HostEntry {
        self.hosts.get_mut(id).unwrap_or(&mut self.any_host)
    }

    /// Enters a route without a path, unless an earlier one has the same host: then that one.
    fn insert_whole(&mut self, host: usize, new: Placed) -> Option<Placed> {
        let whole = &mut self.host_mut(host).whole;
        if whole.is_none() {
            *whole = Some(new);
            return None;
        }
        *whole
    }

    /// Enters a route in every spelling of its path, unless an earlier one is in its way: then that one.
    fn insert_path(&mut self, host: usize, path: &str, exact: bool, new: Placed) -> Option<Placed> {
        let spellings = spellings(path, exact);
        let hash = |spelling: &[u8]| path_seed(host).with(spelling);
        let (target, route) = new;
        for (spelling, readings) in &spellings {
            // Two spellings that only some servers read alike may stand side by side, if it makes
            // no difference.
            let written_alike = |entry: &PathEntry| {
                readings.contains(Reading::AS_IT_CAME) && entry.readings.contains(Reading::AS_IT_CAME)
            };
            let in_the_way = |entry: &PathEntry| {
                (entry.host, entry.exact, &entry.path) == (host, exact, spelling)
                    && entry.readings.intersects(*readings)
                    && (entry.target != target || written_alike(entry))
            };
            if let Some(entry) = self.paths.find(hash(spelling), in_the_way) {
                return Some((entry.target, entry.route));
            }
        }
        for (path, readings) in spellings {
            self.longest_path = self.longest_path.max(path.len());
            self.paths.insert(hash(&path), PathEntry { host, path, exact, readings, target, route });
        }
        self.unusual = self.unusual.or(Unusual::of(path.as_bytes()));
        self.host_mut(host).has_paths = true;
        self.uses_path = true;
        None
    }

    /// Finds the parent of every host.
    fn link_hosts(&mut self) {
        for id in 0..self.hosts.len() {
            let host = self.hosts.get(id).map(|entry| entry.host.as_str());
            let parent = host.and_then(|host| self.longest_wildcard(host).0).map(|parent| parent.id);
            self.host_mut(id).parent = parent;
        }
    }
}

/// What each reading makes of a route's path. A plain one has one spelling in all of them.
fn spellings(path: &str, exact: bool) -> Vec<(Box<[u8]>, ReadingSet)> {
    let path = path.as_bytes();
    if Unusual::of(path).is_nothing() {
        return vec![(path.into(), ReadingSet::ALL)];
    }
    let mut spellings: Vec<(Box<[u8]>, ReadingSet)> = Vec::new();
    let mut text = Text::new(MAX_ROUTE_PATH);
    for reading in Unusual::ALL_BUT_DOT_SEGMENTS.readings() {
        reading.write(path, &mut text);
        let spelling = if exact { text.as_bytes() } else { without_slash(text.as_bytes()) };
        match spellings.iter_mut().find(|(known, _)| **known == *spelling) {
            Some((_, readings)) => *readings = readings.with(reading),
            None => spellings.push((spelling.into(), ReadingSet::NONE.with(reading))),
        }
    }
    spellings
}

/// A prefix without its slash: it matches with and without.
fn without_slash(prefix: &[u8]) -> &[u8] {
    prefix.strip_suffix(b"/").unwrap_or(prefix)
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
fn read_path<'p>(given: Option<&'p At<PathConfig>>, report: &mut Report<'_>) -> Option<(&'p str, bool)> {
    let Some(At { place, value }) = given else {
        return Some(("", false));
    };
    let (path, exact) = match value {
        PathConfig::Prefix(path) => (path, false),
        PathConfig::Exact(path) => (path, true),
    };
    if let Some(kind) = problem_of_path(path) {
        report.push(place, kind);
        return None;
    }
    if let Some(prefix) = before_wildcard(path) {
        let about = WarningAbout::PathWildcard { path: path.clone(), meant: prefix.to_owned() };
        report.push(place, ProblemKind::Warning(about));
    }
    Some((if exact { path } else { path.strip_suffix('/').unwrap_or(path) }, exact))
}

fn problem_of_path(path: &str) -> Option<ProblemKind> {
    let plain = path.bytes().all(|b| b.is_ascii_graphic() && !b"?#\\".contains(&b));
    if !plain || !path.starts_with('/') || Unusual::of(path.as_bytes()).has_dot_segments() {
        return Some(ProblemKind::InvalidRoutePath { path: path.to_owned() });
    }
    (path.len() > MAX_ROUTE_PATH).then_some(ProblemKind::RoutePathTooLong { most: MAX_ROUTE_PATH })
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
