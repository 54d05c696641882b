//! The origins that a server is asked about, by how they are related to those that it may know.

use edge_cors::{PolicySet, ProblemKind};
use url::{Host, Origin, Url};

/// A name under which nobody can register anything (RFC 2606).
pub(super) const STRANGER: &str = "edge-cors-probe.example";

/// A label that no site has.
const LABEL: &str = "edge-cors-probe";

/// A port that no site has.
const PORT: u16 = 48_443;

/// What may follow a host in an origin that only a sloppy parser takes for that host: what the scanner CORScanner tries.
const SPECIAL: [&str; 22] =
    ["_", "`", "%60", "{", "}", "!", "-", "\"", "+", "^", "~", ";", "|", "&", "'", "(", ")", "*", ",", "$", "=", "%0b"];

/// Sites where anybody can run scripts: those that CORScanner and CORStest look for.
const PUBLIC_SITES: [&str; 8] = [
    "https://edge-cors-probe.github.io",
    "https://jsfiddle.net",
    "https://codepen.io",
    "https://s.codepen.io",
    "http://jsbin.com",
    "https://repl.it",
    "https://fiddle.jshell.net",
    "http://www.webdevout.net",
];

/// How an origin is related to the origin that it was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Relation {
    /// The user named it.
    Given,
    /// The server's own.
    Own,
    /// A subdomain.
    Subdomain,
    /// A subdomain of a subdomain.
    DeepSubdomain,
    /// Another name below the same parent.
    Sibling,
    /// A subdomain of such a name.
    DeepSibling,
    /// The parent.
    Parent,
    /// The same host on another port.
    OtherPort,
    /// The same host over `http` instead of `https`, or the reverse.
    OtherScheme,
    /// Another host of the scheme of an app or an extension.
    OtherApp,
    /// An opaque origin.
    Null,
    /// A site that has nothing to do with the server.
    Stranger,
    /// The same over `http`.
    InsecureStranger,
    /// The same on another port.
    StrangerPort,
    /// The same over `http` on another port.
    InsecureStrangerPort,
    /// An app of a stranger.
    StrangerApp,
    /// A site where anybody can run scripts.
    PublicSite,
    /// A page on the developer's or visitor's own machine.
    Local,
    /// The host, followed by a stranger's domain.
    Appended,
    /// A stranger's name that ends with the host.
    Prepended,
    /// A part of the host.
    Part,
    /// The host with another character in place of a dot.
    Dot,
    /// The host, followed by this and a stranger's domain.
    Special(&'static str),
}

/// An origin to ask about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Relative {
    pub(super) origin: String,
    pub(super) relation: Relation,
    /// The origin that it was made from; its own origin if it was made from none.
    pub(super) base: String,
}

impl Relative {
    fn new(origin: String, relation: Relation, base: &str) -> Self {
        Self { origin, relation, base: base.to_owned() }
    }

    /// One that was made from no other.
    pub(super) fn alone(origin: &str, relation: Relation) -> Self {
        Self::new(origin.to_owned(), relation, origin)
    }
}

impl Relation {
    /// Whether only a mistake lets such an origin in: no pattern of ours allows it.
    pub(super) fn is_confusion(self) -> bool {
        matches!(self, Self::Appended | Self::Prepended | Self::Part | Self::Dot | Self::Special(_))
    }
}

/// Strangers of every kind: a server that allows the first one may allow all of them.
pub(super) fn strangers() -> Vec<Relative> {
    let origins = [
        (format!("http://{STRANGER}"), Relation::InsecureStranger),
        (format!("https://{STRANGER}:{PORT}"), Relation::StrangerPort),
        (format!("http://{STRANGER}:{PORT}"), Relation::InsecureStrangerPort),
        (format!("{LABEL}://app"), Relation::StrangerApp),
    ];
    origins.into_iter().map(|(origin, relation)| Relative::alone(&origin, relation)).collect()
}

/// Sites of others that a server may allow by an oversight.
pub(super) fn others() -> Vec<Relative> {
    let local = ["http://localhost", "http://localhost:3000"];
    let local = local.iter().map(|origin| Relative::alone(origin, Relation::Local));
    PUBLIC_SITES.iter().map(|origin| Relative::alone(origin, Relation::PublicSite)).chain(local).collect()
}

/// What a pattern may cover that covers this origin.
pub(super) fn family(base: &str) -> Vec<Relative> {
    let Some(site) = Site::of(base) else {
        let app = base.split_once("://").map(|(scheme, _)| format!("{scheme}://{LABEL}"));
        return app.map(|origin| Relative::new(origin, Relation::OtherApp, base)).into_iter().collect();
    };
    let Site { scheme, host, port, is_name } = &site;
    let other_scheme = if *scheme == "https" { "http" } else { "https" };
    let mut found = vec![
        (format!("{scheme}://{host}:{PORT}"), Relation::OtherPort),
        (format!("{other_scheme}://{host}{port}"), Relation::OtherScheme),
    ];
    if *is_name {
        found.push((format!("{scheme}://{LABEL}.{host}{port}"), Relation::Subdomain));
        found.push((format!("{scheme}://a.{LABEL}.{host}{port}"), Relation::DeepSubdomain));
    }
    if let Some((_, parent)) = host.split_once('.').filter(|(_, parent)| *is_name && !is_shared(parent)) {
        found.push((format!("{scheme}://{LABEL}.{parent}{port}"), Relation::Sibling));
        found.push((format!("{scheme}://a.{LABEL}.{parent}{port}"), Relation::DeepSibling));
        found.push((format!("{scheme}://{parent}{port}"), Relation::Parent));
    }
    found.into_iter().map(|(origin, relation)| Relative::new(origin, relation, base)).collect()
}

/// What only a sloppy comparison with this origin lets in.
pub(super) fn confusions(base: &str) -> Vec<Relative> {
    let Some(site @ Site { is_name: true, .. }) = Site::of(base) else {
        return Vec::new();
    };
    let Site { scheme, host, port, .. } = &site;
    let registered = site.registered();
    let mut found = vec![
        (format!("{scheme}://{host}.{STRANGER}{port}"), Relation::Appended),
        (format!("{scheme}://{LABEL}{host}{port}"), Relation::Prepended),
        (format!("{scheme}://{LABEL}{registered}{port}"), Relation::Prepended),
    ];
    let part: String = registered.chars().skip(1).collect();
    if part.find('.').is_some_and(|dot| dot > 0) {
        found.push((format!("{scheme}://{part}{port}"), Relation::Part));
    }
    let dots: Vec<usize> = host.match_indices('.').map(|(at, _)| at).collect();
    for at in [dots.first(), dots.last()].into_iter().flatten() {
        if let Some((before, after)) = host.split_at_checked(*at) {
            let after = after.trim_start_matches('.');
            found.push((format!("{scheme}://{before}x{after}{port}"), Relation::Dot));
        }
    }
    found.dedup();
    found.into_iter().map(|(origin, relation)| Relative::new(origin, relation, base)).collect()
}

/// What only a sloppy parser takes for this origin.
pub(super) fn special(base: &str) -> Vec<Relative> {
    let site = Site::of(base).filter(|site| site.is_name);
    let origin = |site: &Site, special| format!("{}://{}{special}.{STRANGER}{}", site.scheme, site.host, site.port);
    let relatives = site.iter().flat_map(|site| {
        SPECIAL.iter().map(move |special| Relative::new(origin(site, special), Relation::Special(special), base))
    });
    relatives.collect()
}

/// The parts of an origin with `http` or `https`.
struct Site {
    scheme: &'static str,
    host: String,
    /// With its colon; empty for the default port.
    port: String,
    /// Whether the host is a domain.
    is_name: bool,
}

impl Site {
    fn of(origin: &str) -> Option<Self> {
        let url = Url::parse(origin).ok()?;
        let scheme = ["http", "https"].into_iter().find(|scheme| *scheme == url.scheme())?;
        let Origin::Tuple(_, host, _) = url.origin() else {
            return None;
        };
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        Some(Self { scheme, is_name: matches!(host, Host::Domain(_)), host: host.to_string(), port })
    }

    /// The name that somebody has registered: the shortest below which all names are of one party.
    fn registered(&self) -> &str {
        let starts = self.host.rmatch_indices('.').filter_map(|(at, _)| self.host.get(at + 1..));
        starts.filter(|name| name.contains('.')).find(|name| !is_shared(name)).unwrap_or(&self.host)
    }
}

/// Whether an origin ends with the registered name of the origin that it was made from.
pub(super) fn keeps_registered_name(relative: &Relative) -> bool {
    Site::of(&relative.base)
        .is_some_and(|site| relative.origin.ends_with(&format!("{}{}", site.registered(), site.port)))
}

/// Whether two hosts belong to the same party: they are below the same registered name.
pub(super) fn is_of_one_party(one: &str, other: &str) -> bool {
    let registered = |host: &str| Site::of(&format!("https://{host}")).map(|site| site.registered().to_owned());
    registered(one) == registered(other)
}

/// Whether names below this one can belong to different parties: the engine says so of patterns.
fn is_shared(host: &str) -> bool {
    let policy = format!(r#"{{"allowOrigins": ["https://*.{host}"], "allowCredentials": true}}"#);
    let dangers = |error: edge_cors::ConfigError| {
        error.errors().iter().any(|problem| matches!(problem.kind(), ProblemKind::Dangerous { .. }))
    };
    PolicySet::from_json(&policy).err().is_some_and(dangers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origins(relatives: Vec<Relative>) -> Vec<String> {
        relatives.into_iter().map(|relative| relative.origin).collect()
    }

    #[test]
    fn a_site_has_relatives_above_and_below_it_but_none_of_other_parties() {
        assert_eq!(
            origins(family("https://app.example.com")),
            [
                "https://app.example.com:48443",
                "http://app.example.com",
                "https://edge-cors-probe.app.example.com",
                "https://a.edge-cors-probe.app.example.com",
                "https://edge-cors-probe.example.com",
                "https://a.edge-cors-probe.example.com",
                "https://example.com",
            ]
        );
        assert_eq!(origins(family("http://127.0.0.1:3000")), ["http://127.0.0.1:48443", "https://127.0.0.1:3000"]);
        assert_eq!(origins(family("app://MyApp")), ["app://edge-cors-probe"]);
        assert_eq!(origins(family("null")), [""; 0]);
        let names = origins(family("https://octocat.github.io"));
        assert!(!names.iter().any(|name| name.ends_with("//edge-cors-probe.github.io")), "{names:?}");
    }

    #[test]
    fn confusions_are_made_from_the_host_and_from_the_registered_name() {
        assert_eq!(
            origins(confusions("https://app.example.com:8443")),
            [
                "https://app.example.com.edge-cors-probe.example:8443",
                "https://edge-cors-probeapp.example.com:8443",
                "https://edge-cors-probeexample.com:8443",
                "https://xample.com:8443",
                "https://appxexample.com:8443",
                "https://app.examplexcom:8443",
            ]
        );
        assert_eq!(origins(confusions("http://[::1]:8080")), [""; 0]);
        assert_eq!(special("https://app.example.com").len(), SPECIAL.len());
    }
}
