//! What the edge sends: answers of its own, and edits of the origin server's responses.

mod answer;
mod decoration;
mod edit;
mod head;

pub use answer::Answer;
pub(crate) use decoration::{Decoration, NO_EDITS, only_vary};
pub use edit::Edit;
pub use head::ResponseHead;
