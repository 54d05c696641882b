//! Hosts as a URL serialises them: registered names, IPv4 and bracketed IPv6 addresses.

use std::net::{Ipv4Addr, Ipv6Addr};

/// The longest DNS name and the longest label of one, in bytes (RFC 1035, section 2.3.4).
const MAX_NAME: usize = 253;
const MAX_LABEL: usize = 63;

/// Whether `host` could have come out of the URL standard's [host serialiser].
///
/// `special` says that the scheme is one of the URL standard's special schemes, in which
/// a name that ends in a number must be an IPv4 address.
///
/// [host serialiser]: https://url.spec.whatwg.org/#concept-host-serializer
pub(crate) fn is_serialised(host: &str, special: bool) -> bool {
    if host.starts_with('[') {
        return is_ipv6(host);
    }
    is_name(host) && (!special || !ends_in_a_number(host) || is_ipv4(host))
}

/// A registered name: dot-separated labels of lower-case letters, digits, `-` and `_`.
pub(crate) fn is_name(host: &str) -> bool {
    let mut label = 0;
    for byte in host.bytes() {
        label = match byte {
            b'.' if label > 0 => 0,
            _ if is_label_byte(byte) && label < MAX_LABEL => label + 1,
            _ => return false,
        };
    }
    label > 0 && host.len() <= MAX_NAME
}

/// A byte that a label may contain. Underscores are no host-name characters of RFC 952,
/// but DNS, browsers and real deployments have them.
pub(crate) fn is_label_byte(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_')
}

/// The URL standard's "[ends in a number]": such a host is an IPv4 address or invalid.
///
/// [ends in a number]: https://url.spec.whatwg.org/#ends-in-a-number-checker
pub(crate) fn ends_in_a_number(host: &str) -> bool {
    let last = host.rsplit('.').next().unwrap_or(host);
    let hexadecimal = last.strip_prefix("0x").is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
    hexadecimal || (!last.is_empty() && last.bytes().all(|b| b.is_ascii_digit()))
}

/// Four decimal numbers without leading zeros: std's parser takes no other spelling.
pub(crate) fn is_ipv4(host: &str) -> bool {
    host.parse::<Ipv4Addr>().is_ok()
}

/// Whether `host` is an IPv6 address in brackets, in the one spelling that a URL serialises
/// (RFC 5952, section 4, without its embedded IPv4 form).
fn is_ipv6(host: &str) -> bool {
    let inner = host.strip_prefix('[').and_then(|h| h.strip_suffix(']'));
    let Some(inner) = inner else { return false };
    let Ok(address) = inner.parse::<Ipv6Addr>() else {
        return false;
    };
    let upper = inner.bytes().any(|b| b.is_ascii_uppercase());
    !upper && !inner.contains('.') && is_canonical(inner, &address.segments())
}

/// Whether `text`, which parses to `segments`, abbreviates the first of the longest runs of
/// two or more zeros, nothing else, and writes no leading zero.
fn is_canonical(text: &str, segments: &[u16; 8]) -> bool {
    let leading_zero = |piece: &str| piece.len() > 1 && piece.starts_with('0');
    if text.split(':').any(leading_zero) {
        return false;
    }
    let (start, length) = longest_zero_run(segments);
    match text.split_once("::") {
        None => length < 2,
        Some((before, after)) => {
            let pieces = |side: &str| side.split(':').filter(|p| !p.is_empty()).count();
            length >= 2 && pieces(before) == start && pieces(after) == 8 - start - length
        }
    }
}

/// Start and length of the first of the longest runs of zero segments.
fn longest_zero_run(segments: &[u16; 8]) -> (usize, usize) {
    let (mut best, mut start) = ((0, 0), 0);
    for (i, segment) in segments.iter().enumerate() {
        if *segment != 0 {
            start = i + 1;
        } else if i + 1 - start > best.1 {
            best = (start, i + 1 - start);
        }
    }
    best
}

/// Whether a host is a loopback host: on it, `http://` is as safe as `https://`.
///
/// These are the hosts of the Secure Contexts standard's "[potentially trustworthy]".
///
/// [potentially trustworthy]: https://w3c.github.io/webappsec-secure-contexts/#is-origin-trustworthy
pub(crate) fn is_loopback(host: &str) -> bool {
    let name = host == "localhost" || host.ends_with(".localhost");
    let ipv4 = host.parse::<Ipv4Addr>().is_ok_and(|a| a.is_loopback());
    name || ipv4 || host == "[::1]"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_of_each_ipv6_address() {
        for canonical in ["::", "::1", "1::", "1:2:3:4:5:6:7:8", "1:0:2::3", "1::2:0:0:3:4", "fe80::1"] {
            assert!(is_ipv6(&format!("[{canonical}]")), "{canonical}");
        }
        for other in ["0::1", "::0", "1::2:0:0:0:3", "1::2:3:4:5:6:7", "01::", "1:2:0:0:5:6:7:8", "::1::", ":::", "1"] {
            assert!(!is_ipv6(&format!("[{other}]")), "{other}");
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
