//! One file for several versions of Envoy. A test fails when an Envoy that is pinned has another ABI than the one that
//! `envoy/module/src/abi.rs` was written for.

use crate::Test;
use crate::bed::Bed;
use crate::envoy::{Envoy, Kind, Program, telemetry};
use test_support::case::MODULE;

/// The versions besides the one of all other tests. The Makefile has them too.
const OTHERS: [&str; 2] = ["1.38.2", "1.39.3"];

/// What Envoy logs if its ABI is that of the module.
const THE_SAME: &str = "Dynamic module ABI version v0.2.0 matched.";

/// What Envoy logs if it is not.
const ANOTHER: &str = "Dynamic module ABI version v0.2.0 is deprecated.";

pub(super) fn tests() -> Vec<(String, Test)> {
    let others = OTHERS.map(|version| {
        let run = move |bed: &Bed| every_case(bed, version);
        (format!("versions/every case in Envoy {version}"), Box::new(run) as Test)
    });
    let same = |bed: &Bed| {
        let log = bed.envoy(Kind::Module).log();
        let of_abi = || log.lines().filter(|line| line.contains("ABI version")).collect::<String>();
        if log.contains(THE_SAME) {
            Ok(())
        } else {
            Err(format!("compare this Envoy's abi.h with abi.rs: {}", of_abi()))
        }
    };
    let same = ("versions/the ABI is that of the pinned Envoy".to_owned(), Box::new(same) as Test);
    others.into_iter().chain([same]).collect()
}

fn every_case(bed: &Bed, version: &str) -> Result<(), String> {
    let program = Program { envoy: format!("target/venv-{version}/bin/envoy"), ..Program::default() };
    let bootstrap = bed.bootstrap(Kind::Module);
    let name = format!("cases-module-{version}");
    let envoy = bed.runtime().block_on(Envoy::start_program(&program, &name, &bootstrap));
    let cases = bed.cases().iter().filter(|case| case.runs_on(MODULE) && !case.tells());
    let mut wrong = Vec::new();
    for case in cases {
        let observed = bed.send(case, MODULE, envoy.listener(&case.configuration.to_string()));
        if let Err(difference) = observed.check(case.expect(MODULE)) {
            wrong.push(format!("{}: {difference}", case.id));
        }
    }
    let counters = bed.runtime().block_on(telemetry::counters(&envoy, Kind::Module));
    let moved = |name: &str| counters.get(name).is_some_and(|count| *count > 0);
    if !moved("default.preflight.allowed") || !moved("configuration.generation") {
        wrong.push(format!("nothing is counted: {counters:?}"));
    }
    // Shows that the other test would notice.
    if !envoy.log().contains(ANOTHER) {
        wrong.push(format!("the log does not say {ANOTHER:?}"));
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}
