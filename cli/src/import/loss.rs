//! What could not be carried over exactly, and where it is in the source.

use crate::input::Notice;

/// Something to be said of an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// `narrower` if pages can lose access, `wider` if they can gain it, `different` if that depends on more than the
    /// text, and `note` for what is carried over exactly but is worth knowing.
    pub code: &'static str,
    /// Its place in the text, in bytes from 0.
    pub offset: usize,
    /// What it is, in sentences.
    pub message: String,
    /// What to do about it.
    pub fix: String,
}

/// The code of what is no loss.
const NOTE: &str = "note";

impl Loss {
    /// Whether some requests are decided otherwise than before: a note is not a loss.
    pub fn is_lost(&self) -> bool {
        self.code != NOTE
    }

    pub(super) fn notice(&self) -> Notice {
        let Self { code, offset, message, fix } = self.clone();
        Notice { code, is_error: false, offset, message, fix }
    }
}

/// All that is to be said of an import, in the order of the source.
#[derive(Default)]
pub(super) struct Losses(Vec<Loss>);

impl Losses {
    pub(super) fn narrower(&mut self, offset: usize, message: String, fix: &str) {
        self.add("narrower", offset, message, fix);
    }

    pub(super) fn wider(&mut self, offset: usize, message: String, fix: &str) {
        self.add("wider", offset, message, fix);
    }

    pub(super) fn different(&mut self, offset: usize, message: String, fix: &str) {
        self.add("different", offset, message, fix);
    }

    pub(super) fn note(&mut self, offset: usize, message: String, fix: &str) {
        self.add(NOTE, offset, message, fix);
    }

    /// Several routes can share a policy: each thing is said once.
    fn add(&mut self, code: &'static str, offset: usize, message: String, fix: &str) {
        let is_known = self.0.iter().any(|known| known.offset == offset && known.message == message);
        if !is_known {
            let at = self.0.partition_point(|known| known.offset <= offset);
            self.0.insert(at, Loss { code, offset, message, fix: fix.to_owned() });
        }
    }

    pub(super) fn in_order(self) -> Vec<Loss> {
        self.0
    }
}
