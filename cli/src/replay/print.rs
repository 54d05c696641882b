//! Prints a replay.

use serde_json::{Value, json};

use super::tally::{Count, Example, Tally};
use crate::output::counted;

/// The most origins that are listed.
const MAX_SHOWN: usize = 20;

pub(super) fn text(tally: &Tally) -> String {
    let with_origin: u64 = tally.origins.values().map(|count| count.requests).sum::<u64>() + tally.others.requests;
    let (lines, with_origin) = (counted(tally.lines, "line"), counted(with_origin, "request"));
    let mut text = format!("{lines}: {with_origin} with an origin, {} without.\n", tally.without_origin);
    if let Some(first) = tally.first_unreadable {
        text += &format!("Lines that could not be read: {}. The first is line {first}.\n", tally.unreadable);
    }
    for (verb, number) in [("lose", (|count| count.lose) as fn(&Count) -> u64), ("gain", |count| count.gain)] {
        text += &affected(tally, verb, number);
    }
    text += "\n  requests      lose      gain  origin\n";
    for (origin, count) in most_first(tally, |count| count.requests).into_iter().take(MAX_SHOWN) {
        text += &format!("{:>10}{:>10}{:>10}  {origin}\n", count.requests, count.lose, count.gain);
    }
    let Count { requests, lose, gain, .. } = &tally.others;
    let hidden = tally.origins.len().saturating_sub(MAX_SHOWN);
    if hidden > 0 {
        text += &format!("  and {}; --format json lists them all.\n", counted(hidden, "more origin"));
    }
    if *requests > 0 {
        text += &format!("{requests:>10}{lose:>10}{gain:>10}  origins beyond the first {}\n", tally.origins.len());
    }
    text
}

fn affected(tally: &Tally, verb: &str, number: fn(&Count) -> u64) -> String {
    let affected: Vec<_> = most_first(tally, number).into_iter().filter(|(_, count)| number(count) > 0).collect();
    let of_others = number(&tally.others);
    if affected.is_empty() && of_others == 0 {
        return format!("No page {verb}s access.\n");
    }
    let mut text = format!("\nPages that {verb} access, by origin:\n");
    for (origin, count) in affected.iter().take(MAX_SHOWN) {
        text += &format!("  {origin}: {} of {}\n", number(count), counted(count.requests, "request"));
        if let Some(Example { number, request, why, policy }) = &count.example {
            let policy = policy.as_ref().map_or_else(|| "no policy".to_owned(), |name| format!("policy {name:?}"));
            text += &format!("    {request} (line {number})\n    {why}, {policy}\n");
        }
    }
    if affected.len() > MAX_SHOWN {
        text += &format!("  and {} more; --format json lists them all.\n", affected.len() - MAX_SHOWN);
    }
    text
}

fn most_first(tally: &Tally, number: fn(&Count) -> u64) -> Vec<(&String, &Count)> {
    let mut origins: Vec<_> = tally.origins.iter().collect();
    origins.sort_by_key(|(_, count)| std::cmp::Reverse(number(count)));
    origins
}

pub(super) fn json(tally: &Tally) -> String {
    let count = |origin: Option<&str>, count: &Count| -> Value {
        let example = count.example.as_ref().map(|Example { number, request, why, policy }| {
            json!({ "line": number, "request": request, "why": why, "policy": policy })
        });
        json!({ "origin": origin, "requests": count.requests, "lose": count.lose, "gain": count.gain, "example": example })
    };
    let origins: Vec<Value> = most_first(tally, |count| count.requests)
        .into_iter()
        .map(|(origin, of_origin)| count(Some(origin.as_str()), of_origin))
        .collect();
    let report = json!({
        "lines": tally.lines,
        "withoutOrigin": tally.without_origin,
        "unreadable": tally.unreadable,
        "origins": origins,
        "others": count(None, &tally.others),
    });
    format!("{report:#}\n")
}
