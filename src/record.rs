//! Records: what is worth a line in the log about one exchange.

mod json;
mod limit;

pub use limit::{LogLimit, Omitted};

use std::fmt::{self, Write};

use crate::fingerprint::Fingerprint;
use crate::policy::Asked;
use crate::request::RequestHead;
use crate::shadow::Change;
use crate::verdict::Verdict;

/// A refusal, or a verdict that a candidate policy would change.
///
/// What the client sent is escaped and shortened: see [`Record::origin`]. The request is read when the
/// record is displayed, so a line that nobody logs costs nothing.
#[derive(Debug)]
pub struct Record<'a, R: RequestHead> {
    pub(crate) policy: &'a str,
    pub(crate) verdict: Verdict,
    pub(crate) outcome: Outcome,
    pub(crate) enforced: bool,
    pub(crate) candidate: Option<(&'a str, Change)>,
    pub(crate) asked: &'a Asked<R::Value>,
    pub(crate) request: &'a R,
    pub(crate) configuration: Option<Fingerprint>,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The edge granted the preflight.
    Granted,
    /// The edge refused the preflight, or rejected the request.
    Refused,
    /// The origin server got the request.
    Forwarded,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Granted => "granted",
            Self::Refused => "refused",
            Self::Forwarded => "forwarded",
        })
    }
}

/// The most bytes of a client's value that are logged.
const MAX_LOGGED: usize = 128;

impl<'a, R: RequestHead> Record<'a, R> {
    /// The policy's name.
    pub fn policy(&self) -> &'a str {
        self.policy
    }

    /// What was decided.
    pub fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// What became of the request.
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// Whether the policy acted on its verdict, rather than only reported it.
    pub fn is_enforced(&self) -> bool {
        self.enforced
    }

    /// The candidate policy and what it would change.
    pub fn candidate(&self) -> Option<(&'a str, Change)> {
        self.candidate
    }

    /// The same, with the configuration that decided: what
    /// [`PolicySet::fingerprint`](crate::PolicySet::fingerprint) returns.
    #[must_use]
    pub fn of(self, configuration: Option<Fingerprint>) -> Self {
        Self { configuration, ..self }
    }

    /// The configuration that decided, if it is known.
    pub fn configuration(&self) -> Option<Fingerprint> {
        self.configuration
    }

    /// The value of `Origin`: printable ASCII as it is, everything else as `\xNN`, and no more
    /// than its first 128 bytes.
    pub fn origin(&self) -> impl fmt::Display {
        Escaped(self.asked.origin())
    }

    /// The method of the request, escaped and shortened like the origin.
    pub fn method(&self) -> impl fmt::Display {
        Escaped(self.request.method())
    }

    /// The host that the request was sent to, escaped and shortened like the origin.
    pub fn host(&self) -> impl fmt::Display {
        Escaped(self.request.authority())
    }

    /// The path of the request, escaped and shortened like the origin. Without the query, which may
    /// contain secrets.
    pub fn path(&self) -> impl fmt::Display {
        Escaped(self.request.path().map(WithoutQuery))
    }

    /// The method that a preflight asks for, escaped and shortened like the origin.
    pub fn requested_method(&self) -> Option<impl fmt::Display> {
        match self.asked {
            Asked::Preflight { method, .. } => Some(Escaped(Some(method))),
            _ => None,
        }
    }

    /// The header names that a preflight asks for, escaped and shortened like the origin.
    pub fn requested_headers(&self) -> Option<impl fmt::Display> {
        match self.asked {
            Asked::Preflight { names: Some(names), .. } => Some(Escaped(Some(names))),
            _ => None,
        }
    }
}

/// On one line: `refused app.preflight.method-not-allowed, origin "https://app.example.com", OPTIONS
/// "api.example.com/v1/users", requested method "PUT", requested headers "content-type", configuration 56e0654d`.
impl<R: RequestHead> fmt::Display for Record<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.verdict.refuses(), self.enforced) {
            (false, _) => f.write_str("allowed")?,
            (true, true) => write!(f, "{}", self.outcome)?,
            (true, false) => f.write_str("would refuse")?,
        }
        write!(f, " {}.{}, origin \"{}\"", self.policy, self.verdict, self.origin())?;
        write!(f, ", {} \"{}{}\"", self.method(), self.host(), self.path())?;
        if let Some(method) = self.requested_method() {
            write!(f, ", requested method \"{method}\"")?;
        }
        if let Some(names) = self.requested_headers() {
            write!(f, ", requested headers \"{names}\"")?;
        }
        if let Some((candidate, change)) = self.candidate {
            write!(f, ", candidate {candidate}: {change}")?;
        }
        if let Some(fingerprint) = self.configuration {
            write!(f, ", configuration {fingerprint}")?;
        }
        Ok(())
    }
}

/// The part of a path before the query.
struct WithoutQuery<V>(V);

impl<V: AsRef<[u8]>> AsRef<[u8]> for WithoutQuery<V> {
    fn as_ref(&self) -> &[u8] {
        self.0.as_ref().split(|byte| *byte == b'?').next().unwrap_or_default()
    }
}

/// Bytes from a request, safe in a log. Without a value, nothing.
pub(crate) struct Escaped<V>(pub(crate) Option<V>);

impl<V: AsRef<[u8]>> fmt::Display for Escaped<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.0.as_ref().map(V::as_ref).unwrap_or_default();
        let (shown, more) = bytes.split_at_checked(MAX_LOGGED).unwrap_or((bytes, &[]));
        for byte in shown {
            match byte {
                b'"' | b'\\' => write!(f, "\\{}", char::from(*byte))?,
                b' '..=b'~' => f.write_char(char::from(*byte))?,
                _ => write!(f, "\\x{byte:02x}")?,
            }
        }
        if more.is_empty() { Ok(()) } else { f.write_str("…") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_clients_send_is_escaped_and_cut() {
        assert_eq!(Escaped(Some(b"https://a.example")).to_string(), "https://a.example");
        assert_eq!(Escaped(Some(b"a\nb\x1b[31m\"\\\xff")).to_string(), "a\\x0ab\\x1b[31m\\\"\\\\\\xff");
        assert_eq!(Escaped(Some([b'x'; 1000])).to_string(), "x".repeat(128) + "…");
        assert_eq!(Escaped(None::<&[u8]>).to_string(), "");
    }

    #[test]
    fn a_query_is_not_logged() {
        for (path, logged) in [("/a?token=1", "/a"), ("/a??", "/a"), ("/a", "/a"), ("?x", ""), ("", "")] {
            assert_eq!(Escaped(Some(WithoutQuery(path))).to_string(), logged);
        }
    }
}
