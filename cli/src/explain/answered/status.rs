//! What the status of a response tells, if it has no CORS headers or is the response to a preflight.

use super::{Answer, Finding, by_settings, elsewhere};

const OPTIONS_FIRST: &str = "Let OPTIONS requests through without a login: the CORS settings have to act before the \
                             authentication.";

/// Neither a success nor a redirect, and no `Access-Control-Allow-Origin`.
pub(super) fn without_headers(answer: &Answer<'_>) -> Finding {
    let status = answer.status();
    if answer.preflight { preflight(status, answer) } else { request(status, answer) }
}

fn preflight(status: u16, answer: &Answer<'_>) -> Finding {
    let origin = &answer.call.origin;
    let answered = format!("The server answers the preflight with {status}, without CORS headers.");
    match status {
        401 | 407 => elsewhere(
            "preflight-authentication",
            format!("{answered} It asks for a login, but preflights never carry cookies or authorization."),
            OPTIONS_FIRST,
        ),
        403 => by_settings(
            "preflight-forbidden",
            format!(
                "{answered} Either it does not allow the origin {origin}, or a login or firewall refuses OPTIONS \
                 requests."
            ),
            "Add the origin to those that the server allows. If it is one of them, let OPTIONS requests through what is \
             in front of the CORS settings.",
        ),
        404 | 405 | 501 => by_settings(
            "preflight-not-handled",
            format!("{answered} Nothing handles OPTIONS requests on this path."),
            "Turn on CORS for this path, with the method OPTIONS: in many frameworks, a route for the other methods is \
             not enough.",
        ),
        429 => elsewhere(
            "rate-limit",
            format!("{answered} That is a rate limit. Preflights count as requests of their own."),
            "Leave OPTIONS requests out of the limit, or let browsers cache preflights with Access-Control-Max-Age.",
        ),
        500.. => elsewhere("server-error", format!("{answered} That is an error of the server."), SERVER_LOG),
        _ => by_settings(
            "preflight-refused",
            format!("{answered} It refuses the origin {origin}, or does not handle OPTIONS requests."),
            "Add the origin to those that the server allows, and let it answer OPTIONS requests on this path.",
        ),
    }
}

const SERVER_LOG: &str = "Look for the cause in the server's log. Let it add the CORS headers to error responses too, so \
                          that pages can read them.";

fn request(status: u16, answer: &Answer<'_>) -> Finding {
    let origin = &answer.call.origin;
    let answered =
        format!("The server answers with {status}, and without CORS headers, so the page cannot even see the status.");
    if answer.after_preflight {
        return elsewhere(
            "error-not-shared",
            format!("{answered} It allowed the preflight, so only its error responses lack the headers."),
            "Let the server, or what is in front of it, add the CORS headers to every response. In nginx, add_header needs \
             \"always\" for that.",
        );
    }
    if answer.has_cors() {
        return by_settings(
            "origin-not-allowed",
            format!("{answered} It handles CORS here, but does not allow the origin {origin}."),
            "Add the origin to those that the server allows: scheme, host and port, without a slash at the end.",
        );
    }
    let (what, fix) = match status {
        401 | 403 | 407 => (
            "A login or firewall answers before the CORS settings act, or there are none.",
            "Let the CORS settings act before the authentication, so that its refusals have the headers too.",
        ),
        404 | 405 => (
            "Nothing knows this path or method, or it is not the server that was meant.",
            "Check the URL and the method. Error responses need the CORS headers too.",
        ),
        429 => ("That is a rate limit.", "Let what limits the rate add the CORS headers to its responses."),
        500.. => ("That is an error of the server, or of what is in front of it.", SERVER_LOG),
        _ => ("Its error responses lack the CORS headers, or it has no CORS settings for this path.", SERVER_LOG),
    };
    by_settings("error-not-shared", format!("{answered} {what}"), fix)
}

/// The response to a preflight allows the origin, but has not an ok status.
pub(super) fn not_ok(status: u16) -> Finding {
    let answered = format!("The server answers the preflight with {status}. The status has to be between 200 and 299.");
    match status {
        401 | 403 | 407 => elsewhere(
            "preflight-authentication",
            format!("{answered} It asks for a login or refuses, but preflights never carry cookies or authorization."),
            OPTIONS_FIRST,
        ),
        404 | 405 | 501 => elsewhere(
            "preflight-not-handled",
            format!("{answered} It adds the CORS headers, but nothing handles OPTIONS requests on this path."),
            "Answer OPTIONS requests with 204 on this path, before the router refuses them.",
        ),
        _ => elsewhere("preflight-status", answered, "Answer OPTIONS requests with 204 on this path."),
    }
}

/// The preflight is redirected.
pub(super) fn redirected(answer: &Answer<'_>) -> Finding {
    let status = answer.status();
    let from = &answer.call.url;
    let location = answer.response.get("location").and_then(|location| from.join(&location).ok());
    let message =
        format!("The server answers the preflight with the redirect {status}, and browsers do not follow it.");
    let Some(to) = location else {
        return elsewhere("preflight-redirect", message, "Answer OPTIONS requests with 204 on this path.");
    };
    let mut shown = to.clone();
    shown.set_query(None);
    shown.set_fragment(None);
    let slash = |path: &str| path.strip_suffix('/').unwrap_or(path).to_owned();
    let path = to.path().to_ascii_lowercase();
    let is_login = ["login", "signin", "sign-in", "auth", "sso", "saml"].iter().any(|word| path.contains(word));
    let why = if from.scheme() == "http" && to.scheme() == "https" && from.host() == to.host() {
        "It leads from http to https."
    } else if from.host() == to.host() && slash(from.path()) == slash(to.path()) && from.path() != to.path() {
        "It only adds or removes the slash at the end."
    } else if is_login {
        "It leads to a login, but preflights never carry cookies."
    } else {
        ""
    };
    let message = format!("{message} {why}").trim_end().to_owned();
    let fix = match is_login {
        true => OPTIONS_FIRST.to_owned(),
        false => format!(
            "Call the URL that it leads to, {shown}, or answer OPTIONS requests with 204 before anything redirects them."
        ),
    };
    elsewhere("preflight-redirect", message, &fix)
}
