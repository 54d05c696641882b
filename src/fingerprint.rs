//! The fingerprint of a configuration: a short mark that tells two texts apart.

use std::fmt;

use crate::hash::Rolling;

/// A mark of a configuration's text: the same text has the same mark on every edge and in every version,
/// so one look at the logs or gauges of many edges shows whether all have the same configuration.
///
/// It displays as 8 hexadecimal digits. It is not a cryptographic hash: it finds differences, not forgeries.
///
/// ```
/// use edge_cors::Fingerprint;
///
/// let mark = Fingerprint::of(br#"{"allowOrigins": ["https://app.example.com"]}"#);
/// assert_eq!(mark.to_string(), "56e0654d");
/// assert_ne!(mark, Fingerprint::of(br#"{"allowOrigins": ["https://app.example.org"]}"#));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fingerprint(u64);

impl Fingerprint {
    /// The fingerprint of a text, byte by byte: white space matters.
    pub fn of(source: &[u8]) -> Self {
        Self(Rolling::new().with(source).finish())
    }

    /// The digits that it displays, as a number: what a gauge shows.
    pub fn value(self) -> u32 {
        // The low half mixes both halves.
        u32::try_from(self.0 & u64::from(u32::MAX)).unwrap_or_default()
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.value())
    }
}
