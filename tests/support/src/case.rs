//! The format of `tests/cases/*.json`, and what a case expects. `tests/cases/README.md` tells
//! what every field means.

use std::collections::BTreeMap;
use std::fmt::Write;

use edge_cors::{Fingerprint, GOVERNED_IN_RESPONSES};
use serde::Deserialize;
use serde_json::Value;

/// One file.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CaseFile {
    #[serde(rename = "about")]
    _about: String,
    #[serde(default)]
    hosts: Option<Vec<String>>,
    #[serde(default)]
    configuration: Option<Value>,
    cases: Vec<CaseEntry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CaseEntry {
    name: String,
    #[serde(default)]
    configuration: Option<Value>,
    #[serde(default)]
    hosts: Option<Vec<String>>,
    request: RequestEntry,
    #[serde(default)]
    origin_server: OriginServer,
    expect: Expectation,
    #[serde(default)]
    expect_on: BTreeMap<String, Expectation>,
}

/// What the client sends.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RequestEntry {
    /// The method.
    #[serde(default = "get")]
    pub method: String,
    /// The value of `Host`.
    #[serde(default = "default_host")]
    pub host: Option<String>,
    /// The path, with the query.
    #[serde(default = "root")]
    pub path: String,
    /// Name and value of every line.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// The policy that the host's route metadata names.
    #[serde(default)]
    pub policy_name: Option<String>,
}

impl RequestEntry {
    /// A request to `api.example.com`.
    pub fn new(method: &str, path: &str, headers: &[(&str, &str)]) -> Self {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let (method, path) = (method.to_owned(), path.to_owned());
        Self { method, host: default_host(), path, headers: headers.collect(), policy_name: None }
    }
}

fn get() -> String {
    "GET".to_owned()
}

fn root() -> String {
    "/".to_owned()
}

fn default_host() -> Option<String> {
    Some("api.example.com".to_owned())
}

/// What the origin server answers.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OriginServer {
    /// The status.
    #[serde(default = "ok")]
    pub status: u16,
    /// Name and value of every line.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
}

impl Default for OriginServer {
    fn default() -> Self {
        Self { status: ok(), headers: Vec::new() }
    }
}

fn ok() -> u16 {
    200
}

/// What the client gets.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Expectation {
    /// Why the request gets its verdict.
    #[serde(default)]
    pub reason: String,
    /// Whether the request reaches the origin server.
    #[serde(default = "yes")]
    pub forwarded: bool,
    /// The status.
    #[serde(default = "ok")]
    pub status: u16,
    /// Every header that a policy governs.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Some of the others.
    #[serde(default)]
    pub other_headers: BTreeMap<String, String>,
    /// Every counter that moves.
    #[serde(default)]
    pub counters: Option<Vec<String>>,
    /// The line in the log, at level info.
    #[serde(default)]
    pub log: Option<String>,
}

impl Expectation {
    /// Every line in the log ends with the configuration: files leave that out.
    fn of(self, configuration: &Value) -> Self {
        let fingerprint = Fingerprint::of(configuration.to_string().as_bytes());
        Self { log: self.log.map(|line| format!("{line}, configuration {fingerprint}")), ..self }
    }
}

fn yes() -> bool {
    true
}

/// One case, ready to run.
pub struct Case {
    /// `file/name`, unique among all cases.
    pub id: String,
    hosts: Option<Vec<String>>,
    /// The configuration that it runs under.
    pub configuration: Value,
    /// What the client sends.
    pub request: RequestEntry,
    /// What the origin server answers.
    pub origin_server: OriginServer,
    expect: Expectation,
    expect_on: BTreeMap<String, Expectation>,
}

/// A second Envoy, which normalizes paths before the filter sees them. Only cases that name it run there.
pub const NORMALIZING: &str = "envoy-normalizing";

/// The engine that Envoy's dynamic module is: it runs what the filter runs, and answers alike.
pub const MODULE: &str = "module";

/// [`NORMALIZING`] with the dynamic module.
pub const NORMALIZING_MODULE: &str = "module-normalizing";

/// The host that a case names if it means this one.
fn named(host: &str) -> &str {
    match host {
        MODULE => "envoy",
        NORMALIZING_MODULE => NORMALIZING,
        named => named,
    }
}

impl Case {
    /// Whether it runs on `native`, `envoy`, `workerd`, [`MODULE`] or one of those that normalize paths.
    pub fn runs_on(&self, host: &str) -> bool {
        let host = named(host);
        let everywhere = host != NORMALIZING;
        self.hosts.as_ref().map_or(everywhere, |hosts| hosts.iter().any(|h| h == host))
    }

    /// What the client gets from a host.
    pub fn expect(&self, host: &str) -> &Expectation {
        self.expect_on.get(named(host)).unwrap_or(&self.expect)
    }

    /// Whether it says what is counted or logged.
    pub fn tells(&self) -> bool {
        self.expect.counters.is_some() || self.expect.log.is_some()
    }

    /// The bytes of a text of the file: a character up to U+00FF stands for one byte.
    pub fn bytes(text: &str) -> Vec<u8> {
        text.chars().map(|c| u8::try_from(u32::from(c)).expect("case texts hold bytes: U+0000 to U+00FF")).collect()
    }
}

/// What came back for a case.
pub struct Observed {
    /// The status.
    pub status: u16,
    /// Whether the request has reached the origin server.
    pub forwarded: bool,
    /// Every line of the response.
    pub headers: Vec<(String, Vec<u8>)>,
    /// Where the engine itself was asked.
    pub reason: Option<&'static str>,
    /// Where that can be seen.
    pub told: Option<Told>,
}

/// What is counted and logged of a request.
#[derive(Default)]
pub struct Told {
    /// The counters that moved, in any order.
    pub counters: Vec<String>,
    /// The line in the log, at level info.
    pub log: Option<String>,
}

impl Observed {
    /// A response of a host.
    pub fn response(status: u16, forwarded: bool, headers: Vec<(String, Vec<u8>)>) -> Self {
        Self { status, forwarded, headers, reason: None, told: None }
    }

    /// `Err` tells every difference.
    pub fn check(&self, expect: &Expectation) -> Result<(), String> {
        let mut differences = String::new();
        let mut differ = |what: &str, expected: &str, got: &str| {
            if expected != got {
                let _ = writeln!(differences, "{what}: expected {expected}, got {got}");
            }
        };
        differ("status", &expect.status.to_string(), &self.status.to_string());
        differ("forwarded", &expect.forwarded.to_string(), &self.forwarded.to_string());
        if let Some(reason) = self.reason {
            differ("reason", &expect.reason, reason);
        }
        if let Some(Told { counters, log }) = &self.told {
            let counters = sorted(counters);
            match &expect.counters {
                Some(expected) => differ("counters", &format!("{:?}", sorted(expected)), &format!("{counters:?}")),
                None => {
                    let verdict = format!(".{}", expect.reason);
                    let one = matches!(&counters[..], [counter] if counter.ends_with(&verdict));
                    let expected = format!("one that ends with {verdict:?}");
                    differ("counters", &expected, &if one { expected.clone() } else { format!("{counters:?}") });
                }
            }
            differ("log", &format!("{:?}", expect.log), &format!("{log:?}"));
        }
        let governed = self.joined(is_governed);
        differ("headers", &format!("{:#?}", expect.headers), &format!("{governed:#?}"));
        let others = self.joined(|name| expect.other_headers.contains_key(name));
        differ("other headers", &format!("{:#?}", expect.other_headers), &format!("{others:#?}"));
        if differences.is_empty() { Ok(()) } else { Err(differences) }
    }

    /// What another response has to be in order to count as equal.
    pub fn expectation(&self) -> Expectation {
        let Self { status, forwarded, .. } = *self;
        Expectation { status, forwarded, headers: self.joined(is_governed), ..Expectation::default() }
    }

    fn joined(&self, wanted: impl Fn(&str) -> bool) -> BTreeMap<String, String> {
        let mut joined = BTreeMap::<String, String>::new();
        for (name, value) in self.headers.iter().filter(|(name, _)| wanted(name)) {
            let value: String = value.iter().map(|b| char::from(*b)).collect();
            joined.entry(name.clone()).and_modify(|all| *all = format!("{all}\n{value}")).or_insert(value);
        }
        // Hosts join the origin server's own lines with and without white space.
        if let Some(vary) = joined.get_mut("vary") {
            let members: Vec<&str> = vary.split([',', '\n']).map(str::trim).collect();
            *vary = members.join(", ");
        }
        joined
    }
}

fn sorted(names: &[String]) -> Vec<&str> {
    let mut sorted: Vec<&str> = names.iter().map(String::as_str).collect();
    sorted.sort_unstable();
    sorted
}

/// Whether a policy governs a header: a case names every such header that the response may have.
pub fn is_governed(name: &str) -> bool {
    GOVERNED_IN_RESPONSES.contains(&name)
}

/// Every case of every file.
pub fn load() -> Vec<Case> {
    let files = crate::json_files::<CaseFile>("tests/cases").into_iter();
    files.flat_map(|(theme, file)| file.cases(&theme)).collect()
}

impl CaseFile {
    fn cases(self, theme: &str) -> Vec<Case> {
        let Self { configuration, hosts, cases, .. } = self;
        let case = |entry: CaseEntry| {
            let own = entry.configuration.or_else(|| configuration.clone());
            let configuration = own.expect("a case has a configuration");
            let others = entry.expect_on.into_iter().map(|(host, expect)| (host, expect.of(&configuration)));
            let case = Case {
                id: format!("{theme}/{}", entry.name),
                hosts: entry.hosts.or_else(|| hosts.clone()),
                request: entry.request,
                origin_server: entry.origin_server,
                expect: entry.expect.of(&configuration),
                expect_on: others.collect(),
                configuration,
            };
            let nameless = case.request.policy_name.is_some() && case.runs_on("workerd");
            assert!(!nameless, "{}: in workerd, nothing but the configuration names a policy", case.id);
            case
        };
        cases.into_iter().map(case).collect()
    }
}
