//! The cases of `tests/cases/*.json` on the engine itself. `tests/hosts` runs them in the real hosts.

use libtest_mimic::{Arguments, Failed, Trial};
use test_support::case::Case;
use test_support::{case, native};

fn main() {
    let cases = case::load().into_iter().filter(|case| case.runs_on("native"));
    libtest_mimic::run(&Arguments::from_args(), cases.map(trial).collect()).exit();
}

fn trial(case: Case) -> Trial {
    let name = format!("native::{}", case.id);
    Trial::test(name, move || native::run(&case).check(case.expect("native")).map_err(Failed::from))
}
