//! Sets of ports, as patterns name them.

use super::pattern::PortPattern;

/// The ports on which a host is allowed.
#[derive(Debug, Default)]
pub(crate) struct Ports {
    any: bool,
    /// Whether the scheme's default port is one.
    default: bool,
    /// The others, sorted.
    listed: Vec<u16>,
}

impl Ports {
    pub(crate) fn contain(&self, port: Option<u16>) -> bool {
        self.any || port.map_or(self.default, |port| self.listed.binary_search(&port).is_ok())
    }

    pub(crate) fn insert(&mut self, port: PortPattern) {
        match port {
            PortPattern::Any => self.any = true,
            PortPattern::Exactly(None) => self.default = true,
            PortPattern::Exactly(Some(port)) => {
                if let Err(at) = self.listed.binary_search(&port) {
                    self.listed.insert(at, port);
                }
            }
        }
    }

    /// The widest entry that covers `port`.
    pub(crate) fn covering(&self, port: PortPattern) -> Option<PortPattern> {
        match port {
            _ if self.any => Some(PortPattern::Any),
            PortPattern::Exactly(exact) if self.contain(exact) => Some(port),
            _ => None,
        }
    }
}
