//! Patterns, one a line, and in the last line the value of an `Origin` header: what is parsed is what a browser
//! serialises, and it matches what the model says.

use edge_cors::{Origin, OriginPattern, OriginSet};
use serde_json::json;
use test_support::case;
use url::{Host, Url};

use crate::Target;
use crate::compared::{Compared, request, response};

pub(super) const TARGET: Target = Target { name: "origin", check, seeds, words: &WORDS, longest: 700 };

const WORDS: [&str; 26] = [
    "https://",
    "http://",
    "*.",
    "://*",
    ":*",
    ":443",
    ":80",
    ":8443",
    ":65535",
    "null",
    "localhost",
    "127.0.0.1",
    "[::1]",
    "[2001:db8::1]",
    "[::ffff:102:304]",
    "xn--bcher-kva",
    "{digits}",
    "{hex}",
    "{alnum}",
    "{label}",
    "example.com",
    ".co.uk",
    "moz-extension://",
    "app://",
    "ws://",
    "0x7f",
];

fn seeds() -> Vec<Vec<u8>> {
    let of_case = |case: &case::Case| {
        let origin = case.request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("origin"))?;
        let patterns = case.configuration.get("allowOrigins")?.as_array()?;
        let lines: Vec<&str> = patterns.iter().filter_map(|pattern| pattern.as_str()).chain([&*origin.1]).collect();
        Some(lines.join("\n").into_bytes())
    };
    case::load().iter().filter_map(of_case).collect()
}

fn check(bytes: &[u8]) {
    let mut lines = bytes.rsplit(|byte| *byte == b'\n');
    let value = lines.next().unwrap_or_default();
    let origin = Origin::parse(value);
    if let Some(origin) = &origin {
        assert_eq!(origin.as_str().as_bytes(), value, "it is echoed as it came");
        assert!(is_serialised(origin), "no browser serialises {:?} so", origin.as_str());
    }
    let patterns: Option<Vec<OriginPattern>> =
        lines.map(|line| OriginPattern::parse(std::str::from_utf8(line).ok()?).ok()).collect();
    let Some(patterns) = patterns.filter(|patterns| patterns.len() <= 8) else { return };
    let texts: Vec<String> = patterns.iter().map(ToString::to_string).collect();
    for (pattern, text) in patterns.iter().zip(&texts) {
        assert_eq!(OriginPattern::parse(text).as_ref(), Ok(pattern), "what a pattern is written as is that pattern");
    }
    // The model tries every length of every placeholder.
    if texts.iter().any(|text| text.matches('{').count() > 4) {
        return;
    }
    let Ok(text) = std::str::from_utf8(value) else { return };
    let policy = json!({
        "allowOrigins": texts, "allowCredentials": true,
        "dangerouslyAllow": [
            "any-origin-with-credentials", "any-app-with-credentials", "insecure-origins",
            "public-suffix-subdomains", "null-origin",
        ],
    });
    if let Ok(compared) = Compared::new(&policy) {
        let outcome = compared.outcome(&request("GET", "/", &[("origin", text)]), &response(&[]));
        let matches = origin.is_some_and(|origin| OriginSet::new(&patterns).matches(&origin));
        assert_eq!(outcome.reason == "allowed", matches);
    }
}

/// Whether a URL with this origin has this origin, by the URL standard. The crate `url` decodes Punycode, which the
/// engine leaves to browsers.
fn is_serialised(origin: &Origin<'_>) -> bool {
    let Origin::Tuple(tuple) = origin else { return true };
    // No browser sends an origin of a file, and no pattern can name one.
    if tuple.host().contains("xn--") || tuple.scheme() == "file" {
        return true;
    }
    let Ok(url) = Url::parse(origin.as_str()) else { return false };
    let is_special = matches!(url.host(), Some(Host::Ipv4(_) | Host::Ipv6(_))) || url.is_special();
    url.scheme() == tuple.scheme()
        && url.port() == tuple.port()
        && url.host_str() == Some(tuple.host())
        && (!is_special || !url.origin().is_tuple() || url.origin().ascii_serialization() == origin.as_str())
}
