//! The standard output.

use std::io::{self, Write as _};

use crate::Outcome;

/// Prints text; colours go only to terminals.
///
/// A reader that goes away, such as `head`, is no error.
pub(crate) fn print(text: &str) -> Outcome {
    let mut out = anstream::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Outcome::Unreadable,
        _ => Outcome::Fine,
    }
}
