//! Origins that patterns match, and origins that almost match.

use edge_cors::Origin;

use crate::expression::{self, Piece};

/// What a placeholder can stand for, and what it cannot.
const PLACEHOLDERS: [(&str, &str, &str); 4] =
    [("{digits}", "17", "x17"), ("{hex}", "0f", "0g"), ("{alnum}", "x1", "x-1"), ("{label}", "a-b_1", "a.b")];

/// Examples for one member of `allowOrigins`: some that match come first.
#[derive(Debug, Default)]
pub(super) struct Examples {
    /// Origins that should match.
    pub(super) matching: Vec<String>,
    /// Origins that strangers can have, or that somebody may believe to match.
    pub(super) near: Vec<String>,
}

impl Examples {
    pub(super) fn of_pattern(pattern: &str) -> Self {
        let mut found = Self::default();
        match pattern {
            "*" => found.matching = ["https://anyone.example", "null"].map(str::to_owned).to_vec(),
            "null" => found.matching = vec!["null".to_owned()],
            _ => found.of_tuple(pattern),
        }
        found.only_origins()
    }

    fn of_tuple(&mut self, pattern: &str) {
        let Some((scheme, rest)) = pattern.split_once("://") else { return };
        let (host, port) = match rest.rsplit_once(':').filter(|(_, port)| !port.contains(']')) {
            Some((host, port)) => (host, Some(port)),
            None => (rest, None),
        };
        let (hosts, near_hosts) = hosts(host);
        let (ports, near_port) = match port {
            None => (vec![String::new()], ":8443".to_owned()),
            Some("*") => (vec![String::new(), ":3000".to_owned()], ":65535".to_owned()),
            Some(port) => (vec![format!(":{port}")], String::new()),
        };
        let first = hosts.first().cloned().unwrap_or_default();
        let port = ports.first().cloned().unwrap_or_default();
        let other_scheme = if scheme == "https" { "http" } else { "https" };
        self.near.push(format!("{other_scheme}://{first}{port}"));
        self.near.push(format!("{scheme}://{first}{near_port}"));
        self.near.extend(near_hosts.iter().map(|host| format!("{scheme}://{host}{port}")));
        for host in &hosts {
            self.matching.extend(ports.iter().map(|port| format!("{scheme}://{host}{port}")));
        }
    }

    /// Examples for a regular expression: its alternatives, with something in each gap.
    pub(super) fn of_expression(text: &str) -> Self {
        let mut found = Self::default();
        for alternative in expression::alternatives(text).unwrap_or_default() {
            for filler in ["a", "7", "a.b", ""] {
                let origin: String = alternative.iter().map(|piece| fill(piece, filler)).collect();
                let origin = if origin.contains("://") { origin } else { format!("https://{origin}") };
                found.near.push(format!("{origin}.evil.example"));
                found.near.extend(origin.split_once("://").map(|(scheme, host)| format!("{scheme}://x{host}")));
                found.near.extend(origin.rsplit_once('.').map(|(start, end)| format!("{start}x{end}")));
                found.matching.push(origin);
            }
        }
        found.only_origins()
    }

    /// Each once, and only what browsers can send.
    fn only_origins(mut self) -> Self {
        for list in [&mut self.matching, &mut self.near] {
            let mut seen = std::collections::HashSet::new();
            list.retain(|origin| Origin::parse(origin.as_bytes()).is_some() && seen.insert(origin.clone()));
        }
        self
    }
}

fn fill(piece: &Piece, filler: &str) -> String {
    match piece {
        Piece::Text(text) => text.clone(),
        Piece::Anything => filler.to_owned(),
        Piece::Labels if filler.is_empty() => "a.".to_owned(),
        Piece::Labels => format!("{filler}."),
        Piece::Some(bytes) => {
            let fits = !filler.is_empty() && filler.bytes().all(|byte| bytes.contains(&byte));
            let first = bytes.iter().find(|byte| byte.is_ascii_alphanumeric()).or(bytes.first());
            if fits { filler.to_owned() } else { first.map(|byte| char::from(*byte).to_string()).unwrap_or_default() }
        }
    }
}

/// Hosts that a host in a pattern matches, and near misses.
fn hosts(host: &str) -> (Vec<String>, Vec<String>) {
    if host == "*" {
        return (vec!["anyone.example".to_owned(), "203.0.113.7".to_owned()], Vec::new());
    }
    if let Some(parent) = host.strip_prefix("*.") {
        let matching = vec![format!("a.{parent}"), format!("a.b.{parent}")];
        return (matching, vec![parent.to_owned(), format!("bad{parent}"), format!("a.{parent}.evil.example")]);
    }
    let mut near = vec![format!("x.{host}"), format!("bad{host}"), format!("{host}.evil.example")];
    near.extend(host.split_once('.').map(|(first, rest)| format!("{first}x{rest}")));
    near.extend(host.split_once('.').map(|(_, rest)| rest.to_owned()));
    let matching =
        |host: &str| PLACEHOLDERS.iter().fold(host.to_owned(), |host, (name, fits, _)| host.replace(name, fits));
    let missing =
        |host: &str| PLACEHOLDERS.iter().fold(host.to_owned(), |host, (name, _, not)| host.replace(name, not));
    let mut near: Vec<String> = near.iter().map(|host| matching(host)).collect();
    if host.contains('{') {
        near.push(missing(host));
    }
    (vec![matching(host)], near)
}

#[cfg(test)]
mod tests {
    use edge_cors::{OriginPattern, OriginSet};

    use super::*;

    #[test]
    fn examples_match_and_near_misses_do_not() {
        for pattern in [
            "https://app.example.com",
            "http://localhost:3000",
            "https://*.example.com",
            "https://*.example.com:*",
            "https://pr-{digits}.example.com",
            "https://{label}.{hex}.example.com:8443",
            "https://{alnum}.example.com",
            "app://MyApp",
            "https://[::1]:8443",
            "null",
        ] {
            let Examples { matching, near } = Examples::of_pattern(pattern);
            let parsed = OriginPattern::parse(pattern).unwrap();
            let set = OriginSet::new([&parsed]);
            let matches = |origin: &String| set.matches(&Origin::parse(origin.as_bytes()).unwrap());
            assert!(!matching.is_empty() && matching.iter().all(matches), "{pattern}: {matching:?}");
            let misses = near.iter().filter(|origin| !matches(origin)).count();
            assert!(pattern == "null" || misses >= 2, "{pattern}: {near:?}");
        }
    }

    #[test]
    fn expressions_have_examples() {
        let Examples { matching, near } = Examples::of_expression(r"https://[a-z]+\.example\.com(:\d+)?");
        assert!(matching.contains(&"https://a.example.com".to_owned()), "{matching:?}");
        assert!(matching.contains(&"https://a.example.com:7".to_owned()), "{matching:?}");
        assert!(near.contains(&"https://a.example.com.evil.example".to_owned()), "{near:?}");
    }
}
