//! Every property on every input that is known: those that were found, and those made of the tests' data.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by failing")]

use std::panic::{AssertUnwindSafe, catch_unwind};

use edge_cors_fuzz::{TARGETS, Target, corpus, readable};
use libtest_mimic::{Arguments, Failed, Trial};

fn main() {
    let trial = |target: Target| Trial::test(format!("corpus::{}", target.name), move || replay(&target));
    libtest_mimic::run(&Arguments::from_args(), TARGETS.into_iter().map(trial).collect()).exit();
}

fn replay(target: &Target) -> Result<(), Failed> {
    let inputs = corpus::inputs(target);
    if inputs.len() < 30 {
        return Err(format!("{} has only {} inputs", target.name, inputs.len()).into());
    }
    for (name, input) in inputs {
        if catch_unwind(AssertUnwindSafe(|| (target.check)(&input))).is_err() {
            return Err(format!("{name}:\n{}", readable(&input)).into());
        }
    }
    Ok(())
}
