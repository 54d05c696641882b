//! Changes to the headers of an origin server's response.

use std::array;
use std::iter::FusedIterator;

use crate::header::GOVERNED_IN_RESPONSES;

/// A change to the headers of a response. Names are in lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edit<'a> {
    /// Remove every line of a header. It may be absent.
    Remove {
        /// Its name.
        name: &'static str,
    },
    /// Replace all lines of a header with this one.
    Set {
        /// Its name.
        name: &'static str,
        /// The value.
        value: &'a str,
    },
    /// Add a member to a header that is a list: behind the others, on their line if the host can do that, and
    /// otherwise on a line of its own (RFC 9110, section 5.3).
    Append {
        /// Its name.
        name: &'static str,
        /// The member.
        value: &'static str,
    },
}

/// The changes to one response, in any order: at most one for each header.
///
/// They borrow nothing of the response, so a host can make each as it gets it.
#[derive(Clone, Debug)]
pub struct Edits<'a> {
    /// Those that there are come first.
    edits: [Option<Edit<'a>>; GOVERNED_IN_RESPONSES.len()],
    length: usize,
    next: usize,
}

impl<'a> Edits<'a> {
    /// For a response that is left alone.
    pub(crate) fn none() -> Self {
        // Not `[None; _]`, which is copied with all its bytes from a constant.
        Self { edits: array::from_fn(|_| None), length: 0, next: 0 }
    }

    /// Adds one, if there is one.
    pub(crate) fn push(&mut self, edit: Option<Edit<'a>>) {
        if edit.is_some()
            && let Some(place) = self.edits.get_mut(self.length)
        {
            *place = edit;
            self.length += 1;
        }
    }
}

impl<'a> Iterator for Edits<'a> {
    type Item = Edit<'a>;

    fn next(&mut self) -> Option<Edit<'a>> {
        let edit = *self.edits.get(self.next)?;
        self.next += 1;
        edit
    }
}

impl FusedIterator for Edits<'_> {}
