//! Serialised origins, and the patterns that match them: docs/behaviour.md, section 2, and docs/configuration.md,
//! section "Origin patterns".

use regex::Regex;

/// An origin that is not opaque.
#[derive(Debug, PartialEq, Eq)]
struct Tuple<'o> {
    scheme: &'o str,
    host: &'o str,
    port: Option<u32>,
}

/// Whether a value is a serialised origin.
pub(crate) fn is_origin(value: &str) -> bool {
    value == "null" || value.len() <= 320 && tuple(value).is_some()
}

/// The parts of a serialised origin; `None` if it is opaque or none.
fn tuple(value: &str) -> Option<Tuple<'_>> {
    let (scheme, rest) = value.split_once("://")?;
    let mut letters = scheme.chars();
    let is_scheme = letters.next().is_some_and(|c| c.is_ascii_lowercase())
        && letters.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "+-.".contains(c));
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (rest, None),
    };
    let number = port.map(|port| port.parse::<u32>().ok().filter(|number| number.to_string() == port));
    let is_port = number.is_none_or(|number| {
        number.is_some_and(|number| (1..=65_535).contains(&number) && default_port(scheme) != Some(number))
    });
    let is_host = if is_special(scheme) { is_web_host(host) } else { is_opaque_host(host) };
    (is_scheme && is_port && is_host).then_some(Tuple { scheme, host, port: number.flatten() })
}

fn default_port(scheme: &str) -> Option<u32> {
    match scheme {
        "http" | "ws" => Some(80),
        "https" | "wss" => Some(443),
        "ftp" => Some(21),
        _ => None,
    }
}

fn is_special(scheme: &str) -> bool {
    default_port(scheme).is_some()
}

/// A lower-case name, an IPv4 address or a bracketed IPv6 address.
fn is_web_host(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[') {
        let address = address.strip_suffix(']').and_then(|address| address.parse::<std::net::Ipv6Addr>().ok());
        return address.is_some_and(|address| serialize(address) == host);
    }
    let labels: Vec<&str> = host.split('.').collect();
    let last = labels.last().copied().unwrap_or_default();
    let is_number = last.bytes().all(|b| b.is_ascii_digit())
        || last.strip_prefix("0x").is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
    if is_number {
        return host.parse::<std::net::Ipv4Addr>().is_ok();
    }
    host.len() <= 253
        && labels.iter().all(|label| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
        })
}

/// The [serialisation of an IPv6 address](https://url.spec.whatwg.org/#concept-ipv6-serializer): never with the
/// dotted form that Rust uses for some.
fn serialize(address: std::net::Ipv6Addr) -> String {
    let pieces = address.segments();
    let mut best: Option<(usize, usize)> = None;
    for start in 0..8 {
        let zeros = pieces[start..].iter().take_while(|piece| **piece == 0).count();
        if zeros > 1 && best.is_none_or(|(_, most)| zeros > most) {
            best = Some((start, zeros));
        }
    }
    let hex = |pieces: &[u16]| pieces.iter().map(|piece| format!("{piece:x}")).collect::<Vec<_>>().join(":");
    match best {
        Some((start, zeros)) => format!("[{}::{}]", hex(&pieces[..start]), hex(&pieces[start + zeros..])),
        None => format!("[{}]", hex(&pieces)),
    }
}

fn is_opaque_host(host: &str) -> bool {
    (1..=253).contains(&host.len()) && host.bytes().all(|b| b.is_ascii_graphic() && !b",#/:<>?@[\\]^|".contains(&b))
        || is_web_host(host) && host.starts_with('[')
}

/// An entry of `allowOrigins` or `timingAllowOrigins`.
#[derive(Debug)]
pub(crate) enum Pattern {
    Text(String),
    Regex(Regex),
}

impl Pattern {
    /// Whether a serialised origin matches.
    pub(crate) fn matches(&self, value: &str) -> bool {
        if !is_origin(value) {
            return false;
        }
        let pattern = match self {
            Self::Text(pattern) => pattern,
            Self::Regex(regex) => return value != "null" && regex.is_match(value),
        };
        if pattern == "*" {
            return true;
        }
        let Some(origin) = tuple(value) else {
            return pattern == "null" && value == "null";
        };
        let Some((scheme, rest)) = pattern.split_once("://") else {
            return false;
        };
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            _ => (rest, None),
        };
        let is_port = match port {
            Some("*") => true,
            Some(port) => origin.port.map(|port| port.to_string()).as_deref() == Some(port),
            None => origin.port.is_none(),
        };
        let upper = !is_special(scheme);
        let is_host = match host.strip_prefix("*") {
            Some("") => true,
            Some(parent) => origin.host.strip_suffix(parent).is_some_and(|below| !below.is_empty()),
            None => is_text(host, origin.host, upper),
        };
        scheme == origin.scheme && is_port && is_host
    }
}

/// Whether a text matches a pattern with placeholders.
fn is_text(pattern: &str, text: &str, upper: bool) -> bool {
    if let Some((name, rest)) = pattern.strip_prefix('{').and_then(|tail| tail.split_once('}')) {
        let is_in = |c: char| {
            let c = if upper { c.to_ascii_lowercase() } else { c };
            match name {
                "digits" => c.is_ascii_digit(),
                "hex" => c.is_ascii_digit() || ('a'..='f').contains(&c),
                "alnum" => c.is_ascii_digit() || c.is_ascii_lowercase(),
                _ => c.is_ascii_digit() || c.is_ascii_lowercase() || c == '-' || c == '_',
            }
        };
        let most = text.chars().take_while(|c| is_in(*c)).count();
        return (1..=most).any(|length| is_text(rest, &text[length..], upper));
    }
    match (pattern.chars().next(), text.chars().next()) {
        (None, None) => true,
        (Some(a), Some(b)) => a == b && is_text(&pattern[a.len_utf8()..], &text[b.len_utf8()..], upper),
        _ => false,
    }
}

/// Whether an origin is that of a URL with this scheme and authority.
pub(crate) fn is_same(value: &str, scheme: &str, authority: &str) -> bool {
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()),
        _ => (authority, None),
    };
    let port = port.filter(|port| default_port(scheme) != Some(*port));
    tuple(value).is_some_and(|origin| origin == Tuple { scheme, host: &host.to_ascii_lowercase(), port })
}
