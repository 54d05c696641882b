//! What the messages mean, and what they leave open.

use edge_cors::browser::Browser;

use super::kinds::Kind;
use super::next::Facts;

pub(super) struct Words {
    pub(super) meaning: String,
    pub(super) open: String,
}

fn words(meaning: impl Into<String>, open: &str) -> Words {
    Words { meaning: meaning.into(), open: open.to_owned() }
}

pub(super) fn of(kind: &Kind, facts: &Facts) -> Words {
    let response = if facts.preflight { "the response to the preflight" } else { "the response" };
    let value = facts.value.as_deref().unwrap_or_default();
    match kind.code {
        "missing-allow-origin" => missing(kind.browser, facts, response),
        "origin-not-allowed" => safari_origin(facts),
        "allow-origin-mismatch" => mismatch(facts, response, value),
        "invalid-allow-origin" => words(
            format!("{response} allows {value:?}, which is not an origin: it needs a scheme, as in https://app.example.com."),
            "",
        ),
        "multiple-allow-origin" => words(
            format!(
                "{response} has more than one value of Access-Control-Allow-Origin. Usually two layers add the header, such \
                 as the application and a proxy."
            ),
            "which layers these are. Firefox calls it \"does not match\" if a proxy has joined both values in one line.",
        ),
        "wildcard-with-credentials" => words(
            "The server allows every origin with \"*\", and the page sends credentials. Browsers do not accept both.",
            "whether the page needs cookies at all. If not, leave out credentials: \"include\".",
        ),
        "invalid-allow-credentials" => words(
            format!(
                "The page sends credentials, but {response} has no Access-Control-Allow-Credentials: true{}.",
                if value.is_empty() { String::new() } else { format!(": it has {value:?}, and case matters") }
            ),
            "whether the other response, to the preflight or the request itself, has it. Both need it.",
        ),
        "method-not-allowed" => method(kind.browser, facts),
        "header-not-allowed" => header(facts),
        "authorization-not-covered" => words(
            "The server allows every header with \"*\", which does not cover Authorization. Firefox still sends the request, \
             but has announced to stop.",
            "",
        ),
        "invalid-allow-methods" | "invalid-allow-headers" => {
            let header = if kind.code == "invalid-allow-methods" { "Methods" } else { "Headers" };
            let shown = if value.is_empty() { String::new() } else { format!(" ({value:?})") };
            words(
                format!(
                    "Access-Control-Allow-{header} is not a list of names with commas between them{shown}, so the browser \
                     ignores all of it."
                ),
                if value.is_empty() { "the value: see the preflight in the network tab." } else { "" },
            )
        }
        "preflight-status" => preflight_status(kind.browser, facts),
        "preflight-redirect" => words(
            "The server answers the preflight with a redirect, and browsers do not follow it. Usually a slash at the end of \
             the path, http instead of https, or a login.",
            "where it leads.",
        ),
        "redirect-credentials" => words(
            "The server redirects to a URL with a user name or a password. Browsers do not follow that across origins.",
            "",
        ),
        "redirect-scheme" => words("The server redirects to a URL that is neither http nor https.", "where it leads."),
        "redirect-error-mode" => words("The page has forbidden redirects (redirect: \"error\"), and the server redirects.", ""),
        "redirect-denied" => words(
            "The server redirects, and that response does not allow the page. Browsers check every response on the way.",
            "",
        ),
        "same-origin-mode" => words(
            "The page itself has limited the request to its own origin (mode: \"same-origin\"), so it is not sent.",
            "",
        ),
        "local-network" => words(
            format!(
                "The page is on the internet and calls an address that is more private{}. That needs the user's permission. No \
                 header helps, and nothing was sent.",
                if value.is_empty() { String::new() } else { format!(" ({value})") }
            ),
            "",
        ),
        "mixed-content" => words("The page was loaded over https and calls a URL with http. Nothing was sent.", ""),
        "forbidden-method" => words("Browsers do not let pages use this method: CONNECT, TRACE or TRACK.", ""),
        "resource-policy" => words(
            "This is not CORS: the response forbids other sites to embed it (Cross-Origin-Resource-Policy).",
            "",
        ),
        "element-without-header" => words(
            "A script, module or font was loaded with CORS, and the response does not allow the page. Another message has \
             the reason.",
            "",
        ),
        "web-socket-refused" => words(
            match facts.status {
                Some(status) => format!("The handshake of a WebSocket was answered with {status}. CORS does not cover WebSockets."),
                None => "The handshake of a WebSocket failed. CORS does not cover WebSockets.".to_owned(),
            },
            "whether the server, or an edge with \"webSockets\": \"reject\", refused the origin.",
        ),
        _ => connection(kind),
    }
    .capitalised()
}

impl Words {
    fn capitalised(mut self) -> Self {
        if let Some(first) = self.meaning.get(..1).map(str::to_ascii_uppercase) {
            self.meaning.replace_range(..1, &first);
        }
        self
    }
}

/// Nothing came back, or nobody says what did.
fn connection(kind: &Kind) -> Words {
    match kind.code {
        "connection-refused" => words("Nothing listens on the port. No header helps.", ""),
        "name-not-resolved" => words("The host's name does not resolve. No header helps.", ""),
        "connection-closed" => words("The server closed the connection without an answer. No header helps.", ""),
        "timed-out" => words("The server did not answer in time. No header helps.", ""),
        "certificate" => words("There is no secure connection: the certificate or TLS. No header helps.", ""),
        "blocked-by-extension" => words("An extension of the browser, such as an ad blocker, blocked the request.", ""),
        "no-response" => words(
            "If this is the only message about the URL, it is not CORS: the connection was refused or closed, or the name does \
             not resolve. After another message about the same URL, it says nothing new.",
            "which of these it is.",
        ),
        "failed" => words(
            "The request failed. After a message with \"blocked by CORS policy\", it says nothing new.",
            "the reason: look for another message about the URL.",
        ),
        "access-control-checks" => {
            words("The request failed the checks of CORS. The reason is in the message before this one.", "the reason.")
        }
        _ => words(
            "This is what the script sees, whatever the reason: CORS, or no connection. Pages must not learn which.",
            "the reason: the console has it.",
        ),
    }
}

fn missing(browser: Browser, facts: &Facts, response: &str) -> Words {
    let status = facts.status.map(|status| format!(", whose status is {status},")).unwrap_or_default();
    let open = match (browser, facts.preflight) {
        (Browser::Firefox, _) => {
            "whether that was the preflight's response. A status that the service never sends comes from something in front \
             of it."
        }
        (_, true) => {
            "the status: 403 may be a refused origin, method or header, 401 a login in front of CORS, 404 or 405 a server that \
             does not handle OPTIONS."
        }
        (_, false) => {
            "the status: an error response (401, 500, 502) often lacks the header although CORS is set up. Firefox prints it."
        }
    };
    words(
        format!(
            "{response}{status} has no Access-Control-Allow-Origin: the server does not allow the origin, has no CORS settings \
             for this path, or something in front of it answered."
        ),
        open,
    )
}

fn safari_origin(facts: &Facts) -> Words {
    if facts.origin.as_deref() == Some("null") {
        return words(
            "The request has the origin \"null\": the page is a file or in a sandboxed frame, or a redirect led from one server \
             to another.",
            "whether the header is missing, or names another origin.",
        );
    }
    let status = facts.status.map(|status| format!(" Its status is {status}.")).unwrap_or_default();
    words(
        format!("Access-Control-Allow-Origin of the response is missing, or not exactly the page's origin.{status}"),
        "which of both, and the value: see the response in the network tab, or ask the server.",
    )
}

fn mismatch(facts: &Facts, response: &str, value: &str) -> Words {
    let origin = facts.origin.as_deref();
    if facts.redirected {
        return words(
            format!(
                "The request was redirected from one server to another, so its origin is \"null\", and {response} allows \
                 {value:?}. Chromium names the page's origin all the same."
            ),
            "",
        );
    }
    let why = if value.contains(',') {
        ": two values in one line, which two layers have added"
    } else if origin.is_some_and(|origin| value.strip_suffix('/') == Some(origin))
        || (origin.is_none() && value.ends_with('/'))
    {
        ": it has a slash at its end, and origins have none"
    } else if value.contains('*') {
        ": a pattern, and browsers compare byte by byte"
    } else if value.is_empty() {
        ": an empty value"
    } else {
        ""
    };
    let open = match why {
        "" => {
            "whether the server allows only that one, or a cache answered with the response to another page (no Vary: Origin)."
        }
        _ => "",
    };
    words(format!("{response} allows the origin {value:?}, which is not the page's{why}."), open)
}

fn method(browser: Browser, facts: &Facts) -> Words {
    let name = facts.method.as_deref();
    if let Some(name) = name.filter(|name| name.eq_ignore_ascii_case("patch") && *name != "PATCH") {
        return words(
            format!(
                "The server does not allow the method {name}. Methods are case-sensitive: write \"PATCH\" in the page."
            ),
            "",
        );
    }
    words(
        format!(
            "The server does not list {} in Access-Control-Allow-Methods.",
            name.unwrap_or("the method of the request")
        ),
        if browser == Browser::Firefox {
            "which method. Note that \"patch\" is not \"PATCH\"."
        } else {
            "which ones it lists."
        },
    )
}

fn header(facts: &Facts) -> Words {
    let name = facts.header.as_deref().unwrap_or("a header of the request");
    let why = match name.to_ascii_lowercase().as_str() {
        "content-type" => " JSON bodies need that: only the content types of HTML forms do not.",
        "authorization" => " A \"*\" in that list does not cover it.",
        _ => "",
    };
    words(
        format!("The server does not list {name} in Access-Control-Allow-Headers.{why}"),
        "whether other headers are missing too: browsers name the first one only.",
    )
}

fn preflight_status(browser: Browser, facts: &Facts) -> Words {
    let status = facts.status;
    let meaning = match status {
        Some(status) => format!("The server answers the preflight with {status}, which is not a success."),
        None => "The status of the preflight's response is not a success.".to_owned(),
    };
    let guess = match status {
        Some(401 | 407) => " That is a login: preflights never carry cookies or Authorization.",
        Some(403) => " That is a refused origin, or a firewall.",
        Some(404 | 405 | 501) => " Nothing handles OPTIONS requests on this path.",
        Some(300..=399) => " That is a redirect: a slash at the end of the path, http instead of https, or a login.",
        Some(429) => " That is a rate limit.",
        Some(500..) => " That is an error of the server, or of what is in front of it.",
        _ => "",
    };
    let open = match browser {
        Browser::Safari => "whether the CORS headers are right: Safari looks at the status before it looks at them.",
        Browser::Firefox => "",
        Browser::Chromium => "the status, which Firefox and Safari print.",
    };
    words(format!("{meaning}{guess}"), open)
}
