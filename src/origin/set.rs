//! The compiled origin matcher.

use super::label::LabelPattern;
use super::pattern::{HostPattern, OriginPattern, PortPattern, TuplePattern};
use super::regex::RegexPattern;
use super::{Origin, TupleOrigin};
use crate::hash::Rolling;
use crate::table::Table;

/// The origins that a policy allows, compiled for look-up.
///
/// A host is read once, label by label from the right. At each dot, one look-up finds the entry for
/// that suffix: the subdomains that it allows, and the label patterns before it. The last look-up is
/// for the host itself. The time depends on the length of the origin but not on the number of
/// patterns, and no look-up allocates.
#[derive(Debug, Default)]
pub struct OriginSet {
    any: bool,
    opaque: bool,
    /// Few, so each is compared.
    schemes: Vec<(String, Ports)>,
    nodes: Table<Node>,
    labels: Table<LabelRule>,
    /// Tried one by one if nothing else matches.
    regexes: Vec<RegexPattern>,
    /// Whether any suffix shorter than the whole host has to be looked up.
    suffixes: bool,
}

/// The entry for one scheme and host suffix.
#[derive(Debug)]
struct Node {
    scheme: String,
    host: String,
    /// Ports on which the host itself is allowed.
    exact: Ports,
    /// Ports on which every subdomain is allowed.
    subdomains: Ports,
    /// Lengths of the literal starts of the label patterns before this suffix.
    prefixes: Vec<usize>,
}

/// The label patterns with the same scheme, suffix and literal start.
#[derive(Debug)]
struct LabelRule {
    scheme: String,
    suffix: String,
    prefix: String,
    patterns: Vec<(LabelPattern, PortPattern)>,
}

/// A set of ports.
#[derive(Debug, Default)]
struct Ports {
    any: bool,
    /// Sorted; 0 is the scheme's default port.
    listed: Vec<u16>,
}

impl OriginSet {
    /// Compiles patterns. Their order does not matter.
    pub fn new<'p>(patterns: impl IntoIterator<Item = &'p OriginPattern>) -> Self {
        let mut set = Self::default();
        for pattern in patterns {
            match pattern {
                OriginPattern::Any => set.any = true,
                OriginPattern::Opaque => set.opaque = true,
                OriginPattern::Tuple(pattern) => set.insert(pattern),
                OriginPattern::Regex(pattern) => set.regexes.push(pattern.clone()),
            }
        }
        set
    }

    /// Whether every origin matches, including opaque ones.
    pub fn matches_any(&self) -> bool {
        self.any
    }

    /// Whether an origin matches.
    ///
    /// ```
    /// use edge_cors::{Origin, OriginPattern, OriginSet};
    ///
    /// let pattern = OriginPattern::parse("https://*.example.com").unwrap();
    /// let set = OriginSet::new([&pattern]);
    /// let matches = |origin: &str| set.matches(&Origin::parse(origin.as_bytes()).unwrap());
    /// assert!(matches("https://a.b.example.com"));
    /// assert!(!matches("https://example.com"));
    /// assert!(!matches("https://badexample.com"));
    /// ```
    pub fn matches(&self, origin: &Origin<'_>) -> bool {
        match origin {
            _ if self.any => true,
            Origin::Opaque => self.opaque,
            Origin::Tuple(tuple) => {
                self.matches_tuple(tuple) || self.regexes.iter().any(|regex| regex.matches(origin.as_str()))
            }
        }
    }

    fn matches_tuple(&self, origin: &TupleOrigin<'_>) -> bool {
        let (scheme, host, port) = (origin.scheme(), origin.host(), origin.port());
        if self.scheme_ports(scheme).is_some_and(|ports| ports.contain(port)) {
            return true;
        }
        let mut hash = Rolling::new().with(scheme.as_bytes());
        if self.suffixes {
            for (at, byte) in host.bytes().enumerate().rev() {
                if byte == b'.' && self.suffix_matches(hash, origin, at) {
                    return true;
                }
                hash.push(byte);
            }
        } else {
            hash = hash.with_reversed(host.as_bytes());
        }
        self.node(hash, scheme, host).is_some_and(|node| node.exact.contain(port))
    }

    /// Whether the entry for the suffix after the dot at `dot` allows the origin.
    fn suffix_matches(&self, hash: Rolling, origin: &TupleOrigin<'_>, dot: usize) -> bool {
        let (Some(front), Some(suffix)) = (origin.host().get(..dot), origin.host().get(dot + 1..)) else {
            return false;
        };
        self.node(hash, origin.scheme(), suffix).is_some_and(|node| {
            node.subdomains.contain(origin.port())
                || node.prefixes.iter().any(|length| self.labels_match(hash, origin, suffix, front, *length))
        })
    }

    fn labels_match(&self, hash: Rolling, origin: &TupleOrigin<'_>, suffix: &str, front: &str, prefix: usize) -> bool {
        let Some(prefix) = front.get(..prefix) else {
            return false;
        };
        self.label_rule(hash, origin.scheme(), suffix, prefix).is_some_and(|rule| {
            let port = PortPattern::Exactly(origin.port());
            rule.patterns.iter().any(|(labels, ports)| ports.covers(port) && labels.matches(front))
        })
    }

    fn scheme_ports(&self, scheme: &str) -> Option<&Ports> {
        self.schemes.iter().find(|(known, _)| known == scheme).map(|(_, ports)| ports)
    }

    fn node(&self, hash: Rolling, scheme: &str, host: &str) -> Option<&Node> {
        self.nodes.find(hash, |node| node.host == host && node.scheme == scheme)
    }

    fn label_rule(&self, suffix_hash: Rolling, scheme: &str, suffix: &str, prefix: &str) -> Option<&LabelRule> {
        let hash = suffix_hash.with(prefix.as_bytes());
        self.labels.find(hash, |rule| rule.prefix == prefix && rule.suffix == suffix && rule.scheme == scheme)
    }
}

/// Filling the tables while the configuration loads.
impl OriginSet {
    fn insert(&mut self, pattern: &TuplePattern) {
        let TuplePattern { scheme, host, port } = pattern;
        match host {
            HostPattern::Any => self.insert_scheme(scheme, *port),
            HostPattern::Exact(host) => self.node_mut(scheme, host).exact.insert(*port),
            HostPattern::Subdomains(parent) => {
                self.suffixes = true;
                self.node_mut(scheme, parent).subdomains.insert(*port);
            }
            HostPattern::Labels(labels) => {
                self.suffixes = true;
                let prefix = labels.prefix();
                let node = self.node_mut(scheme, labels.suffix());
                if !node.prefixes.contains(&prefix.len()) {
                    node.prefixes.push(prefix.len());
                }
                self.label_rule_mut(scheme, labels.suffix(), &prefix).patterns.push((labels.clone(), *port));
            }
        }
    }

    fn insert_scheme(&mut self, scheme: &str, port: PortPattern) {
        if let Some((_, ports)) = self.schemes.iter_mut().find(|(known, _)| known == scheme) {
            return ports.insert(port);
        }
        let mut ports = Ports::default();
        ports.insert(port);
        self.schemes.push((scheme.to_owned(), ports));
    }

    fn node_mut(&mut self, scheme: &str, host: &str) -> &mut Node {
        let same = |node: &Node| node.host == host && node.scheme == scheme;
        self.nodes.find_or_insert_with(host_hash(scheme, host), same, || Node {
            scheme: scheme.to_owned(),
            host: host.to_owned(),
            exact: Ports::default(),
            subdomains: Ports::default(),
            prefixes: Vec::new(),
        })
    }

    fn label_rule_mut(&mut self, scheme: &str, suffix: &str, prefix: &str) -> &mut LabelRule {
        let hash = host_hash(scheme, suffix).with(prefix.as_bytes());
        let same = |rule: &LabelRule| rule.prefix == prefix && rule.suffix == suffix && rule.scheme == scheme;
        self.labels.find_or_insert_with(hash, same, || LabelRule {
            scheme: scheme.to_owned(),
            suffix: suffix.to_owned(),
            prefix: prefix.to_owned(),
            patterns: Vec::new(),
        })
    }
}

/// For the configuration's warnings.
impl OriginSet {
    /// Another pattern of this set that matches every origin that `pattern` matches.
    pub(crate) fn wider(&self, pattern: &OriginPattern) -> Option<OriginPattern> {
        let OriginPattern::Tuple(pattern) = pattern else {
            return None;
        };
        let TuplePattern { scheme, host, port } = pattern;
        let of = |host: HostPattern, ports: &Ports| {
            let port = ports.covering(*port)?;
            let wider = TuplePattern { scheme: scheme.clone(), host, port };
            (wider != *pattern).then_some(OriginPattern::Tuple(wider))
        };
        if let Some(wider) = self.scheme_ports(scheme).and_then(|ports| of(HostPattern::Any, ports)) {
            return Some(wider);
        }
        // A host is below its parent hosts. So are its subdomains, and all hosts that a label
        // pattern matches.
        let (below, itself) = match host {
            HostPattern::Any => return None,
            HostPattern::Exact(host) => (host.clone(), Some(host)),
            HostPattern::Subdomains(parent) => (format!("*.{parent}"), None),
            HostPattern::Labels(labels) => (format!("*.{}", labels.suffix()), None),
        };
        let known = |host: &str| self.node(host_hash(scheme, host), scheme, host);
        let suffixes = below.match_indices('.').filter_map(|(dot, _)| below.get(dot + 1..));
        let wider_suffix = suffixes
            .filter_map(known)
            .find_map(|node| of(HostPattern::Subdomains(node.host.clone()), &node.subdomains));
        let wider_port = || {
            let node = known(itself?)?;
            of(HostPattern::Exact(node.host.clone()), &node.exact)
        };
        wider_suffix.or_else(wider_port)
    }
}

fn host_hash(scheme: &str, host: &str) -> Rolling {
    Rolling::new().with(scheme.as_bytes()).with_reversed(host.as_bytes())
}

impl Ports {
    fn contain(&self, port: Option<u16>) -> bool {
        self.any || self.listed.binary_search(&port.unwrap_or(0)).is_ok()
    }

    fn insert(&mut self, port: PortPattern) {
        match port {
            PortPattern::Any => self.any = true,
            PortPattern::Exactly(port) => {
                let port = port.unwrap_or(0);
                if let Err(at) = self.listed.binary_search(&port) {
                    self.listed.insert(at, port);
                }
            }
        }
    }

    /// The widest port pattern that covers `port`.
    fn covering(&self, port: PortPattern) -> Option<PortPattern> {
        match port {
            _ if self.any => Some(PortPattern::Any),
            PortPattern::Exactly(exact) if self.contain(exact) => Some(port),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(patterns: &[&str]) -> OriginSet {
        let patterns: Vec<_> = patterns.iter().map(|p| OriginPattern::parse(p).unwrap()).collect();
        OriginSet::new(&patterns)
    }

    #[track_caller]
    fn check(patterns: &[&str], matching: &[&str], others: &[&str]) {
        let set = set(patterns);
        for (origins, expected) in [(matching, true), (others, false)] {
            for origin in origins {
                let parsed = Origin::parse(origin.as_bytes()).unwrap();
                assert_eq!(set.matches(&parsed), expected, "{origin} against {patterns:?}");
            }
        }
    }

    #[test]
    fn exact_origins() {
        check(
            &["https://example.com", "http://example.com:8080", "https://[::1]:8443"],
            &["https://example.com", "http://example.com:8080", "https://[::1]:8443"],
            &[
                "http://example.com",
                "https://example.com:8080",
                "https://www.example.com",
                "https://example.com.evil.example",
                "https://badexample.com",
                "https://[::1]",
                "null",
            ],
        );
    }

    #[test]
    fn subdomains_at_any_depth_but_never_the_apex() {
        check(
            &["https://*.example.com"],
            &["https://a.example.com", "https://a.b.c.example.com"],
            &[
                "https://example.com",
                "https://badexample.com",
                "https://a.example.com:8443",
                "http://a.example.com",
                "https://a.example.com.evil.example",
            ],
        );
    }

    #[test]
    fn ports() {
        check(
            &["http://localhost:*", "https://*.example.com:8443", "https://*.example.org:*"],
            &[
                "http://localhost",
                "http://localhost:1",
                "http://localhost:65535",
                "https://a.example.com:8443",
                "https://a.example.org",
                "https://a.example.org:1",
            ],
            &["https://localhost", "http://127.0.0.1", "https://a.example.com", "https://a.example.com:8444"],
        );
    }

    #[test]
    fn whole_schemes() {
        check(
            &["https://*", "http://*:*", "chrome-extension://*"],
            &["https://example.com", "http://example.com:81", "http://example.com", "chrome-extension://abc"],
            &["https://example.com:8443", "moz-extension://abc", "null"],
        );
    }

    #[test]
    fn every_origin_and_opaque_origins() {
        check(&["*"], &["https://example.com", "null", "app://x"], &[]);
        check(&["null"], &["null"], &["https://example.com"]);
    }

    #[test]
    fn label_patterns() {
        check(
            &["https://pr-{digits}.example.com", "https://{label}.app.example.com:*", "https://x.{hex}.example.com"],
            &[
                "https://pr-17.example.com",
                "https://web.app.example.com",
                "https://web.app.example.com:81",
                "https://x.0f.example.com",
            ],
            &[
                "https://pr-x.example.com",
                "https://pr-17.example.com:81",
                "https://a.web.app.example.com",
                "https://0f.example.com",
                "https://app.example.com",
            ],
        );
    }

    #[test]
    fn many_patterns_do_not_shadow_each_other() {
        let texts: Vec<String> = (0..3_000)
            .flat_map(|i| {
                [
                    format!("https://h{i}.example"),
                    format!("https://*.w{i}.example"),
                    format!("https://p{i}-{{hex}}.example.net"),
                ]
            })
            .collect();
        let patterns: Vec<&str> = texts.iter().map(String::as_str).collect();
        let set = set(&patterns);
        let matches = |text: String| set.matches(&Origin::parse(text.as_bytes()).unwrap());
        for i in 0..3_000 {
            assert!(matches(format!("https://h{i}.example")));
            assert!(matches(format!("https://a.w{i}.example")));
            assert!(matches(format!("https://p{i}-0f.example.net")));
            assert!(!matches(format!("https://a.h{i}.example")));
            assert!(!matches(format!("https://w{i}.example")));
            assert!(!matches(format!("https://p{i}-0g.example.net")));
        }
    }

    #[test]
    fn wider_patterns() {
        let patterns = [
            "https://*.example.com",
            "https://*.a.example.com",
            "https://b.example.com",
            "https://b.example.com:81",
            "https://pr-{digits}.example.com",
            "http://x.example",
            "http://x.example:*",
            "https://c.example",
        ];
        let set = set(&patterns);
        let wider = |text: &str| set.wider(&OriginPattern::parse(text).unwrap()).map(|p| p.to_string());
        assert_eq!(wider("https://*.a.example.com").as_deref(), Some("https://*.example.com"));
        assert_eq!(wider("https://b.example.com").as_deref(), Some("https://*.example.com"));
        assert_eq!(wider("https://pr-{digits}.example.com").as_deref(), Some("https://*.example.com"));
        assert_eq!(wider("http://x.example").as_deref(), Some("http://x.example:*"));
        for alone in ["https://*.example.com", "https://b.example.com:81", "http://x.example:*", "https://c.example"] {
            assert_eq!(wider(alone), None, "{alone}");
        }
    }
}
