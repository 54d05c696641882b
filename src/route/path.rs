//! Request paths, as routes compare them.

/// The path of a request target, without query and fragment, that every server reads alike.
pub(crate) struct Path<'a>(&'a str);

impl<'a> Path<'a> {
    /// `None` is a path with a dot segment, plain or percent-encoded, or with bytes that are
    /// no text. Browsers resolve dot segments before they send a path, but not behind an
    /// encoded slash; some servers resolve those, and others do not.
    pub(crate) fn parse(target: &'a [u8]) -> Option<Self> {
        let text = std::str::from_utf8(target).ok()?;
        let path = text.split(['?', '#']).next().unwrap_or(text);
        (!has_dot_segment(path)).then_some(Self(path))
    }

    /// The path of a request that has none: `CONNECT`, of ordinary kind.
    pub(crate) fn unknown() -> Self {
        Self("")
    }

    pub(crate) fn as_str(&self) -> &'a str {
        self.0
    }
}

/// Whether a segment is `.` or `..`, where dots and slashes may be percent-encoded and
/// backslashes count as slashes.
pub(crate) fn has_dot_segment(path: &str) -> bool {
    // Some(n): the segment is n dots so far. None: it has other characters.
    let mut dots = Some(0);
    let mut rest = path.as_bytes();
    while let Some((byte, tail)) = decode(rest) {
        rest = tail;
        dots = match (byte, dots) {
            (b'/' | b'\\', Some(1 | 2)) => return true,
            (b'/' | b'\\', _) => Some(0),
            (b'.', Some(count)) if count < 2 => Some(count + 1),
            _ => None,
        };
    }
    matches!(dots, Some(1 | 2))
}

/// The next byte, percent-decoded, and what follows it.
fn decode(bytes: &[u8]) -> Option<(u8, &[u8])> {
    match bytes {
        [b'%', high, low, tail @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
            let digit = |hex: &u8| char::from(*hex).to_digit(16).and_then(|d| u8::try_from(d).ok());
            Some((digit(high)? * 16 + digit(low)?, tail))
        }
        [byte, tail @ ..] => Some((*byte, tail)),
        [] => None,
    }
}
