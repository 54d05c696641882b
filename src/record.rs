//! Records: what is worth a line in the log about one exchange.

mod json;

use std::fmt::{self, Write};

use crate::shadow::Change;
use crate::verdict::Verdict;

/// A refusal, or a verdict that a candidate policy would change.
///
/// What the client sent is escaped and shortened: see [`Record::origin`].
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    pub(crate) policy: &'a str,
    pub(crate) verdict: Verdict,
    pub(crate) enforced: bool,
    pub(crate) candidate: Option<(&'a str, Change)>,
    /// As the client sent it.
    pub(crate) origin: &'a [u8],
}

/// The most bytes of a client's value that are logged.
const MAX_LOGGED: usize = 128;

impl<'a> Record<'a> {
    /// The policy's name.
    pub fn policy(&self) -> &'a str {
        self.policy
    }

    /// What was decided.
    pub fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// Whether the policy acted on its verdict, rather than only reported it.
    pub fn is_enforced(&self) -> bool {
        self.enforced
    }

    /// The candidate policy and what it would change.
    pub fn candidate(&self) -> Option<(&'a str, Change)> {
        self.candidate
    }

    /// The value of `Origin`: printable ASCII as it is, everything else as `\xNN`, and no more
    /// than its first 128 bytes.
    pub fn origin(&self) -> impl fmt::Display + use<'a> {
        Escaped(self.origin)
    }
}

/// `refused app.preflight.origin-not-allowed, origin "https://evil.example"`, on one line.
impl fmt::Display for Record<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = match (self.verdict.refuses(), self.enforced) {
            (false, _) => "allowed",
            (true, true) => "refused",
            (true, false) => "would refuse",
        };
        write!(f, "{verb} {}.{}, origin \"{}\"", self.policy, self.verdict, self.origin())?;
        if let Some((candidate, change)) = self.candidate {
            write!(f, ", candidate {candidate}: {change}")?;
        }
        Ok(())
    }
}

/// Bytes from a request, safe in a log.
pub(crate) struct Escaped<'a>(pub(crate) &'a [u8]);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (shown, more) = self.0.split_at_checked(MAX_LOGGED).unwrap_or((self.0, &[]));
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
        assert_eq!(Escaped(b"https://a.example").to_string(), "https://a.example");
        assert_eq!(Escaped(b"a\nb\x1b[31m\"\\\xff").to_string(), "a\\x0ab\\x1b[31m\\\"\\\\\\xff");
        assert_eq!(Escaped(&[b'x'; 1000]).to_string(), "x".repeat(128) + "…");
    }
}
