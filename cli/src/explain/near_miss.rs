//! Origins that are not allowed, and the allowed ones that they resemble.

use edge_cors::browser::Call;
use edge_cors::{Origin, TupleOrigin};

use super::draft::{PolicyDraft, Rewrite};
use super::remedy::{Cause, Remedy};

/// The loopback hosts, which are three different hosts to a browser.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// The schemes of browser extensions that have another UUID in every installation. (In Chromium's
/// `chrome-extension`, the host is the same everywhere.)
const OF_EXTENSIONS: [&str; 2] = ["moz-extension", "safari-web-extension"];

/// The host of every such extension. In Safari, the letters are capitals, which `{hex}` matches too.
const ANY_UUID: &str = "{hex}-{hex}-{hex}-{hex}-{hex}";

/// Why the policy does not allow the page's origin.
pub(super) fn cause(call: &Call, policy: &PolicyDraft<'_>) -> Cause {
    if let Some(cause) = resembling(call, policy) {
        return cause;
    }
    let Some(edit) = allow(call, policy) else {
        return opaque();
    };
    let message = format!("The policy does not allow the origin {}.", call.origin);
    let (code, message) = match of_extension(call, policy) {
        Some(why) => ("origin-extension", format!("{message} {why}")),
        None => ("origin-not-allowed", message),
    };
    Cause { code, message, remedy: Remedy::Configure(edit) }
}

/// Why the policy does not allow the page's origin, if the policy allows one that resembles it.
pub(super) fn resembling(call: &Call, policy: &PolicyDraft<'_>) -> Option<Cause> {
    let origin = call.origin.as_str();
    let page = tuple(call)?;
    let allowed = policy.compiled.origins();
    let matches = |origin: &str| Origin::parse(origin.as_bytes()).is_some_and(|origin| allowed.matches(&origin));
    let add = |code, message| Some(Cause { code, message, remedy: Remedy::Configure(allow(call, policy)?) });
    let with_host = |host: &str| spelled(page.scheme(), host, &port(&page));
    let other_scheme = match page.scheme() {
        "http" => "https",
        "https" => "http",
        _ => "",
    };
    let with_scheme = spelled(other_scheme, page.host(), &port(&page));
    if matches(&with_scheme) {
        let message =
            format!("{with_scheme} is allowed, but the page is {origin}: a different scheme is a different origin.");
        // Nobody is between the browser and a server on the same machine.
        if page.scheme() == "https" || page.is_loopback() {
            return add("origin-scheme", message);
        }
        let remedy = Remedy::Page(format!(
            "Serve the page over https, at {with_scheme}. Anyone on the network can change an http page."
        ));
        return Some(Cause { code: "origin-scheme", message, remedy });
    }
    if let Some(other) = LOOPBACK.iter().map(|host| with_host(host)).find(|other| matches(other))
        && page.is_loopback()
    {
        let message = format!("{other} is allowed, but the page is {origin}: a different host is a different origin.");
        return add("origin-host", message);
    }
    if matches(&with_host(&format!("any.{}", page.host()))) {
        let message =
            format!("A pattern allows the subdomains of {}, but it does not match {origin} itself.", page.host());
        return add("origin-apex", message);
    }
    let sibling = match page.host().strip_prefix("www.") {
        Some(apex) => with_host(apex),
        None => with_host(&format!("www.{}", page.host())),
    };
    if matches(&sibling) {
        let message =
            format!("{sibling} is allowed, but the page is {origin}: with and without www are different origins.");
        return add("origin-www", message);
    }
    let same_scheme = call.url.scheme().replacen("ws", "http", 1) == page.scheme();
    let same_machine = call.url.host_str() == Some(page.host()) && same_scheme;
    if allowed.names_host(&page) || same_machine {
        return add("origin-port", format!("{origin} is not allowed: a different port is a different origin."));
    }
    None
}

pub(super) fn opaque() -> Cause {
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

pub(super) fn is_opaque(call: &Call) -> bool {
    tuple(call).is_none()
}

/// The change of a policy that allows the page's origin, unless that is opaque.
pub(super) fn allow(call: &Call, policy: &PolicyDraft<'_>) -> Option<Rewrite> {
    let page = tuple(call)?;
    let mut fields = vec![("allowOrigins", policy.with_origin(&pattern(&page)))];
    if is_any_extension(&page) && policy.compiled.allows_credentials() {
        fields.push(("dangerouslyAllow", policy.with_member("dangerouslyAllow", "any-app-with-credentials")));
    }
    Some(policy.set(fields))
}

/// What to know before the origin of an extension is allowed.
fn of_extension(call: &Call, policy: &PolicyDraft<'_>) -> Option<String> {
    tuple(call).filter(is_any_extension)?;
    let with_credentials = match policy.compiled.allows_credentials() {
        true => " Every extension could then send requests with the user's cookies, which is the danger that is named.",
        false => "",
    };
    Some(format!(
        "Each installation of such an extension has a UUID of its own, so only a pattern for all extensions allows it. \
         An extension with a host permission for the URL does not need it.{with_credentials}"
    ))
}

fn tuple(call: &Call) -> Option<TupleOrigin<'_>> {
    match Origin::parse(call.origin.as_bytes()) {
        Some(Origin::Tuple(page)) => Some(page),
        _ => None,
    }
}

fn is_any_extension(page: &TupleOrigin<'_>) -> bool {
    OF_EXTENSIONS.contains(&page.scheme())
}

/// The pattern that allows the page. Development servers on localhost change ports, so allow any port.
fn pattern(page: &TupleOrigin<'_>) -> String {
    if is_any_extension(page) {
        return spelled(page.scheme(), ANY_UUID, "");
    }
    let changes = page.is_loopback() && page.port().is_some();
    let port = if changes { ":*".to_owned() } else { port(page) };
    spelled(page.scheme(), page.host(), &port)
}

/// The port with its colon; empty for the scheme's default port.
fn port(page: &TupleOrigin<'_>) -> String {
    page.port().map(|port| format!(":{port}")).unwrap_or_default()
}

fn spelled(scheme: &str, host: &str, port: &str) -> String {
    format!("{scheme}://{host}{port}")
}
