//! Which addresses are private.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// How public an address is, by the registries of special-purpose addresses (RFC 6890).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// The internet.
    Public,
    /// This machine, or its network.
    Private,
    /// The link only: also where clouds keep the credentials of their machines (169.254.169.254).
    Link,
}

impl Reach {
    pub(super) fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => of_ipv4(address),
            IpAddr::V6(address) => of_ipv6(address),
        }
    }
}

fn of_ipv4(address: Ipv4Addr) -> Reach {
    let [a, b, c, _] = address.octets();
    match (a, b, c) {
        (169, 254, _) => Reach::Link,
        // This network, private use, shared between carriers, loopback, the IETF's, benchmarks, multicast, reserved.
        (0 | 10 | 127 | 224.., _, _)
        | (100, 64..=127, _)
        | (172, 16..=31, _)
        | (192, 168, _)
        | (192, 0, 0)
        | (198, 18..=19, _) => Reach::Private,
        _ => Reach::Public,
    }
}

fn of_ipv6(address: Ipv6Addr) -> Reach {
    let segments = address.segments();
    if let Some(inner) = embedded(segments) {
        return of_ipv4(inner);
    }
    if address.is_unicast_link_local() {
        return Reach::Link;
    }
    let private = address.is_loopback()
        || address.is_unspecified()
        || address.is_unique_local()
        || address.is_multicast()
        // The site-local addresses of old.
        || matches!(segments, [0xfec0..=0xfeff, ..]);
    if private { Reach::Private } else { Reach::Public }
}

/// The IPv4 address that a packet to this address ends at: mapped, compatible, translated (RFC 6052) or 6to4.
fn embedded(segments: [u16; 8]) -> Option<Ipv4Addr> {
    let (high, low) = match segments {
        [0, 0, 0, 0, 0, 0xffff, high, low]
        | [0, 0, 0, 0, 0xffff, 0, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        | [0x2002, high, low, ..] => (high, low),
        [0, 0, 0, 0, 0, 0, high, low] if high != 0 => (high, low),
        _ => return None,
    };
    Some(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_in_every_disguise() {
        for (text, reach) in [
            ("8.8.8.8", Reach::Public),
            ("2606:4700::1111", Reach::Public),
            ("100.63.0.1", Reach::Public),
            ("172.32.0.1", Reach::Public),
            ("127.0.0.1", Reach::Private),
            ("127.9.9.9", Reach::Private),
            ("0.0.0.0", Reach::Private),
            ("10.1.2.3", Reach::Private),
            ("172.16.0.1", Reach::Private),
            ("192.168.0.1", Reach::Private),
            ("100.64.0.1", Reach::Private),
            ("198.18.0.1", Reach::Private),
            ("255.255.255.255", Reach::Private),
            ("224.0.0.251", Reach::Private),
            ("169.254.169.254", Reach::Link),
            ("::", Reach::Private),
            ("::1", Reach::Private),
            ("fd00::1", Reach::Private),
            ("ff02::1", Reach::Private),
            ("fec0::1", Reach::Private),
            ("fe80::1", Reach::Link),
            ("::ffff:127.0.0.1", Reach::Private),
            ("::ffff:8.8.8.8", Reach::Public),
            ("::127.0.0.1", Reach::Private),
            ("64:ff9b::10.0.0.1", Reach::Private),
            ("64:ff9b::169.254.169.254", Reach::Link),
            ("2002:7f00:1::", Reach::Private),
        ] {
            assert_eq!(Reach::of(text.parse().unwrap()), reach, "{text}");
        }
    }
}
