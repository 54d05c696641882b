//! What the edge sends: answers of its own, and edits of the origin server's responses.

mod answer;
mod decoration;

pub use answer::Answer;
pub(crate) use decoration::Decoration;
pub use decoration::{Edit, ResponseHeaders};
