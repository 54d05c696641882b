//! The explanation, for people and for machines.

use std::fmt::Write as _;

use edge_cors::browser::{AnsweredBy, Browser, Call, PreflightReason, Step, Verdict};
use serde_json::{Value, json};
use url::Position;

use super::draft::Rewrite;
use super::remedy::{Cause, Remedy};
use super::{Explanation, Situation, list, reason, shown};
use crate::output::object;

pub(super) fn json(situation: &Situation, explanation: &Explanation) -> Value {
    let Explanation { outcome, readable, causes, solved, advice, .. } = explanation;
    json!({
        "verdict": verdict_name(&outcome.verdict),
        "summary": verdict_text(&outcome.verdict),
        "preflight": outcome.preflight_reasons.iter().map(reason_text).collect::<Vec<_>>(),
        "steps": outcome.steps.iter().map(step_json).collect::<Vec<_>>(),
        "console": consoles_json(&situation.browsers, &situation.call, &outcome.verdict),
        "readableHeaders": readable,
        "causes": causes.iter().map(cause_json).collect::<Vec<_>>(),
        "solved": solved,
        "advice": advice.iter().map(cause_json).collect::<Vec<_>>(),
    })
}

pub(super) fn text(situation: &Situation, explanation: &Explanation) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = write_text(&mut out, situation, explanation);
    out
}

fn write_text(out: &mut String, situation: &Situation, explanation: &Explanation) -> std::fmt::Result {
    let Explanation { outcome, readable, causes, solved, advice, .. } = explanation;
    let call = &situation.call;
    let credentials = if call.credentials { " with credentials" } else { "" };
    writeln!(out, "A page with the origin {} calls {} {}{credentials}.\n", call.origin, call.sent_method(), call.url)?;
    let reasons: Vec<String> = outcome.preflight_reasons.iter().map(reason_text).collect();
    if !reasons.is_empty() {
        writeln!(out, "The browser sends a preflight first, because {}.\n", reasons.join(" and "))?;
    }
    for step in &outcome.steps {
        write_step(out, step)?;
    }
    writeln!(out, "{}", verdict_text(&outcome.verdict))?;
    write_consoles(out, &situation.browsers, call, &outcome.verdict)?;
    if !readable.is_empty() {
        writeln!(out, "The page can read these headers: {}.", readable.join(", "))?;
    }
    for (number, cause) in causes.iter().enumerate() {
        let label = if number == 0 { "Why" } else { "Then" };
        writeln!(out, "\n{label}: {} [{}]", cause.message, cause.code)?;
        write_remedy(out, &cause.remedy)?;
    }
    if !causes.is_empty() && *solved {
        let changes = if causes.len() == 1 { "this change" } else { "these changes" };
        writeln!(out, "\nWith {changes}, the request succeeds: this was tried.")?;
    }
    for cause in advice {
        writeln!(out, "\nNote: {} [{}]", cause.message, cause.code)?;
        write_remedy(out, &cause.remedy)?;
    }
    Ok(())
}

/// The request and the response. Of a server that was really asked, only what is telling is shown.
pub(super) fn write_step(out: &mut String, step: &Step) -> std::fmt::Result {
    let Step { request, response, .. } = step;
    let target = &request.url[Position::BeforePath..Position::AfterQuery];
    writeln!(out, "  > {} {target}", request.method)?;
    writeln!(out, "  > host: {}", request.url.authority())?;
    for (name, value) in &request.headers {
        writeln!(out, "  > {name}: {}", shown::value(name, value))?;
    }
    writeln!(out, "  < {}", response.status)?;
    let is_shown = |name: &str| step.by != AnsweredBy::Server || shown::is_telling(name);
    for (name, value) in response.headers.iter().filter(|(name, _)| is_shown(name)) {
        writeln!(out, "  < {name}: {}", shown::value(name, value))?;
    }
    match response.headers.iter().filter(|(name, _)| !is_shown(name)).count() {
        0 => {}
        1 => writeln!(out, "  < and 1 other header")?,
        others => writeln!(out, "  < and {others} other headers")?,
    }
    let why = list::why(step).map(|why| format!("; {why}")).unwrap_or_default();
    writeln!(out, "  ({}{why})\n", who(step))
}

/// Who answered, by which policy, and why.
fn who(step: &Step) -> String {
    let who = answered_by(step.by);
    let policy = step.policy.as_ref().map(|name| format!(", policy {name:?}")).unwrap_or_default();
    let reason = step.reason.map(|reason| format!(": {}", reason.as_str())).unwrap_or_default();
    format!("{who}{policy}{reason}")
}

fn answered_by(by: AnsweredBy) -> &'static str {
    match by {
        AnsweredBy::Edge => "answered by the edge",
        AnsweredBy::OriginServer => "answered by the origin server, through the edge",
        AnsweredBy::InFront => "answered in front of the edge",
        AnsweredBy::Cache => "answered by a cache in front of the edge",
        AnsweredBy::Server => "answered by the server",
    }
}

pub(super) fn write_remedy(out: &mut String, remedy: &Remedy) -> std::fmt::Result {
    match remedy {
        Remedy::Configure(edit) => {
            writeln!(out, "Fix: in {}, write\n", place(edit))?;
            lines(edit).iter().try_for_each(|line| writeln!(out, "    {line}"))
        }
        Remedy::Page(text) | Remedy::Elsewhere(text) => writeln!(out, "Fix: {text}"),
        Remedy::Nothing(text) => writeln!(out, "{text}"),
    }
}

/// Where to write the new fields.
fn place(edit: &Rewrite) -> &str {
    if edit.object.is_empty() { "the configuration" } else { &edit.object }
}

/// The new fields, as they are written.
fn lines(edit: &Rewrite) -> Vec<String> {
    edit.fields.iter().map(|(field, value)| format!("\"{field}\": {}", spaced(value))).collect()
}

/// Each line of a text, indented.
pub(super) fn write_indented(out: &mut String, text: &str) -> std::fmt::Result {
    text.lines().try_for_each(|line| writeln!(out, "    {line}"))
}

/// A configuration with a line for each field, as it is written in a file.
pub(super) fn write_policy(out: &mut String, policy: &Value) -> std::fmt::Result {
    write_indented(out, &policy_text(policy))
}

/// The text of such a configuration.
pub(crate) fn policy_text(policy: &Value) -> String {
    spaced_document(policy, 0)
}

fn spaced_document(value: &Value, depth: usize) -> String {
    let Value::Object(fields) = value else {
        return spaced(value);
    };
    if fields.values().all(Value::is_string) {
        let fields: Vec<String> = fields.iter().map(|(name, value)| format!("\"{name}\": {value}")).collect();
        return format!("{{ {} }}", fields.join(", "));
    }
    let indent = "  ".repeat(depth + 1);
    let field = |(name, value): (&String, &Value)| match value {
        Value::Array(elements) if elements.iter().any(Value::is_object) => {
            let elements: Vec<String> =
                elements.iter().map(|element| format!("{indent}  {}", spaced_document(element, depth + 2))).collect();
            format!("{indent}\"{name}\": [\n{}\n{indent}]", elements.join(",\n"))
        }
        value => format!("{indent}\"{name}\": {}", spaced_document(value, depth + 1)),
    };
    // Who is allowed comes before what, and policies before routes.
    let (first, rest): (Vec<_>, Vec<_>) =
        fields.iter().partition(|(name, _)| ["allowOrigins", "policies"].contains(&name.as_str()));
    let fields: Vec<String> = first.into_iter().chain(rest).map(field).collect();
    format!("{{\n{}\n{}}}", fields.join(",\n"), "  ".repeat(depth))
}

/// JSON as people write it.
pub(super) fn spaced(value: &Value) -> String {
    match value {
        Value::Array(elements) => {
            let elements: Vec<String> = elements.iter().map(spaced).collect();
            format!("[{}]", elements.join(", "))
        }
        _ => value.to_string(),
    }
}

pub(super) fn reason_text(reason: &PreflightReason) -> String {
    match reason {
        PreflightReason::Method(method) => format!("{method} is not GET, HEAD or POST"),
        PreflightReason::Headers(names) => format!("these headers need permission: {}", names.join(", ")),
        PreflightReason::UploadListener => "the page listens to the upload's progress".to_owned(),
    }
}

pub(super) fn verdict_name(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::SameOrigin => "same-origin",
        Verdict::Readable => "readable",
        Verdict::Redirected { .. } => "redirected",
        Verdict::Opaque => "opaque",
        Verdict::Connected => "connected",
        Verdict::Blocked(_) => "blocked",
    }
}

pub(super) fn verdict_text(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::SameOrigin => "The page and the URL have the same origin, so CORS does not apply.",
        Verdict::Readable => "The page can read the response.",
        Verdict::Redirected { .. } => "The browser follows the redirect.",
        Verdict::Opaque => "The browser sends the request without a CORS check, but the page cannot read the response.",
        Verdict::Connected => "The socket opens.",
        Verdict::Blocked(_) => "The page cannot read the response.",
    }
}

/// The messages in the console of each browser.
fn consoles(browsers: &[Browser], call: &Call, verdict: &Verdict) -> Vec<(Browser, Vec<String>)> {
    let messages = |browser: Browser| match verdict {
        Verdict::Blocked(block) => block.console(browser, call),
        _ => Vec::new(),
    };
    browsers.iter().map(|browser| (*browser, messages(*browser))).collect()
}

pub(super) fn consoles_json(browsers: &[Browser], call: &Call, verdict: &Verdict) -> Value {
    let consoles = consoles(browsers, call, verdict).into_iter();
    let by_browser = consoles.map(|(browser, messages)| (browser.as_str().to_owned(), json!(messages)));
    Value::Object(by_browser.collect())
}

/// The messages, each browser's behind its name.
pub(super) fn write_consoles(
    out: &mut String,
    browsers: &[Browser],
    call: &Call,
    verdict: &Verdict,
) -> std::fmt::Result {
    let consoles = consoles(browsers, call, verdict);
    if consoles.iter().all(|(_, messages)| messages.is_empty()) {
        return Ok(());
    }
    writeln!(out, "The console shows:\n")?;
    for (browser, messages) in consoles {
        let mut label = format!("{browser}:");
        for message in messages {
            writeln!(out, "    {label:<9} {message}")?;
            label.clear();
        }
    }
    Ok(())
}

pub(super) fn step_json(step: &Step) -> Value {
    let lines = |headers: &[(String, String)]| {
        headers.iter().map(|(name, value)| format!("{name}: {}", shown::value(name, value))).collect::<Vec<_>>()
    };
    json!({
        "request": { "method": step.request.method, "url": step.request.url.as_str(), "headers": lines(&step.request.headers) },
        "response": { "status": step.response.status, "headers": lines(&step.response.headers) },
        "answeredBy": step.by.as_str(),
        "who": answered_by(step.by),
        "policy": step.policy,
        "asked": step.asked,
        "reason": step.reason.map(|reason| reason.as_str()),
        "why": reason::why(step),
    })
}

pub(super) fn cause_json(cause: &Cause) -> Value {
    let (kind, text, edit) = match &cause.remedy {
        Remedy::Configure(edit) => ("configuration", None, Some(edit)),
        Remedy::Page(text) => ("page", Some(text), None),
        Remedy::Elsewhere(text) => ("elsewhere", Some(text), None),
        Remedy::Nothing(text) => ("nothing", Some(text), None),
    };
    let fields = edit.map(|edit| edit.fields.iter().map(|(field, value)| ((*field).to_owned(), value.clone())));
    json!({
        "code": cause.code,
        "message": cause.message,
        "remedy": {
            "kind": kind,
            "text": text,
            "object": edit.map(|edit| &edit.object),
            "fields": fields.map(object),
            "place": edit.map(place),
            "lines": edit.map(lines),
        },
    })
}
