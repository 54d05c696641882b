//! The messages of the consoles, by words that only they contain.

use edge_cors::browser::Browser::{self, Chromium, Firefox, Safari};

/// One message.
pub(super) struct Kind {
    /// Words of it, with plain quotation marks.
    pub(super) needle: &'static str,
    pub(super) browser: Browser,
    /// The stable name of what it means: the same for each browser.
    pub(super) code: &'static str,
    /// Whether it follows other messages about the same request, and says nothing beyond them.
    pub(super) follows: bool,
}

const fn kind(browser: Browser, needle: &'static str, code: &'static str) -> Kind {
    Kind { needle, browser, code, follows: false }
}

const fn echo(browser: Browser, needle: &'static str, code: &'static str) -> Kind {
    Kind { needle, browser, code, follows: true }
}

/// Every message that was measured, and those of scripts. Of two that match, the one that says more comes first.
pub(super) const KINDS: [Kind; 73] = [
    kind(
        Chromium,
        "No 'Access-Control-Allow-Origin' header is present on the requested resource",
        "missing-allow-origin",
    ),
    kind(Chromium, "that is not equal to the supplied origin", "allow-origin-mismatch"),
    kind(Chromium, "'Access-Control-Allow-Origin' header contains the invalid value", "invalid-allow-origin"),
    kind(Chromium, "'Access-Control-Allow-Origin' header contains multiple values", "multiple-allow-origin"),
    kind(
        Chromium,
        "must not be the wildcard '*' when the request's credentials mode is 'include'",
        "wildcard-with-credentials",
    ),
    kind(Chromium, "'Access-Control-Allow-Credentials' header in the response is", "invalid-allow-credentials"),
    kind(Chromium, "is not allowed by Access-Control-Allow-Methods in preflight response", "method-not-allowed"),
    kind(Chromium, "Cannot parse Access-Control-Allow-Methods", "invalid-allow-methods"),
    kind(Chromium, "is not allowed by Access-Control-Allow-Headers in preflight response", "header-not-allowed"),
    kind(Chromium, "Cannot parse Access-Control-Allow-Headers", "invalid-allow-headers"),
    kind(Chromium, "It does not have HTTP ok status", "preflight-status"),
    kind(Chromium, "Redirect is not allowed for a preflight request", "preflight-redirect"),
    kind(Chromium, "contains a username and password, which is disallowed", "redirect-credentials"),
    kind(Chromium, "net::ERR_UNSAFE_REDIRECT", "redirect-scheme"),
    kind(Chromium, "Permission was denied for this request to access the", "local-network"),
    kind(Chromium, "Mixed Content:", "mixed-content"),
    kind(Chromium, "Request mode is \"same-origin\" but the URL's origin is not same", "same-origin-mode"),
    kind(Chromium, "HTTP method is unsupported", "forbidden-method"),
    kind(Chromium, "net::ERR_BLOCKED_BY_RESPONSE.NotSameOrigin", "resource-policy"),
    kind(Chromium, "Error during WebSocket handshake: Unexpected response code:", "web-socket-refused"),
    kind(Chromium, "net::ERR_CONNECTION_REFUSED", "connection-refused"),
    kind(Chromium, "net::ERR_NAME_NOT_RESOLVED", "name-not-resolved"),
    kind(Chromium, "net::ERR_EMPTY_RESPONSE", "connection-closed"),
    kind(Chromium, "net::ERR_CONNECTION_RESET", "connection-closed"),
    kind(Chromium, "net::ERR_CONNECTION_CLOSED", "connection-closed"),
    kind(Chromium, "net::ERR_CONNECTION_TIMED_OUT", "timed-out"),
    kind(Chromium, "net::ERR_TIMED_OUT", "timed-out"),
    kind(Chromium, "net::ERR_CERT_", "certificate"),
    kind(Chromium, "net::ERR_SSL_", "certificate"),
    kind(Chromium, "net::ERR_BLOCKED_BY_CLIENT", "blocked-by-extension"),
    echo(Chromium, "net::ERR_FAILED", "failed"),
    echo(Chromium, "Failed to fetch", "script-error"),
    kind(Firefox, "CORS header 'Access-Control-Allow-Origin' missing", "missing-allow-origin"),
    kind(Firefox, "CORS header 'Access-Control-Allow-Origin' does not match", "allow-origin-mismatch"),
    kind(Firefox, "Multiple CORS header 'Access-Control-Allow-Origin' not allowed", "multiple-allow-origin"),
    kind(
        Firefox,
        "Credential is not supported if the CORS header 'Access-Control-Allow-Origin' is '*'",
        "wildcard-with-credentials",
    ),
    kind(Firefox, "expected 'true' in CORS header 'Access-Control-Allow-Credentials'", "invalid-allow-credentials"),
    kind(Firefox, "Did not find method in CORS header 'Access-Control-Allow-Methods'", "method-not-allowed"),
    kind(Firefox, "' in CORS header 'Access-Control-Allow-Methods')", "invalid-allow-methods"),
    kind(Firefox, "is not allowed according to header 'Access-Control-Allow-Headers'", "header-not-allowed"),
    kind(Firefox, "' in CORS header 'Access-Control-Allow-Headers')", "invalid-allow-headers"),
    kind(Firefox, "the 'Authorization' header is not covered", "authorization-not-covered"),
    kind(Firefox, "CORS request external redirect not allowed", "preflight-redirect"),
    kind(Firefox, "CORS preflight response did not succeed", "preflight-status"),
    kind(Firefox, "Redirecting to data: URI not allowed", "redirect-scheme"),
    kind(Firefox, "Security Error: Content at", "same-origin-mode"),
    kind(Firefox, "was blocked due to its Cross-Origin-Resource-Policy header", "resource-policy"),
    kind(Firefox, "Window.fetch: Invalid request method", "forbidden-method"),
    kind(Firefox, "t establish a connection to the server at ws", "web-socket-refused"),
    echo(Firefox, "CORS request did not succeed", "no-response"),
    echo(Firefox, "NetworkError when attempting to fetch resource", "script-error"),
    echo(Firefox, "source URI is not allowed in this document", "element-without-header"),
    echo(Firefox, "bad URI or cross-site access not allowed", "element-without-header"),
    kind(Safari, "is not allowed by Access-Control-Allow-Origin.", "origin-not-allowed"),
    kind(Safari, "Access-Control-Allow-Origin cannot contain more than one origin", "multiple-allow-origin"),
    kind(
        Safari,
        "Cannot use wildcard in Access-Control-Allow-Origin when credentials flag is true",
        "wildcard-with-credentials",
    ),
    kind(
        Safari,
        "Credentials flag is true, but Access-Control-Allow-Credentials is not \"true\"",
        "invalid-allow-credentials",
    ),
    kind(Safari, "Header Access-Control-Allow-Methods has an invalid value", "invalid-allow-methods"),
    kind(Safari, "Header Access-Control-Allow-Headers has an invalid value", "invalid-allow-headers"),
    kind(Safari, "Preflight response is not successful", "preflight-status"),
    kind(Safari, "redirection URL", "redirect-credentials"),
    kind(Safari, "redirection with non CORS scheme", "redirect-scheme"),
    kind(Safari, "Not allowed to follow a redirection while loading", "redirect-error-mode"),
    kind(Safari, "Cancelled load to", "resource-policy"),
    kind(Safari, "Method is forbidden", "forbidden-method"),
    kind(Safari, "The server did not accept the WebSocket handshake", "web-socket-refused"),
    kind(Safari, "Connection terminated unexpectedly", "connection-closed"),
    kind(Safari, "is not allowed by Access-Control-Allow-Methods.", "method-not-allowed"),
    kind(Safari, "is not allowed by Access-Control-Allow-Headers.", "header-not-allowed"),
    echo(Safari, "Cross-origin script load denied", "element-without-header"),
    echo(Safari, "denied by Cross-Origin Resource Sharing policy", "redirect-denied"),
    echo(Safari, "due to access control checks", "access-control-checks"),
    echo(Safari, "Load failed", "script-error"),
];
