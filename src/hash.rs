//! The hash of every look-up table in the engine.

/// FNV-1a, byte by byte, so that one pass over a host or a path computes the hash of every
/// suffix or prefix of it.
///
/// The seed is fixed. Tables are filled only from the configuration, so a client can neither fill
/// a bucket nor learn more than the policy's answers show.
#[derive(Clone, Copy)]
pub(crate) struct Rolling(u64);

impl Rolling {
    pub(crate) fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    pub(crate) fn push(&mut self, byte: u8) {
        self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }

    pub(crate) fn with(mut self, bytes: &[u8]) -> Self {
        for byte in bytes {
            self.push(*byte);
        }
        self
    }

    /// Adds the bytes from last to first: hosts are read from the top-level domain to the left.
    pub(crate) fn with_reversed(mut self, bytes: &[u8]) -> Self {
        for byte in bytes.iter().rev() {
            self.push(*byte);
        }
        self
    }

    /// Adds a piece that is looked up as a whole, eight bytes at a time: that is not the hash of its single bytes,
    /// and takes a fraction of the time.
    pub(crate) fn with_piece(self, piece: &[u8]) -> Self {
        self.with_words(piece, 0)
    }

    /// The same, with one hash for a piece in upper and in lower case.
    pub(crate) fn with_piece_in_any_case(self, piece: &[u8]) -> Self {
        self.with_words(piece, 0x2020_2020_2020_2020)
    }

    /// Adds a piece with some bits of its bytes set. Its last word overlaps the one before it.
    fn with_words(self, piece: &[u8], set: u64) -> Self {
        let step = |hash: u64, word: u64| (hash.rotate_left(5) ^ (word | set)).wrapping_mul(0x517c_c1b7_2722_0a95);
        let (mut hash, mut rest) = (self.0 ^ piece.len() as u64, piece);
        while let Some((word, tail)) = rest.split_first_chunk() {
            hash = step(hash, u64::from_le_bytes(*word));
            rest = tail;
        }
        let last = match (piece.last_chunk(), rest.first_chunk(), rest.last_chunk()) {
            _ if rest.is_empty() => return Self(hash),
            (Some(last), ..) => u64::from_le_bytes(*last),
            (None, Some(first), Some(last)) => {
                u64::from(u32::from_le_bytes(*first)) << 32 | u64::from(u32::from_le_bytes(*last))
            }
            _ => rest.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)),
        };
        Self(step(hash, last))
    }

    /// The hash so far, with the high bits folded into the low ones, which select the bucket.
    pub(crate) fn finish(self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn pieces_of_every_length_differ_by_each_of_their_bytes() {
        let mut hashes = HashSet::new();
        for length in 0..=40 {
            let piece = vec![b'a'; length];
            assert!(hashes.insert(Rolling::new().with_piece(&piece).finish()), "{length}");
            for at in 0..length {
                let mut other = piece.clone();
                other[at] = b'b';
                assert!(hashes.insert(Rolling::new().with_piece(&other).finish()), "{length}, {at}");
                other[at] = b'A';
                let in_any_case = |piece| Rolling::new().with_piece_in_any_case(piece).finish();
                assert_eq!(in_any_case(&other), in_any_case(&piece), "{length}, {at}");
            }
        }
    }
}
