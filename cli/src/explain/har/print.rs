//! The explanation of a HAR file, for people and for machines.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::super::answered::Finding;
use super::super::needs::Needs;
use super::super::print::{cause_json, write_indented, write_policy, write_remedy};
use super::super::server::{Recognised, Sample, recognise, settings};
use super::super::shown;
use super::report::{Report, Row, Told};
use crate::output::{counted, object};

impl Report {
    /// The explanation for people. `file` is what it calls the file.
    pub fn text(&self, file: &str) -> String {
        let mut out = String::new();
        // Writing to a String cannot fail.
        let _ = write_text(&mut out, self, file);
        shown::printable(&out)
    }

    /// The explanation for programs.
    pub fn json(&self) -> String {
        json(self)
    }
}

fn write_text(out: &mut String, report: &Report, file: &str) -> std::fmt::Result {
    let cors: usize = report.rows.iter().map(|row| row.count).sum();
    let by = if report.creator.is_empty() { String::new() } else { format!(" saved by {},", report.creator) };
    let requests = counted(report.entries, "request");
    writeln!(out, "{file}:{by} {requests}, {cors} of them checked by CORS.")?;
    let (bad, good): (Vec<&Row>, Vec<&Row>) =
        report.rows.iter().partition(|row| matches!(row.outcome, Told::Blocked(_) | Told::Failed(..)));
    for (number, row) in bad.iter().enumerate() {
        writeln!(out, "\n{}. {}", number + 1, row.title())?;
        write_bad(out, row)?;
    }
    if !good.is_empty() {
        writeln!(out, "\nThese succeed:\n")?;
    }
    for row in good {
        let note = match row.outcome {
            Told::Redirected => ", and the browser follows the redirect",
            Told::OnlyPreflight => ": the preflight; the request itself is not in the file",
            _ => "",
        };
        writeln!(out, "  {}{note}", row.title())?;
    }
    if report.ungrouped > 0 {
        let left_out = counted(report.ungrouped, "more request");
        writeln!(out, "\nLeft out: {left_out}, because the file has too many different ones.")?;
    }
    if let Some(policy) = &report.policy.configuration {
        writeln!(
            out,
            "\nThis is the smallest configuration of edge-cors with which all of these requests succeed: this was tried. \
             Leave out the servers that are not yours.\n"
        )?;
        write_policy(out, policy)?;
    }
    for (origin, why) in &report.policy.left_out {
        writeln!(out, "\nThe origin {origin} is left out: {why}.")?;
    }
    Ok(())
}

fn write_bad(out: &mut String, row: &Row) -> std::fmt::Result {
    match &row.outcome {
        Told::Blocked(finding) => {
            let cause = &finding.cause;
            writeln!(out, "\nWhy: {} [{}]", cause.message, cause.code)?;
            write_remedy(out, &cause.remedy)?;
            if let Some((recognised, settings)) = server(row, finding) {
                let (name, because) = (recognised.software.name(), &recognised.because);
                writeln!(
                    out,
                    "\nThe server looks like {name}: {because}. In its settings, beside what else it allows:\n"
                )?;
                write_indented(out, &settings)?;
            }
        }
        Told::Failed(error, meaning) => {
            let error = if error.is_empty() { "no reason".to_owned() } else { format!("{error:?}") };
            writeln!(out, "\nWhy: The file has no response, and the browser gives {error}. {meaning}")?;
            writeln!(out, "Fix: To see the response, ask the server: {}", command(row))?;
        }
        _ => {}
    }
    Ok(())
}

/// The server that the response looks like, and its settings.
fn server(row: &Row, finding: &Finding) -> Option<(Recognised, String)> {
    let response = row.response.as_ref().filter(|_| finding.by_settings)?;
    let recognised = recognise(&[Sample { response, body: &[] }])?;
    let text = settings(recognised.software, &Needs::of(&row.call, &[]), &[response]);
    Some((recognised, text))
}

/// The command that asks the server. A path that is not shown as a whole is left to the reader.
fn command(row: &Row) -> String {
    let key = &row.key;
    let method = if key.method == "GET" { String::new() } else { format!(" -X {}", key.method) };
    let url = if key.path.contains('…') { "URL".to_owned() } else { format!("{}{}", key.server, key.path) };
    format!("edge-cors explain --origin {}{method} {url}", key.origin)
}

fn json(report: &Report) -> String {
    let left_out = object(report.policy.left_out.iter().map(|(origin, why)| (origin.clone(), json!(why))));
    let value = json!({
        "creator": report.creator,
        "requests": report.entries,
        "groups": report.rows.iter().map(row_json).collect::<Vec<_>>(),
        "ungrouped": report.ungrouped,
        "policy": report.policy.configuration,
        "leftOut": left_out,
    });
    serde_json::to_string_pretty(&value).unwrap_or_default() + "\n"
}

fn row_json(row: &Row) -> Value {
    let (cause, server, error) = match &row.outcome {
        Told::Works | Told::Redirected | Told::OnlyPreflight => (None, None, None),
        Told::Blocked(finding) => {
            let server = server(row, finding).map(|(recognised, settings)| {
                json!({ "name": recognised.software.name(), "because": recognised.because, "settings": settings })
            });
            (Some(cause_json(&finding.cause)), server, None)
        }
        Told::Failed(error, meaning) => (None, None, Some(json!({ "error": error, "meaning": meaning }))),
    };
    json!({
        "origin": row.key.origin,
        "method": row.key.method,
        "server": row.key.server,
        "path": row.key.path,
        "count": row.count,
        "status": row.status(),
        "outcome": row.outcome(),
        "cause": cause,
        "looksLike": server,
        "noResponse": error,
    })
}
