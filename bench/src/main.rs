//! `make bench`: measures, and prints tables.
//!
//! | variable | meaning |
//! |---|---|
//! | `BENCH_PARTS` | what is measured: some of `envoy worker`; all if it is absent |
//! | `BENCH_ROUNDS` | the number of rounds; 9 |
//! | `BENCH_FILTERS` | further builds of the filter to compare: `name=file`, separated by spaces |

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a benchmark ends if anything is wrong")]

use std::path::PathBuf;
use std::time::Duration;

use edge_cors_bench::{contender, envoy, origin_server, workerd};
use tokio::runtime::Builder;

/// How long the same requests are sent to the same server, before the next one's turn.
const LENGTH: Duration = Duration::from_millis(300);

fn main() {
    let rounds = std::env::var("BENCH_ROUNDS").map_or(9, |text| text.parse().expect("BENCH_ROUNDS is a number"));
    let parts = std::env::var("BENCH_PARTS").unwrap_or_default();
    let wanted = |part: &str| parts.is_empty() || parts.split_whitespace().any(|wanted| wanted == part);
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let origin_server = origin_server::start().await;
        if wanted("envoy") {
            let contenders = contender::all(&filters());
            let rows = envoy::measure(&contenders, origin_server, rounds, LENGTH).await;
            print!("{}", envoy::tables::tables(&rows, &contenders));
        }
        if wanted("worker") {
            let rows = workerd::measure(origin_server, rounds, LENGTH).await;
            let first_responses = workerd::first_responses(origin_server, rounds).await;
            print!("{}", workerd::tables::tables(&rows, first_responses));
        }
    });
}

/// Further builds of the filter, by what tables are to call them.
fn filters() -> Vec<(String, PathBuf)> {
    let given = std::env::var("BENCH_FILTERS").unwrap_or_default();
    let pair = |word: &str| {
        let (name, file) = word.split_once('=').expect("BENCH_FILTERS has words such as o3=target/o3.wasm");
        (name.to_owned(), PathBuf::from(file))
    };
    given.split_whitespace().map(pair).collect()
}
