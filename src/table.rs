//! The look-up table of every set and map in the engine.

use hashbrown::HashTable;

use crate::hash::Rolling;

/// Entries in insertion order. The caller computes the hash and compares the entries.
///
/// The hash table itself contains only hashes and positions, so that the compiled filter needs one
/// copy of its code, and not one for each type of entry.
#[derive(Debug)]
pub(crate) struct Table<T> {
    positions: HashTable<(u64, usize)>,
    entries: Vec<T>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { positions: HashTable::new(), entries: Vec::new() }
    }
}

impl<T> Table<T> {
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn entries(&self) -> &[T] {
        &self.entries
    }

    /// The entry that was the `at`th to be inserted.
    pub(crate) fn get(&self, at: usize) -> Option<&T> {
        self.entries.get(at)
    }

    pub(crate) fn get_mut(&mut self, at: usize) -> Option<&mut T> {
        self.entries.get_mut(at)
    }

    pub(crate) fn into_entries(self) -> Vec<T> {
        self.entries
    }

    /// The entry with this hash for which `same` is true.
    pub(crate) fn find(&self, hash: Rolling, same: impl Fn(&T) -> bool) -> Option<&T> {
        self.entries.get(self.position(hash, same)?)
    }

    fn position(&self, hash: Rolling, same: impl Fn(&T) -> bool) -> Option<usize> {
        let hash = hash.finish();
        find_position(&self.positions, hash, &|at| self.entries.get(at).is_some_and(&same))
    }

    /// Adds an entry, which must not exist yet.
    pub(crate) fn insert(&mut self, hash: Rolling, entry: T) {
        let hash = hash.finish();
        self.positions.insert_unique(hash, (hash, self.entries.len()), |(hash, _)| *hash);
        self.entries.push(entry);
    }

    /// The entry with this hash for which `same` is true; if there is none, a new one.
    #[expect(clippy::indexing_slicing, reason = "the position is that of an entry found or added just before")]
    pub(crate) fn find_or_insert_with(
        &mut self,
        hash: Rolling,
        same: impl Fn(&T) -> bool,
        new: impl FnOnce() -> T,
    ) -> &mut T {
        let at = self.position(hash, same).unwrap_or_else(|| {
            self.insert(hash, new());
            self.len() - 1
        });
        &mut self.entries[at]
    }
}

/// Not generic, so that it is compiled only once.
fn find_position(positions: &HashTable<(u64, usize)>, hash: u64, same: &dyn Fn(usize) -> bool) -> Option<usize> {
    positions.find(hash, |(known, at)| *known == hash && same(*at)).map(|(_, at)| *at)
}

/// Sets of strings.
impl Table<String> {
    /// Adds a string. False if the set already contains it.
    pub(crate) fn insert_text(&mut self, text: &str) -> bool {
        let hash = Rolling::new().with(text.as_bytes());
        let new = self.find(hash, |known| known == text).is_none();
        if new {
            self.insert(hash, text.to_owned());
        }
        new
    }

    pub(crate) fn contains_text(&self, text: &str) -> bool {
        self.find(Rolling::new().with(text.as_bytes()), |known| known == text).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_found_by_hash_and_equality() {
        let mut table = Table::default();
        let hash = |n: u32| Rolling::new().with(&(n / 2).to_le_bytes());
        for n in 0..5_000 {
            *table.find_or_insert_with(hash(n), |known| *known == n, || n) += 0;
        }
        assert_eq!(table.len(), 5_000);
        for n in 0..5_000 {
            assert_eq!(table.find(hash(n), |known| *known == n), Some(&n));
        }
        assert_eq!(table.find(hash(5_000), |known| *known == 5_000), None);
        assert!(table.into_entries().into_iter().eq(0..5_000));
    }

    #[test]
    fn texts_once() {
        let mut texts = Table::default();
        assert!(texts.insert_text("a") && texts.insert_text("") && texts.insert_text("b"));
        assert!(!texts.insert_text("a") && !texts.insert_text(""));
        assert_eq!(texts.into_entries(), ["a", "", "b"]);
    }
}
