//! The conformance cases of the Kubernetes Gateway API's CORS filter.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::Test;
use crate::bed::{Bed, Reply};
use crate::envoy::Kind;
use test_support::case::RequestEntry;

/// The name of the listener that has the policies of these cases.
pub const NAME: &str = "gateway-api";

#[derive(Deserialize)]
struct Suite {
    policies: BTreeMap<String, Map<String, Value>>,
    cases: Vec<GatewayCase>,
}

#[derive(Deserialize)]
struct GatewayCase {
    name: String,
    path: String,
    method: String,
    headers: BTreeMap<String, String>,
    reaches_backend: bool,
    status: Vec<u16>,
    valid: BTreeMap<String, Vec<String>>,
    absent: Vec<String>,
    ignore_ws: bool,
}

fn suite() -> Suite {
    serde_json::from_str(include_str!("../../data/gateway-api-cases.json")).unwrap()
}

/// One policy and one route for each path. Any origin with credentials is named as what it is.
pub fn configuration() -> Value {
    let mut policies = Map::new();
    let mut routes = Vec::new();
    for (path, mut policy) in suite().policies {
        let any = policy["allowOrigins"] == json!(["*"]);
        if any && policy.get("allowCredentials") == Some(&json!(true)) {
            policy.insert("dangerouslyAllow".to_owned(), json!(["any-origin-with-credentials"]));
        }
        let name = path.trim_start_matches('/').to_owned();
        routes.push(json!({ "path": { "exact": path }, "policy": name }));
        policies.insert(name, Value::Object(policy));
    }
    json!({ "policies": policies, "routes": routes })
}

pub fn tests() -> Vec<(String, Test)> {
    let test = |host: &str, case: GatewayCase, ask: fn(&Bed, &RequestEntry) -> Reply| {
        let name = format!("{host}::gateway-api/{}", case.name);
        (name, Box::new(move |bed: &Bed| case.check(&ask(bed, &case.request()))) as Test)
    };
    let envoy = suite().cases.into_iter();
    let envoy = envoy.map(|case| test("envoy", case, |bed, request| bed.ask_envoy(Kind::Wasm, NAME, request)));
    let module = suite().cases.into_iter();
    let module = module.map(|case| test("module", case, |bed, request| bed.ask_envoy(Kind::Module, NAME, request)));
    let workerd = suite().cases.into_iter();
    let workerd = workerd.map(|case| test("workerd", case, |bed, request| bed.ask_workerd(NAME, request)));
    envoy.chain(module).chain(workerd).collect()
}

/// What is wrong in the answers to all cases.
pub fn wrong(ask: impl Fn(&RequestEntry) -> Reply) -> Vec<String> {
    let check = |case: GatewayCase| {
        let difference = case.check(&ask(&case.request())).err()?;
        Some(format!("gateway-api/{}: {difference}", case.name))
    };
    suite().cases.into_iter().filter_map(check).collect()
}

impl GatewayCase {
    fn request(&self) -> RequestEntry {
        RequestEntry {
            method: self.method.clone(),
            host: Some("gateway.example".to_owned()),
            path: self.path.clone(),
            headers: self.headers.iter().map(|(name, value)| (name.to_lowercase(), value.clone())).collect(),
            policy_name: None,
        }
    }

    fn check(&self, reply: &Reply) -> Result<(), String> {
        if !self.status.contains(&reply.status) || self.reaches_backend != reply.forwarded {
            return Err(format!("status {}, reached the origin server: {}", reply.status, reply.forwarded));
        }
        if ![200, 204].contains(&reply.status) {
            return Ok(());
        }
        let value = |name: &str| {
            let lines = reply.headers.iter().filter(|(line, _)| line == name);
            let lines: Vec<_> = lines.map(|(_, value)| String::from_utf8_lossy(value).into_owned()).collect();
            (!lines.is_empty()).then(|| lines.join(","))
        };
        let folded = |text: &str| if self.ignore_ws { text.replace(' ', "") } else { text.to_owned() };
        for (name, valid) in &self.valid {
            let found = value(name).ok_or_else(|| format!("{name} is missing"))?;
            if !valid.iter().any(|valid| folded(valid) == folded(&found)) {
                return Err(format!("{name} is {found:?}, not one of {valid:?}"));
            }
        }
        let present = self.absent.iter().find(|name| value(name).is_some());
        present.map_or(Ok(()), |name| Err(format!("{name} is {:?}", value(name))))
    }
}
