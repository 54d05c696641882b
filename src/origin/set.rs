//! The compiled origin matcher.

use super::label_set::LabelSet;
use super::pattern::{HostPattern, OriginPattern, TuplePattern};
use super::ports::Ports;
use super::regex::RegexPattern;
use super::{MAX_BYTES, Origin, TupleOrigin};
use crate::hash::Rolling;
use crate::table::Table;

/// The origins that a policy allows, compiled for look-up.
///
/// One look-up finds an exact origin. If there is none, one for each length of the suffixes in the patterns finds
/// the subdomains that the suffix allows, and the label patterns before it. So the time depends on the length of the
/// origin but not on the number of patterns, and no look-up allocates.
#[derive(Debug, Default)]
pub struct OriginSet {
    any: bool,
    opaque: bool,
    exact: Table<Exact>,
    suffixes: Table<Suffix>,
    /// The lengths of the suffixes, without 0.
    lengths: Vec<usize>,
    /// Whether there is the empty suffix, which every host ends in.
    empty_suffix: bool,
    labels: LabelSet,
    /// Tried one by one where nothing else matches.
    regexes: Vec<RegexPattern>,
}

/// An origin that is allowed on some ports.
#[derive(Debug)]
struct Exact {
    /// The scheme and the host, without a port: `https://app.example.com`.
    origin: String,
    ports: Ports,
}

/// What a pattern allows in front of the end of a host.
#[derive(Debug)]
struct Suffix {
    scheme: String,
    /// Empty for the patterns that any host of the scheme may match.
    host: String,
    /// Ports on which every subdomain is allowed.
    subdomains: Ports,
    /// The root of the label patterns in front of this suffix.
    labels: Option<usize>,
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

    fn insert(&mut self, pattern: &TuplePattern) {
        let TuplePattern { scheme, host, port } = pattern;
        match host {
            HostPattern::Exact(host) => {
                let origin = format!("{scheme}://{host}");
                let hash = Rolling::new().with_piece(origin.as_bytes());
                let new = || Exact { origin: origin.clone(), ports: Ports::default() };
                self.exact.find_or_insert_with(hash, |exact| exact.origin == origin, new).ports.insert(*port);
            }
            HostPattern::Any => self.suffix_mut(scheme, "").subdomains.insert(*port),
            HostPattern::Subdomains(parent) => self.suffix_mut(scheme, parent).subdomains.insert(*port),
            HostPattern::Labels(labels) => {
                let root = self.suffix_mut(scheme, labels.suffix()).labels;
                let root = root.unwrap_or_else(|| self.labels.root());
                self.suffix_mut(scheme, labels.suffix()).labels = Some(root);
                self.labels.insert(root, labels, *port);
            }
        }
    }

    fn suffix_mut(&mut self, scheme: &str, host: &str) -> &mut Suffix {
        self.empty_suffix |= host.is_empty();
        if !host.is_empty() && !self.lengths.contains(&host.len()) {
            self.lengths.push(host.len());
        }
        let same = |suffix: &Suffix| suffix.host == host && suffix.scheme == scheme;
        self.suffixes.find_or_insert_with(suffix_hash(scheme, host), same, || Suffix {
            scheme: scheme.to_owned(),
            host: host.to_owned(),
            subdomains: Ports::default(),
            labels: None,
        })
    }

    /// Whether every origin matches, opaque ones among them.
    pub fn matches_any(&self) -> bool {
        self.any
    }

    /// Whether no origin matches.
    pub(crate) fn is_empty(&self) -> bool {
        !self.any && !self.opaque && self.exact.len() + self.suffixes.len() + self.regexes.len() == 0
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

    /// Whether the value of an `Origin` header is, byte by byte, an origin that a pattern names. Then it need not be
    /// parsed: what patterns name is well-formed.
    pub(crate) fn names(&self, value: &[u8]) -> bool {
        // Entries have no port, so a value that equals one has the scheme's default.
        value.len() <= MAX_BYTES && self.exact(value).is_some_and(|exact| exact.ports.contain(None))
    }

    /// Whether a pattern names the origin's scheme and host, with any port.
    ///
    /// An origin that does not match although its host is named has another port than the pattern.
    pub fn names_host(&self, origin: &TupleOrigin<'_>) -> bool {
        self.exact(origin.without_port().as_bytes()).is_some()
    }

    fn matches_tuple(&self, origin: &TupleOrigin<'_>) -> bool {
        self.exact(origin.without_port().as_bytes()).is_some_and(|exact| exact.ports.contain(origin.port()))
            || self.lengths.iter().any(|length| self.suffix_of_length_matches(*length, origin))
            || (self.empty_suffix && self.suffix_matches(origin, origin.host(), ""))
    }

    /// Whether what is known of the suffix of this length admits the origin.
    fn suffix_of_length_matches(&self, length: usize, origin: &TupleOrigin<'_>) -> bool {
        let host = origin.host();
        let Some(dot) = host.len().checked_sub(length + 1).filter(|at| host.as_bytes().get(*at) == Some(&b'.')) else {
            return false;
        };
        let parts = host.get(..dot).zip(host.get(dot + 1..));
        parts.is_some_and(|(front, suffix)| self.suffix_matches(origin, front, suffix))
    }

    /// Whether what is known of a suffix admits the origin, which has `front` before the suffix.
    fn suffix_matches(&self, origin: &TupleOrigin<'_>, front: &str, suffix: &str) -> bool {
        self.suffix(origin.scheme(), suffix).is_some_and(|suffix| {
            (suffix.subdomains.contain(origin.port()) && !front.is_empty())
                || suffix.labels.is_some_and(|root| self.labels.matches(root, front, origin.port()))
        })
    }

    /// What is known of a scheme and a host, as an origin without a port has them.
    fn exact(&self, origin: &[u8]) -> Option<&Exact> {
        self.exact.find(Rolling::new().with_piece(origin), |exact| exact.origin.as_bytes() == origin)
    }

    fn suffix(&self, scheme: &str, host: &str) -> Option<&Suffix> {
        self.suffixes.find(suffix_hash(scheme, host), |suffix| suffix.host == host && suffix.scheme == scheme)
    }

    /// A wider pattern of this set that matches every origin that `pattern` matches.
    /// The pattern itself, which is in the set too, does not count.
    pub(crate) fn wider(&self, pattern: &OriginPattern) -> Option<OriginPattern> {
        let OriginPattern::Tuple(pattern) = pattern else {
            return None;
        };
        let TuplePattern { scheme, host, port } = pattern;
        let of = |host: HostPattern, ports: &Ports| {
            let wider = TuplePattern { scheme: scheme.clone(), host, port: ports.covering(*port)? };
            (wider != *pattern).then_some(OriginPattern::Tuple(wider))
        };
        // A host is below its parents; so are the subdomains of one, and every host that a
        // label pattern stands for.
        let below = match host {
            HostPattern::Any => String::new(),
            HostPattern::Exact(host) => host.clone(),
            HostPattern::Subdomains(suffix) => format!("*.{suffix}"),
            HostPattern::Labels(labels) => format!("*.{}", labels.suffix()),
        };
        let suffixes = below.match_indices('.').filter_map(|(dot, _)| below.get(dot + 1..));
        let mut wider_suffix = [""].into_iter().chain(suffixes).filter_map(|suffix| self.suffix(scheme, suffix));
        let wider_suffix = wider_suffix.find_map(|Suffix { host, subdomains, .. }| {
            let host = if host.is_empty() { HostPattern::Any } else { HostPattern::Subdomains(host.clone()) };
            of(host, subdomains)
        });
        let wider_port = || match host {
            HostPattern::Exact(host) => {
                of(HostPattern::Exact(host.clone()), &self.exact(format!("{scheme}://{host}").as_bytes())?.ports)
            }
            _ => None,
        };
        wider_suffix.or_else(wider_port)
    }
}

fn suffix_hash(scheme: &str, host: &str) -> Rolling {
    Rolling::new().with_piece(scheme.as_bytes()).with_piece(host.as_bytes())
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
    fn hosts_of_apps_are_opaque() {
        check(
            &[
                "app://.",
                "app://MyApp",
                "app://{digits}",
                "ext://*.B",
                "moz-extension://{hex}-{hex}",
                "safari://{label}",
                "tauri://*:*",
            ],
            &[
                "app://.",
                "app://MyApp",
                "ext://a.B",
                "moz-extension://0f-1A",
                "safari://140BB581-A2C0-422A-9DD3-6982A5ABEE5E",
                "tauri://a(b)c",
                "tauri://a:81",
            ],
            &[
                "app://myapp",
                "app://MyApp:81",
                "app://12.",
                "ext://.B",
                "ext://B",
                "ext://a.b",
                "moz-extension://0f-",
                "moz-extension://0f-1a.x",
                "moz-extension://x.0f-1a",
                "safari://a.b",
                "https://a",
            ],
        );
    }

    /// Whatever is named byte by byte is found without it too.
    #[test]
    fn what_patterns_name_is_well_formed() {
        let scheme = |length: usize| format!("{}://x", "a".repeat(length));
        let patterns = ["https://a.example", "http://[::1]:*", "app://MyApp", "http://127.0.0.1:81"];
        let patterns = patterns.map(str::to_owned).into_iter().chain([scheme(MAX_BYTES - 4), scheme(MAX_BYTES - 3)]);
        let patterns: Vec<_> = patterns.map(|pattern| OriginPattern::parse(&pattern).unwrap()).collect();
        let set = OriginSet::new(&patterns);
        let named = ["https://a.example", "http://[::1]", "app://MyApp", &scheme(MAX_BYTES - 4)];
        for origin in named {
            assert!(set.names(origin.as_bytes()) && Origin::parse(origin.as_bytes()).is_some(), "{origin}");
        }
        let longer = scheme(MAX_BYTES - 3);
        for origin in [
            "http://127.0.0.1",
            "http://127.0.0.1:81",
            "http://[::1]:81",
            "HTTPS://b.example",
            "app://myapp",
            "",
            &longer,
        ] {
            assert!(!set.names(origin.as_bytes()), "{origin}");
        }
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
                    format!("https://{{hex}}--s{i}.example.net"),
                    format!("https://{{hex}}-m{i}-{{hex}}.example.net"),
                    format!("app{i}://*"),
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
            assert!(matches(format!("https://0f--s{i}.example.net")));
            assert!(!matches(format!("https://0g--s{i}.example.net")));
            assert!(matches(format!("https://0f-m{i}-0f.example.net")));
            assert!(!matches(format!("https://0f-n{i}-0f.example.net")));
            assert!(matches(format!("app{i}://x")));
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
            "app://*",
            "app://{hex}",
            "app://Exact",
        ];
        let set = set(&patterns);
        let wider = |text: &str| set.wider(&OriginPattern::parse(text).unwrap()).map(|p| p.to_string());
        assert_eq!(wider("https://*.a.example.com").as_deref(), Some("https://*.example.com"));
        assert_eq!(wider("https://b.example.com").as_deref(), Some("https://*.example.com"));
        assert_eq!(wider("https://pr-{digits}.example.com").as_deref(), Some("https://*.example.com"));
        assert_eq!(wider("http://x.example").as_deref(), Some("http://x.example:*"));
        assert_eq!(wider("app://{hex}").as_deref(), Some("app://*"));
        assert_eq!(wider("app://Exact").as_deref(), Some("app://*"));
        for alone in ["https://*.example.com", "https://b.example.com:81", "http://x.example:*", "https://c.example"] {
            assert_eq!(wider(alone), None, "{alone}");
        }
    }
}
