//! Questions to real servers: a request goes out, and what comes back is a reply or a failure with a reason.
//!
//! What is sent, and what a reply means, is up to the caller: there is no CORS in here.

#[cfg(feature = "net")]
mod address;
#[cfg(feature = "net")]
mod client;
mod failure;
#[cfg(feature = "net")]
mod resolver;

use std::time::Duration;

use url::Url;

pub(crate) use failure::Failure;

/// A response: the status, every header line in the order of arrival (lines with the same name
/// are next to each other), and the first 4 KiB of the body.
pub(crate) type Reply = http::Response<Vec<u8>>;

/// Whoever answers requests: a server, or a list of replies in a test.
pub(crate) trait Ask {
    /// Sends one request, without a body, and waits for the response. Redirects are not followed.
    ///
    /// The URI is absolute. `Host` follows from it; `Accept` and `User-Agent` are added if they are missing.
    fn ask(&mut self, request: &http::Request<()>) -> Result<Reply, Failure>;
}

/// How long a question may take.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(not(feature = "net"), allow(dead_code, reason = "there is nobody to wait for"))]
pub(crate) struct Limits {
    /// To resolve the name, connect, and agree on TLS.
    pub(crate) connect: Duration,
    /// Altogether.
    pub(crate) total: Duration,
}

impl Limits {
    /// The limits for answers within a time, in seconds.
    pub(crate) fn within(seconds: u64) -> Self {
        let total = Duration::from_secs(seconds);
        Self { connect: total.min(Duration::from_secs(5)), total }
    }
}

/// Refuses a URL with a user name or a password: pages cannot call it.
pub(crate) fn refuse_userinfo(url: &Url) -> Result<(), String> {
    match url.username().is_empty() && url.password().is_none() {
        true => Ok(()),
        false => {
            Err("browsers do not let pages call a URL with a user name or a password: leave them out, and send what \
                      the server needs with -H"
                .to_owned())
        }
    }
}

/// A client for the server of a URL that the user has named.
///
/// It keeps its connection. It also asks other servers, to which the first one redirects, but connects to private
/// addresses only if the user's own URL leads to one.
#[cfg(feature = "net")]
pub(crate) fn open(url: &Url, limits: Limits) -> Result<Box<dyn Ask>, Failure> {
    Ok(Box::new(client::Client::new(url, limits)?))
}

/// There are no sockets in this build.
#[cfg(not(feature = "net"))]
pub(crate) fn open(_: &Url, _: Limits) -> Result<Box<dyn Ask>, Failure> {
    Err(Failure::NoNetwork)
}

#[cfg(all(test, feature = "net"))]
mod tests;
