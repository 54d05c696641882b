//! How much of what clients send is logged.

use std::fmt;

/// Counts the lines about requests in one second. Clients choose how many there could be, and every line costs as
/// much as a request.
///
/// ```
/// use edge_cors::LogLimit;
///
/// let mut limit = LogLimit::default();
/// assert!((0..LogLimit::LINES_A_SECOND).all(|_| limit.admit(7).is_some()));
/// assert!(limit.admit(7).is_none());
/// let omitted = limit.admit(8).unwrap();
/// assert_eq!(omitted.to_string(), "1 lines were omitted: at most 100 a second are logged");
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct LogLimit {
    second: u64,
    lines: u32,
    omitted: u32,
}

impl LogLimit {
    /// The most lines in a second. More would say little more.
    pub const LINES_A_SECOND: u32 = 100;

    /// Whether a line may be logged in this second. If so, how many before it were omitted.
    ///
    /// `second` is a number that is another one in each second.
    pub fn admit(&mut self, second: u64) -> Option<Omitted> {
        if second != self.second {
            (self.second, self.lines) = (second, 0);
        }
        if self.lines < Self::LINES_A_SECOND {
            self.lines += 1;
            return Some(Omitted(std::mem::take(&mut self.omitted)));
        }
        self.omitted = self.omitted.saturating_add(1);
        None
    }
}

/// How many lines were omitted before one that is logged. It displays as what the log says about them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Omitted(u32);

impl Omitted {
    /// The number of lines.
    pub fn count(self) -> u32 {
        self.0
    }
}

impl fmt::Display for Omitted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} lines were omitted: at most {} a second are logged", self.0, LogLimit::LINES_A_SECOND)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_omitted_is_counted() {
        let mut limit = LogLimit::default();
        for _ in 0..LogLimit::LINES_A_SECOND {
            assert_eq!(limit.admit(7), Some(Omitted(0)));
        }
        assert_eq!((limit.admit(7), limit.admit(7)), (None, None));
        assert_eq!((limit.admit(8), limit.admit(8)), (Some(Omitted(2)), Some(Omitted(0))));
    }
}
