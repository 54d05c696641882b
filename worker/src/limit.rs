//! How much of what clients send is logged.

/// The most lines about requests in a second. More would say little more, and cost as much as clients like.
pub(super) const LINES_A_SECOND: u32 = 100;

/// Counts the lines of a second.
#[derive(Clone, Copy, Default)]
pub(super) struct Limit {
    second: u32,
    lines: u32,
    omitted: u32,
}

impl Limit {
    /// Whether a line may be logged in this second. If so, how many lines before it were omitted.
    pub(super) fn admit(&mut self, second: u32) -> Option<u32> {
        if second != self.second {
            (self.second, self.lines) = (second, 0);
        }
        if self.lines < LINES_A_SECOND {
            self.lines += 1;
            return Some(std::mem::take(&mut self.omitted));
        }
        self.omitted = self.omitted.saturating_add(1);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_omitted_is_counted() {
        let mut limit = Limit::default();
        for _ in 0..LINES_A_SECOND {
            assert_eq!(limit.admit(7), Some(0));
        }
        assert_eq!((limit.admit(7), limit.admit(7)), (None, None));
        assert_eq!((limit.admit(8), limit.admit(8)), (Some(2), Some(0)));
    }
}
