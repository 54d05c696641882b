//! Changes to the headers of an origin server's response.

/// A change to the headers of a response. Names are in lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edit<'a> {
    /// Remove every line of a header. It may be absent.
    Remove {
        /// Its name.
        name: &'static str,
    },
    /// Replace all lines of a header with this one.
    Set {
        /// Its name.
        name: &'static str,
        /// The value.
        value: &'a str,
    },
    /// Add a member to a header that is a list: behind the others, on their line if the host can do that, and
    /// otherwise on a line of its own (RFC 9110, section 5.3).
    Append {
        /// Its name.
        name: &'static str,
        /// The member.
        value: &'static str,
    },
}
