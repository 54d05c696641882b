//! Hosts as a URL serialises them: registered names, IPv4 and bracketed IPv6 addresses.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

/// The longest DNS name and the longest label of one, in bytes (RFC 1035, section 2.3.4).
///
/// No opaque host is longer either: those of apps and extensions have some 40 bytes.
pub(crate) const MAX_HOST: usize = 253;
pub(crate) const MAX_LABEL: usize = 63;

/// Whether `host` could have come out of the URL standard's [host serialiser].
///
/// `special` says that the scheme is one of the URL standard's special schemes, in which a host
/// is a domain, and one that ends in a number must be an IPv4 address. In all others, it is
/// [opaque](is_opaque).
///
/// [host serialiser]: https://url.spec.whatwg.org/#concept-host-serializer
pub(crate) fn is_serialised(host: &str, special: bool) -> bool {
    if host.starts_with('[') {
        return is_ipv6(host);
    }
    if special { is_name(host) && (!ends_in_a_number(host) || is_ipv4(host)) } else { is_opaque(host) }
}

/// An [opaque host](https://url.spec.whatwg.org/#opaque-host), which schemes of apps and browser
/// extensions have: one or more characters of ASCII without the standard's forbidden host code
/// points, and without commas, by which hosts join two `Origin` lines. Case makes a difference.
pub(crate) fn is_opaque(host: &str) -> bool {
    let forbidden = |byte| {
        matches!(byte, b'#' | b'/' | b':' | b'<' | b'>' | b'?' | b'@' | b'[' | b'\\' | b']' | b'^' | b'|' | b',')
    };
    (1..=MAX_HOST).contains(&host.len()) && host.bytes().all(|byte| byte.is_ascii_graphic() && !forbidden(byte))
}

/// A registered name: dot-separated labels of lower-case letters, digits, `-` and `_`.
pub(crate) fn is_name(host: &str) -> bool {
    let is_label = |start, end: usize| (1..=MAX_LABEL).contains(&(end - start));
    let mut start = 0;
    for (at, byte) in host.bytes().enumerate() {
        match byte {
            b'.' if is_label(start, at) => start = at + 1,
            _ if is_label_byte(byte) => {}
            _ => return false,
        }
    }
    is_label(start, host.len()) && host.len() <= MAX_HOST
}

/// A byte that a label may contain. RFC 952 does not allow underscores in host names, but DNS,
/// browsers and real deployments do.
pub(crate) fn is_label_byte(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_')
}

/// The URL standard's "[ends in a number]": such a host is an IPv4 address or invalid.
///
/// [ends in a number]: https://url.spec.whatwg.org/#ends-in-a-number-checker
pub(crate) fn ends_in_a_number(host: &str) -> bool {
    // Most names end in another letter.
    if !host.bytes().next_back().is_some_and(|byte| byte.is_ascii_hexdigit() || byte == b'x') {
        return false;
    }
    let dot = host.bytes().rposition(|byte| byte == b'.');
    let last = dot.and_then(|at| host.get(at + 1..)).unwrap_or(host);
    let hexadecimal = last.strip_prefix("0x").is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
    hexadecimal || (!last.is_empty() && last.bytes().all(|b| b.is_ascii_digit()))
}

/// Four decimal numbers up to 255 without leading zeros.
pub(crate) fn is_ipv4(host: &str) -> bool {
    host.parse::<Ipv4Addr>().is_ok()
}

/// Whether `host` is an IPv6 address in brackets, in the one spelling that the URL standard's
/// [IPv6 serialiser] writes: RFC 5952, section 4, without its embedded IPv4 form.
///
/// [IPv6 serialiser]: https://url.spec.whatwg.org/#concept-ipv6-serializer
fn is_ipv6(host: &str) -> bool {
    let text = host.strip_prefix('[').and_then(|h| h.strip_suffix(']'));
    let Some((text, address)) = text.and_then(|text| Some((text, text.parse::<Ipv6Addr>().ok()?))) else {
        return false;
    };
    let mut rest = Rest(text);
    write_ipv6(address, &mut rest).is_ok() && rest.0.is_empty()
}

/// Writes an address as the URL standard does. std writes `::ffff:1.2.3.4` where the URL standard
/// has `::ffff:102:304`.
pub(crate) fn write_ipv6(address: Ipv6Addr, to: &mut impl fmt::Write) -> fmt::Result {
    match address.to_ipv4_mapped().map(|_| address.segments()) {
        Some([.., high, low]) => write!(to, "::ffff:{high:x}:{low:x}"),
        None => write!(to, "{address}"),
    }
}

/// What remains of a string that is compared with what is written: no copy is made.
struct Rest<'t>(&'t str);

impl fmt::Write for Rest<'_> {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        self.0 = self.0.strip_prefix(part).ok_or(fmt::Error)?;
        Ok(())
    }
}

/// Whether a host is a loopback host, where `http://` is as safe as `https://`.
///
/// These are the hosts of the Secure Contexts standard's "[potentially trustworthy]".
///
/// [potentially trustworthy]: https://w3c.github.io/webappsec-secure-contexts/#is-origin-trustworthy
pub(crate) fn is_loopback(host: &str) -> bool {
    let name = host == "localhost" || host.ends_with(".localhost");
    name || (host.starts_with("127.") && is_ipv4(host)) || host == "[::1]"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_of_each_ipv6_address() {
        for canonical in
            ["::", "::1", "1::", "1:2:3:4:5:6:7:8", "1:0:2::3", "1::2:0:0:3:4", "fe80::1", "::ffff:102:304"]
        {
            assert!(is_ipv6(&format!("[{canonical}]")), "{canonical}");
        }
        for other in [
            "0::1",
            "::0",
            "1::2:0:0:0:3",
            "1::2:3:4:5:6:7",
            "01::",
            "1:2:0:0:5:6:7:8",
            "::1::",
            ":::",
            "1",
            "::ffff:1.2.3.4",
        ] {
            assert!(!is_ipv6(&format!("[{other}]")), "{other}");
        }
    }

    /// std prints addresses as a URL does, except those with an embedded IPv4 address.
    #[track_caller]
    fn check_ipv6(text: &str) {
        let printed = text.parse::<Ipv6Addr>().map(|address| address.to_string());
        assert_eq!(is_ipv6(&format!("[{text}]")), printed.as_deref() == Ok(text) && !text.contains('.'), "{text}");
    }

    #[test]
    fn every_pattern_of_zeros() {
        for mask in 0..=u8::MAX {
            let segments = std::array::from_fn(|i| u16::from(mask & (1 << i) != 0) * 0xabc);
            let printed = Ipv6Addr::from(segments).to_string();
            check_ipv6(&printed);
            check_ipv6(&segments.map(|segment| format!("{segment:x}")).join(":"));
            for at in 0..printed.len() {
                let (before, after) = printed.split_at(at);
                let (_, shorter) = after.split_at(1);
                for with in ["", ":", "0", "::", "12", "F"] {
                    check_ipv6(&format!("{before}{with}{after}"));
                    check_ipv6(&format!("{before}{with}{shorter}"));
                }
            }
        }
    }

    #[test]
    fn ipv4_addresses() {
        for text in ["0.0.0.0", "255.255.255.255", "1.2.3.4", "256.0.0.1", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1..2.3"] {
            assert_eq!(is_ipv4(text), text.parse::<Ipv4Addr>().is_ok(), "{text}");
        }
        for text in ["", "...", "1.2.3.", "+1.2.3.4", "1.2.3.4 ", "1.2.3.0004", "1.2.3.99999"] {
            assert!(!is_ipv4(text), "{text}");
        }
    }

    #[test]
    fn opaque_hosts() {
        for host in [".", "MyApp", "a..b", "140BB581-A2C0", "a%2fb", &"a".repeat(253)] {
            assert!(is_serialised(host, false), "{host}");
        }
        for host in ["", "a/b", "a\\b", "a?b", "a#b", "a@b", "a:1", "a b", "a,b", "a\nb", "é", "[a]", &"a".repeat(254)]
        {
            assert!(!is_serialised(host, false), "{host}");
        }
    }

    #[test]
    fn loopback_hosts() {
        for host in ["localhost", "app.localhost", "127.0.0.1", "127.9.9.9", "[::1]"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["localhost.example", "notlocalhost", "128.0.0.1", "[::2]", "127.0.0.1.example"] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
