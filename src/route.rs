//! Routes: which policy a request gets, by host and path.

mod compile;
mod reading;
mod text;

pub(crate) use compile::compile;

use std::iter::successors;

use crate::hash::Rolling;
use crate::table::Table;
use reading::{Reading, ReadingSet, Unusual};
use text::Text;

/// What happens to a request, according to a route or the default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// The policy at this index.
    Policy(usize),
    /// The first policy that allows the origin, of the list at this index; if there is none, its last one.
    FirstThatAllows(usize),
    /// Leave the request alone.
    Transparent,
    /// No origin is allowed.
    Closed,
}

/// What the routes say of a request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Selection<'r> {
    /// However a server reads the path, this is the request's target.
    Target(Target),
    /// The path chooses between targets by how it is read. The page that chose the path must not
    /// choose its policy with it.
    Ambiguous(Ambiguity<'r>),
}

/// A request that has another target in one reading of its path than in another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ambiguity<'r> {
    routes: &'r RouteTable,
    host: &'r HostEntry,
    path: &'r [u8],
    unusual: Unusual,
}

/// The compiled routes. The most specific one wins, whatever their order.
///
/// An exact host wins over the longest wildcard host, which wins over no host. For the same host, an
/// exact path wins over the longest prefix.
#[derive(Debug)]
pub(crate) struct RouteTable {
    hosts: Table<HostEntry>,
    /// Of routes without a host.
    any_host: HostEntry,
    paths: Table<PathEntry>,
    uses_host: bool,
    uses_path: bool,
    /// The length of the longest path of a route.
    longest_path: usize,
    /// What occurs in the paths of routes: there, readings differ also where the path of a
    /// request is plain.
    unusual: Unusual,
    default: Target,
}

/// A host, or the parent host of a wildcard, in a route.
#[derive(Debug)]
struct HostEntry {
    /// Its position among the hosts.
    id: usize,
    host: String,
    wildcard: bool,
    /// The longest wildcard host that matches whatever this one matches.
    parent: Option<usize>,
    /// The target of the route without a path, and the position of that route.
    whole: Option<(Target, usize)>,
    /// Whether a route has a path.
    has_paths: bool,
}

/// A path of the routes of one host, in one spelling.
#[derive(Debug)]
struct PathEntry {
    host: usize,
    /// Without the trailing slash if it is a prefix.
    path: Box<[u8]>,
    exact: bool,
    /// The readings that make this spelling of what the route says.
    readings: ReadingSet,
    target: Target,
    /// The position of the route in the configuration.
    route: usize,
}

/// The id of the host of routes without one.
const ANY_HOST: usize = usize::MAX;

impl RouteTable {
    /// Whether the authority of a request makes a difference.
    pub(crate) fn uses_host(&self) -> bool {
        self.uses_host
    }

    /// Whether the path of a request makes a difference.
    pub(crate) fn uses_path(&self) -> bool {
        self.uses_path
    }

    /// The target of a request with this authority and path.
    ///
    /// A request without a path, such as `OPTIONS *` or an ordinary `CONNECT`, gets what its host
    /// says of every path.
    pub(crate) fn select<'r>(&'r self, authority: Option<&[u8]>, path: Option<&'r [u8]>) -> Selection<'r> {
        if !self.uses_host && !self.uses_path {
            return Selection::Target(self.any_host.whole.map_or(self.default, |(target, _)| target));
        }
        let host = authority.and_then(host_of).and_then(|host| self.most_specific(host)).unwrap_or(&self.any_host);
        let path = path.map_or(&[][..], without_query);
        let target = self.select_path(host, path, Reading::AS_IT_CAME);
        if !self.chain(host).any(|host| host.has_paths) {
            return Selection::Target(target);
        }
        let unusual = Unusual::of(path).or(self.unusual);
        if unusual.is_nothing() {
            return Selection::Target(target);
        }
        let ambiguity = Ambiguity { routes: self, host, path, unusual };
        if unusual.is_hopeless() || ambiguity.targets().any(|other| other != target) {
            return Selection::Ambiguous(ambiguity);
        }
        Selection::Target(target)
    }

    /// The target of the most specific route, in one reading.
    fn select_path(&self, host: &HostEntry, path: &[u8], reading: Reading) -> Target {
        let found = self.chain(host).find_map(|host| self.select_path_of(host, path, reading));
        found.unwrap_or(self.default)
    }

    fn select_path_of(&self, host: &HostEntry, path: &[u8], reading: Reading) -> Option<Target> {
        let whole = host.whole.map(|(target, _)| target);
        if !host.has_paths {
            return whole;
        }
        let find = |hash, path: &[u8], exact| {
            let same = |entry: &PathEntry| {
                entry.exact == exact
                    && entry.host == host.id
                    && *entry.path == *path
                    && entry.readings.contains(reading)
            };
            self.paths.find(hash, same)
        };
        let mut found = None;
        let mut hash = path_seed(host.id);
        // No route is longer.
        for (at, byte) in path.iter().enumerate().take(self.longest_path + 1) {
            if *byte == b'/' {
                found = find(hash, path.get(..at)?, false).or(found);
            }
            hash.push(*byte);
        }
        if path.len() <= self.longest_path {
            found = find(hash, path, true).or_else(|| find(hash, path, false)).or(found);
        }
        found.map(|entry| entry.target).or(whole)
    }

    /// A host with what matches whatever it matches, from the most specific on.
    fn chain<'r>(&'r self, host: &'r HostEntry) -> impl Iterator<Item = &'r HostEntry> {
        successors(Some(host), |host| match host.parent {
            Some(parent) => self.hosts.get(parent),
            None if host.id == ANY_HOST => None,
            None => Some(&self.any_host),
        })
    }

    /// The most specific host that matches.
    fn most_specific(&self, host: &str) -> Option<&HostEntry> {
        let (wildcard, hash) = self.longest_wildcard(host);
        self.host(hash, host, false).or(wildcard)
    }

    /// The wildcard host with the longest parent that this host is below, and the hash of the host.
    fn longest_wildcard(&self, host: &str) -> (Option<&HostEntry>, Rolling) {
        let mut found = None;
        let mut hash = Rolling::new();
        for (at, byte) in host.bytes().enumerate().rev() {
            if byte == b'.' {
                found = host.get(at + 1..).and_then(|parent| self.host(hash, parent, true)).or(found);
            }
            hash.push(byte.to_ascii_lowercase());
        }
        (found, hash)
    }

    fn host(&self, hash: Rolling, host: &str, wildcard: bool) -> Option<&HostEntry> {
        let same = |entry: &HostEntry| entry.wildcard == wildcard && entry.host.eq_ignore_ascii_case(host);
        self.hosts.find(hash, same)
    }
}

/// How many bytes that are not kept are looked at in all readings of one path: where most readings
/// remove many bytes, somebody wants to keep the edge busy.
const MAX_REMOVED: usize = 8 * 1024;

impl Ambiguity<'_> {
    /// The target in each reading of the path; most come several times. Where it would take too
    /// long to try all, the last is [`Target::Closed`].
    pub(crate) fn targets(&self) -> impl Iterator<Item = Target> {
        let Self { routes, host, path, unusual } = *self;
        let mut text = Text::new(routes.longest_path);
        let mut left = Some(MAX_REMOVED);
        unusual.readings().map_while(move |reading| {
            let removed = reading.write(path, &mut text);
            left = left?.checked_sub(removed);
            Some(left.map_or(Target::Closed, |_| routes.select_path(host, text.as_bytes(), reading)))
        })
    }
}

fn path_seed(host: usize) -> Rolling {
    Rolling::new().with(&host.to_le_bytes())
}

/// The host of an authority, without the port and the final dot of a fully qualified name.
fn host_of(authority: &[u8]) -> Option<&str> {
    let (host, _) = crate::origin::split_port(std::str::from_utf8(authority).ok()?);
    Some(host.strip_suffix('.').unwrap_or(host))
}

/// The path of a request target, without query and fragment.
fn without_query(target: &[u8]) -> &[u8] {
    target.split(|byte| matches!(byte, b'?' | b'#')).next().unwrap_or(target)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PolicySet;

    /// Checks which policy each request gets; the routes name `a`, `b`, `c` and so on.
    #[track_caller]
    fn check(routes: &str, requests: &[(&str, &str, Option<&str>)]) {
        let policies: Vec<String> =
            ('a'..='f').map(|name| format!("\"{name}\": {{\"allowOrigins\": [\"https://x.example\"]}}")).collect();
        let policies = policies.join(",");
        let source = format!("{{\"policies\": {{{policies}}}, \"routes\": {routes}, \"default\": null}}");
        let (set, _) = PolicySet::from_json(&source).unwrap();
        for (authority, path, expected) in requests {
            let name = match set.routes().select(Some(authority.as_bytes()), Some(path.as_bytes())) {
                Selection::Target(target) => set.policies_of(target).first().map(|policy| policy.name()),
                Selection::Ambiguous(_) => Some("?"),
            };
            assert_eq!(name, *expected, "{authority} {path}");
        }
    }

    #[test]
    fn prefixes_match_whole_segments_and_the_longest_wins() {
        check(
            r#"[{"path": "/v1/", "policy": "a"}, {"path": "/v1/users", "policy": "b"}, {"path": {"exact": "/v1/users"}, "policy": "c"}, {"path": "/", "policy": "d"}]"#,
            &[
                ("h", "/v1", Some("a")),
                ("h", "/v1/", Some("a")),
                ("h", "/v1/x?y=/v1/users", Some("a")),
                ("h", "/v1x", Some("d")),
                ("h", "/v1/users", Some("c")),
                ("h", "/v1/users?x", Some("c")),
                ("h", "/v1/users/", Some("b")),
                ("h", "/v1/users/7", Some("b")),
                ("h", "/v1/users7", Some("a")),
                ("h", "/V1", Some("?")),
                ("h", "/V2", Some("d")),
                ("h", "*", Some("d")),
            ],
        );
    }

    #[test]
    fn an_exact_host_beats_the_longest_wildcard_and_that_beats_none() {
        check(
            r#"[{"policy": "a"}, {"host": "*.example.com", "policy": "b"}, {"host": "*.eu.example.com", "policy": "c"}, {"host": "api.eu.example.com", "path": "/x", "policy": "d"}, {"path": {"exact": "/y"}, "policy": "e"}]"#,
            &[
                ("example.com", "/", Some("a")),
                ("www.example.com", "/", Some("b")),
                ("www.example.com", "/y", Some("b")),
                ("WWW.Example.COM:8443", "/", Some("b")),
                ("www.example.com.", "/", Some("b")),
                ("a.eu.example.com", "/", Some("c")),
                ("api.eu.example.com", "/x/1", Some("d")),
                ("api.eu.example.com", "/z", Some("c")),
                ("badexample.com", "/y", Some("e")),
                ("", "/", Some("a")),
            ],
        );
    }

    #[test]
    fn null_leaves_requests_alone() {
        check(
            r#"[{"path": "/", "policy": "a"}, {"path": "/internal", "policy": null}]"#,
            &[("h", "/internal/x", None), ("h", "/x", Some("a"))],
        );
    }

    #[test]
    fn ambiguous_paths_get_no_policy() {
        check(
            r#"[{"path": "/open", "policy": "a"}, {"policy": "b"}]"#,
            &[
                ("h", "/open/../internal", Some("?")),
                ("h", "/open/%2e%2E/internal", Some("?")),
                ("h", "/open/..%2finternal", Some("?")),
                ("h", "/open/..%5Cinternal", Some("?")),
                ("h", "/open/..\\internal", Some("?")),
                ("h", "/open/.", Some("?")),
                ("h", "/open/a%2fb/..c/...", Some("a")),
                ("h", "/open?/../x", Some("a")),
            ],
        );
    }

    #[test]
    fn a_request_without_host_or_path_gets_what_needs_neither() {
        let source = r#"{"policies": {"a": {"allowOrigins": []}, "b": {"allowOrigins": []}}, "routes": [{"path": "/x", "policy": "a"}], "default": "b"}"#;
        let (set, _) = PolicySet::from_json(source).unwrap();
        assert!(matches!(set.routes().select(None, None), Selection::Target(Target::Policy(1))));
        assert!(matches!(set.routes().select(Some(b"\xff"), Some(b"\xff")), Selection::Ambiguous(_)));
    }
}
