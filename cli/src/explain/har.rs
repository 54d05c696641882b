//! `explain --har`: the cross-origin requests of a file that a browser's network tab has saved.
//!
//! It needs nothing but something to read from.

mod clipped;
mod entry;
mod print;
mod reader;
mod report;
mod traffic;

use reader::{read, read_text};
pub use report::{Report, Row};
pub use traffic::is_by_page;
