//! How a configuration reaches the Worker, and what becomes of one that cannot be used.

use super::server::Isolate;
use crate::Test;

pub fn isolates() -> Vec<Isolate> {
    Vec::new()
}

pub fn tests() -> Vec<(String, Test)> {
    Vec::new()
}
