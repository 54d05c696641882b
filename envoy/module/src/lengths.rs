//! Names that are told apart by their lengths.

/// The lengths of some names, modulo 64. Of most others, they show at once that these are not among them.
#[derive(Clone, Copy)]
pub(crate) struct Lengths(u64);

impl Lengths {
    pub(crate) const NONE: Self = Self(0);

    pub(crate) const fn of(mut names: &[&str]) -> Self {
        let mut lengths = Self::NONE;
        while let [name, others @ ..] = names {
            lengths = lengths.and(name.len());
            names = others;
        }
        lengths
    }

    pub(crate) const fn and(self, length: usize) -> Self {
        Self(self.0 | 1 << (length % 64))
    }

    /// Whether a name of this length may be among them.
    pub(crate) const fn may_have(self, length: usize) -> bool {
        self.0 >> (length % 64) & 1 == 1
    }
}
