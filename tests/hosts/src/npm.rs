//! The npm package as it is published: from its tarball, on a machine without Rust.

mod folder;
mod package;
mod runtime;
mod ways;
mod worker;

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use libtest_mimic::{Failed, Trial};
use test_support::built::{self, Needs};
use test_support::case::Case;

use crate::bed::Bed;
use crate::workerd::Workerd;
use runtime::{Outcome, RUNTIMES};
use worker::WORKERS;

/// What runs the package, each started when first needed.
#[derive(Default)]
pub struct Npm {
    outcomes: [OnceLock<HashMap<String, Outcome>>; RUNTIMES.len()],
    workers: [OnceLock<Workerd>; WORKERS.len()],
}

/// The cases on each host of the package, and what is particular to it. The names of all start with `npm`.
pub fn trials(bed: &Arc<Bed>) -> Vec<(Needs, Trial)> {
    let mut trials = Vec::new();
    for (name, test) in package::tests().into_iter().chain(ways::tests()) {
        let bed = Arc::clone(bed);
        trials.push((built::NPM, Trial::test(format!("npm::{name}"), move || test(&bed).map_err(Failed::from))));
    }
    for (index, case) in bed.cases().iter().enumerate().filter(|(_, case)| runs(case)) {
        for host in RUNTIMES.iter().map(|runtime| runtime.name).chain(WORKERS.iter().map(|worker| worker.name)) {
            let bed = Arc::clone(bed);
            let test = move || check(&bed, host, &bed.cases()[index]).map_err(Failed::from);
            trials.push((built::NPM, Trial::test(format!("{host}::{}", case.id), test)));
        }
    }
    trials
}

/// Whether a case runs on the hosts of the package: where it runs on the Worker.
fn runs(case: &Case) -> bool {
    case.runs_on("workerd")
}

/// Runs a case on a host of the package.
fn check(bed: &Bed, host: &str, case: &Case) -> Result<(), String> {
    if let Some(index) = RUNTIMES.iter().position(|runtime| runtime.name == host) {
        let cases: Vec<&Case> = bed.cases().iter().filter(|case| runs(case)).collect();
        return bed.npm.outcomes[index].get_or_init(|| RUNTIMES[index].run(&cases))[&case.id].check(case);
    }
    let index = WORKERS.iter().position(|worker| worker.name == host).ok_or_else(|| format!("no host {host}"))?;
    let workerd = bed.npm.workers[index].get_or_init(|| WORKERS[index].start(bed));
    bed.send(case, host, workerd.isolate(&case.configuration.to_string())).check(case.expect("workerd"))
}
