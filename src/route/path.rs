//! Request paths, as routes compare them.

/// The path of a request target, without query and fragment, that every server resolves alike.
pub(crate) struct Path<'a>(&'a str);

impl<'a> Path<'a> {
    /// `None` if the path has a dot segment, plain or percent-encoded, or is not valid UTF-8. Browsers
    /// resolve dot segments before they send a path, except after an encoded slash. Some servers
    /// resolve those, and others do not.
    pub(crate) fn parse(target: &'a [u8]) -> Option<Self> {
        let text = std::str::from_utf8(target).ok()?;
        let path = text.split(['?', '#']).next().unwrap_or(text);
        (!has_dot_segment(path)).then_some(Self(path))
    }

    /// The path of a request without one, such as an ordinary `CONNECT`.
    pub(crate) fn unknown() -> Self {
        Self("")
    }

    pub(crate) fn as_str(&self) -> &'a str {
        self.0
    }
}

/// Whether a segment is `.` or `..`. Dots and slashes can be percent-encoded, and backslashes count
/// as slashes.
pub(crate) fn has_dot_segment(path: &str) -> bool {
    // Some(n): so far, the segment consists of n dots. None: it has other characters.
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
