//! What every source says, in the terms that all of them share.

use std::cmp::Reverse;

/// A value, and its place in the source: an offset in bytes.
#[derive(Clone, Debug)]
pub(super) struct Placed<T> {
    pub(super) value: T,
    pub(super) offset: usize,
}

impl<T> Placed<T> {
    pub(super) fn new(value: T, offset: usize) -> Self {
        Self { value, offset }
    }
}

/// What a source says: its policies, and the requests that get them.
#[derive(Default)]
pub(super) struct Model {
    pub(super) policies: Vec<Rules>,
    pub(super) sites: Vec<Site>,
}

impl Model {
    /// Adds a policy, and returns what routes call it.
    pub(super) fn add(&mut self, rules: Rules) -> usize {
        self.policies.push(rules);
        self.policies.len() - 1
    }

    /// One policy for every request.
    pub(super) fn everywhere(rules: Rules) -> Self {
        let offset = rules.offset;
        let route = Route { path: PathMatch::everything(), condition: None, policy: Some(0), offset };
        let hosts = vec![Placed::new("*".to_owned(), offset)];
        Self { policies: vec![rules], sites: vec![Site { hosts, routes: vec![route] }] }
    }
}

/// One policy of a source.
#[derive(Clone, Debug, Default)]
pub(super) struct Rules {
    /// What the source calls it, or the thing that has it.
    pub(super) name: String,
    pub(super) offset: usize,
    pub(super) origins: Vec<Placed<OriginMatch>>,
    pub(super) methods: Vec<Placed<String>>,
    pub(super) headers: Vec<Placed<String>>,
    pub(super) exposed: Vec<Placed<String>>,
    pub(super) credentials: bool,
    /// Seconds.
    pub(super) max_age: Option<u64>,
    pub(super) enforcement: Enforcement,
    /// Whether preflights of origins that are not allowed reach the origin server.
    pub(super) forwards_unmatched: bool,
    pub(super) private_network: bool,
    /// Whether a `*` for methods is sent as it is, rather than the method that was asked for.
    pub(super) sends_any_method: bool,
    /// The same for header names.
    pub(super) sends_any_header: bool,
}

/// Whether a source acts on its policy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Enforcement {
    #[default]
    Always,
    /// For this percentage.
    Partly(u8),
    /// It only counts.
    Report,
    Off,
}

/// How a source compares an origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum OriginMatch {
    /// Every origin, the opaque one among them.
    Any,
    /// Byte for byte.
    Exact(String),
    /// A pattern, as ours are written.
    Pattern(String),
    /// A regular expression that matches the whole origin.
    Expression(String),
}

/// The hosts that share a list of routes.
#[derive(Clone, Debug)]
pub(super) struct Site {
    /// `*`, a host, or one with a wildcard at an end.
    pub(super) hosts: Vec<Placed<String>>,
    /// The first one that matches is used, and otherwise no policy.
    pub(super) routes: Vec<Route>,
}

/// A route of a source.
#[derive(Clone, Debug)]
pub(super) struct Route {
    pub(super) path: PathMatch,
    /// What it asks of a request besides host and path, for people.
    pub(super) condition: Option<String>,
    /// `None` for no CORS.
    pub(super) policy: Option<usize>,
    pub(super) offset: usize,
}

/// How a source compares a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PathMatch {
    Exact(String),
    /// By characters: `/v1` matches `/v10`.
    Prefix(String),
    /// By segments: `/v1` matches `/v1` and `/v1/x`.
    Segments(String),
    /// A regular expression that matches the whole path.
    Expression(String),
    /// Something that cannot be expressed, for people.
    Other(String),
}

impl PathMatch {
    pub(super) fn everything() -> Self {
        Self::Prefix("/".to_owned())
    }
}

/// The routes of each host, in the order in which the most specific one comes first: as in the Gateway API, an exact
/// path, then the longest prefix, then expressions; with the same path, those with a condition.
pub(super) fn most_specific_first(hosts: Vec<(Placed<String>, Vec<Route>)>) -> Vec<Site> {
    let mut sites: Vec<Site> = Vec::new();
    for (host, routes) in hosts {
        match sites.iter_mut().find(|site| site.hosts.iter().any(|known| known.value == host.value)) {
            Some(site) => site.routes.extend(routes),
            None => sites.push(Site { hosts: vec![host], routes }),
        }
    }
    let rank = |route: &Route| {
        let (kind, length) = match &route.path {
            PathMatch::Exact(path) => (0, path.len()),
            PathMatch::Prefix(path) | PathMatch::Segments(path) => (1, path.trim_end_matches('/').len()),
            PathMatch::Expression(path) => (2, path.len()),
            PathMatch::Other(_) => (3, 0),
        };
        (kind, Reverse(2 * length + usize::from(route.condition.is_some())))
    };
    for site in &mut sites {
        let ranked = std::mem::take(&mut site.routes).into_iter().map(|route| (rank(&route), route));
        site.routes = in_order(ranked.collect());
    }
    sites
}

/// What decides about the order of routes: a low number comes first, then what is longer.
pub(super) type Rank = (u8, Reverse<usize>);

/// Routes in the order of their ranks.
pub(super) fn in_order(mut routes: Vec<(Rank, Route)>) -> Vec<Route> {
    routes.sort_by_key(|(rank, _)| *rank);
    routes.into_iter().map(|(_, route)| route).collect()
}

/// What is lost of a path that a source compares without case.
pub(super) const IN_ANY_CASE: &str =
    "This path matches in upper and lower case today. A route matches only in the case that it has.";

/// A regular expression that matches a whole text where this one is searched for in it.
pub(super) fn searched(expression: &str) -> String {
    whole(expression, ".*")
}

/// A regular expression that matches a whole text where this one matches its start.
pub(super) fn matched_at_start(expression: &str) -> String {
    whole(expression, "")
}

/// A regular expression that matches the same in upper and lower case.
pub(super) fn in_any_case(expression: &str) -> String {
    format!("(?i:{expression})")
}

/// With what may stand in front of it and behind it, unless it says itself where it starts and ends.
fn whole(expression: &str, before: &str) -> String {
    if has_alternatives(expression) {
        return format!("{before}(?:{expression}).*");
    }
    let (before, rest) = expression.strip_prefix('^').map_or((before, expression), |rest| ("", rest));
    let (rest, behind) = match rest.strip_suffix('$').filter(|rest| !rest.ends_with('\\')) {
        Some(rest) => (rest, ""),
        // It ends with what may stand behind it.
        None if rest.ends_with(".*") && !rest.ends_with("\\.*") => (rest, ""),
        None => (rest, ".*"),
    };
    format!("{before}{rest}{behind}")
}

/// Whether it is one of several expressions outside of parentheses, to which an anchor would belong.
fn has_alternatives(expression: &str) -> bool {
    let mut depth = 0_usize;
    let mut characters = expression.chars();
    while let Some(c) = characters.next() {
        match c {
            '\\' => drop(characters.next()),
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            '|' if depth == 0 => return true,
            _ => {}
        }
    }
    false
}

/// The members of a list in one string, separated by commas.
pub(super) fn list(text: &str, offset: usize) -> Vec<Placed<String>> {
    let members = text.split(',').map(str::trim).filter(|member| !member.is_empty());
    members.map(|member| Placed::new(member.to_owned(), offset)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_say_where_an_expression_starts_and_ends() {
        for (given, expected) in [
            ("^https://a$", "https://a"),
            ("^https://(a|b)$", "https://(a|b)"),
            (r"\.example$", r".*\.example"),
            (r"https://a\$", r".*https://a\$.*"),
            ("^a$|b", ".*(?:^a$|b).*"),
        ] {
            assert_eq!(searched(given), expected);
        }
        for (given, expected) in [("https://a", "https://a.*"), ("/a/.*", "/a/.*"), (r"/a\.*", r"/a\.*.*")] {
            assert_eq!(matched_at_start(given), expected);
        }
    }
}
