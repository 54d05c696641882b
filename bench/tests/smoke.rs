//! The benchmark runs: one round, as short as possible. No test looks at a time.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test says what it expects by failing")]

use std::time::Duration;

use edge_cors_bench::{contender, envoy, origin_server};
use libtest_mimic::{Arguments, Failed, Trial};
use test_support::built::{self, Needs};
use tokio::runtime::Builder;

fn main() {
    let trials: Vec<(Needs, Trial)> =
        vec![(built::ENVOY, Trial::test("envoy::every contender is measured", contenders))];
    built::run(&Arguments::from_args(), trials).exit();
}

/// Every contender answers as it is expected to, which `measure` checks, and has a cost for every request.
fn contenders() -> Result<(), Failed> {
    let contenders = contender::all(&[]);
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let rows = runtime.block_on(async {
        let origin_server = origin_server::start().await;
        envoy::measure(&contenders, origin_server, 1, Duration::from_millis(20)).await
    });
    let table = envoy::tables::tables(&rows, &contenders);
    let missing = contenders.iter().find(|contender| !table.contains(&format!("| {} |", contender.name)));
    if let Some(contender) = missing {
        return Err(format!("{} is not in the table:\n{table}", contender.name).into());
    }
    // Every contender's requests: five kinds, over two protocols, as ratios and as times.
    let cells = table.matches(" - ").count();
    if cells == contenders.len() * 10 { Ok(()) } else { Err(format!("{cells} ratios in\n{table}").into()) }
}
