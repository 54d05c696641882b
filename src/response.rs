//! What the edge sends: answers of its own, and edits of the origin server's responses.

mod answer;
mod decoration;
mod edit;
mod head;

pub use answer::Answer;
pub(crate) use decoration::{Decoration, only_vary};
pub use edit::{Edit, Edits};
pub use head::ResponseHead;
