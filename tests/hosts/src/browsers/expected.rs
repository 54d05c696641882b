//! What `edge_cors::browser` says of a scenario: the standard, with the words of each browser.

use edge_cors::PolicySet;
use edge_cors::browser::{AnsweredBy, Browser, Call, Initiator, Network, Outcome, Response, Url, Verdict, fetch};

use super::scenario::{PageCall, Scenario, Via, run_of};

/// What must come of a scenario.
#[derive(Default)]
pub struct Expected {
    pub calls: Vec<ExpectedCall>,
    /// The requests that the browser sends, in order: method and the rest of the path.
    pub sent: Vec<String>,
    /// Those that reach the origin server.
    pub forwarded: Vec<String>,
    /// The messages in the console.
    pub console: Vec<String>,
}

/// What must come of one call.
pub struct ExpectedCall {
    /// As in the scenario: what the page has, or why the call is blocked.
    pub verdict: &'static str,
    /// What the page can tell: `readable`, `opaque`, `connected` or `blocked`.
    pub page: String,
    /// The status of the response to the last request.
    pub status: u16,
    /// The names of the headers that the page can read.
    pub headers: Vec<String>,
    /// What the script is told if the call is blocked, whatever the reason.
    pub error: String,
}

impl Expected {
    pub fn new(browser: Browser, scenario: &Scenario) -> Self {
        let configuration = scenario.configuration.to_string();
        let (policies, _) =
            PolicySet::from_json(&configuration).unwrap_or_else(|error| panic!("{}: {error}", scenario.name));
        let mut expected = Self::default();
        for call in &scenario.calls {
            expected.add(browser, scenario, call, &policies);
        }
        expected
    }

    fn add(&mut self, browser: Browser, scenario: &Scenario, call: &PageCall, policies: &PolicySet) {
        let origin = if scenario.sandboxed { "null" } else { &scenario.page };
        let mut model = Call {
            method: call.method.clone(),
            headers: call.headers.clone(),
            credentials: call.credentials,
            upload_listener: call.upload_listener,
            initiator: call.via.initiator(),
            ..Call::new(origin, call.url.parse().unwrap())
        };
        let outcome = loop {
            let outcome = fetch(&model, &network(scenario, &model.url, policies));
            self.add_requests(&outcome, call.cached_preflight);
            let Some(next) = outcome.next(&model) else { break outcome };
            model = next;
        };
        let (verdict, page) = verdict(&outcome);
        let mut error = error(browser, call.via).to_owned();
        let console = match &outcome.verdict {
            Verdict::Blocked(block) => block.console(browser, &model),
            _ => Vec::new(),
        };
        // What is thrown is in the console only if nobody catches it.
        match console.first().and_then(|message| message.strip_prefix("TypeError: ")) {
            Some(thrown) => thrown.clone_into(&mut error),
            None => self.console.extend(console.into_iter().filter(|message| is_legible(browser, call.via, message))),
        }
        let headers = outcome.readable_headers(call.credentials);
        let status = outcome.steps.last().map_or(0, |step| step.response.status);
        self.calls.push(ExpectedCall { verdict, page: page.to_owned(), status, headers, error });
    }

    fn add_requests(&mut self, outcome: &Outcome, cached_preflight: bool) {
        for step in &outcome.steps {
            let (_, rest) = run_of(step.request.url.path()).unwrap();
            let request = format!("{} {rest}", step.request.method);
            if cached_preflight && step.request.method == "OPTIONS" {
                continue;
            }
            self.sent.push(request.clone());
            if step.by == AnsweredBy::OriginServer {
                self.forwarded.push(request);
            }
        }
    }
}

/// What is between the page and a URL.
fn network<'p>(scenario: &Scenario, url: &Url, policies: &'p PolicySet) -> Network<'p> {
    let answer = run_of(url.path()).map(|(_, rest)| scenario.answer(rest)).unwrap_or_default();
    let headers = answer.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone())).collect();
    let origin_server = Response { status: answer.status, headers };
    Network { origin_server, in_front: scenario.in_front, ..Network::new(policies) }
}

/// Whether a message can be read from outside. WebDriver BiDi has the errors of Firefox's pages, but neither
/// their warnings nor what workers cause; Chromium keeps what its network reports for its developer tools.
fn is_legible(browser: Browser, via: Via, message: &str) -> bool {
    match browser {
        Browser::Chromium => message.contains("has been blocked by CORS policy"),
        Browser::Firefox => {
            let is_warning = message.contains("Request Warning") || message.contains("source URI is not allowed");
            !is_warning && !matches!(via, Via::Worker | Via::ServiceWorker)
        }
        Browser::Safari => true,
    }
}

/// What the page's script is told, and by what.
fn error(browser: Browser, via: Via) -> &'static str {
    match (via.initiator(), browser) {
        (Initiator::Fetch, Browser::Chromium) => "Failed to fetch",
        (Initiator::Fetch, Browser::Firefox) => "NetworkError when attempting to fetch resource.",
        (Initiator::Fetch, Browser::Safari) => "Load failed",
        _ => "error event",
    }
}

fn verdict(outcome: &Outcome) -> (&'static str, &'static str) {
    match &outcome.verdict {
        Verdict::SameOrigin | Verdict::Readable | Verdict::Redirected { .. } => ("readable", "readable"),
        Verdict::Opaque => ("opaque", "opaque"),
        Verdict::Connected => ("connected", "connected"),
        Verdict::Blocked(block) => (block.code(), "blocked"),
    }
}
