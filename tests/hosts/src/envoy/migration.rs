//! The migration of `docs/migration.md`: from the native filter with five routes to ours, without a loss that a browser
//! sees, on a real Envoy.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use edge_cors::PolicySet;
use edge_cors::browser::{Call, Initiator};
use edge_cors_cli::{Replayed, Source, calls, import, replay};
use serde_json::{Value, json};

use super::native::{from_envoy, native_filter, routes, with_routes};
use super::{Envoy, Kind, bootstrap};
use crate::Test;
use crate::bed::Bed;
use crate::deployment::operations::access_logs;

pub fn tests() -> Vec<(String, Test)> {
    let run = |bed: &Bed| bed.runtime().block_on(migrate(bed.upstream().address));
    vec![("migration/from the native filter with five routes, without a loss".to_owned(), Box::new(run))]
}

/// The routes of today.
const FILE: &str = "cli/tests/import/envoy/five-routes.yaml";

/// About how many calls pages make.
const CALLS: usize = 400;

async fn migrate(upstream: SocketAddr) -> Result<(), String> {
    let text = std::fs::read_to_string(test_support::project().join(FILE)).unwrap();
    // 1. The configuration.
    let imported = import(Source::Envoy, Path::new(FILE), &text).map_err(|error| format!("{error:?}"))?;
    if !imported.is_exact() {
        return Err(format!("{:?}", imported.losses));
    }
    let configuration = imported.configuration;
    let (policies, _) = PolicySet::from_json(&configuration).map_err(|error| error.to_string())?;
    // 2. Each step of the migration is a listener.
    let ours = |configuration: &str| json!({ "name": "edge-cors", "typed_config": bootstrap::filter(Kind::Wasm, &bootstrap::text(configuration)) });
    let reporting = configuration.replace("\"allowOrigins\"", "\"mode\": \"report\", \"allowOrigins\"");
    let steps = [
        ("native", vec![native_filter()]),
        ("report", vec![ours(&reporting), native_filter()]),
        ("enforce", vec![ours(&configuration), native_filter()]),
        ("alone", vec![ours(&configuration)]),
    ];
    let logs =
        ["json", "text"].map(|form| Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("migration-{form}.log")));
    let mut listeners: Vec<Value> =
        steps.iter().map(|(name, filters)| with_routes(name, filters, routes(&text))).collect();
    listeners[0]["filter_chains"][0]["filters"][0]["typed_config"]["access_log"] = access_logs(&logs);
    let envoy = Envoy::start("migration", &bootstrap::bootstrap(&listeners, upstream, upstream)).await;
    // 3. In no step a page loses anything.
    let all = calls(&[&configuration]);
    let all: Vec<&Call> = all.iter().filter(|call| call.initiator == Initiator::Fetch).collect();
    let mut readable = 0;
    for call in all.iter().step_by((all.len() / CALLS).max(1) | 1) {
        let before = from_envoy(envoy.listener("native"), call).await?;
        for (step, _) in &steps[1..] {
            let after = from_envoy(envoy.listener(step), call).await?;
            if before != after {
                return Err(format!("{step}: {call:?}\nbefore: {before:?}\nafter: {after:?}"));
            }
        }
        readable += usize::from(before.is_readable);
    }
    if readable < 40 {
        return Err(format!("only {readable} readable responses"));
    }
    // 4. The log of the native filter says the same, and would have named a loss.
    replays(&logs, &policies).await?;
    let (without, _) = PolicySet::from_json(&configuration.replace("\"PUT\", \"DELETE\"", "\"PUT\"")).unwrap();
    for log in &logs {
        let replayed = replayed(log, &without);
        if replayed.lose == 0 || replayed.gain > 0 {
            return Err(format!("a method was taken away, and {} says {replayed:?}", log.display()));
        }
    }
    Ok(())
}

/// Nobody loses or gains according to both logs, which have the same requests.
async fn replays(logs: &[PathBuf; 2], policies: &PolicySet) -> Result<(), String> {
    let mut found = Vec::new();
    // Envoy writes the logs in a thread of its own.
    for _ in 0..500 {
        found = logs.iter().map(|log| replayed(log, policies)).collect();
        if found.first() == found.last() && found[0].lines > 150 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let is_clean =
        |replayed: &Replayed| replayed.lines > 150 && (replayed.unreadable, replayed.lose, replayed.gain) == (0, 0, 0);
    if found.first() == found.last() && found.iter().all(is_clean) { Ok(()) } else { Err(format!("{found:?}")) }
}

fn replayed(log: &Path, policies: &PolicySet) -> Replayed {
    let text = std::fs::read(log).unwrap_or_default();
    replay(policies, &text[..]).unwrap()
}
