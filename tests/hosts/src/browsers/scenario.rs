//! What a page does in a browser, in front of which configuration: `tests/browsers/README.md` tells what every
//! field means.

use std::fmt;

use edge_cors::browser::{Browser, Initiator};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use test_support::case::OriginServer;

/// One entry of `tests/browsers/scenarios/*.json`.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Scenario {
    pub name: String,
    /// The origin of the page.
    #[serde(default = "app")]
    pub page: String,
    /// Whether the calls are made by a sandboxed frame in the page, whose origin is opaque.
    #[serde(default)]
    pub sandboxed: bool,
    pub configuration: Value,
    /// Whether all calls have one URL, so that the preflight cache has a part in them.
    #[serde(default)]
    pub same_url: bool,
    /// What the page does, in this order.
    pub calls: Vec<PageCall>,
    /// What the origin server answers to every request that reaches it.
    #[serde(default)]
    pub origin_server: OriginServer,
}

/// What a page asks the browser to do, and what it gets.
#[derive(Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PageCall {
    #[serde(default = "api")]
    pub url: String,
    #[serde(default)]
    pub via: Via,
    #[serde(default = "get")]
    pub method: String,
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    #[serde(default)]
    pub credentials: bool,
    #[serde(default)]
    pub upload_listener: bool,
    /// What becomes of the call: `readable`, `opaque`, `connected`, or why it is blocked.
    pub verdict: String,
    /// Whether the preflight cache makes a preflight unnecessary.
    #[serde(default)]
    pub cached_preflight: bool,
}

/// How a page makes a call.
#[derive(Clone, Copy, Default, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Via {
    #[default]
    Fetch,
    Xhr,
}

impl Via {
    pub fn initiator(self) -> Initiator {
        match self {
            Self::Fetch => Initiator::Fetch,
            Self::Xhr => Initiator::XmlHttpRequest,
        }
    }
}

fn app() -> String {
    "{app}".to_owned()
}

fn api() -> String {
    "{api}".to_owned()
}

fn get() -> String {
    "GET".to_owned()
}

/// The hosts of the filter and of the Worker, which run behind the same pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Edge {
    Envoy,
    Workerd,
}

impl Edge {
    pub const ALL: [Self; 2] = [Self::Envoy, Self::Workerd];

    pub fn name(self) -> &'static str {
        match self {
            Self::Envoy => "envoy",
            Self::Workerd => "workerd",
        }
    }
}

/// One scenario, in one browser, behind one host of the edge. Its text is the path that all its URLs begin with.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Run {
    pub browser: Browser,
    pub edge: Edge,
    pub scenario: String,
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/{}/{}/{}", name(self.browser), self.edge.name(), self.scenario)
    }
}

/// The name of the real browser: Safari's engine is run as WebKitGTK.
pub fn name(browser: Browser) -> &'static str {
    match browser {
        Browser::Chromium => "chromium",
        Browser::Firefox => "firefox",
        Browser::Safari => "webkit",
    }
}

/// The start of a path, which is the run that it belongs to, and the rest.
pub fn run_of(path: &str) -> Option<(&str, &str)> {
    let end = path.match_indices('/').map(|(at, _)| at).nth(3)?;
    path.split_at_checked(end)
}

/// Where the pages and the API are: the ports are free ones.
#[derive(Clone, Copy)]
pub struct Ports {
    pub pages: u16,
    pub api: u16,
}

impl Ports {
    /// A text of a scenario with the origins of this run in it.
    pub fn fill(self, text: &str, run: &Run) -> String {
        let Self { pages, api } = self;
        text.replace("{app}", &format!("http://app.localhost:{pages}"))
            .replace("{other}", &format!("http://other.localhost:{pages}"))
            .replace("{localhost}", &format!("http://localhost:{pages}"))
            .replace("{ip}", &format!("http://127.0.0.1:{pages}"))
            .replace("{api}", &format!("http://api.localhost:{api}{run}"))
            .replace("{path}", &run.to_string())
    }

    /// The scenario with the origins of this run in it.
    pub fn filled(self, scenario: &Scenario, run: &Run) -> Scenario {
        let fill = |text: &str| self.fill(text, run);
        let mut scenario = scenario.clone();
        scenario.page = fill(&scenario.page);
        scenario.configuration = serde_json::from_str(&fill(&scenario.configuration.to_string())).unwrap();
        for (index, call) in scenario.calls.iter_mut().enumerate() {
            let index = if scenario.same_url { 0 } else { index };
            call.url = format!("{}/{index}", fill(&call.url));
        }
        for (_, value) in &mut scenario.origin_server.headers {
            *value = fill(value);
        }
        scenario
    }
}

/// Every scenario of every file.
pub fn load() -> Vec<Scenario> {
    let files = test_support::json_files::<Vec<Scenario>>("tests/browsers/scenarios");
    files.into_iter().flat_map(|(_, scenarios)| scenarios).collect()
}
