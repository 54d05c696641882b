//! The standard output.

use std::io::{self, Write as _};

use crate::Exit;

/// Prints text, with colours only on terminals.
///
/// It is not an error if the reader goes away, as `head` does.
pub(crate) fn print(text: &str) -> Exit {
    let mut out = anstream::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Exit::Unreadable,
        _ => Exit::Fine,
    }
}
