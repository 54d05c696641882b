//! Names to addresses, without a way from a public server to a private one.

use std::fmt;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use super::address::Reach;

/// Resolves names as the machine does, and drops the addresses that must not be connected to.
#[derive(Debug)]
pub(super) struct Guarded {
    /// The host of the URL that the user has named: every address of it is fine.
    own_host: String,
    /// Whether that host has a private address, so other private ones are no surprise.
    own_is_private: AtomicBool,
    inner: DefaultResolver,
}

/// A host has only addresses that must not be connected to: this is one.
#[derive(Debug)]
pub(super) struct Private(pub(super) IpAddr);

impl std::error::Error for Private {}

impl fmt::Display for Private {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is a private address", self.0)
    }
}

impl Guarded {
    pub(super) fn new(own_host: &str) -> Self {
        Self {
            own_host: own_host.to_owned(),
            own_is_private: AtomicBool::new(false),
            inner: DefaultResolver::default(),
        }
    }

    fn permits(&self, address: IpAddr) -> bool {
        match Reach::of(address) {
            Reach::Public => true,
            Reach::Private => self.own_is_private.load(Ordering::Relaxed),
            Reach::Link => false,
        }
    }
}

impl Resolver for Guarded {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let found = self.inner.resolve(uri, config, timeout)?;
        if uri.host().is_some_and(|host| host.eq_ignore_ascii_case(&self.own_host)) {
            let is_private = found.iter().any(|address| Reach::of(address.ip()) != Reach::Public);
            self.own_is_private.store(is_private, Ordering::Relaxed);
            return Ok(found);
        }
        let mut permitted = self.empty();
        for address in found.iter().filter(|address| self.permits(address.ip())) {
            permitted.push(*address);
        }
        match (permitted.is_empty(), found.first()) {
            (true, Some(refused)) => Err(Error::Other(Box::new(Private(refused.ip())))),
            _ => Ok(permitted),
        }
    }
}
