//! What the built filter calls of its host, call by call, and how much it computes.
//!
//! In Envoy, a header that the host returns costs as much as the whole decision, so a call more is a cost that
//! must be wanted. Fuel is about the number of executed instructions: unlike time, it is the same on every run.
//!
//! `UPDATE_EXPECT=1` writes `expected.json` anew.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects by failing"
)]
#![expect(unreachable_pub, reason = "a test binary exports nothing: `pub` says what other modules use")]

mod abi;
mod host;
mod memory;
mod vm;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use edge_cors::LogLimit;
use libtest_mimic::{Arguments, Failed, Trial};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use test_support::case::{Case, OriginServer, RequestEntry};
use test_support::{built, project};

use host::{Headers, Stream};
use vm::Vm;

/// What `situations.json` contains.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Situations {
    configurations: BTreeMap<String, Value>,
    situations: Vec<Situation>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Situation {
    name: String,
    configuration: String,
    request: RequestEntry,
    #[serde(default)]
    origin_server: OriginServer,
}

/// What a situation costs.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
struct Cost {
    name: String,
    /// Of the whole stream, from its creation to its end.
    fuel: u64,
    /// The calls in the request's callback, in order.
    request: Vec<String>,
    /// The calls in the response's callback.
    response: Vec<String>,
}

/// How far fuel may be from what is expected, in percent: another version of Rust compiles a bit differently.
const TOLERANCE: u64 = 5;

fn main() {
    let arguments = Arguments::from_args();
    let calls = Trial::test("envoy::every situation makes these calls and no others", || check().map_err(Failed::from));
    let log = Trial::test("envoy::clients cannot fill the log", || {
        check_log();
        Ok(())
    });
    let metrics = Trial::test("envoy::a metric is defined once in a VM", || {
        check_metrics();
        Ok(())
    });
    built::run(&arguments, vec![(built::FILTER, calls), (built::FILTER, log), (built::FILTER, metrics)]).exit();
}

fn check() -> Result<(), String> {
    let costs = measure();
    let path = file("expected.json");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(path, serde_json::to_string_pretty(&costs).unwrap() + "\n").unwrap();
        return Ok(());
    }
    let expected: Vec<Cost> = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let mut differences = String::new();
    let names = |costs: &[Cost]| costs.iter().map(|cost| cost.name.clone()).collect::<Vec<_>>();
    if names(&expected) != names(&costs) {
        let _ = writeln!(differences, "expected.json has other situations than situations.json");
    }
    for (expected, cost) in expected.iter().zip(&costs) {
        if (&expected.request, &expected.response) != (&cost.request, &cost.response) {
            let _ = writeln!(differences, "expected {expected:#?}\ngot {cost:#?}");
        }
        if expected.fuel.abs_diff(cost.fuel) * 100 > expected.fuel * TOLERANCE {
            let _ = writeln!(differences, "{}: expected {} of fuel, got {}", cost.name, expected.fuel, cost.fuel);
        }
    }
    if differences.is_empty() {
        return Ok(());
    }
    Err(format!("{differences}If that is intended: UPDATE_EXPECT=1 cargo test --package edge-cors-call-tests"))
}

/// What every situation costs.
fn measure() -> Vec<Cost> {
    let Situations { configurations, situations } = read();
    let mut vms: BTreeMap<String, Vm> =
        configurations.into_iter().map(|(name, configuration)| (name, start(&configuration))).collect();
    situations
        .into_iter()
        .map(|situation| {
            let vm = vms.get_mut(&situation.configuration).expect("the situation's configuration exists");
            let stream = situation.stream();
            // The first one makes room: for contexts, and for whatever is allocated once.
            vm.run(stream.clone());
            let ran = vm.run(stream);
            Cost { name: situation.name, fuel: ran.fuel, request: ran.request, response: ran.response }
        })
        .collect()
}

/// A second has a limited number of log lines about requests, and the next one tells how many were omitted.
fn check_log() {
    let Situations { configurations, situations } = read();
    let situation = situations.iter().find(|situation| situation.name == "routes, report mode, denied").unwrap();
    let mut vm = start(&configurations[&situation.configuration]);
    let mut lines = |second: u64| -> Vec<String> {
        vm.host().second = second;
        let calls = vm.run(situation.stream()).request;
        calls.into_iter().filter(|call| call.starts_with("log ")).collect()
    };
    let line = lines(1);
    assert_eq!(line.len(), 1);
    for _ in 1..LogLimit::LINES_A_SECOND {
        assert_eq!(lines(1), line);
    }
    assert_eq!((lines(1), lines(1)), (vec![], vec![]));
    let omitted = "log info: edge-cors: 2 lines were omitted: at most 100 a second are logged".to_owned();
    assert_eq!(lines(2), [vec![omitted], line].concat());
}

/// A host keeps every definition for as long as the VM lives, and a VM has one configuration after another.
fn check_metrics() {
    let configuration = |policy: &str, max_age: u32| {
        json!({ "policies": { policy: { "allowOrigins": ["*"], "maxAge": max_age } }, "default": policy }).to_string()
    };
    let mut vm = start(&serde_json::from_str(&configuration("app", 0)).unwrap());
    let first = vm.host().metrics.clone();
    for root in 10..20_u32 {
        vm.reconfigure(root.cast_signed(), &configuration("app", root));
    }
    assert_eq!(vm.host().metrics.len(), first.len());
    vm.reconfigure(20, &configuration("other", 0));
    let metrics = vm.host().metrics.clone();
    let different: BTreeSet<&String> = metrics.iter().collect();
    assert!(metrics.len() > first.len());
    assert_eq!(metrics.len(), different.len());
}

fn read() -> Situations {
    serde_json::from_str(&fs::read_to_string(file("situations.json")).unwrap()).unwrap()
}

fn start(configuration: &Value) -> Vm {
    let module = fs::read(project().join(built::FILTER[0])).unwrap();
    Vm::start(&module, &configuration.to_string())
}

impl Situation {
    fn stream(&self) -> Stream {
        let line = |name: &str, value: &[u8]| (name.to_ascii_lowercase(), value.to_vec());
        let lines = |pseudo: Headers, headers: &[(String, String)]| -> Headers {
            pseudo.into_iter().chain(headers.iter().map(|(name, value)| line(name, &Case::bytes(value)))).collect()
        };
        let RequestEntry { method, host, path, headers, policy_name } = &self.request;
        let authority = host.as_ref().map(|host| line(":authority", host.as_bytes()));
        let mut pseudo = vec![line(":method", method.as_bytes()), line(":path", path.as_bytes())];
        pseudo.push(line(":scheme", b"https"));
        pseudo.extend(authority);
        let status = vec![line(":status", self.origin_server.status.to_string().as_bytes())];
        Stream {
            request: lines(pseudo, headers),
            response: lines(status, &self.origin_server.headers),
            policy_name: policy_name.clone(),
        }
    }
}

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}
