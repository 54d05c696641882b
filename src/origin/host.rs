//! Hosts as a URL serialises them: registered names, IPv4 and bracketed IPv6 addresses.

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

/// Four decimal numbers up to 255 without leading zeros.
pub(crate) fn is_ipv4(host: &str) -> bool {
    let number = |digits: &str| {
        let plain = digits.bytes().all(|b| b.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0'));
        plain && digits.parse::<u16>().is_ok_and(|number| number <= 255)
    };
    host.split('.').count() == 4 && host.split('.').all(number)
}

/// Whether `host` is an IPv6 address in brackets, in the one spelling that a URL serialises
/// (RFC 5952, section 4, without its embedded IPv4 form): `::` stands for the first of the
/// longest runs of two or more zeros.
///
/// Not std's parsers: they accept more, and are 3 kB of the filter.
fn is_ipv6(host: &str) -> bool {
    let Some(text) = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')) else {
        return false;
    };
    let gap = text.as_bytes().windows(2).position(|bytes| bytes == b"::");
    let parts = gap.and_then(|gap| Some((text.get(..gap)?, text.get(gap + 2..)?)));
    let (before, after) = parts.unwrap_or((text, ""));
    let (front, back) = (segments(before).count(), segments(after).count());
    if !segments(before).chain(segments(after)).all(is_segment) || front + back > 8 {
        return false;
    }
    let mut zeros = [true; 8];
    for (zero, segment) in zeros.iter_mut().zip(segments(before)) {
        *zero = segment == "0";
    }
    for (zero, segment) in zeros.iter_mut().rev().zip(segments(after).rev()) {
        *zero = segment == "0";
    }
    let (start, length) = longest_run(&zeros);
    match gap {
        None => front == 8 && length < 2,
        Some(_) => length >= 2 && start == front && length == 8 - front - back,
    }
}

/// The segments on one side of `::`, where there may be none.
fn segments(side: &str) -> impl DoubleEndedIterator<Item = &str> {
    side.split(':').filter(move |_| !side.is_empty())
}

/// Up to four lower-case hexadecimal digits without leading zeros.
fn is_segment(text: &str) -> bool {
    let hexadecimal = text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    (1..=4).contains(&text.len()) && hexadecimal && (text == "0" || !text.starts_with('0'))
}

/// Start and length of the first of the longest runs of zero segments.
fn longest_run(zeros: &[bool; 8]) -> (usize, usize) {
    let (mut best, mut start) = ((0, 0), 0);
    for (i, zero) in zeros.iter().enumerate() {
        if !zero {
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
    name || (host.starts_with("127.") && is_ipv4(host)) || host == "[::1]"
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

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

    /// std prints addresses as a URL does, but for the embedded IPv4 form.
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
    fn loopback_hosts() {
        for host in ["localhost", "app.localhost", "127.0.0.1", "127.9.9.9", "[::1]"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["localhost.example", "notlocalhost", "128.0.0.1", "[::2]", "127.0.0.1.example"] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
