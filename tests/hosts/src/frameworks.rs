//! Real frameworks with CORS of their own: what `edge-cors probe` finds of them, how `edge-cors explain` explains them, and
//! that behind the edge there is one set of headers, the edge's.
//!
//! `tests/frameworks/` has the servers and, in `probes.json`, what is configured and what is found.

mod servers;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::process::Command;
use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::bed::Bed;
use crate::envoy::{Envoy, Kind, bootstrap};
use crate::workerd::Workerd;
use crate::workerd::server::{Addresses, Isolate, object, text};
use crate::{Test, client};
use servers::Servers;
use test_support::case::{RequestEntry, is_governed};

const APP: &str = "https://app.example.com";
const STRANGER: &str = "https://stranger.example";

/// Everything in it differs from what the frameworks are configured with.
fn policy() -> Value {
    json!({
        "allowOrigins": [APP],
        "allowMethods": ["PATCH"],
        "allowHeaders": ["x-edge"],
        "exposeHeaders": ["x-trace"],
        "allowCredentials": true,
        "maxAge": 60,
    })
}

/// A row of `probes.json`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    server: String,
    path: String,
    /// What the server's own configuration means, as ours.
    configuration: Value,
    /// The codes of what is wrong with it.
    findings: Vec<String>,
    /// Why a page cannot send PUT with cookies and `x-api-key`.
    explained: Explained,
}

/// What `edge-cors explain` says of a server.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Explained {
    /// The codes of the causes.
    causes: Vec<String>,
    /// What the server was recognised as.
    server: Option<String>,
}

/// The servers, and the hosts in front of them.
#[derive(Default)]
pub struct Frameworks {
    servers: OnceLock<Servers>,
    envoy: OnceLock<Envoy>,
    workerd: OnceLock<Workerd>,
}

impl Frameworks {
    fn servers(&self) -> &Servers {
        self.servers.get_or_init(Servers::start)
    }

    /// A listener for each server, with its name.
    fn envoy(&self, bed: &Bed) -> &Envoy {
        self.envoy.get_or_init(|| {
            let servers = self.servers().all();
            let any = servers.values().next().copied().unwrap();
            let listener = |name: &String| {
                let listener = bootstrap::listener(Kind::Wasm, name, &policy().to_string()).to_string();
                serde_json::from_str(&listener.replace(r#""cluster":"upstream""#, &format!(r#""cluster":"{name}""#)))
            };
            let listeners: Vec<Value> = servers.keys().map(|name| listener(name).unwrap()).collect();
            let mut all = bootstrap::bootstrap(&listeners, any, any);
            let clusters = servers.iter().map(|(name, address)| bootstrap::cluster(name, *address));
            all["static_resources"]["clusters"].as_array_mut().unwrap().extend(clusters);
            bed.runtime().block_on(Envoy::start("frameworks", &all))
        })
    }

    /// An isolate for each server, with its name.
    fn workerd(&self, bed: &Bed) -> &Workerd {
        self.workerd.get_or_init(|| {
            let servers = self.servers().all();
            let any = servers.values().next().copied().unwrap();
            let isolate = |(name, address): (&String, &SocketAddr)| {
                let upstream = ("UPSTREAM", text(&format!("http://{address}")));
                let bindings = vec![("CORS_CONFIG", object(&policy().to_string())), upstream];
                Isolate { outbound: "network", ..Isolate::with(name, bindings) }
            };
            let isolates: Vec<Isolate> = servers.iter().map(isolate).collect();
            let addresses = Addresses::all(any);
            bed.runtime().block_on(Workerd::start("frameworks", &isolates, &addresses))
        })
    }
}

pub fn tests() -> Vec<(String, Test)> {
    let rows: Vec<Row> = test_support::json_files("tests/frameworks").into_iter().next().unwrap().1;
    let mut tests: Vec<(String, Test)> = Vec::new();
    for row in rows {
        let name = format!("{}{}", row.server, row.path);
        let (server, path) = (row.server.clone(), row.path.clone());
        let behind_filter = move |bed: &Bed| replaces(bed, bed.frameworks.envoy(bed).listener(&server), &path);
        let (server, path) = (row.server.clone(), row.path.clone());
        let behind_worker = move |bed: &Bed| replaces(bed, bed.frameworks.workerd(bed).isolate(&server), &path);
        tests.push((format!("frameworks::behind the filter/{name}"), Box::new(behind_filter)));
        tests.push((format!("frameworks::behind the Worker/{name}"), Box::new(behind_worker)));
        let (server, path, expected) = (row.server.clone(), row.path.clone(), row.explained.clone());
        let explained = move |bed: &Bed| explain(bed, &server, &path, &expected);
        tests.push((format!("frameworks::explained/{name}"), Box::new(explained)));
        tests.push((format!("frameworks::probed/{name}"), Box::new(move |bed: &Bed| probe(bed, &row))));
    }
    tests
}

/// Makes this test binary the command line tool, so that it is never an old one.
pub const AS_TOOL: &str = "EDGE_CORS_TEST_AS_TOOL";

/// Runs the command line tool. Its report, and its exit code.
fn run(words: &[&str]) -> Result<(Value, Option<i32>), String> {
    let mut tool = Command::new(std::env::current_exe().unwrap());
    let output = tool.env(AS_TOOL, "1").args(words).args(["--format", "json"]).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    let report = serde_json::from_slice(&output.stdout).map_err(|error| format!("{error}: {errors}"))?;
    Ok((report, output.status.code()))
}

/// The codes of a list in a report.
fn codes(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|entry| entry["code"].as_str().unwrap().to_owned()).collect()
}

/// A page cannot use a header that no server here knows; why not depends on the server.
fn explain(bed: &Bed, server: &str, path: &str, expected: &Explained) -> Result<(), String> {
    let url = format!("http://{}{path}", bed.frameworks.servers().address(server));
    let call =
        ["--origin", APP, "--credentials", "-X", "PUT", "-H", "x-api-key: 1", "--local-network-granted", "--send"];
    let (report, code) = run(&[&["explain", &url][..], &call].concat())?;
    let server = report["server"]["name"].as_str().map(str::to_owned);
    let found = Explained { causes: codes(&report["causes"]), server };
    if found == *expected && code == Some(i32::from(!found.causes.is_empty())) {
        return Ok(());
    }
    Err(format!("explained {found:?}\n{report:#}"))
}

/// What is found is what was configured, within the usual number of requests.
fn probe(bed: &Bed, row: &Row) -> Result<(), String> {
    let url = format!("http://{}{}", bed.frameworks.servers().address(&row.server), row.path);
    let call = ["--origin", APP, "--origin", "https://admin.example.com", "--rate", "1000"];
    let (report, code) = run(&[&["probe", &url][..], &call].concat())?;
    let findings = codes(&report["findings"]);
    if findings == row.findings
        && report["configuration"] == row.configuration
        && code == Some(i32::from(!findings.is_empty()))
    {
        return Ok(());
    }
    Err(format!("found {findings:?} and {}\n{report:#}", report["configuration"]))
}

/// Whatever the server sends, the response has the edge's headers, each once, and none of the server's.
fn replaces(bed: &Bed, edge: SocketAddr, path: &str) -> Result<(), String> {
    let shared = json!({
        "access-control-allow-origin": APP,
        "access-control-allow-credentials": "true",
        "access-control-expose-headers": "x-trace",
    });
    let mut granted = shared.clone();
    granted["access-control-allow-methods"] = json!("PATCH");
    granted["access-control-allow-headers"] = json!("x-edge");
    granted["access-control-max-age"] = json!("60");
    let preflight = |origin| {
        let asked = [("access-control-request-method", "PATCH"), ("access-control-request-headers", "x-edge")];
        RequestEntry::new("OPTIONS", path, &[&[("origin", origin)][..], &asked].concat())
    };
    let missing = format!("{path}no-such-page");
    let requests = [
        (RequestEntry::new("GET", path, &[("origin", APP)]), shared.clone()),
        (RequestEntry::new("GET", &missing, &[("origin", APP)]), shared),
        (RequestEntry::new("GET", path, &[("origin", STRANGER)]), json!({})),
        (RequestEntry::new("GET", path, &[]), json!({})),
        (preflight(APP), granted),
        (preflight(STRANGER), json!({})),
    ];
    for (request, expected) in requests {
        let response = bed.runtime().block_on(client::send(edge, &request, &[]));
        let mut headers: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in client::lines(&response) {
            headers.entry(name).or_default().push(String::from_utf8(value).unwrap());
        }
        let vary = headers.remove("vary").unwrap_or_default().join(",").to_ascii_lowercase();
        let origins = vary.split(',').filter(|member| member.trim() == "origin").count();
        headers.retain(|name, _| is_governed(name));
        let found: Value = headers.into_iter().map(|(name, values)| (name, json!(values.join("\n")))).collect();
        if found != expected || origins != 1 {
            return Err(format!("{} {}: {found:#}, Vary: {vary}", request.method, request.path));
        }
    }
    Ok(())
}
