//! The address spaces of [Local Network Access](https://wicg.github.io/local-network-access/).

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// How private an address is, judging by the URL alone: a name counts as public unless it is a local
/// one, whatever it resolves to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AddressSpace {
    /// The internet.
    Public,
    /// The network of the machine.
    Local,
    /// The machine itself.
    Loopback,
}

impl AddressSpace {
    /// The address space of a URL's host.
    pub fn of(url: &Url) -> Self {
        match url.host() {
            Some(Host::Domain(name)) => Self::of_name(name),
            Some(Host::Ipv4(address)) => Self::of_ipv4(address),
            Some(Host::Ipv6(address)) => Self::of_ipv6(address),
            None => Self::Public,
        }
    }

    fn of_name(name: &str) -> Self {
        if name == "localhost" || name.ends_with(".localhost") {
            Self::Loopback
        } else if name.ends_with(".local") {
            Self::Local
        } else {
            Self::Public
        }
    }

    fn of_ipv4(address: Ipv4Addr) -> Self {
        if address.is_loopback() {
            Self::Loopback
        } else if address.is_private() || address.is_link_local() {
            Self::Local
        } else {
            Self::Public
        }
    }

    fn of_ipv6(address: Ipv6Addr) -> Self {
        match address.to_ipv4_mapped() {
            Some(address) => Self::of_ipv4(address),
            None if address.is_loopback() => Self::Loopback,
            None if address.is_unique_local() || address.is_unicast_link_local() => Self::Local,
            None => Self::Public,
        }
    }
}

impl fmt::Display for AddressSpace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Public => "public",
            Self::Local => "local",
            Self::Loopback => "loopback",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_by_their_text() {
        for (url, space) in [
            ("https://example.com", AddressSpace::Public),
            ("http://8.8.8.8", AddressSpace::Public),
            ("http://192.168.1.10:8080", AddressSpace::Local),
            ("http://10.0.0.1", AddressSpace::Local),
            ("http://printer.local", AddressSpace::Local),
            ("http://[fd00::1]", AddressSpace::Local),
            ("http://localhost:3000", AddressSpace::Loopback),
            ("http://127.0.0.2", AddressSpace::Loopback),
            ("http://[::1]", AddressSpace::Loopback),
            ("http://[::ffff:192.168.0.1]", AddressSpace::Local),
        ] {
            assert_eq!(AddressSpace::of(&Url::parse(url).unwrap()), space, "{url}");
        }
    }
}
