//! What `edge_cors::browser` says of a scenario: the standard, with the words of each browser.

use edge_cors::PolicySet;
use edge_cors::browser::{AnsweredBy, Browser, Call, Network, Outcome, Response, Verdict, fetch};

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
    /// The names of the headers that the page can read.
    pub headers: Vec<String>,
    /// What the script is told if the call is blocked, whatever the reason.
    pub error: &'static str,
}

impl Expected {
    pub fn new(browser: Browser, scenario: &Scenario) -> Self {
        let configuration = scenario.configuration.to_string();
        let (policies, _) =
            PolicySet::from_json(&configuration).unwrap_or_else(|error| panic!("{}: {error}", scenario.name));
        let headers = scenario.origin_server.headers.iter();
        let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.clone())).collect();
        let origin_server = Response { status: scenario.origin_server.status, headers };
        let network = Network { origin_server, ..Network::new(&policies) };
        let mut expected = Self::default();
        for call in &scenario.calls {
            expected.add(browser, scenario, call, &network);
        }
        expected
    }

    fn add(&mut self, browser: Browser, scenario: &Scenario, call: &PageCall, network: &Network<'_>) {
        let origin = if scenario.sandboxed { "null" } else { &scenario.page };
        let model = Call {
            method: call.method.clone(),
            headers: call.headers.clone(),
            credentials: call.credentials,
            upload_listener: call.upload_listener,
            initiator: call.via.initiator(),
            ..Call::new(origin, call.url.parse().unwrap())
        };
        let outcome = fetch(&model, network);
        let (verdict, page) = verdict(&outcome);
        let headers = outcome.readable_headers(call.credentials);
        self.calls.push(ExpectedCall { verdict, page: page.to_owned(), headers, error: error(browser, call.via) });
        if let Verdict::Blocked(block) = &outcome.verdict {
            self.console.extend(block.console(browser, &model));
        }
        for step in &outcome.steps {
            let (_, rest) = run_of(step.request.url.path()).unwrap();
            let request = format!("{} {rest}", step.request.method);
            let is_cached = call.cached_preflight && step.request.method == "OPTIONS";
            if !is_cached {
                self.sent.push(request.clone());
            }
            if step.by == AnsweredBy::OriginServer {
                self.forwarded.push(request);
            }
        }
    }
}

fn error(browser: Browser, via: Via) -> &'static str {
    match (via, browser) {
        (Via::Fetch, Browser::Chromium) => "Failed to fetch",
        (Via::Fetch, Browser::Firefox) => "NetworkError when attempting to fetch resource.",
        (Via::Fetch, Browser::Safari) => "Load failed",
        (Via::Xhr, _) => "status 0",
    }
}

fn verdict(outcome: &Outcome) -> (&'static str, &'static str) {
    match &outcome.verdict {
        Verdict::SameOrigin | Verdict::Readable => ("readable", "readable"),
        Verdict::Redirected { .. } => ("redirected", "readable"),
        Verdict::Opaque => ("opaque", "opaque"),
        Verdict::Connected => ("connected", "connected"),
        Verdict::Blocked(block) => (block.code(), "blocked"),
    }
}
