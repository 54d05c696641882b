//! The text of one reading of a path, as far as routes look at it.

/// The most bytes that the path of a route may have.
pub(super) const MAX_ROUTE_PATH: usize = 1024;

/// One more byte than the longest path of a route tells whether the text ends there.
const CAPACITY: usize = MAX_ROUTE_PATH + 1;

/// The first bytes of a reading, on the stack. What is written beyond them is counted, not kept,
/// so that dot segments can still remove it.
pub(super) struct Text {
    bytes: [u8; CAPACITY],
    length: usize,
    /// How many bytes are kept.
    most: usize,
    /// The slashes that were written beyond the bytes that are kept.
    slashes_beyond: usize,
    /// `Some(n)`: the last segment is n dots so far. `None`: it has other characters.
    dots: Option<u8>,
    ends_with_slash: bool,
}

impl Text {
    /// An empty text of which as many bytes are kept as the longest path of a route needs.
    pub(super) fn new(longest_route_path: usize) -> Self {
        let most = CAPACITY.min(longest_route_path + 1);
        Self { bytes: [0; CAPACITY], length: 0, most, slashes_beyond: 0, dots: Some(0), ends_with_slash: false }
    }

    pub(super) fn clear(&mut self) {
        (self.length, self.slashes_beyond, self.dots, self.ends_with_slash) = (0, 0, Some(0), false);
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    pub(super) fn is_full(&self) -> bool {
        self.length == self.most
    }

    pub(super) fn ends_with_slash(&self) -> bool {
        self.ends_with_slash
    }

    /// Writes a byte that is no slash.
    pub(super) fn push(&mut self, byte: u8) {
        self.keep(byte);
        self.ends_with_slash = false;
        self.dots = match (byte, self.dots) {
            (b'.', Some(count @ 0..2)) => Some(count + 1),
            _ => None,
        };
    }

    pub(super) fn push_slash(&mut self) {
        if self.is_full() {
            self.slashes_beyond += 1;
        }
        self.keep(b'/');
        self.end_with_slash();
    }

    /// Whether the last segment was a dot segment, which is resolved now: the text then ends with
    /// the slash of a segment before it.
    pub(super) fn resolve_segment(&mut self) -> bool {
        match self.dots {
            Some(1) => self.remove_segment(),
            Some(2) => {
                self.remove_segment();
                self.remove_parent();
            }
            _ => return false,
        }
        self.end_with_slash();
        true
    }

    fn keep(&mut self, byte: u8) {
        if let Some(place) = self.bytes.get_mut(..self.most).and_then(|kept| kept.get_mut(self.length)) {
            *place = byte;
            self.length += 1;
        }
    }

    fn end_with_slash(&mut self) {
        (self.dots, self.ends_with_slash) = (Some(0), true);
    }

    /// Removes what follows the last slash.
    fn remove_segment(&mut self) {
        if self.slashes_beyond == 0 {
            self.length = self.as_bytes().iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1);
        }
    }

    /// Removes the segment in front of the last slash. The first slash stays.
    fn remove_parent(&mut self) {
        if self.slashes_beyond > 0 {
            self.slashes_beyond -= 1;
        } else if self.length > 1 {
            self.length -= 1;
        }
        self.remove_segment();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is kept of a path with its dot segments resolved, where a route has so many bytes.
    fn resolved(path: &str, longest_route_path: usize) -> String {
        let mut text = Text::new(longest_route_path);
        for byte in path.bytes() {
            match byte {
                b'/' if text.resolve_segment() => {}
                b'/' => text.push_slash(),
                byte => text.push(byte),
            }
        }
        text.resolve_segment();
        String::from_utf8(text.as_bytes().to_vec()).unwrap()
    }

    #[test]
    fn dot_segments_are_resolved_as_the_standard_says() {
        for (path, expected) in [
            // RFC 3986, section 5.2.4, and section 5.4 as far as it is about paths.
            ("/a/b/c/./../../g", "/a/g"),
            ("/b/c/.", "/b/c/"),
            ("/b/c/..", "/b/"),
            ("/b/c/../..", "/"),
            ("/b/c/../../../g", "/g"),
            ("/b/c/../../../../g", "/g"),
            ("/b/c/g.", "/b/c/g."),
            ("/b/c/..g", "/b/c/..g"),
            ("/b/c/./g/.", "/b/c/g/"),
            ("/b/c/g;x=1/../y", "/b/c/y"),
            ("/a//../b", "/a/b"),
            ("..", ""),
        ] {
            assert_eq!(resolved(path, MAX_ROUTE_PATH), expected, "{path}");
            // However little is kept, it is the start of the same.
            for longest in 1..expected.len() {
                assert_eq!(resolved(path, longest), expected.get(..=longest).unwrap(), "{path} {longest}");
            }
        }
    }
}
