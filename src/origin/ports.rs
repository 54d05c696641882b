//! Sets of ports, as patterns name them.

use super::pattern::PortPattern;

/// The ports on which a host is allowed.
#[derive(Debug, Default)]
pub(crate) struct Ports {
    any: bool,
    /// Sorted; 0 is the scheme's default port.
    listed: Vec<u16>,
}

impl Ports {
    pub(crate) fn contain(&self, port: Option<u16>) -> bool {
        self.any || self.listed.binary_search(&port.unwrap_or(0)).is_ok()
    }

    pub(crate) fn is_empty(&self) -> bool {
        !self.any && self.listed.is_empty()
    }

    pub(crate) fn insert(&mut self, port: PortPattern) {
        match port {
            PortPattern::Any => self.any = true,
            PortPattern::Exactly(port) => {
                let port = port.unwrap_or(0);
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
