//! Why a server could not be asked.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

/// Why there is no reply. Its text is a sentence or two: what happened, and what to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(dead_code, reason = "with the feature net, there is always a network; without it, nothing else can fail")]
pub(crate) enum Failure {
    /// This build has no network.
    NoNetwork,
    /// The URL has a scheme other than `http` and `https`: this.
    Scheme(String),
    /// The request cannot be sent, for this reason.
    Request(String),
    /// The name does not resolve.
    NameNotResolved {
        /// The name.
        host: String,
    },
    /// A public server redirects to a private address.
    PrivateAddress {
        /// The host of the redirect's target.
        host: String,
        /// Its address.
        address: IpAddr,
    },
    /// Nothing listens there.
    Refused {
        /// Host and port.
        server: String,
    },
    /// There is no way there.
    Unreachable {
        /// Host and port.
        server: String,
        /// The words of the operating system.
        why: String,
    },
    /// There is no agreement on TLS.
    Tls {
        /// Host and port.
        server: String,
        /// Why.
        reason: TlsReason,
    },
    /// The time is over.
    TimedOut {
        /// Host and port.
        server: String,
        /// What took too long.
        phase: Phase,
        /// How long it was allowed to take.
        limit: Duration,
    },
    /// The connection was closed before the response was complete.
    ClosedEarly {
        /// Host and port.
        server: String,
    },
    /// The response is not HTTP.
    Garbage {
        /// Host and port.
        server: String,
        /// What is wrong with it.
        why: String,
    },
    /// The headers of the response are too large, or too many.
    TooLarge {
        /// Host and port.
        server: String,
        /// The limit, in words.
        limit: String,
    },
}

/// What a server was given too little time for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(feature = "net"), allow(dead_code, reason = "there is no network"))]
pub(crate) enum Phase {
    /// To resolve the name and to connect.
    Connect,
    /// To answer.
    Answer,
}

/// Why there is no agreement on TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(not(feature = "net"), allow(dead_code, reason = "there is no network"))]
pub(crate) enum TlsReason {
    /// No authority that this machine trusts has issued the certificate.
    UnknownIssuer,
    /// The certificate has expired.
    Expired,
    /// The certificate is not valid yet.
    NotYetValid,
    /// The certificate is for other names.
    OtherName,
    /// The server does not speak TLS.
    NotTls,
    /// Something else, in the words of the TLS library.
    Other(String),
}

impl Failure {
    /// Its stable name.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::NoNetwork => "no-network",
            Self::Scheme(_) => "scheme",
            Self::Request(_) => "request",
            Self::NameNotResolved { .. } => "name-not-resolved",
            Self::PrivateAddress { .. } => "private-address",
            Self::Refused { .. } => "refused",
            Self::Unreachable { .. } => "unreachable",
            Self::Tls { .. } => "tls",
            Self::TimedOut { .. } => "timed-out",
            Self::ClosedEarly { .. } => "closed-early",
            Self::Garbage { .. } => "garbage",
            Self::TooLarge { .. } => "too-large",
        }
    }
}

impl std::error::Error for Failure {}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoNetwork => {
                f.write_str("This build cannot ask servers. Install the one for your machine, as docs/cli.md shows.")
            }
            Self::Scheme(scheme) => {
                write!(f, "Only URLs with http:// and https:// can be asked, and this one has {scheme}:.")
            }
            Self::Request(why) => write!(f, "This request cannot be sent: {why}."),
            Self::NameNotResolved { host } => write!(
                f,
                "The name {host} does not resolve. Check its spelling, and whether only another network knows it."
            ),
            Self::PrivateAddress { host, address } => write!(
                f,
                "A redirect leads to {host}, which has the private address {address}. Redirects are followed to private \
                 addresses only if your own URL leads to one: to ask that server, name it yourself."
            ),
            Self::Refused { server } => {
                write!(f, "{server} refuses the connection. Check the port, and whether the server is running.")
            }
            Self::Unreachable { server, why } => write!(f, "{server} cannot be reached: {why}."),
            Self::Tls { server, reason } => write!(f, "There is no secure connection to {server}: {reason}"),
            Self::TimedOut { server, phase, limit } => {
                let seconds = limit.as_secs_f64();
                let what = match phase {
                    Phase::Connect => "Connecting took",
                    Phase::Answer => "The answer took",
                };
                write!(f, "{what} longer than {seconds} s: {server}. To wait longer, set --timeout.")
            }
            Self::ClosedEarly { server } => {
                write!(f, "{server} closed the connection before its response was complete.")
            }
            Self::Garbage { server, why } => {
                write!(f, "What {server} answers is not HTTP: {why}. Check the port.")
            }
            Self::TooLarge { server, limit } => {
                write!(f, "The headers of the response of {server} are too large: at most {limit} are read.")
            }
        }
    }
}

impl fmt::Display for TlsReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownIssuer => {
                "this machine does not trust the issuer of its certificate, and browsers block such requests until it \
                 does. If it is your own certificate authority, name its file in the variable SSL_CERT_FILE."
            }
            Self::Expired => "its certificate has expired, and browsers block such requests.",
            Self::NotYetValid => "its certificate is not valid yet. Check the clock.",
            Self::OtherName => "its certificate is for other names, and browsers block such requests.",
            Self::NotTls => "the server does not speak TLS on this port. Does its URL begin with http://?",
            Self::Other(words) => return write!(f, "{words}."),
        })
    }
}
