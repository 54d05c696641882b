//! What is in the package, and how it fails.

use crate::Test;

pub fn tests() -> Vec<(String, Test)> {
    Vec::new()
}
