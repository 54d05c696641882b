//! What a page does in a browser, in front of which configuration: `tests/browsers/README.md` tells what every
//! field means.

use std::collections::HashSet;
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
    /// What it answers where a redirect leads to: at `{api}/target` and `{cdn}/target`.
    #[serde(default)]
    pub target: OriginServer,
    /// Whether there is no edge: the browser calls the origin server itself.
    #[serde(default)]
    pub direct: bool,
    /// The status that a server in front of the edge answers everything with.
    #[serde(default)]
    pub in_front: Option<u16>,
}

impl Scenario {
    /// What the origin server answers, by the path below that of the run.
    pub fn answer(&self, rest: &str) -> OriginServer {
        let answer = if rest == "/target" { &self.target } else { &self.origin_server };
        answer.clone()
    }

    /// Whether the body comes in two parts.
    pub fn streams(&self) -> bool {
        self.calls.iter().any(|call| matches!(call.via, Via::Stream))
    }

    /// Whether it runs behind an edge.
    pub fn runs_behind(&self, edge: Edge) -> bool {
        self.direct == (edge == Edge::Direct)
    }
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
    /// `fetch()` whose response is read while it comes.
    Stream,
    NoCors,
    RedirectError,
    EventSource,
    WebSocket,
    Image,
    ImageCors,
    Script,
    ScriptCors,
    Form,
    Worker,
    ServiceWorker,
}

impl Via {
    /// Whether the page reads the headers and the body.
    pub fn reads(self) -> bool {
        !matches!(self, Self::EventSource | Self::ImageCors | Self::ScriptCors)
    }

    pub fn initiator(self) -> Initiator {
        match self {
            Self::Fetch | Self::Stream | Self::RedirectError | Self::Worker | Self::ServiceWorker => Initiator::Fetch,
            Self::Xhr => Initiator::XmlHttpRequest,
            Self::EventSource => Initiator::EventSource,
            Self::ImageCors => Initiator::Image,
            Self::ScriptCors => Initiator::Script,
            Self::NoCors | Self::Image | Self::Script => Initiator::NoCors,
            Self::Form => Initiator::Form,
            Self::WebSocket => Initiator::WebSocket,
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

/// What is between the browsers and the origin server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Edge {
    /// Nothing. It shows the browser alone: hosts change what an origin server sends, for they make one header line
    /// of several.
    Direct,
    Envoy,
    /// The dynamic module in Envoy.
    Module,
    Workerd,
}

impl Edge {
    pub const ALL: [Self; 4] = [Self::Direct, Self::Envoy, Self::Module, Self::Workerd];

    pub fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Envoy => "envoy",
            Self::Module => "module",
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
    pub secure_pages: u16,
    pub api: u16,
    pub secure_api: u16,
}

impl Ports {
    /// A text of a scenario with the origins of this run in it.
    pub fn fill(self, text: &str, run: &Run) -> String {
        let Self { pages, secure_pages, api, secure_api } = self;
        text.replace("{app}", &format!("http://app.localhost:{pages}"))
            .replace("{other}", &format!("http://other.localhost:{pages}"))
            .replace("{www}", &format!("http://www.app.localhost:{pages}"))
            .replace("{localhost}", &format!("http://localhost:{pages}"))
            .replace("{ip}", &format!("http://127.0.0.1:{pages}"))
            .replace("{secure}", &format!("https://app.localhost:{secure_pages}"))
            .replace("{sameOrigin}", &format!("http://api.localhost:{api}"))
            .replace("{api}", &format!("http://api.localhost:{api}{run}"))
            .replace("{cdn}", &format!("http://cdn.localhost:{api}{run}"))
            .replace("{secureApi}", &format!("https://api.localhost:{secure_api}{run}"))
            .replace("{pagesPort}", &pages.to_string())
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
            if matches!(call.via, Via::WebSocket) {
                call.url = call.url.replacen("http", "ws", 1);
            }
        }
        for (_, value) in scenario.origin_server.headers.iter_mut().chain(&mut scenario.target.headers) {
            *value = fill(value);
        }
        scenario
    }
}

/// Every scenario of every file.
pub fn load() -> Vec<Scenario> {
    let files = test_support::json_files::<Vec<Scenario>>("tests/browsers/scenarios");
    let scenarios: Vec<Scenario> = files.into_iter().flat_map(|(_, scenarios)| scenarios).collect();
    let mut names = HashSet::new();
    for Scenario { name, .. } in &scenarios {
        assert!(names.insert(name), "two scenarios are called {name}");
    }
    scenarios
}
