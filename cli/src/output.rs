//! The standard output.

use std::fmt::Display;
use std::io::{self, Write as _};

use crate::Exit;

/// A number of things, in the singular if it is one.
pub(crate) fn counted<N: Display + From<u8> + PartialEq + Copy>(number: N, what: &str) -> String {
    let plural = if number == N::from(1) { "" } else { "s" };
    format!("{number} {what}{plural}")
}

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
