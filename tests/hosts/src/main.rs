//! The cases of `tests/cases/*.json` in the real hosts, and what is particular to one of them.
//!
//! The names of tests start with the host that they need, if they need one: `make test-envoy` builds
//! the filter and runs what has `envoy::` in its name, `make test-module` does so for the dynamic module, and
//! `make test-worker` for the Worker.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects by failing"
)]
#![expect(unreachable_pub, reason = "a test binary exports nothing: `pub` says what other modules use")]

mod bed;
mod browsers;
mod caches;
mod client;
mod daemon;
mod deployment;
mod envoy;
mod frameworks;
mod gateway_api;
mod group;
mod listen;
mod npm;
mod raw_upstream;
mod reliability;
mod soak;
mod told;
mod upstream;
mod workerd;

use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};

use bed::Bed;
use test_support::built::{self, Needs};
use test_support::case::{MODULE, NORMALIZING, NORMALIZING_MODULE};

fn main() -> ExitCode {
    if std::env::var_os(frameworks::AS_TOOL).is_some() {
        return edge_cors_cli::main();
    }
    let arguments = Arguments::from_args();
    let bed = Arc::new(Bed::new(test_support::case::load()));
    // Those of the hosts go first: some wait for a minute while others run.
    let arranged = envoy::two_routes::tests(bed.cases());
    let over_others = envoy::protocols::tests(bed.cases());
    let particular = [
        soak::tests(),
        workerd::tests(),
        envoy::tests(),
        gateway_api::tests(),
        deployment::tests(),
        arranged,
        over_others,
        frameworks::tests(),
        caches::tests(),
    ];
    let particular = particular.into_iter().flatten();
    let mut trials: Vec<(Needs, Trial)> = particular.map(|(name, test)| trial(&bed, name, test)).collect();
    for (index, case) in bed.cases().iter().enumerate() {
        for host in ["envoy", NORMALIZING, MODULE, NORMALIZING_MODULE, "workerd"] {
            if case.runs_on(host) {
                trials.push(trial(&bed, format!("{host}::{}", case.id), move |bed| bed.check(host, index)));
            }
        }
    }
    trials.extend(npm::trials(&bed));
    trials.extend(browsers::trials(&arguments));
    let conclusion = built::run(&arguments, trials);
    // Ends the hosts: `exit` runs no destructors.
    drop(bed);
    conclusion.exit_code()
}

/// A test on the bed. `Err` says what is wrong.
pub type Test = Box<dyn FnOnce(&Bed) -> Result<(), String> + Send>;

fn trial(
    bed: &Arc<Bed>,
    name: String,
    test: impl FnOnce(&Bed) -> Result<(), String> + Send + 'static,
) -> (Needs, Trial) {
    let bed = Arc::clone(bed);
    let needs = match name.split_once("::") {
        Some(("envoy", test)) if test.starts_with("versions/") => built::VERSIONS,
        Some(("envoy" | NORMALIZING, _)) => built::ENVOY,
        Some((MODULE, test)) if test.starts_with("panics/") => built::PANICS,
        Some((MODULE, test)) if test.starts_with("versions/") => built::MODULE_VERSIONS,
        Some((MODULE | NORMALIZING_MODULE, _)) => built::MODULE,
        Some(("workerd", _)) => built::WORKERD,
        Some(("helm", _)) => built::PYTHON_TOOLS,
        Some(("frameworks", _)) => built::FRAMEWORKS,
        Some(("soak", soak::HOSTS)) => built::SOAK,
        Some(("caches", _)) => built::CACHES,
        _ => &[],
    };
    (needs, Trial::test(name, move || test(&bed).map_err(Failed::from)))
}
