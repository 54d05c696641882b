//! What is particular to the dynamic module.

mod panics;
mod per_route;
mod updates;

use crate::Test;

pub fn tests() -> Vec<(String, Test)> {
    [panics::tests(), per_route::tests(), updates::tests()].into_iter().flatten().collect()
}
