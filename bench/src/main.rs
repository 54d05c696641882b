//! `make bench`: measures, and writes the results into docs/performance.md.
//!
//! | variable | meaning |
//! |---|---|
//! | `BENCH_PARTS` | some of `envoy instructions start worker engine`: only these are measured |
//! | `BENCH_ROUNDS` | the number of rounds, 40 if it is absent; with it, the results are printed, and the picture is in `target/bench` |
//! | `BENCH_ONLY` | a part of the names of the contenders that are measured in Envoy, beside Envoy's own filter; for short runs, with `BENCH_ROUNDS` |
//! | `BENCH_FILTERS` | further builds of the filter to compare in Envoy: `name=file`, separated by spaces |

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a benchmark ends if anything is wrong")]

use std::path::PathBuf;
use std::time::Duration;

use edge_cors_bench::contender::NATIVE;
use edge_cors_bench::{contender, engine, envoy, instructions, origin_server, picture, report, startup, workerd};
use tokio::runtime::Builder;

/// How long the same requests are sent to the same server, before the next one's turn. Short, because many short
/// rounds show what a busy machine does to a few of them.
const LENGTH: Duration = Duration::from_millis(100);
/// The most starts of the same server.
const STARTS: usize = 7;

fn main() {
    let given = std::env::var("BENCH_ROUNDS").ok();
    let rounds = given.as_ref().map_or(40, |text| text.parse().expect("BENCH_ROUNDS is a number"));
    let parts = std::env::var("BENCH_PARTS").unwrap_or_default();
    let wanted = |part: &str| parts.is_empty() || parts.split_whitespace().any(|wanted| wanted == part);
    let done = |part: &str, rounds: usize, results: &str| match given {
        Some(_) => println!("{results}"),
        None => report::write(part, &(report::conditions(rounds) + results)),
    };
    let mut contenders = contender::all(&filters());
    if let Ok(only) = std::env::var("BENCH_ONLY") {
        assert!(given.is_some(), "BENCH_ONLY needs BENCH_ROUNDS: the document has all contenders");
        contenders.retain(|contender| contender.name == NATIVE || contender.name.contains(&only));
    }
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let origin_server = origin_server::start().await;
        if wanted("envoy") {
            let rows = envoy::measure(&contenders, origin_server, rounds, LENGTH).await;
            done("envoy", rounds, &envoy::tables::tables(&rows, &contenders));
            report::draw(given.is_none(), &picture::svg(&rows, &contenders));
        }
        if wanted("instructions") {
            match instructions::measure(&contenders, origin_server).await {
                Some(results) => done("instructions", 1, &results),
                None => eprintln!(
                    "Instructions are not counted: that needs Valgrind (on Debian, apt-get install valgrind)."
                ),
            }
        }
        let starts = rounds.min(STARTS);
        if wanted("start") {
            done("start", starts, &startup::measure(&contenders, origin_server, starts).await);
        }
        if wanted("worker") {
            let rows = workerd::measure(origin_server, rounds, 3 * LENGTH).await;
            let first_responses = workerd::first_responses(origin_server, starts).await;
            done("worker", rounds, &workerd::tables::tables(&rows, first_responses));
        }
    });
    if wanted("engine") {
        done("engine", 1, &engine::tables(&engine::run()));
    }
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
