//! Every case in other versions of Envoy than that of all other tests, and that the module's ABI is that of the pinned one.

use test_support::case::{MODULE, NORMALIZING, NORMALIZING_MODULE};

use super::difference::Differences;
use super::{Envoy, Kind, Program, bootstrap, telemetry};
use crate::bed::Bed;
use crate::{Test, gateway_api};

/// The versions besides the one of all other tests. The Makefile has them too.
const OTHERS: [&str; 4] = ["1.36.4", "1.37.0", "1.38.2", "1.39.3"];

/// Those of them that load the dynamic module.
const FOR_MODULE: [&str; 2] = ["1.38.2", "1.39.3"];

/// What Envoy logs if its ABI is that of the module.
const THE_SAME: &str = "Dynamic module ABI version v0.2.0 matched.";

/// What Envoy logs if it is not.
const ANOTHER: &str = "Dynamic module ABI version v0.2.0 is deprecated.";

/// What the versions are called in the data.
pub fn engines() -> impl Iterator<Item = String> {
    OTHERS.into_iter().map(engine)
}

fn engine(version: &str) -> String {
    format!("Envoy {version}")
}

pub fn tests() -> Vec<(String, Test)> {
    let test = |kind: Kind, version: &'static str| {
        let run = move |bed: &Bed| every_case(bed, kind, version);
        (format!("{}::versions/every case in Envoy {version}", kind.host()), Box::new(run) as Test)
    };
    let of_filter = OTHERS.map(|version| test(Kind::Wasm, version));
    let of_module = FOR_MODULE.map(|version| test(Kind::Module, version));
    let same = (format!("{MODULE}::versions/the ABI is that of the pinned Envoy"), Box::new(same_abi) as Test);
    of_filter.into_iter().chain(of_module).chain([same]).collect()
}

/// A test fails when an Envoy that is pinned has another ABI than the one that `envoy/module/src/abi.rs` was written for.
fn same_abi(bed: &Bed) -> Result<(), String> {
    let log = bed.envoy(Kind::Module).log();
    let of_abi = || log.lines().filter(|line| line.contains("ABI version")).collect::<String>();
    if log.contains(THE_SAME) { Ok(()) } else { Err(format!("compare this Envoy's abi.h with abi.rs: {}", of_abi())) }
}

fn every_case(bed: &Bed, kind: Kind, version: &str) -> Result<(), String> {
    let program = Program { envoy: format!("target/venv-{version}/bin/envoy"), ..Program::default() };
    let name = format!("cases-{}-{version}", kind.host());
    let envoy = bed.runtime().block_on(Envoy::start_program(&program, &name, &bed.bootstrap(kind)));
    let differences = Differences::load();
    let (usual, normalizing) = match kind {
        Kind::Wasm => ("envoy", NORMALIZING),
        Kind::Module => (MODULE, NORMALIZING_MODULE),
    };
    let mut wrong = Vec::new();
    for host in [usual, normalizing] {
        for case in bed.cases().iter().filter(|case| case.runs_on(host)) {
            let text = case.configuration.to_string();
            let listener = if host == usual { text } else { bootstrap::normalizing_name(&text) };
            let observed = bed.send(case, host, envoy.listener(&listener));
            if let Err(difference) = differences.check(&engine(version), case, host, Some(&observed)) {
                wrong.push(format!("{host}::{}: {difference}", case.id));
            }
        }
    }
    wrong.extend(gateway_api::wrong(|request| bed.ask(envoy.listener(gateway_api::NAME), request, &[])));
    let counters = bed.runtime().block_on(telemetry::counters(&envoy, kind));
    let moved = |name: &str| counters.get(name).is_some_and(|count| *count > 0);
    if !moved("default.preflight.allowed") || !moved("configuration.generation") {
        wrong.push(format!("nothing is counted: {counters:?}"));
    }
    // Shows that the test of the ABI would notice.
    if kind == Kind::Module && !envoy.log().contains(ANOTHER) {
        wrong.push(format!("the log does not say {ANOTHER:?}"));
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}
