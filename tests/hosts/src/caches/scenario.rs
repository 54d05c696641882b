//! The format of `tests/caches/scenarios.json`. `tests/caches/README.md` says what every field means.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde_json::Value;
use test_support::case::{OriginServer, RequestEntry};

/// The file.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Scenarios {
    #[serde(rename = "about")]
    _about: String,
    /// Who asks, with the value of `Origin`.
    requesters: BTreeMap<String, Option<String>>,
    /// The request header that carries credentials.
    credentials: (String, String),
    origin_server: Template,
    pub scenarios: Vec<Scenario>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Scenario {
    pub name: String,
    /// The configuration of the edge. Without one, the cache is in front of the origin server alone.
    pub configuration: Option<Value>,
    requesters: Option<BTreeMap<String, Option<String>>>,
    #[serde(default = "get")]
    pub asks: Vec<Ask>,
    credentials: Option<(String, String)>,
    origin_server: Option<Template>,
    /// How the caches are configured: the first segment of the path.
    #[serde(default = "usual")]
    pub caches: String,
    /// Where the answers are mixed: parts of the names of places.
    #[serde(default)]
    mixed: Vec<String>,
    /// Where nothing is stored, in the same way.
    #[serde(default)]
    not_stored: Vec<String>,
}

/// What a requester sends.
#[derive(Clone, Copy, Deserialize)]
pub enum Ask {
    #[serde(rename = "GET")]
    Get,
    #[serde(rename = "HEAD")]
    Head,
    #[serde(rename = "preflight")]
    Preflight,
    /// GET with the `ETag` of what it has.
    #[serde(rename = "revalidation")]
    Revalidation,
}

impl fmt::Display for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Preflight => "preflight",
            Self::Revalidation => "revalidation",
        })
    }
}

/// What the origin server answers. `{origin}` and `{credentials}` are those of the request; a header line whose
/// value would be empty is left out.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Template {
    headers: Vec<(String, String)>,
    #[serde(default)]
    body: String,
}

fn get() -> Vec<Ask> {
    vec![Ask::Get]
}

fn usual() -> String {
    "usual".to_owned()
}

/// What the origin server answers to one request.
pub struct Answer {
    pub head: OriginServer,
    pub body: String,
}

impl Scenarios {
    pub fn load() -> Self {
        serde_json::from_str(include_str!("../../../caches/scenarios.json")).unwrap()
    }

    pub fn requesters(&self, scenario: &Scenario) -> Vec<Requester> {
        let requesters = scenario.requesters.as_ref().unwrap_or(&self.requesters);
        let credentials = scenario.credentials.as_ref().unwrap_or(&self.credentials);
        let requester = |(who, origin): (&String, &Option<String>)| Requester {
            who: who.clone(),
            origin: origin.clone(),
            credentials: credentials.clone(),
        };
        requesters.iter().map(requester).collect()
    }

    pub fn template(&self, scenario: &Scenario) -> Template {
        scenario.origin_server.as_ref().unwrap_or(&self.origin_server).clone()
    }
}

impl Scenario {
    pub fn is_mixed(&self, place: &str) -> bool {
        self.mixed.iter().any(|part| place.contains(part.as_str()))
    }

    pub fn stores(&self, place: &str) -> bool {
        !self.not_stored.iter().any(|part| place.contains(part.as_str()))
    }
}

/// Somebody who asks, with or without credentials.
pub struct Requester {
    pub who: String,
    origin: Option<String>,
    credentials: (String, String),
}

impl Requester {
    pub fn request(&self, ask: Ask, has_credentials: bool, path: &str) -> RequestEntry {
        let (method, given): (_, &[_]) = match ask {
            Ask::Get => ("GET", &[]),
            Ask::Head => ("HEAD", &[]),
            Ask::Preflight => {
                ("OPTIONS", &[("access-control-request-method", "PUT"), ("access-control-request-headers", "x-a")])
            }
            Ask::Revalidation => ("GET", &[("if-none-match", "\"1\"")]),
        };
        let mut request = RequestEntry::new(method, path, given);
        request.headers.extend(self.origin.iter().map(|origin| ("origin".to_owned(), origin.clone())));
        // Browsers send no preflight with credentials.
        if has_credentials && !matches!(ask, Ask::Preflight) {
            request.headers.push(self.credentials.clone());
        }
        request
    }
}

impl Template {
    /// What the server answers to a request.
    pub fn answer(&self, request: &RequestEntry) -> Answer {
        let header =
            |name: &str| request.headers.iter().find(|(line, _)| line == name).map(|(_, value)| value.as_str());
        let credentials = header("cookie").or_else(|| header("authorization"));
        let filled = |text: &str| {
            text.replace("{origin}", header("origin").unwrap_or_default())
                .replace("{credentials}", credentials.unwrap_or("nobody"))
        };
        let headers = self.headers.iter().map(|(name, value)| (name.clone(), filled(value)));
        let headers: Vec<_> = headers.filter(|(_, value)| !value.is_empty()).collect();
        let is_known = header("if-none-match")
            .is_some_and(|known| headers.iter().any(|line| *line == ("etag".to_owned(), known.to_owned())));
        let status = if is_known { 304 } else { 200 };
        let body = if is_known || request.method == "HEAD" { String::new() } else { filled(&self.body) };
        Answer { head: OriginServer { status, headers }, body }
    }
}
