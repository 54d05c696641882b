//! What some tests need and only `make` builds: the hosts and the distribution.
//!
//! Without them, `cargo test` runs what it can and says what it left out. `EDGE_CORS_HOSTS` decides
//! otherwise: `required` makes a missing file a failure, `none` leaves these tests out in any case.

use std::collections::BTreeSet;

use libtest_mimic::{Arguments, Conclusion, Trial};

use crate::project;

/// The files that a group of tests needs, from the root of the project or from that of the machine.
pub type Needs = &'static [&'static str];

/// What the filter in Envoy needs.
pub const ENVOY: Needs = &["target/venv/bin/envoy", "dist/edge_cors_filter.wasm"];

/// What the filter alone needs.
pub const FILTER: Needs = &["dist/edge_cors_filter.wasm"];

/// What the dynamic module in Envoy needs.
pub const MODULE: Needs = &["target/venv/bin/envoy", "dist/libedge_cors.so"];

/// What the tests of its panics need.
pub const PANICS: Needs = &["target/venv/bin/envoy", "target/forced-panics/libedge_cors.so"];

/// What the tests of the filter in other versions of Envoy need.
pub const VERSIONS: Needs = &[
    "target/venv-1.36.4/bin/envoy",
    "target/venv-1.37.0/bin/envoy",
    "target/venv-1.38.2/bin/envoy",
    "target/venv-1.39.3/bin/envoy",
    "dist/edge_cors_filter.wasm",
];

/// What the tests of the dynamic module in other versions of Envoy need.
pub const MODULE_VERSIONS: Needs =
    &["target/venv-1.38.2/bin/envoy", "target/venv-1.39.3/bin/envoy", "target/venv/bin/envoy", "dist/libedge_cors.so"];

/// What the Worker in workerd needs.
pub const WORKERD: Needs = &["node_modules/.bin/workerd", "build/index.js"];

/// Every host, for the soak.
pub const SOAK: Needs = &[
    "target/venv/bin/envoy",
    "dist/edge_cors_filter.wasm",
    "dist/libedge_cors.so",
    "target/forced-panics/libedge_cors.so",
    "node_modules/.bin/workerd",
    "build/index.js",
];

/// What Helm, the linters of workflows and pre-commit need.
pub const PYTHON_TOOLS: Needs = &["target/tools/python/ready"];

/// The frameworks with CORS of their own, and both hosts in front of them.
pub const FRAMEWORKS: Needs = &[
    "target/venv/bin/envoy",
    "dist/edge_cors_filter.wasm",
    "node_modules/.bin/workerd",
    "build/index.js",
    "node_modules/express/package.json",
    "target/frameworks/ready",
];

/// The caches, as Debian has them, and both hosts in front of them and behind them.
pub const CACHES: Needs = &[
    "/usr/sbin/nginx",
    "/usr/sbin/varnishd",
    "target/venv/bin/envoy",
    "dist/edge_cors_filter.wasm",
    "node_modules/.bin/workerd",
    "build/index.js",
];

/// What `make npm` writes.
pub const TARBALL: &str = concat!("dist/edge-cors-", env!("CARGO_PKG_VERSION"), ".tgz");

/// What the npm package, its tools and its runtimes need.
pub const NPM: Needs = &["node_modules/.bin/workerd", TARBALL, "target/npm/tools/node_modules/.package-lock.json"];

/// What `make dist` writes last.
pub const DISTRIBUTION: Needs = &["dist/SHA256SUMS"];

const VARIABLE: &str = "EDGE_CORS_HOSTS";

#[derive(PartialEq)]
enum Wanted {
    IfBuilt,
    Required,
    None,
}

fn wanted() -> Wanted {
    match std::env::var(VARIABLE).as_deref() {
        Err(_) | Ok("") => Wanted::IfBuilt,
        Ok("required") => Wanted::Required,
        Ok("none") => Wanted::None,
        Ok(other) => panic!("{VARIABLE} is {other:?}: set it to \"required\" or to \"none\", or unset it"),
    }
}

/// Whether tests with these needs run, unless their names are filtered out.
pub fn runs(needs: &[&str]) -> bool {
    match wanted() {
        Wanted::IfBuilt => absent(needs).is_empty(),
        Wanted::Required => true,
        Wanted::None => needs.is_empty(),
    }
}

fn absent<'n>(needs: &[&'n str]) -> Vec<&'n str> {
    needs.iter().copied().filter(|file| !project().join(file).exists()).collect()
}

/// Runs tests. Those whose needs are missing are ignored, and one sentence says so.
pub fn run(arguments: &Arguments, trials: Vec<(Needs, Trial)>) -> Conclusion {
    let wanted = wanted();
    let mut missing = BTreeSet::new();
    let mut left_out = 0;
    let mut flagged = Vec::new();
    for (needs, trial) in trials {
        let ignored = !runs(needs);
        if ignored && !arguments.is_filtered_out(&trial) {
            left_out += 1;
            missing.extend(absent(needs));
        }
        flagged.push(trial.with_ignored_flag(ignored));
    }
    let conclusion = libtest_mimic::run(arguments, flagged);
    let runs_ignored = arguments.ignored || arguments.include_ignored;
    if left_out > 0 && !runs_ignored && !arguments.list {
        let why = match wanted {
            Wanted::None => format!("{VARIABLE} is \"none\""),
            _ => format!("these files are not built: {}", missing.into_iter().collect::<Vec<_>>().join(", ")),
        };
        eprintln!("{left_out} tests were left out, because {why}. `make test` builds everything and runs them.");
    }
    conclusion
}
