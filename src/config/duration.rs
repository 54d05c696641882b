//! Durations: seconds, or a string with units.

use super::read::{Read, Reader};
use super::source::Node;
use crate::problem::ProblemKind;

/// The longest `maxAge`, in seconds: that of Firefox, the longest of all browsers.
pub(crate) const MAX_AGE: u64 = 86_400;

/// Seconds.
#[derive(Debug)]
pub(crate) struct Duration(pub(crate) u64);

impl Read for Duration {
    const EXPECTED: &'static str = "a number of seconds or a string such as \"10m\"";

    fn read(node: &Node<'_>, reader: &mut Reader<'_, '_>) -> Option<Self> {
        if !node.is_string() {
            return reader.whole_number(node, Self::EXPECTED).map(Self);
        }
        let text = reader.string(node, Self::EXPECTED)?;
        let seconds = seconds(&text);
        if seconds.is_none() {
            reader.problem(&node.place, ProblemKind::InvalidDuration { text });
        }
        seconds.map(Self)
    }
}

/// The seconds in a string such as `600`, `30s`, `10m`, `2h` or `1h30m`: the durations of the
/// Gateway API (GEP-2257), in whole seconds.
fn seconds(text: &str) -> Option<u64> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok();
    }
    let (mut rest, mut total) = (text, 0_u64);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).filter(|end| (1..=5).contains(end))?;
        let (number, tail) = rest.split_at_checked(digits)?;
        let unit = match tail.chars().next()? {
            's' => 1,
            'm' if !tail.starts_with("ms") => 60,
            'h' => 3600,
            _ => return None,
        };
        total += number.parse::<u64>().ok()? * unit;
        rest = tail.get(1..)?;
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (text, expected) in [("600", 600), ("30s", 30), ("10m", 600), ("2h", 7200), ("1h30m", 5400), ("0s", 0)] {
            assert_eq!(seconds(text), Some(expected), "{text}");
        }
        for text in
            ["", "m", "10x", "10ms", "-1s", "1.5h", "10 m", "99999999999999999999h", "10m5", "+1", "+1s", "1 ", "1e2"]
        {
            assert_eq!(seconds(text), None, "{text}");
        }
    }
}
