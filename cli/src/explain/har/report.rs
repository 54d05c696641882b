//! What is wrong with the requests of a HAR file, and what all of them need.

use std::io::Read;

use edge_cors::browser::{Call, ConnectionError, Outcome, Request, Response, Server, Verdict, fetch_from};

use super::super::answered::{self, Finding};
use super::super::message;
use super::super::needs::Needs;
use super::super::print::policy_text;
use super::super::smallest::{Smallest, Wanted};
use super::traffic::{Group, Key, Traffic, Variant};

/// The explanation of a HAR file: its cross-origin requests, without secrets.
pub struct Report {
    pub(super) creator: String,
    pub(super) entries: usize,
    pub(super) ungrouped: usize,
    pub(super) rows: Vec<Row>,
    /// Under which all of them succeed.
    pub(super) policy: Smallest,
}

/// Requests with the same outcome.
pub struct Row {
    /// What the page asked for, as far as the file tells. A header of which only the name is known has the value `(`.
    pub call: Call,
    /// The response that decided, if it is in the file.
    pub response: Option<Response>,
    pub(super) key: Key,
    pub(super) count: usize,
    pub(super) outcome: Told,
}

/// What became of requests.
pub(super) enum Told {
    /// The page can read the response.
    Works,
    /// The browser followed the redirect.
    Redirected,
    /// Only the preflight is in the file, and it succeeded.
    OnlyPreflight,
    Blocked(Box<Finding>),
    /// There is no response in the file: why, in the browser's words, and what that means.
    Failed(String, String),
}

impl Row {
    /// Who calls what, and how often.
    pub fn title(&self) -> String {
        let key = &self.key;
        let times = if self.count == 1 { "once".to_owned() } else { format!("{} times", self.count) };
        let status = self.status().map(|status| format!(", status {status}")).unwrap_or_default();
        format!("{} calls {} {}{} ({times}{status})", key.origin, key.method, key.server, key.path)
    }

    /// The status that decided, if it is in the file.
    pub(super) fn status(&self) -> Option<u16> {
        self.response.as_ref().map(|response| response.status)
    }

    /// What became of them: `readable`, `redirected`, `preflight` if the request itself is not in the file, `blocked`, or
    /// `failed`.
    pub fn outcome(&self) -> &'static str {
        match self.outcome {
            Told::Works => "readable",
            Told::Redirected => "redirected",
            Told::OnlyPreflight => "preflight",
            Told::Blocked(_) => "blocked",
            Told::Failed(..) => "failed",
        }
    }
}

impl Report {
    /// Reads a HAR file from its start to its end, in bounded memory.
    ///
    /// # Errors
    /// A sentence, if it is not a HAR file or is not complete.
    pub fn read(input: impl Read) -> Result<Self, String> {
        super::read(input).map(Self::new)
    }

    /// The same for a file that is in memory.
    ///
    /// # Errors
    /// A sentence, if it is not a HAR file or is not complete.
    pub fn of_text(text: &str) -> Result<Self, String> {
        super::read_text(text).map(Self::new)
    }

    /// The requests that CORS checks, in groups.
    pub fn calls(&self) -> &[Row] {
        &self.rows
    }

    /// The smallest configuration with which all of them succeed: this was tried.
    pub fn configuration(&self) -> Option<String> {
        self.policy.configuration.as_ref().map(policy_text)
    }

    pub(crate) fn new(traffic: Traffic) -> Self {
        let Traffic { creator, entries, groups, ungrouped, .. } = traffic;
        let rows = groups.iter().flat_map(|(key, group)| rows(key, group)).collect();
        let wanted: Vec<Wanted> = groups
            .iter()
            .map(|(key, group)| Wanted { call: group.call(key), reads: group.exposed.iter().cloned().collect() })
            .collect();
        Self { creator, entries, ungrouped, rows, policy: Smallest::of(&wanted) }
    }

    /// Whether the browser kept anything from a page.
    pub(crate) fn is_blocked(&self) -> bool {
        self.rows.iter().any(|row| matches!(row.outcome, Told::Blocked(_) | Told::Failed(..)))
    }
}

/// A server that answers as the file says.
struct Recorded<'r> {
    preflight: Option<&'r Response>,
    response: Option<&'r Response>,
}

impl Server for Recorded<'_> {
    fn answer(&mut self, request: &Request) -> Result<Response, ConnectionError> {
        let is_preflight = request.headers.iter().any(|(name, _)| name == "access-control-request-method");
        let recorded = if is_preflight { self.preflight } else { self.response };
        recorded.cloned().ok_or(ConnectionError::Other)
    }
}

fn rows(key: &Key, group: &Group) -> Vec<Row> {
    let call = group.call(key);
    let play = |preflight: Option<&Response>, response: Option<&Response>| {
        fetch_from(&call, &mut Recorded { preflight, response }, true)
    };
    let row = |count, response: Option<&Response>, outcome| Row {
        call: call.clone(),
        response: response.cloned(),
        key: key.clone(),
        count,
        outcome,
    };
    let granted = granted(&call);
    let mut rows = Vec::new();
    let mut all_refused = !group.preflights.is_empty();
    for Variant { response, count } in &group.preflights {
        let outcome = play(Some(response), None);
        match blocked(&call, &outcome) {
            Some(blocked) => {
                rows.push(row(*count, Some(response), Told::Blocked(Box::new(blocked))));
            }
            _ => all_refused = false,
        }
    }
    for Variant { response, count } in &group.responses {
        let outcome = play(Some(&granted), Some(response));
        let told = match (&outcome.verdict, blocked(&call, &outcome)) {
            (_, Some(blocked)) => Told::Blocked(Box::new(blocked)),
            (Verdict::Redirected { .. }, None) => Told::Redirected,
            (_, None) => Told::Works,
        };
        rows.push(row(*count, Some(response), told));
    }
    // After a refused preflight, the failed request itself is no news.
    for (error, count) in group.errors.iter().filter(|_| !all_refused) {
        let told = message::explain(error);
        let meaning = told.first().map(|message| message.meaning.clone()).unwrap_or_default();
        rows.push(row(*count, None, Told::Failed(error.clone(), meaning)));
    }
    if let Some(Variant { response, count }) = group.preflights.first().filter(|_| rows.is_empty()) {
        rows.push(row(*count, Some(response), Told::OnlyPreflight));
    }
    rows
}

/// The response to a preflight that grants everything: that of a preflight which the file does not have, because the
/// browser had it in its cache.
fn granted(call: &Call) -> Response {
    let needs = Needs::of(call, &[]);
    let line = |name: &str, value: String| (name.to_owned(), value);
    let mut headers = vec![
        line("access-control-allow-origin", call.origin.clone()),
        line("access-control-allow-credentials", "true".to_owned()),
        line("access-control-allow-methods", call.sent_method().to_owned()),
    ];
    if !needs.headers.is_empty() {
        headers.push(line("access-control-allow-headers", needs.headers.join(", ")));
    }
    Response { status: 204, headers }
}

fn blocked(call: &Call, outcome: &Outcome) -> Option<Finding> {
    answered::find(call, outcome, &[]).filter(|_| !outcome.steps.is_empty())
}
