//! A server beside our configuration in front of it.

use std::fmt::Write as _;

use edge_cors::browser::{Hop, Outcome, Step, Verdict};
use serde_json::{Value, json};

use super::draft::Draft;
use super::{Explanation, Situation, shown};

/// The headers that a policy can change.
const HEADERS: [&str; 8] = [
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "access-control-allow-methods",
    "access-control-allow-headers",
    "access-control-max-age",
    "access-control-expose-headers",
    "timing-allow-origin",
    "vary",
];

/// What the server does today, and what would become of the same call with the edge in front of it.
pub(super) struct Comparison {
    rows: Vec<Row>,
    pub(super) explanation: Explanation,
}

/// One property: of the server today, and with the configuration. Empty if there is none.
struct Row {
    what: String,
    today: String,
    ours: String,
}

impl Comparison {
    /// The edge gets the response that the server gave, if it gave one.
    pub(super) fn new(situation: &Situation, hops: &[Hop], document: Draft) -> Self {
        let first = hops.first().map(|hop| &hop.outcome);
        let mut situation = situation.clone();
        if let Some(step) = first.and_then(|outcome| actual(outcome)) {
            situation.upstream = step.response.clone();
        }
        let explanation = Explanation::of(&situation, document);
        let today = hops.last().map(|hop| &hop.outcome.verdict);
        let mut rows = vec![Row {
            what: "the page".to_owned(),
            today: today.map_or("", verdict).to_owned(),
            ours: verdict(&explanation.outcome.verdict).to_owned(),
        }];
        rows.extend(step_rows("preflight", first.and_then(preflight), preflight(&explanation.outcome)));
        rows.extend(step_rows("response", first.and_then(actual), actual(&explanation.outcome)));
        Self { rows, explanation }
    }

    /// Whether the configuration blocks the page.
    pub(super) fn is_blocked(&self) -> bool {
        !self.explanation.causes.is_empty()
    }

    pub(super) fn table(&self) -> String {
        let width = |cell: fn(&Row) -> &str, least: usize| {
            self.rows.iter().map(|row| cell(row).chars().count()).max().unwrap_or(0).max(least)
        };
        let (what, today) = (width(|row| &row.what, 0), width(|row| &row.today, "the server today".len()));
        let mut out = String::new();
        let mut line = |a: &str, b: &str, c: &str| {
            // Writing to a String cannot fail.
            let _ = writeln!(out, "{}", format!("  {a:<what$}  {b:<today$}  {c}").trim_end());
        };
        line("", "the server today", "with the configuration");
        for row in &self.rows {
            let dash = |text: &str| if text.is_empty() { "-".to_owned() } else { text.to_owned() };
            line(&row.what, &dash(&row.today), &dash(&row.ours));
        }
        out
    }

    pub(super) fn json(&self) -> Value {
        let row = |row: &Row| json!({ "what": row.what, "today": row.today, "ours": row.ours });
        Value::Array(self.rows.iter().map(row).collect())
    }
}

fn is_preflight(step: &Step) -> bool {
    step.request.headers.iter().any(|(name, _)| name == "access-control-request-method")
}

fn preflight(outcome: &Outcome) -> Option<&Step> {
    outcome.steps.iter().find(|step| is_preflight(step))
}

fn actual(outcome: &Outcome) -> Option<&Step> {
    outcome.steps.iter().find(|step| !is_preflight(step))
}

/// The status and the headers, where there are any on one side.
fn step_rows(name: &str, today: Option<&Step>, ours: Option<&Step>) -> Vec<Row> {
    let cell = |step: Option<&Step>, header: &str| {
        let value = step.and_then(|step| step.response.get(header)).unwrap_or_default();
        shown::value(header, &value)
    };
    let status = |step: Option<&Step>| step.map(|step| step.response.status.to_string()).unwrap_or_default();
    let mut rows = vec![Row { what: name.to_owned(), today: status(today), ours: status(ours) }];
    rows.extend(HEADERS.iter().map(|header| Row {
        what: format!("  {header}"),
        today: cell(today, header),
        ours: cell(ours, header),
    }));
    rows.retain(|row| !(row.today.is_empty() && row.ours.is_empty()));
    rows
}

fn verdict(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::SameOrigin | Verdict::Readable => "can read the response",
        Verdict::Redirected { .. } => "is redirected",
        Verdict::Opaque | Verdict::Connected => "sends the request",
        Verdict::Blocked(_) => "is blocked",
    }
}
