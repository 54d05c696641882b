//! Routes: from lists in which the first match counts to routes of which the most specific one counts.

use super::configuration::{Configuration, RouteEntry, RoutePath};
use super::loss::Losses;
use super::rules::{PathMatch, Placed, Route, Site};
use crate::expression::language::{Difference, Language, differ_in_paths};
use crate::expression::{self, Piece};

/// A route of the source without conditions, whose path can be expressed.
struct Plain {
    path: PathMatch,
    policy: Option<usize>,
    offset: usize,
}

/// The routes of one host, while they are made.
#[derive(Clone, Default)]
struct Table {
    entries: Vec<(RoutePath, Option<usize>, usize)>,
}

/// Adds the routes of all sites. `policies` says for each policy of the source which one it became.
pub(super) fn add(configuration: &mut Configuration, sites: &[Site], policies: &[usize], losses: &mut Losses) {
    let mut known: Vec<String> = Vec::new();
    let mut tables: Vec<(Placed<Option<String>>, Table)> = Vec::new();
    for site in sites {
        let table = of_site(site, policies, losses);
        for host in &site.hosts {
            let Some(name) = host_of(host, losses) else { continue };
            let key = name.clone().unwrap_or_default();
            if known.contains(&key) {
                // The port is all that differs, or there are several route configurations.
                let same = tables.iter_mut().find(|(known, _)| known.value == name);
                if let Some(known) = same.filter(|(_, known)| !known.is_like(&table)) {
                    let mut passed_over = host.offset;
                    // Routes without any policy do not stand in the way of others.
                    if !known.1.has_policy() {
                        passed_over = known.0.offset;
                        *known = (Placed::new(name, host.offset), table.clone());
                    }
                    let message =
                        format!("The host {:?} has other routes elsewhere in this file, which count.", host.value);
                    losses.different(passed_over, message, "import each listener or resource from a file of its own.");
                }
                continue;
            }
            known.push(key);
            tables.push((Placed::new(name, host.offset), table.clone()));
        }
    }
    remove_covered(&mut tables);
    let any_host = tables.iter().position(|(host, _)| host.value.is_none());
    for (at, (host, table)) in tables.iter().enumerate() {
        let is_wider = |(other_at, (other, table)): (usize, &(Placed<Option<String>>, Table))| {
            other_at != at && table.has_policy() && covers(other.value.as_deref(), host.value.as_deref())
        };
        let inherits = tables.iter().enumerate().any(is_wider);
        let entry = |path, policy, offset| RouteEntry { host: host.value.clone(), path, policy, offset };
        let whole = table.get(&RoutePath::Prefix(String::new()));
        for (path, policy, offset) in &table.entries {
            match path {
                RoutePath::Prefix(path) if path.is_empty() => {}
                path => configuration.routes.push(entry(Some(path.clone()), *policy, *offset)),
            }
        }
        match whole.flatten() {
            Some(policy) if any_host == Some(at) => configuration.default = Some(policy),
            None if any_host == Some(at) => {}
            None if !inherits => {}
            policy => configuration.routes.push(entry(None, policy, host.offset)),
        }
    }
}

/// Removes hosts that have the routes of every host, and no wildcard in between.
fn remove_covered(tables: &mut Vec<(Placed<Option<String>>, Table)>) {
    let Some((_, any)) = tables.iter().find(|(host, _)| host.value.is_none()).cloned() else { return };
    let wildcards: Vec<String> =
        tables.iter().filter_map(|(host, table)| host.value.clone().filter(|_| !table.is_like(&any))).collect();
    let is_below = |host: &str| wildcards.iter().any(|wide| covers(Some(wide), Some(host)));
    tables.retain(|(host, table)| host.value.as_deref().is_none_or(|host| !table.is_like(&any) || is_below(host)));
}

/// Whether a host, `*.` and a host, or every host matches whatever another one matches.
fn covers(wide: Option<&str>, narrow: Option<&str>) -> bool {
    match (wide, narrow) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(wide), Some(narrow)) => {
            let parent = wide.strip_prefix("*.");
            let narrow = narrow.strip_prefix("*.").unwrap_or(narrow);
            parent.is_some_and(|parent| {
                narrow.strip_suffix(parent).is_some_and(|start| start.is_empty() || start.ends_with('.'))
            })
        }
    }
}

/// The host of a route, `Some(None)` for every host; `None` if it cannot be expressed.
fn host_of(host: &Placed<String>, losses: &mut Losses) -> Option<Option<String>> {
    let text = host.value.to_ascii_lowercase();
    let port = text.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit() || byte == b'*'));
    let name = match port {
        Some((name, _)) => name,
        None => text.as_str(),
    };
    if name == "*" || name.is_empty() {
        return Some(None);
    }
    let is_plain = !name.starts_with('~') && !name.strip_prefix("*.").unwrap_or(name).contains('*');
    if !is_plain {
        let message = format!("No route can have the host {:?}, so pages that call it lose their policy.", host.value);
        losses.narrower(host.offset, message, "write a route for each host, or \"*.\" and a parent host.");
    }
    is_plain.then(|| Some(name.to_owned()))
}

fn of_site(site: &Site, policies: &[usize], losses: &mut Losses) -> Table {
    let mut table = Table::default();
    let mut earlier: Vec<Plain> = Vec::new();
    let mut aside: Vec<(&Route, Option<usize>)> = Vec::new();
    let is_reachable = |path: &PathMatch, earlier: &[Plain]| {
        let text = example(path);
        !earlier.iter().any(|route| matches(&route.path, &text))
    };
    for route in &site.routes {
        let policy = route.policy.and_then(|policy| policies.get(policy).copied());
        let paths = plain(&route.path);
        let Some(paths) = paths.as_ref().filter(|_| route.condition.is_none()) else {
            if paths.is_none_or(|paths| paths.iter().any(|path| is_reachable(path, &earlier))) {
                aside.push((route, policy));
            }
            continue;
        };
        for path in paths.iter().cloned() {
            let plain = Plain { path, policy, offset: route.offset };
            table.insert(&plain, &earlier);
            earlier.push(plain);
        }
    }
    for route in &earlier {
        table.report_characters(route, &earlier, losses);
    }
    for (route, policy) in aside {
        table.set_aside(route, policy, losses);
    }
    table.prune();
    table
}

/// What a route's path is in paths that can be expressed.
fn plain(path: &PathMatch) -> Option<Vec<PathMatch>> {
    match path {
        PathMatch::Expression(text) => of_expression(text),
        PathMatch::Other(_) => None,
        path => Some(vec![path.clone()]),
    }
}

/// The paths that match exactly what an expression matches.
fn of_expression(text: &str) -> Option<Vec<PathMatch>> {
    let language = Language::parse(text)?;
    let alternatives = expression::alternatives(text)?;
    let first_text = |pieces: &Vec<Piece>| match pieces.first() {
        Some(Piece::Text(text)) => Some(text.trim_end_matches('/').to_owned()),
        _ => None,
    };
    let segments =
        alternatives.iter().filter_map(first_text).min_by_key(String::len).map(|path| vec![PathMatch::Segments(path)]);
    let each: Option<Vec<PathMatch>> = alternatives.iter().map(|pieces| of_pieces(pieces)).collect();
    let is_same = |paths: &Vec<PathMatch>| {
        let written: Vec<String> = paths.iter().map(expression_of).collect();
        let written = Language::parse(&written.join("|"));
        written.and_then(|written| differ_in_paths(&language, &written)) == Some(Difference::default())
    };
    segments.into_iter().chain(each).find(is_same)
}

fn of_pieces(pieces: &[Piece]) -> Option<PathMatch> {
    match pieces {
        [Piece::Text(path)] => Some(PathMatch::Exact(path.clone())),
        [Piece::Text(path), Piece::Anything] => Some(PathMatch::Prefix(path.clone())),
        [Piece::Anything] => Some(PathMatch::everything()),
        _ => None,
    }
}

fn expression_of(path: &PathMatch) -> String {
    match path {
        PathMatch::Exact(path) => regex_syntax::escape(path),
        PathMatch::Prefix(path) => format!("{}(?s:.*)", regex_syntax::escape(path)),
        PathMatch::Segments(path) => format!("{}(?:/(?s:.*))?", regex_syntax::escape(path.trim_end_matches('/'))),
        PathMatch::Expression(text) => text.clone(),
        PathMatch::Other(_) => "[^\\x00-\\xff]".to_owned(),
    }
}

/// Whether a path matches, of those that can be expressed.
fn matches(path: &PathMatch, text: &str) -> bool {
    match path {
        PathMatch::Exact(path) => path == text,
        PathMatch::Prefix(path) => text.starts_with(path.as_str()),
        PathMatch::Segments(path) => is_within(text, path.trim_end_matches('/')),
        PathMatch::Expression(_) | PathMatch::Other(_) => false,
    }
}

/// A path that matches, and that no longer route is likely to match.
fn example(path: &PathMatch) -> String {
    match path {
        PathMatch::Exact(text) => text.clone(),
        PathMatch::Prefix(text) | PathMatch::Segments(text) => format!("{}/\u{1}", text.trim_end_matches('/')),
        PathMatch::Expression(_) | PathMatch::Other(_) => String::new(),
    }
}

fn is_within(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What the source gives a path, according to its routes without conditions.
fn first_match(routes: &[Plain], text: &str) -> Option<usize> {
    routes.iter().find(|route| matches(&route.path, text)).and_then(|route| route.policy)
}

impl Table {
    fn is_like(&self, other: &Self) -> bool {
        let entries =
            |table: &Self| table.entries.iter().map(|(path, policy, _)| (path.clone(), *policy)).collect::<Vec<_>>();
        entries(self) == entries(other)
    }

    fn has_policy(&self) -> bool {
        self.entries.iter().any(|(_, policy, _)| policy.is_some())
    }

    fn get(&self, path: &RoutePath) -> Option<Option<usize>> {
        self.entries.iter().find(|(known, ..)| known == path).map(|(_, policy, _)| *policy)
    }

    /// What a path gets: an exact path wins, then the longest prefix.
    fn select(&self, text: &str) -> Option<usize> {
        let exact = self.get(&RoutePath::Exact(text.to_owned()));
        let prefixes = self.entries.iter().filter_map(|(path, policy, _)| match path {
            RoutePath::Prefix(path) if is_within(text, path) => Some((path.len(), *policy)),
            _ => None,
        });
        exact.or_else(|| prefixes.max_by_key(|(length, _)| *length).map(|(_, policy)| policy)).flatten()
    }

    /// Adds a route, unless earlier ones leave nothing to it.
    fn insert(&mut self, route: &Plain, earlier: &[Plain]) {
        let Plain { path, policy, offset } = route;
        let is_covered = |text: &str| earlier.iter().any(|route| matches(&route.path, text));
        let mut add = |path: RoutePath| {
            if self.get(&path).is_none() {
                self.entries.push((path, *policy, *offset));
            }
        };
        match path {
            PathMatch::Exact(text) if !is_covered(text) => add(RoutePath::Exact(text.clone())),
            PathMatch::Prefix(text) if !is_covered(&format!("{text}\u{1}")) => {
                add(RoutePath::Prefix(text.trim_end_matches('/').to_owned()));
            }
            PathMatch::Segments(text) if !is_covered(&format!("{}/\u{1}", text.trim_end_matches('/'))) => {
                add(RoutePath::Prefix(text.trim_end_matches('/').to_owned()));
            }
            _ => {}
        }
    }

    /// A prefix of characters without a slash at its end also matches the rest of a segment, and one with a
    /// slash does not match the path without it.
    fn report_characters(&mut self, route: &Plain, routes: &[Plain], losses: &mut Losses) {
        let Plain { path: PathMatch::Prefix(text), policy, offset } = route else { return };
        let whole = text.trim_end_matches('/');
        if text.ends_with('/') && !whole.is_empty() {
            let meant = first_match(routes, whole);
            if self.select(whole) != meant {
                self.entries.retain(|(path, ..)| *path != RoutePath::Exact(whole.to_owned()));
                self.entries.push((RoutePath::Exact(whole.to_owned()), meant, *offset));
            }
            return;
        }
        let witness = format!("{text}x");
        if !text.is_empty() && first_match(routes, &witness) == *policy && self.select(&witness) != *policy {
            let other = self.select(&witness);
            let so = match (policy, other) {
                (Some(_), None) => "lose this policy",
                (None, _) => "gain the policy of other routes",
                (Some(_), Some(_)) => "get the policy of other routes",
            };
            let message = format!(
                "The prefix {text:?} also matches {witness:?} today. Routes match whole segments, so paths like that {so}."
            );
            let fix = "add a route for each such path, if there are any.";
            match (policy, other) {
                (Some(_), None) => losses.narrower(*offset, message, fix),
                (None, _) => losses.wider(*offset, message, fix),
                (Some(_), Some(_)) => losses.different(*offset, message, fix),
            }
        }
    }

    /// A route that cannot be expressed. If nothing else gives its paths a policy and only its condition is the
    /// problem, the condition is dropped.
    fn set_aside(&mut self, route: &Route, policy: Option<usize>, losses: &mut Losses) {
        let what = match (&route.path, &route.condition) {
            (_, Some(condition)) => condition.clone(),
            (PathMatch::Expression(text), None) => format!("the regular expression {text:?}"),
            (PathMatch::Other(what), None) => what.clone(),
            _ => String::new(),
        };
        let Some(paths) = plain(&route.path) else {
            let elsewhere = self.get(&RoutePath::Prefix(String::new())).flatten();
            let is_same = self.entries.iter().all(|(_, other, _)| *other == policy) && elsewhere == policy;
            if !is_same {
                let message = format!("No route can say {what}, so its requests get what the other routes say.");
                losses.different(route.offset, message, "write a route for the paths that are meant.");
            }
            return;
        };
        for path in paths {
            let otherwise = self.select(&example(&path));
            if otherwise == policy {
                continue;
            }
            if otherwise.is_none() && self.exact_or_prefix(&path).is_none() {
                self.insert(&Plain { path, policy, offset: route.offset }, &[]);
                let message =
                    format!("A route asks only for host and path, so this policy applies regardless of {what}.");
                losses.wider(route.offset, message, "remove this route if that is too much.");
            } else {
                let message = format!(
                    "A route asks only for host and path, so these requests get the policy of the others, regardless of {what}."
                );
                losses.different(route.offset, message, "give both the same policy, or different paths.");
            }
        }
    }

    /// What the table says of this very path.
    fn exact_or_prefix(&self, path: &PathMatch) -> Option<Option<usize>> {
        match path {
            PathMatch::Exact(text) => self.get(&RoutePath::Exact(text.clone())),
            PathMatch::Prefix(text) | PathMatch::Segments(text) => {
                self.get(&RoutePath::Prefix(text.trim_end_matches('/').to_owned()))
            }
            PathMatch::Expression(_) | PathMatch::Other(_) => None,
        }
    }

    /// Removes routes that change nothing.
    fn prune(&mut self) {
        for at in (0..self.entries.len()).rev() {
            let Some((path, policy, offset)) = self.entries.get(at).cloned() else { continue };
            let text = match &path {
                RoutePath::Exact(path) => path.clone(),
                RoutePath::Prefix(path) if path.is_empty() => continue,
                RoutePath::Prefix(path) => path.clone(),
            };
            self.entries.remove(at);
            // An exact path at the top of a prefix may stay: then the prefix is asked below it.
            let below = format!("{text}/\u{1}");
            let same = match path {
                RoutePath::Exact(_) => self.select(&text) == policy,
                RoutePath::Prefix(_) => self.select(&below) == policy,
            };
            if !same {
                self.entries.insert(at, (path, policy, offset));
            }
        }
    }
}
