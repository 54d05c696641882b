//! Origins that are not allowed, and the allowed ones that they resemble.

use edge_cors::browser::Call;
use edge_cors::{Origin, TupleOrigin};

use super::document::Policy;
use super::remedy::{Cause, Remedy};

/// The loopback hosts, which are three different hosts to a browser.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// Why the policy does not allow the page's origin.
pub(super) fn cause(call: &Call, policy: &Policy<'_>) -> Cause {
    let origin = call.origin.as_str();
    let Some(Origin::Tuple(page)) = Origin::parse(origin.as_bytes()) else {
        return opaque();
    };
    let allowed = policy.compiled.origins();
    let matches = |origin: &str| Origin::parse(origin.as_bytes()).is_some_and(|origin| allowed.matches(&origin));
    let add = || Remedy::Configure(policy.add("allowOrigins", &[pattern(&page)]));
    let secure = spelled("https", page.host(), &port(&page));
    let with_host = |host: &str| spelled(page.scheme(), host, &port(&page));
    if page.scheme() == "http" && matches(&secure) {
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
    if let Some(other) = LOOPBACK.iter().map(|host| with_host(host)).find(|other| matches(other))
        && page.is_loopback()
    {
        return Cause {
            code: "origin-host",
            message: format!("{other} is allowed, but the page is {origin}: a different host is a different origin."),
            remedy: add(),
        };
    }
    let below = with_host(&format!("any.{}", page.host()));
    if matches(&below) {
        return Cause {
            code: "origin-apex",
            message: format!(
                "A pattern allows the subdomains of {}, but it does not match {origin} itself.",
                page.host()
            ),
            remedy: add(),
        };
    }
    let sibling = match page.host().strip_prefix("www.") {
        Some(apex) => with_host(apex),
        None => with_host(&format!("www.{}", page.host())),
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
    let same_machine = call.url.host_str() == Some(page.host());
    if allowed.names_host(&page) || same_machine {
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

/// The pattern that allows the page. Development servers on localhost change ports, so allow any port.
fn pattern(page: &TupleOrigin<'_>) -> String {
    let port = if page.is_loopback() { ":*".to_owned() } else { port(page) };
    spelled(page.scheme(), page.host(), &port)
}

/// The port with its colon; empty for the scheme's default port.
fn port(page: &TupleOrigin<'_>) -> String {
    page.port().map(|port| format!(":{port}")).unwrap_or_default()
}

fn spelled(scheme: &str, host: &str, port: &str) -> String {
    format!("{scheme}://{host}{port}")
}
