//! Prints a difference.

use std::collections::BTreeMap;

use edge_cors::browser::{Call, Initiator};
use serde_json::{Value, json};

use super::page::{Affected, Comparison};
use crate::output::counted;

/// The most origins that are listed.
const MAX_SHOWN: usize = 20;

pub(super) fn text(comparison: &Comparison) -> String {
    let Comparison { calls, losers, winners, .. } = comparison;
    let mut text = format!("Compared {}.\n", counted(*calls, "request"));
    for (affected, verb) in [(losers, "lose"), (winners, "gain")] {
        if affected.is_empty() {
            text += &format!("No page {verb}s access.\n");
            continue;
        }
        let count = affected.len();
        text += &format!("\nPages of {} {verb} access:\n", counted(count, "origin"));
        for (origin, affected) in affected.iter().take(MAX_SHOWN) {
            text += &one(origin, affected);
        }
        if count > MAX_SHOWN {
            text += &format!("  and {} more; --format json lists them all.\n", count - MAX_SHOWN);
        }
    }
    text
}

fn one(origin: &str, Affected { example, calls, why, policies }: &Affected) -> String {
    let name =
        |policy: &Option<String>| policy.as_ref().map_or_else(|| "no policy".to_owned(), |name| format!("{name:?}"));
    let [old, new] = policies;
    let more = if *calls > 1 { format!(", and {}", counted(calls - 1, "more request")) } else { String::new() };
    format!("  {origin}\n    {}{more}\n    {why} (old: {}, new: {})\n", call(example), name(old), name(new))
}

/// A call, for people.
fn call(call: &Call) -> String {
    let mut text = format!("{} {}", call.method, call.url);
    for (name, _) in &call.headers {
        text += &format!(" with {name}");
    }
    if call.credentials {
        text += " with credentials";
    }
    match call.initiator {
        Initiator::Form => text += " by a form",
        Initiator::WebSocket => text += " by a WebSocket",
        _ => {}
    }
    text
}

pub(super) fn json(comparison: &Comparison) -> String {
    let list = |affected: &BTreeMap<String, Affected>| -> Vec<Value> {
        let one = |(origin, Affected { example, calls, why, policies: [old, new] }): (&String, &Affected)| {
            let headers: Vec<&String> = example.headers.iter().map(|(name, _)| name).collect();
            json!({
                "origin": origin,
                "requests": calls,
                "why": why,
                "oldPolicy": old,
                "newPolicy": new,
                "example": {
                    "method": example.method,
                    "url": example.url.as_str(),
                    "headers": headers,
                    "credentials": example.credentials,
                },
            })
        };
        affected.iter().map(one).collect()
    };
    let Comparison { calls, losers, winners, .. } = comparison;
    let report = json!({ "requests": calls, "lose": list(losers), "gain": list(winners) });
    format!("{report:#}\n")
}
