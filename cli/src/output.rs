//! What is printed, and the standard output.

use std::fmt::Display;
use std::io::{self, Write as _};

use serde_json::{Map, Value};

use crate::Exit;

/// A number of things, in the singular if it is one.
pub(crate) fn counted<N: Display + From<u8> + PartialEq + Copy>(number: N, what: &str) -> String {
    let plural = if number == N::from(1) { "" } else { "s" };
    format!("{number} {what}{plural}")
}

/// A JSON object. It is not collected: that would sort the members first, with code that the playground has no room for.
pub(crate) fn object(members: impl IntoIterator<Item = (String, Value)>) -> Value {
    let mut object = Map::new();
    object.extend(members);
    Value::Object(object)
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
