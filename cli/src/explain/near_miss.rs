//! Origins that are not allowed, and the allowed ones that they resemble.

use edge_cors::browser::Call;
use edge_cors::{Origin, OriginPattern, OriginSet};

use super::cause::{Cause, Remedy};
use super::document::Policy;

/// The loopback hosts, which are three different hosts to a browser.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// Why the policy does not allow the page's origin.
pub(super) fn cause(call: &Call, policy: &Policy<'_>) -> Cause {
    let origin = call.origin.as_str();
    let Some(page) = Page::parse(origin) else {
        return opaque();
    };
    let allowed = allowed(policy);
    let matches = |origin: &str| Origin::parse(origin.as_bytes()).is_some_and(|origin| allowed.matches(&origin));
    let add = || Remedy::Configure(policy.add("allowOrigins", &[page.pattern()]));
    let secure = page.with_scheme("https");
    if page.scheme == "http" && matches(&secure) {
        return Cause {
            code: "origin-scheme",
            message: format!(
                "{secure} is allowed, but the page is {origin}: a different scheme is a different origin."
            ),
            remedy: Remedy::Page(format!(
                "Serve the page over https, at {secure}. Anyone on the network can change an http page."
            )),
        };
    }
    if let Some(other) = LOOPBACK.iter().map(|host| page.with_host(host)).find(|other| matches(other))
        && page.is_loopback()
    {
        return Cause {
            code: "origin-host",
            message: format!("{other} is allowed, but the page is {origin}: a different host is a different origin."),
            remedy: add(),
        };
    }
    let below = page.with_host(&format!("any.{}", page.host));
    if matches(&below) {
        return Cause {
            code: "origin-apex",
            message: format!(
                "A pattern allows the subdomains of {}, but it does not match {origin} itself.",
                page.host
            ),
            remedy: add(),
        };
    }
    let sibling = match page.host.strip_prefix("www.") {
        Some(apex) => page.with_host(apex),
        None => page.with_host(&format!("www.{}", page.host)),
    };
    if matches(&sibling) {
        return Cause {
            code: "origin-www",
            message: format!(
                "{sibling} is allowed, but the page is {origin}: with and without www are different origins."
            ),
            remedy: add(),
        };
    }
    let is_other_port = |pattern: &&str| {
        Page::parse(pattern).is_some_and(|pattern| pattern.host == page.host && pattern.scheme == page.scheme)
    };
    let other_port = policy.list("allowOrigins").iter().any(is_other_port);
    let same_machine = call.url.host_str() == Some(page.host);
    if other_port || same_machine {
        return Cause {
            code: "origin-port",
            message: format!("{origin} is not allowed: a different port is a different origin."),
            remedy: add(),
        };
    }
    Cause {
        code: "origin-not-allowed",
        message: format!("The policy does not allow the origin {origin}."),
        remedy: add(),
    }
}

fn opaque() -> Cause {
    Cause {
        code: "origin-opaque",
        message: "The page's origin is opaque: files, sandboxed frames, data: pages and requests after a redirect to \
                  another site have the origin \"null\"."
            .to_owned(),
        remedy: Remedy::Page(
            "Serve the page from an origin of its own, such as http://localhost:3000 in development. Allowing \"null\" \
             would allow every such page, whoever wrote it. If there is no other way, the danger is called \
             \"null-origin\"."
                .to_owned(),
        ),
    }
}

fn allowed(policy: &Policy<'_>) -> OriginSet {
    let patterns = policy.list("allowOrigins").into_iter().filter_map(|text| OriginPattern::parse(text).ok());
    let patterns: Vec<OriginPattern> = patterns.collect();
    OriginSet::new(&patterns)
}

/// The parts of an origin or of an origin pattern.
struct Page<'o> {
    scheme: &'o str,
    host: &'o str,
    /// With its colon.
    port: &'o str,
}

impl<'o> Page<'o> {
    fn parse(origin: &'o str) -> Option<Self> {
        let (scheme, authority) = origin.split_once("://")?;
        let after_brackets = authority.find(']').unwrap_or(0);
        let colon = authority.get(after_brackets..)?.find(':').map_or(authority.len(), |at| after_brackets + at);
        let (host, port) = authority.split_at_checked(colon)?;
        Some(Self { scheme, host, port })
    }

    /// Development servers on localhost change ports, so allow any port.
    fn pattern(&self) -> String {
        let port = if self.is_loopback() { ":*" } else { self.port };
        format!("{}://{}{port}", self.scheme, self.host)
    }

    fn is_loopback(&self) -> bool {
        LOOPBACK.contains(&self.host)
    }

    fn with_scheme(&self, scheme: &str) -> String {
        format!("{scheme}://{}{}", self.host, self.port)
    }

    fn with_host(&self, host: &str) -> String {
        format!("{}://{host}{}", self.scheme, self.port)
    }
}
