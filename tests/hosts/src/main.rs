//! The cases of `tests/cases/*.json` in the real hosts, and what is particular to one of them.
//!
//! `cargo test --test cases -- envoy` runs what has `envoy` in its name.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects by failing"
)]
#![expect(unreachable_pub, reason = "a test binary exports nothing: `pub` says what other modules use")]

mod bed;
mod client;
mod deployment;
mod envoy;
mod gateway_api;
mod raw_upstream;
mod structure;
mod upstream;
mod workerd;

use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};

use bed::Bed;

fn main() {
    let arguments = Arguments::from_args();
    let bed = Arc::new(Bed::new(test_support::case::load()));
    // Those of the hosts go first: some wait for a minute while others run.
    let particular = [workerd::tests(), envoy::tests(), gateway_api::tests(), deployment::tests(), structure::tests()];
    let particular = particular.into_iter().flatten();
    let mut trials: Vec<Trial> = particular.map(|(name, test)| trial(&bed, name, test)).collect();
    for (index, case) in bed.cases().iter().enumerate() {
        for host in ["envoy", "workerd"] {
            if case.runs_on(host) {
                trials.push(trial(&bed, format!("{host}::{}", case.id), move |bed| bed.check(host, index)));
            }
        }
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    // Ends the hosts: `exit` runs no destructors.
    drop(bed);
    conclusion.exit();
}

/// A test on the bed. `Err` says what is wrong.
pub type Test = Box<dyn FnOnce(&Bed) -> Result<(), String> + Send>;

fn trial(bed: &Arc<Bed>, name: String, test: impl FnOnce(&Bed) -> Result<(), String> + Send + 'static) -> Trial {
    let bed = Arc::clone(bed);
    Trial::test(name, move || test(&bed).map_err(Failed::from))
}
