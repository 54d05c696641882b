//! Routes: which policy a request gets, by host and path.

mod compile;
mod path;

pub(crate) use compile::compile;

use crate::hash::Rolling;
use crate::table::Table;
use path::Path;

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

/// The compiled routes. The most specific one wins, whatever their order.
///
/// An exact host wins over the longest wildcard host, which wins over no host. For the same host, an
/// exact path wins over the longest prefix.
#[derive(Debug)]
pub(crate) struct RouteTable {
    hosts: Table<HostEntry>,
    paths: Table<PathEntry>,
    /// Routes without a host.
    any_host: bool,
    uses_host: bool,
    uses_path: bool,
    default: Target,
}

/// A host, or the parent host of a wildcard, in a route.
#[derive(Debug)]
struct HostEntry {
    host: String,
    wildcard: bool,
    id: usize,
}

/// A path of the routes of one host.
#[derive(Debug)]
struct PathEntry {
    host: usize,
    /// Without the trailing slash if it is a prefix.
    path: String,
    exact: bool,
    target: Target,
    /// The position of the route in the configuration.
    route: usize,
}

/// The host id of routes without a host.
const ANY_HOST: usize = 0;

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
    /// A path that servers resolve differently matches no route and gets no policy: a page chooses the
    /// path, and must not thereby choose its policy.
    pub(crate) fn select(&self, authority: Option<&[u8]>, path: Option<&[u8]>) -> Target {
        let path = match path.map(Path::parse) {
            None => Path::unknown(),
            Some(Some(path)) => path,
            Some(None) => return Target::Closed,
        };
        let host = authority.and_then(host_of);
        let by_host = host.and_then(|host| self.select_by_host(host, &path));
        let by_path = || self.any_host.then(|| self.select_by_path(ANY_HOST, &path)).flatten();
        by_host.or_else(by_path).unwrap_or(self.default)
    }

    /// Looks up every suffix of the host, from the shortest to the longest, so the last route that is
    /// found is the most specific one.
    fn select_by_host(&self, host: &str, path: &Path<'_>) -> Option<Target> {
        let mut found = None;
        let mut hash = Rolling::new();
        for (at, byte) in host.bytes().enumerate().rev() {
            if byte == b'.' {
                let wildcard = host.get(at + 1..).and_then(|parent| self.host(hash, parent, true));
                found = wildcard.and_then(|entry| self.select_by_path(entry.id, path)).or(found);
            }
            hash.push(byte.to_ascii_lowercase());
        }
        let exact = self.host(hash, host, false);
        exact.and_then(|entry| self.select_by_path(entry.id, path)).or(found)
    }

    fn select_by_path(&self, host: usize, path: &Path<'_>) -> Option<Target> {
        let mut found = None;
        let mut hash = path_seed(host);
        for (at, byte) in path.as_str().bytes().enumerate() {
            if byte == b'/' {
                found = self.path(hash, host, path.as_str().get(..at)?, false).or(found);
            }
            hash.push(byte);
        }
        let whole = |exact| self.path(hash, host, path.as_str(), exact);
        whole(true).or_else(|| whole(false)).or(found).map(|entry| entry.target)
    }

    fn host(&self, hash: Rolling, host: &str, wildcard: bool) -> Option<&HostEntry> {
        let same = |entry: &HostEntry| entry.wildcard == wildcard && entry.host.eq_ignore_ascii_case(host);
        self.hosts.find(hash, same)
    }

    fn path(&self, hash: Rolling, host: usize, path: &str, exact: bool) -> Option<&PathEntry> {
        let same = |entry: &PathEntry| entry.exact == exact && entry.host == host && entry.path == path;
        self.paths.find(hash, same)
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
            let target = set.routes().select(Some(authority.as_bytes()), Some(path.as_bytes()));
            let name = set.policies_of(target).next().map(|policy| policy.name());
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
                ("h", "/V1", Some("d")),
                ("h", "*", None),
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
                ("h", "/open/../internal", Some("closed")),
                ("h", "/open/%2e%2E/internal", Some("closed")),
                ("h", "/open/..%2finternal", Some("closed")),
                ("h", "/open/..%5Cinternal", Some("closed")),
                ("h", "/open/..\\internal", Some("closed")),
                ("h", "/open/.", Some("closed")),
                ("h", "/open/a%2fb/..c/...", Some("a")),
                ("h", "/open?/../x", Some("a")),
            ],
        );
    }

    #[test]
    fn a_request_without_host_or_path_gets_what_needs_neither() {
        let source = r#"{"policies": {"a": {"allowOrigins": []}, "b": {"allowOrigins": []}}, "routes": [{"path": "/x", "policy": "a"}], "default": "b"}"#;
        let (set, _) = PolicySet::from_json(source).unwrap();
        assert_eq!(set.routes().select(None, None), Target::Policy(1));
        assert_eq!(set.routes().select(Some(b"\xff"), Some(b"\xff")), Target::Closed);
    }
}
