//! What must hold of any bytes: a target for everything that reads what strangers write.
//!
//! A target is a function that panics if its property does not hold. `make fuzz` lets libFuzzer look for bytes that
//! break it; `corpus/` has inputs that reach different code, which `cargo test` replays.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a target says what it expects by failing"
)]

mod compared;
pub mod corpus;
mod targets;

pub use targets::TARGETS;

/// A property of any bytes.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The name: that of its module and of its folder in `corpus/`.
    pub name: &'static str,
    /// Panics if the property does not hold.
    pub check: fn(&[u8]),
    /// Inputs to begin with, made of the tests' own data.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Words that libFuzzer inserts.
    pub words: &'static [&'static str],
    /// The longest input, in bytes.
    pub longest: usize,
}

/// The target with this name.
///
/// # Errors
/// The names that there are.
pub fn target(name: &str) -> Result<Target, String> {
    let found = TARGETS.iter().find(|target| target.name == name);
    found.copied().ok_or_else(|| {
        let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
        format!("there is no target {name:?}: write one of {}", names.join(", "))
    })
}

/// An input as people read it: text as it is, other bytes escaped.
pub fn readable(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.contains(|c: char| c.is_control() && c != '\n') => text.to_owned(),
        _ => bytes
            .split(|byte| *byte == b'\n')
            .map(|line| line.escape_ascii().to_string())
            .collect::<Vec<_>>()
            .join("\n"),
    }
}
