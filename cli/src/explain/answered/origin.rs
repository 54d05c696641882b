//! `Access-Control-Allow-Origin`: missing, twice, or wrong.

use edge_cors::browser::{AddressSpace, Url};

use super::super::near_miss;
use super::super::shown::without_query;
use super::{Answer, Finding, by_settings, elsewhere, other, page, status};

/// There is none.
pub(super) fn missing(answer: &Answer<'_>) -> Finding {
    let origin = &answer.call.origin;
    if !(200..400).contains(&answer.status()) {
        return status::without_headers(answer);
    }
    if answer.after_preflight {
        return by_settings(
            "response-not-shared",
            "The server allows the preflight, but its response to the request itself has no CORS headers.".to_owned(),
            "Let the server add the CORS headers to every response, not only to OPTIONS requests.",
        );
    }
    if (300..400).contains(&answer.status()) {
        return elsewhere(
            "redirect-not-shared",
            format!(
                "The server redirects the request with {}, and that response has no CORS headers. Browsers check every \
                 response on the way.",
                answer.status()
            ),
            "Call the URL that it redirects to. If that is a login page, answer with 401 and the CORS headers instead.",
        );
    }
    if answer.has_cors() {
        return by_settings(
            "origin-not-allowed",
            format!("The server handles CORS here, but does not allow the origin {origin}."),
            "Add the origin to those that the server allows: scheme, host and port, without a slash at the end.",
        );
    }
    by_settings(
        "no-cors",
        format!(
            "Nothing in the response to the {} has to do with CORS: it is not set up for this path.",
            answer.what()
        ),
        "Set up CORS on the server, for this path and this origin. If it is set up, what answers here may be something in \
         front of it.",
    )
}

/// There are several.
pub(super) fn multiple(values: &str, in_one_line: bool) -> Finding {
    let fix = "Set it in one place only: in the server, or in the proxy in front of it. In nginx, hide the server's with \
               proxy_hide_header.";
    if in_one_line && !values.contains(',') {
        return by_settings(
            "several-origins",
            format!("The header contains several origins, {values:?}, but browsers accept only one."),
            "Let the server answer with the origin of the page that asks, from a list, and with \"Vary: Origin\".",
        );
    }
    elsewhere(
        "two-owners",
        format!(
            "Two layers set Access-Control-Allow-Origin, so it has two values: {values}. Browsers accept only one."
        ),
        fix,
    )
}

/// It is not an origin.
pub(super) fn invalid(answer: &Answer<'_>, value: &str) -> Finding {
    let origin = &answer.call.origin;
    let message = match value {
        "" => "The server sends Access-Control-Allow-Origin with an empty value.".to_owned(),
        _ => format!("The server sends {value:?} as the allowed origin, which is not an origin."),
    };
    let fix = format!("Let it send the whole origin, as browsers do: {origin}.");
    by_settings("not-an-origin", message, &fix)
}

/// It is another one.
pub(super) fn mismatch(answer: &Answer<'_>, value: &str) -> Finding {
    let origin = answer.call.origin.as_str();
    if origin == "null" {
        return opaque(answer);
    }
    if value.strip_suffix('/') == Some(origin) {
        return by_settings(
            "origin-slash",
            format!(
                "The server allows {value}, with a slash at its end. Origins have none, and are compared as they are."
            ),
            &format!("Remove the slash: {origin}."),
        );
    }
    if value.contains('*') {
        return by_settings(
            "origin-pattern",
            format!("The server sends the pattern {value} as it is. Browsers compare it with the origin byte by byte."),
            "Let the server match the pattern, and answer with the origin of the page that asks and \"Vary: Origin\".",
        );
    }
    if let Some((why, fix)) = near(origin, value) {
        let message = format!("The server allows {value}, but the page is {origin}: {why}.");
        return match fix {
            Near::Add => {
                by_settings("another-origin", message, "Add the origin of this page to those that the server allows.")
            }
            Near::Rewrite => by_settings("another-origin", message, &format!("Write it as browsers do: {origin}.")),
            Near::Https => page(
                "another-origin",
                message,
                format!("Serve the page over https, at {value}. Anyone on the network can change an http page."),
            ),
        };
    }
    if is_stored(answer) && !answer.varies_by_origin() {
        return elsewhere(
            "stale-cached-response",
            format!("A cache answered with the response that was made for {value}: it has no \"Vary: Origin\"."),
            "Add \"Vary: Origin\" to every response of this path, also to those without an origin, and purge the cache.",
        );
    }
    by_settings(
        "another-origin",
        format!("The server allows only {value}, but the page is {origin}."),
        "Let the server answer with the origin of the page that asks, if it is in a list, and with \"Vary: Origin\".",
    )
}

/// The origin of the request is `null`.
fn opaque(answer: &Answer<'_>) -> Finding {
    let Some(redirected) = &answer.call.redirected else {
        return other(near_miss::opaque());
    };
    page(
        "origin-lost",
        format!(
            "After a redirect from one server to another, browsers send the origin \"null\" instead of {}, and the second \
             server does not allow that. It should not: everybody can send it.",
            redirected.page
        ),
        format!(
            "Call {} at once, or let the first server fetch it for the page.",
            without_query(answer.call.url.as_str())
        ),
    )
}

/// What mends a difference between two origins.
enum Near {
    /// Both are allowed.
    Add,
    /// The one that is allowed is spelled as browsers spell it.
    Rewrite,
    /// The page has the scheme of the one that is allowed.
    Https,
}

/// In what two origins differ, if they are nearly equal.
fn near(origin: &str, value: &str) -> Option<(&'static str, Near)> {
    let (page, allowed) = (Url::parse(origin).ok()?, Url::parse(value).ok()?);
    let (host, other) = (page.host_str()?, allowed.host_str()?);
    let same_port = page.port_or_known_default() == allowed.port_or_known_default();
    if host != other {
        let without = |host: &str| host.strip_prefix("www.").unwrap_or(host).to_owned();
        let www = without(host) == without(other) && same_port && page.scheme() == allowed.scheme();
        return www.then_some(("with and without www are different origins", Near::Add));
    }
    if page.scheme() != allowed.scheme() {
        // Nobody is between the browser and a server on the same machine.
        let is_local = AddressSpace::of(&page) == AddressSpace::Loopback;
        let fix = if page.scheme() == "http" && !is_local { Near::Https } else { Near::Add };
        return Some(("a different scheme is a different origin", fix));
    }
    if !same_port {
        return Some(("a different port is a different origin", Near::Add));
    }
    if allowed.path() != "/" || value.ends_with('/') {
        return Some(("an origin has no path", Near::Rewrite));
    }
    Some(("browsers send it in lower case, and without the port that its scheme has anyway", Near::Rewrite))
}

/// Whether a cache says that it answered.
fn is_stored(answer: &Answer<'_>) -> bool {
    let has = |name: &str, word: &str| {
        answer.response.get(name).is_some_and(|value| value.to_ascii_lowercase().contains(word))
    };
    let aged = answer.response.get("age").and_then(|age| age.parse::<u64>().ok()).is_some_and(|age| age > 0);
    aged || has("x-cache", "hit") || has("cf-cache-status", "hit") || has("x-cache-status", "hit")
}
