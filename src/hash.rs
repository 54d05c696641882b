//! The rolling hash of every look-up table in the engine.

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

    /// The hash so far, with the high bits folded into the low ones, which select the bucket.
    pub(crate) fn finish(self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }
}
