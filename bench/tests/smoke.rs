//! The benchmark runs: one round, as short as possible. No test looks at a time.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test says what it expects by failing")]

use std::future::Future;
use std::time::Duration;

use edge_cors_bench::{contender, envoy, origin_server, picture, workerd};
use libtest_mimic::{Arguments, Failed, Trial};
use test_support::built::{self, Needs};
use tokio::runtime::Builder;

/// What the Workers in workerd need.
const WORKERD: Needs = &["node_modules/.bin/workerd", "build/index.js", "target/bench/hono.js"];
const LENGTH: Duration = Duration::from_millis(20);

fn main() {
    let trials: Vec<(Needs, Trial)> = vec![
        (built::ENVOY, Trial::test("envoy::every contender is measured", contenders)),
        (WORKERD, Trial::test("workerd::every Worker is measured", workers)),
    ];
    built::run(&Arguments::from_args(), trials).exit();
}

fn run<T>(measured: impl Future<Output = T>) -> T {
    Builder::new_current_thread().enable_all().build().unwrap().block_on(measured)
}

/// So many ratios are in a text.
fn has_ratios(text: &str, count: usize) -> Result<(), Failed> {
    let found = text.matches("** (").count();
    if found == count { Ok(()) } else { Err(format!("{found} ratios, not {count}, in\n{text}").into()) }
}

/// Every contender answers as it is expected to, which `measure` checks, and has a cost for every request.
fn contenders() -> Result<(), Failed> {
    let contenders = contender::all(&[]);
    let rows = run(async { envoy::measure(&contenders, origin_server::start().await, 1, LENGTH).await });
    let (tables, svg) = (envoy::tables::tables(&rows, &contenders), picture::svg(&rows, &contenders));
    for contender in &contenders {
        for (what, text) in [("tables", &tables), ("picture", &svg)] {
            if !text.contains(&contender.name) {
                return Err(format!("{} is not in the {what}:\n{text}", contender.name).into());
            }
        }
    }
    // Five kinds of requests, over two protocols.
    has_ratios(&tables, contenders.len() * 10)
}

fn workers() -> Result<(), Failed> {
    let tables = run(async {
        let origin_server = origin_server::start().await;
        let rows = workerd::measure(origin_server, 1, LENGTH).await;
        workerd::tables::tables(&rows, workerd::first_responses(origin_server, 1).await)
    });
    // Three ratios for each of five kinds of requests, and three starts.
    has_ratios(&tables, 3 * 5 + 3)
}
