//! Positions in a text: bytes in Rust, UTF-16 code units in a browser.

/// Converts the positions of one text.
pub(crate) struct Utf16 {
    /// Behind each character that is not ASCII: its end in bytes, and how many more bytes than code units there are
    /// up to there.
    wide: Vec<(usize, usize)>,
}

impl Utf16 {
    pub(crate) fn of(text: &str) -> Self {
        let mut more = 0;
        let wide = text.char_indices().filter(|(_, c)| !c.is_ascii()).map(|(start, c)| {
            more += c.len_utf8() - c.len_utf16();
            (start + c.len_utf8(), more)
        });
        Self { wide: wide.collect() }
    }

    /// The code units in front of a byte, which begins a character.
    pub(crate) fn units(&self, byte: usize) -> usize {
        let before = self.wide.partition_point(|(end, _)| *end <= byte);
        byte - before.checked_sub(1).and_then(|last| self.wide.get(last)).map_or(0, |(_, more)| *more)
    }
}

/// The byte at which a number of code units ends, or the end of the text.
pub(crate) fn byte(text: &str, units: usize) -> usize {
    let mut passed = 0;
    let mut characters = text.char_indices();
    let found = characters.find(|(_, c)| {
        let is_there = passed >= units;
        passed += c.len_utf16();
        is_there
    });
    found.map_or(text.len(), |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_those_of_javascript() {
        let text = "aé\u{20ac}\u{1f600}\u{feff}z";
        let positions = Utf16::of(text);
        for (at, _) in text.char_indices().chain([(text.len(), ' ')]) {
            let units = text.get(..at).unwrap().encode_utf16().count();
            assert_eq!(positions.units(at), units, "{at}");
            assert_eq!(byte(text, units), at, "{units}");
        }
        assert_eq!(byte(text, 99), text.len());
    }
}
