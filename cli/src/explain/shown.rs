//! What of real traffic may be shown: no secrets, no control characters, and nothing endless.

/// The headers of a response that have to do with CORS, or tell who answered.
const TELLING: [&str; 22] = [
    "age",
    "allow",
    "cache-control",
    "cf-cache-status",
    "cf-ray",
    "content-length",
    "content-type",
    "cross-origin-resource-policy",
    "location",
    "retry-after",
    "server",
    "timing-allow-origin",
    "vary",
    "via",
    "www-authenticate",
    "x-amz-cf-pop",
    "x-amz-request-id",
    "x-amz-error-code",
    "x-cache",
    "x-envoy-upstream-service-time",
    "x-powered-by",
    "x-served-by",
];

/// Parts of the names of headers whose values are secrets.
const SECRET: [&str; 13] = [
    "auth",
    "cookie",
    "credential",
    "csrf",
    "jwt",
    "key",
    "passw",
    "secret",
    "session",
    "sid",
    "signature",
    "token",
    "xsrf",
];

/// The most characters of a value that are shown.
const MAX_VALUE: usize = 300;

/// Whether a header of a response is worth showing.
pub(crate) fn is_telling(name: &str) -> bool {
    name.starts_with("access-control-") || TELLING.contains(&name)
}

/// The value of a header, unless it may be a secret.
pub(crate) fn value(name: &str, value: &str) -> String {
    // The CORS headers have only names in them, such as that of `authorization`.
    let is_public = name.starts_with("access-control-") || ["origin", "vary", "www-authenticate"].contains(&name);
    if !is_public && SECRET.iter().any(|part| name.contains(part)) {
        return "(hidden)".to_owned();
    }
    match name {
        // The rest can be a nonce or a challenge.
        "www-authenticate" => value.split(' ').next().unwrap_or_default().to_owned(),
        "location" => without_password(without_query(value)),
        _ => cut(value),
    }
}

/// A URL or path without what behind `?` and `#` may be a secret.
pub(crate) fn without_query(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or_default()
}

/// A URL or path without the user name and the password in front of its host.
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("//") else {
        return url.to_owned();
    };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!("{scheme}//{host}{path}")
}

fn cut(value: &str) -> String {
    match value.char_indices().nth(MAX_VALUE) {
        Some((end, _)) => format!("{}…", value.get(..end).unwrap_or_default()),
        None => value.to_owned(),
    }
}

/// The most characters of a line: servers send values of any length, and consoles quote them.
const MAX_LINE: usize = 2000;

/// Text without the control characters that terminals obey, in lines that have an end.
pub(crate) fn printable(text: &str) -> String {
    let escape = |c: char| match c {
        c if c.is_control() => c.escape_unicode().collect(),
        c => vec![c],
    };
    let line = |line: &str| {
        let mut escaped: String = line.chars().take(MAX_LINE).flat_map(escape).collect();
        if line.chars().nth(MAX_LINE).is_some() {
            escaped.push('…');
        }
        escaped
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden_and_what_cors_needs_is_not() {
        for (name, text, expected) in [
            ("authorization", "Bearer x", "(hidden)"),
            ("cookie", "a=b", "(hidden)"),
            ("set-cookie", "a=b", "(hidden)"),
            ("x-api-key", "1", "(hidden)"),
            ("x-csrf-token", "1", "(hidden)"),
            ("access-control-allow-headers", "authorization, x-api-key", "authorization, x-api-key"),
            ("vary", "Cookie", "Cookie"),
            ("www-authenticate", "Negotiate abc", "Negotiate"),
            ("location", "/login?next=/&token=1", "/login"),
            ("location", "https://me:pass@a.example:8443/x@y", "https://a.example:8443/x@y"),
            ("content-type", "text/html", "text/html"),
        ] {
            assert_eq!(value(name, text), expected, "{name}");
        }
        assert_eq!(value("via", &"é".repeat(400)).chars().count(), 301);
    }

    #[test]
    fn terminals_are_told_nothing() {
        assert_eq!(printable(&"é".repeat(3000)).chars().count(), MAX_LINE + 1);
        assert_eq!(printable("a\n\u{1b}[31m\u{9b}1m\tb"), "a\n\\u{1b}[31m\\u{9b}1m\\u{9}b");
    }
}
