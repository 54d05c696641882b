//! Web origins: the strict parser of a request's `Origin` header.
//!
//! An origin that it rejects is never compared and never echoed.

pub(crate) mod host;
pub(crate) mod label;
pub(crate) mod label_set;
pub(crate) mod pattern;
pub(crate) mod pattern_error;
pub(crate) mod ports;
pub(crate) mod public_suffix;
pub(crate) mod regex;
pub(crate) mod respell;
pub(crate) mod set;
pub(crate) mod witness;

pub use pattern::OriginPattern;
pub use regex::RegexPattern;
pub use set::OriginSet;

/// A serialised [origin], parsed strictly and borrowed from the bytes of the header.
///
/// The grammar is that of the Fetch standard (`origin-or-null`, which succeeds RFC 6454's): a
/// lower-case scheme, `://`, a host as a URL serialises it, and a port unless it is the scheme's
/// default; or exactly `null`. In the schemes of apps and browser extensions, the host is
/// [opaque](https://url.spec.whatwg.org/#opaque-host): ASCII in any case, without `#/:<>?@[\]^|`,
/// commas, spaces and control characters.
///
/// | permitted | prohibited |
/// |---|---|
/// | `https://app.example.com` | `https://app.example.com/` (a path) |
/// | `http://localhost:3000` | `https://app.example.com:443` (the default port) |
/// | `https://[2001:db8::1]:8443` | `https://[2001:DB8::1]` (upper case) |
/// | `https://xn--bcher-kva.example` | `https://bücher.example` (not ASCII) |
/// | `capacitor://localhost`, `app://.` | `https://a.example.com.` (a trailing dot) |
/// | `app://MyApp`, `app://MyApp:8080` | `app://`, `app://my app`, `app://a/b` |
/// | `null` | `https://a.example,https://b.example` (two lines joined by the host) |
///
/// [origin]: https://fetch.spec.whatwg.org/#origin-header
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin<'a> {
    /// An [opaque origin](https://html.spec.whatwg.org/multipage/browsers.html#concept-origin-opaque),
    /// which always serialises as `null`.
    Opaque,
    /// A [tuple origin](https://html.spec.whatwg.org/multipage/browsers.html#concept-origin-tuple).
    Tuple(TupleOrigin<'a>),
}

/// Scheme, host and port of a tuple origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TupleOrigin<'a> {
    text: &'a str,
    scheme: &'a str,
    host: &'a str,
    port: Option<u16>,
}

/// The longest serialised origin that is parsed, in bytes. A scheme, a DNS name of 253 bytes and a
/// port fit easily.
const MAX_BYTES: usize = 320;

impl<'a> Origin<'a> {
    /// Parses the value of an `Origin` header. `None` if the origin is malformed.
    ///
    /// Takes time linear in the length of the value, and reads at most 320 bytes.
    ///
    /// ```
    /// use edge_cors::Origin;
    ///
    /// assert!(Origin::parse(b"https://app.example.com").is_some());
    /// assert!(Origin::parse(b"https://app.example.com:443").is_none());
    /// assert_eq!(Origin::parse(b"null"), Some(Origin::Opaque));
    /// ```
    pub fn parse(value: &'a [u8]) -> Option<Self> {
        if value.len() > MAX_BYTES {
            return None;
        }
        let text = std::str::from_utf8(value).ok()?;
        if text == "null" {
            return Some(Self::Opaque);
        }
        let (scheme, rest) = split_scheme(text)?;
        let default = default_port(scheme);
        if default.is_none() && !is_scheme(scheme) {
            return None;
        }
        // A port has five digits at most. A colon further to the left is in an IPv6 address, or in no host.
        let may_have_port = rest.as_bytes().last_chunk::<6>().is_none_or(|last| last.contains(&b':'));
        let (host, port) = match may_have_port.then(|| split_port(rest)) {
            Some((host, Some(digits))) => (host, Some(parse_port(digits)?)),
            _ => (rest, None),
        };
        if port.is_some() && port == default {
            return None;
        }
        if !host::is_serialised(host, default.is_some()) {
            return None;
        }
        Some(Self::Tuple(TupleOrigin { text, scheme, host, port }))
    }

    /// The [serialisation](https://html.spec.whatwg.org/multipage/browsers.html#ascii-serialisation-of-an-origin)
    /// of this origin: the bytes that were parsed.
    pub fn as_str(&self) -> &'a str {
        match self {
            Self::Opaque => "null",
            Self::Tuple(origin) => origin.text,
        }
    }

    /// Whether a request with this scheme and authority was sent to this origin.
    ///
    /// `authority` is the request's `Host` or `:authority`. Its host is compared without regard to
    /// case, and it may contain the scheme's default port.
    pub(crate) fn is_same(&self, scheme: &[u8], authority: &[u8]) -> bool {
        let Self::Tuple(origin) = self else {
            return false;
        };
        if !origin.scheme.as_bytes().eq_ignore_ascii_case(scheme) {
            return false;
        }
        let Ok(authority) = std::str::from_utf8(authority) else {
            return false;
        };
        let (host, digits) = split_port(authority);
        let port = match digits {
            None => None,
            Some(digits) => match parse_port(digits) {
                None => return false,
                Some(port) => Some(port).filter(|_| default_port(origin.scheme) != Some(port)),
            },
        };
        origin.port == port && origin.host.eq_ignore_ascii_case(host)
    }
}

impl<'a> TupleOrigin<'a> {
    /// The scheme, in lower case: `https`.
    pub fn scheme(&self) -> &'a str {
        self.scheme
    }

    /// The host, as a URL serialises it: `app.example.com`, `127.0.0.1` or `[::1]`.
    pub fn host(&self) -> &'a str {
        self.host
    }

    /// The scheme and the host: `https://app.example.com`.
    pub(crate) fn without_port(&self) -> &'a str {
        self.text.get(..self.scheme.len() + "://".len() + self.host.len()).unwrap_or(self.text)
    }

    /// The port. `None` if it is the scheme's default port.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// Whether the host is the browser's own machine: `localhost` and names below it, `127.0.0.0/8`
    /// and `[::1]`.
    pub fn is_loopback(&self) -> bool {
        host::is_loopback(self.host)
    }
}

/// Splits `scheme://rest`.
///
/// `str::split_once` is made for needles of any length: for three bytes near the start it is slower,
/// and makes the filter larger.
pub(crate) fn split_scheme(text: &str) -> Option<(&str, &str)> {
    let end = text.bytes().position(|byte| byte == b':')?;
    Some((text.get(..end)?, text.get(end..)?.strip_prefix("://")?))
}

/// `serialized-scheme`: a lower-case letter, then lower-case letters, digits, `+`, `-`, `.`.
pub(crate) fn is_scheme(scheme: &str) -> bool {
    let mut bytes = scheme.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_lowercase())
        && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"+-.".contains(&b))
}

/// Splits `host[:port]`. Colons within the brackets of an IPv6 address do not start a port.
pub(crate) fn split_port(text: &str) -> (&str, Option<&str>) {
    let colon = text.bytes().rposition(|byte| byte == b':');
    match colon.and_then(|at| Some((text.get(..at)?, text.get(at + 1..)?))) {
        Some((host, port)) if !host.starts_with('[') || host.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    }
}

/// A port as a URL serialises it: 1 to 65535, in decimal without leading zeros.
pub(crate) fn parse_port(digits: &str) -> Option<u16> {
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    if !plain || digits.starts_with('0') {
        return None;
    }
    digits.parse().ok()
}

/// The [default port](https://url.spec.whatwg.org/#default-port) of a special scheme.
pub(crate) fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" | "ws" => Some(80),
        "https" | "wss" => Some(443),
        "ftp" => Some(21),
        _ => None,
    }
}

/// Whether a scheme is one of the URL standard's [special schemes] that have tuple origins: their
/// hosts are domains and addresses, those of all other schemes are opaque.
///
/// [special schemes]: https://url.spec.whatwg.org/#special-scheme
pub(crate) fn is_special(scheme: &str) -> bool {
    default_port(scheme).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn permitted(text: &str) {
        let origin = Origin::parse(text.as_bytes());
        assert_eq!(origin.map(|o| o.as_str()), Some(text));
    }

    #[track_caller]
    fn prohibited(value: impl AsRef<[u8]>) {
        let value = value.as_ref();
        assert_eq!(Origin::parse(value), None, "{}", value.escape_ascii());
    }

    #[test]
    fn origins_that_browsers_send() {
        for text in [
            "null",
            "https://example.com",
            "http://localhost",
            "http://localhost:3000",
            "https://a.b.c.d.example.com:8443",
            "https://xn--bcher-kva.example",
            "https://my_app.example.com",
            "https://-a-.example.com",
            "http://127.0.0.1:8080",
            "https://[::1]",
            "https://[2001:db8::1]:8443",
            "https://[::ffff:102:304]",
            "http://example.com:443",
            "https://example.com:80",
            "https://example.com:65535",
            "capacitor://localhost",
            "chrome-extension://gighmmpiobklfepjocnamgkkbiglidom",
            "moz-extension://4c2a6a0e-6b46-4b0b-8f5e-3c6d2b1a9f00",
            "tauri://localhost",
            "app://obsidian.md",
            "app://.",
            "app://MyApp",
            "app://MyApp:8080",
            "app://[::1]",
            "safari-web-extension://140BB581-A2C0-422A-9DD3-6982A5ABEE5E",
        ] {
            permitted(text);
        }
    }

    #[test]
    fn everything_else_is_malformed() {
        for text in [
            "",
            "*",
            "Null",
            "NULL",
            " null",
            "null ",
            "null,null",
            "example.com",
            "//example.com",
            "https:example.com",
            "https:/example.com",
            "https://",
            "https://:8080",
            "HTTPS://example.com",
            "https://Example.com",
            "https://example.com/",
            "https://example.com/path",
            "https://example.com?query",
            "https://example.com#fragment",
            "https://user@example.com",
            "https://user:secret@example.com",
            "https://example.com ",
            " https://example.com",
            "https://exa mple.com",
            "https://example.com\t",
            "https://example.com`",
            "https://example.com`.evil.example",
            "https://example.com.",
            "https://.example.com",
            "https://a..example.com",
            "https://example.com:",
            "https://example.com:0",
            "https://example.com:080",
            "https://example.com:+80",
            "https://example.com:65536",
            "https://example.com:443",
            "http://example.com:80",
            "https://example.com:8443:8443",
            "https://a.example, https://b.example",
            "https://a.example,https://b.example",
            "https://*.example.com",
            "https://ex%61mple.com",
            "https://bücher.example",
            "https://1.2.3",
            "https://1.2.3.256",
            "https://1.2.3.04",
            "https://0x7f.1",
            "https://2130706433",
            "https://[::1",
            "https://::1",
            "https://[::1]]",
            "https://[]",
            "https://[0:0:0:0:0:0:0:1]",
            "https://[::ffff:1.2.3.4]",
            "https://[2001:db8::0001]",
            "https://[2001:DB8::1]",
            "https://[fe80::1%25eth0]",
            "1https://example.com",
            "ht_tp://example.com",
            "javascript:alert(1)",
            "file://",
            "App://myapp",
            "app://my app",
            "app://a,app://b",
            "app://a/",
            "app://a\\b",
            "app://a?b",
            "app://a#b",
            "app://me@a",
            "app://a:0",
            "app://a:1:2",
            "app://[a]",
            "app://b\u{fc}cher",
        ] {
            prohibited(text);
        }
        prohibited(b"https://example.com\0");
        prohibited(b"https://\xff.example.com");
        prohibited(format!("https://{}.example.com", "a".repeat(64)));
        prohibited(format!("https://{}com", "a.".repeat(130)));
        prohibited(format!("https://{}", "a".repeat(70_000)));
    }

    #[test]
    fn same_origin_compares_scheme_host_and_port() {
        let same = |origin: &'static str, scheme: &str, authority: &str| {
            Origin::parse(origin.as_bytes()).unwrap().is_same(scheme.as_bytes(), authority.as_bytes())
        };
        assert!(same("https://example.com", "https", "example.com"));
        assert!(same("https://example.com", "https", "Example.COM:443"));
        assert!(same("http://localhost:3000", "http", "localhost:3000"));
        assert!(same("https://[::1]:8443", "https", "[::1]:8443"));
        assert!(!same("https://example.com", "http", "example.com"));
        assert!(!same("https://example.com", "https", "example.com:8443"));
        assert!(!same("https://example.com:8443", "https", "example.com"));
        assert!(!same("https://example.com", "https", "example.com:x"));
        assert!(!same("https://example.com", "https", ""));
        assert!(!same("null", "https", "null"));
    }
}
