//! What a text was meant to be that is not an origin pattern.

use std::net::Ipv6Addr;

use super::pattern::{OriginPattern, has_port_of_its_own};
use super::{default_port, host, is_special, split_port};

/// The pattern that was most likely meant by `text`, if there is one.
///
/// ```
/// use edge_cors::respell;
///
/// assert_eq!(respell("HTTPS://Bücher.example:443/").as_deref(), Some("https://xn--bcher-kva.example"));
/// assert_eq!(respell("example.com").as_deref(), Some("https://example.com"));
/// assert_eq!(respell("https://exa*mple.com"), None);
/// ```
pub fn respell(text: &str) -> Option<String> {
    let text = text.trim();
    if text.eq_ignore_ascii_case("null") {
        return Some("null".to_owned());
    }
    let slashes = ['/', '\\'];
    let (scheme, rest) = match text.split_once(':') {
        Some((scheme, rest)) if rest.starts_with(slashes) => (Some(scheme.to_ascii_lowercase()), rest),
        _ => (None, text),
    };
    let rest = rest.trim_start_matches(slashes);
    let (authority, path) = rest.split_at_checked(rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len()))?;
    let authority = authority.rsplit('@').next()?;
    let (host, port) = split_port(authority);
    if has_port_of_its_own(host) || is_address_range(host, path) {
        return None;
    }
    // The host of an app's scheme is what it is, in its own case.
    let special = scheme.as_deref().is_none_or(is_special);
    let host = if special { respell_host(host)? } else { host.to_owned() };
    let scheme = match scheme.as_deref() {
        // A page that opens a WebSocket is one of http or https.
        Some("ws") => "http",
        Some("wss") => "https",
        Some(scheme) => scheme,
        None if host::is_loopback(&host) => "http",
        // Nobody means a single word as a host.
        None if host.contains('.') => "https",
        None => return None,
    };
    let mut spelling = format!("{scheme}://{host}");
    let default = default_port(scheme).map(|port| port.to_string());
    if let Some(port) = port.filter(|port| !port.is_empty() && Some(*port) != default.as_deref()) {
        spelling.push(':');
        spelling.push_str(port);
    }
    OriginPattern::parse(&spelling).ok().map(|_| spelling)
}

/// The patterns that were most likely meant by a string with several of them, separated by commas or
/// spaces.
pub(crate) fn respell_list(text: &str) -> Option<Vec<String>> {
    let entries = text.split([',', ';', ' ']).filter(|entry| !entry.is_empty());
    let pattern = |entry: &str| match OriginPattern::parse(entry) {
        // Beside other origins, "*" is an error.
        Ok(OriginPattern::Any | OriginPattern::Opaque) => None,
        Ok(_) => Some(entry.to_owned()),
        Err(_) => respell(entry).filter(|meant| meant != "null"),
    };
    entries.map(pattern).collect()
}

/// Whether a host and what follows it are addresses in CIDR notation, which no pattern can say:
/// the first address alone is not what is meant.
fn is_address_range(host: &str, path: &str) -> bool {
    let bits = path.strip_prefix('/').unwrap_or_default();
    let address = host.starts_with('[') || host::ends_in_a_number(host);
    address && !bits.is_empty() && bits.bytes().all(|byte| byte.is_ascii_digit())
}

fn respell_host(host: &str) -> Option<String> {
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')?.parse::<Ipv6Addr>().ok());
    if let Some(address) = address {
        let mut spelling = String::new();
        host::write_ipv6(address, &mut spelling).ok()?;
        return Some(format!("[{spelling}]"));
    }
    let labels: Option<Vec<String>> = host.trim_end_matches('.').split('.').map(to_ascii).collect();
    labels.map(|labels| labels.join("."))
}

/// A label in lower-case ASCII, by Punycode if necessary. `None` if it is too long for a label, or
/// contains a capital letter that [`to_lower`] does not convert.
fn to_ascii(label: &str) -> Option<String> {
    if label.chars().count() > host::MAX_LABEL {
        return None;
    }
    let label: String = label.chars().map(to_lower).collect::<Option<_>>()?;
    if label.is_ascii() {
        return Some(label);
    }
    punycode::encode(&label).ok().map(|encoded| format!("xn--{encoded}"))
}

/// The small letter of the Latin, Greek and Cyrillic capitals in everyday use. std converts all
/// others too, but its table would make the filter noticeably larger.
fn to_lower(c: char) -> Option<char> {
    match c {
        'À'..='Ö' | 'Ø'..='Þ' | 'Α'..='Ρ' | 'Σ'..='Ϋ' | 'А'..='Я' => char::from_u32(u32::from(c) + 32),
        _ if c.is_ascii() || !c.is_uppercase() => Some(c.to_ascii_lowercase()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_letters_are_those_of_unicode_or_unknown() {
        for c in '\0'..=char::MAX {
            match to_lower(c) {
                Some(small) if small == c => assert!(!c.is_uppercase(), "{c:?}"),
                Some(small) => assert!(c.to_lowercase().eq([small]), "{c:?}"),
                None => assert!(c.is_uppercase(), "{c:?}"),
            }
        }
        for (text, small) in [("ÀÖØÞ", "àöøþ"), ("ΑΡΣΩ", "αρσω"), ("АЯ", "ая"), ("Zß中", "zß中")]
        {
            assert_eq!(text.chars().map(to_lower).collect::<Option<String>>().as_deref(), Some(small));
        }
    }
}
