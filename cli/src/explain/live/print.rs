//! What a server answered, for people and for machines.

use std::fmt::Write as _;

use edge_cors::browser::Hop;
use serde_json::{Value, json};

use super::super::print::{
    cause_json, consoles_json, reason_text, step_json, verdict_name, verdict_text, write_consoles, write_indented,
    write_policy, write_remedy, write_step,
};
use super::super::{Situation, shown};
use super::Answered;
use crate::output::object;

pub(super) fn json(situation: &Situation, answered: &Answered) -> String {
    let Some((call, verdict)) = answered.last() else {
        return String::new();
    };
    let first = answered.hops.first().map(|hop| &hop.outcome);
    let reasons = first.map(|outcome| outcome.preflight_reasons.iter().map(reason_text).collect::<Vec<_>>());
    let readable = answered.hops.last().map(|hop| hop.outcome.readable_headers(call.credentials)).unwrap_or_default();
    let server = answered.server.as_ref().map(|(recognised, settings)| {
        json!({ "name": recognised.software.name(), "because": recognised.because, "settings": settings })
    });
    let steps: Vec<Value> = answered.hops.iter().flat_map(|hop| &hop.outcome.steps).map(step_json).collect();
    let left_out = object(answered.policy.left_out.iter().map(|(origin, why)| (origin.clone(), json!(why))));
    let value = json!({
        "verdict": if answered.stopped.is_some() { "unknown" } else { verdict_name(verdict) },
        "preflight": reasons,
        "steps": steps,
        "noResponse": answered.stopped.as_ref().map(|stopped| json!({ "code": stopped.code(), "message": stopped.sentence() })),
        "console": consoles_json(&situation.browsers, call, verdict),
        "readableHeaders": readable,
        "causes": answered.finding.iter().map(|finding| cause_json(&finding.cause)).collect::<Vec<_>>(),
        "advice": answered.advice.iter().map(cause_json).collect::<Vec<_>>(),
        "server": server,
        "policy": answered.policy.configuration,
        "leftOut": left_out,
        "compare": answered.comparison.as_ref().map(super::Comparison::json),
    });
    serde_json::to_string_pretty(&value).unwrap_or_default() + "\n"
}

pub(super) fn text(situation: &Situation, answered: &Answered) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = write_text(&mut out, situation, answered);
    shown::printable(&out)
}

fn write_text(out: &mut String, situation: &Situation, answered: &Answered) -> std::fmt::Result {
    let call = &situation.call;
    let credentials = if call.credentials { " with credentials" } else { "" };
    writeln!(out, "A page with the origin {} calls {} {}{credentials}.\n", call.origin, call.sent_method(), call.url)?;
    for (number, hop) in answered.hops.iter().enumerate() {
        write_hop(out, hop, number > 0)?;
    }
    write_verdict(out, situation, answered)?;
    if let Some(finding) = &answered.finding {
        writeln!(out, "\nWhy: {} [{}]", finding.cause.message, finding.cause.code)?;
        write_remedy(out, &finding.cause.remedy)?;
    }
    if let Some((recognised, settings)) = &answered.server {
        let name = recognised.software.name();
        let because = &recognised.because;
        writeln!(out, "\nThe server looks like {name}: {because}. In its settings, beside what else it allows:\n")?;
        write_indented(out, settings)?;
    }
    if let Some(policy) = &answered.policy.configuration {
        writeln!(out, "\nOr put edge-cors in front of it. With this policy, the request succeeds: this was tried.\n")?;
        write_policy(out, policy)?;
    }
    for (origin, why) in &answered.policy.left_out {
        writeln!(out, "\nNo policy is suggested for the origin {origin}: {why}.")?;
    }
    for cause in &answered.advice {
        writeln!(out, "\nNote: {} [{}]", cause.message, cause.code)?;
        write_remedy(out, &cause.remedy)?;
    }
    let Some(comparison) = &answered.comparison else {
        return Ok(());
    };
    writeln!(out, "\nThe same call with the configuration in front of this server:\n")?;
    out.push_str(&comparison.table());
    for (number, cause) in comparison.explanation.causes.iter().enumerate() {
        let label = if number == 0 { "With the configuration" } else { "Then" };
        writeln!(out, "\n{label}: {} [{}]", cause.message, cause.code)?;
        write_remedy(out, &cause.remedy)?;
    }
    Ok(())
}

fn write_hop(out: &mut String, hop: &Hop, redirected: bool) -> std::fmt::Result {
    if redirected {
        writeln!(out, "The browser follows the redirect, with the origin {}.\n", hop.call.origin)?;
    }
    let reasons: Vec<String> = hop.call.preflight_reasons().iter().map(reason_text).collect();
    let crosses = hop.call.url.origin().ascii_serialization() != hop.call.origin;
    if !reasons.is_empty() && crosses {
        writeln!(out, "The browser sends a preflight first, because {}.\n", reasons.join(" and "))?;
    }
    hop.outcome.steps.iter().try_for_each(|step| write_step(out, step))
}

fn write_verdict(out: &mut String, situation: &Situation, answered: &Answered) -> std::fmt::Result {
    let Some((call, verdict)) = answered.last() else {
        return Ok(());
    };
    if let Some(stopped) = &answered.stopped {
        writeln!(out, "{}", stopped.sentence())?;
        return match stopped.is_blocked(verdict) {
            true => write_consoles(out, &situation.browsers, call, verdict),
            false => Ok(()),
        };
    }
    writeln!(out, "{}", verdict_text(verdict))?;
    write_consoles(out, &situation.browsers, call, verdict)?;
    let readable = answered.hops.last().map(|hop| hop.outcome.readable_headers(call.credentials)).unwrap_or_default();
    if !readable.is_empty() {
        writeln!(out, "The page can read these headers: {}.", readable.join(", "))?;
    }
    Ok(())
}
