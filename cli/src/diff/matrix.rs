//! Calls that reach every pattern and every route of some configurations, and what is next to them.

use std::collections::{BTreeSet, HashMap};

use edge_cors::browser::{Call, Initiator, Network, Url, fetch};
use edge_cors::{Policy, PolicySet};
use serde_json::Value;

use super::examples::Examples;

/// How many places that select the same policies are asked about every origin. Others are asked about one of each
/// policy.
const MAX_SWEEPS: usize = 4;

/// A configuration, as values and as policies.
struct Side {
    root: Value,
    policies: PolicySet,
}

/// The calls of pages that tell some configurations apart, if anything does: every origin pattern, method and name
/// on every route, and near misses of all of them. A text that is not a valid configuration adds none.
///
/// ```
/// let old = r#"{"allowOrigins": ["https://*.example.com"], "allowMethods": ["PUT"]}"#;
/// let calls = edge_cors_cli::calls(&[old]);
/// let has = |origin, method| calls.iter().any(|call| call.origin == origin && call.method == method);
/// assert!(has("https://a.example.com", "PUT") && has("https://badexample.com", "GET"));
/// ```
pub fn calls(configurations: &[&str]) -> Vec<Call> {
    let sides = sides(configurations);
    sweep(&sides, urls(&sides), None)
}

/// The same, where the host's routing gives no name; and for each name that it can give, as far as a configuration obeys
/// it, the calls that tell the configurations apart where it does.
pub(super) fn calls_by_name(configurations: &[&str]) -> Vec<(Option<String>, Vec<Call>)> {
    let sides = sides(configurations);
    let obey = sides.iter().filter(|side| side.root.get("routeMetadata") == Some(&Value::Bool(true)));
    let names: BTreeSet<&str> = obey.flat_map(|side| side.policies.policies().map(Policy::name)).collect();
    let url = urls(&[]).into_iter().take(1);
    let named = names.into_iter().map(|name| (Some(name.to_owned()), sweep(&sides, url.clone(), Some(name))));
    [(None, sweep(&sides, urls(&sides), None))].into_iter().chain(named).collect()
}

fn sides(configurations: &[&str]) -> Vec<Side> {
    let side = |text: &&str| {
        let (policies, _) = PolicySet::from_json(text).ok()?;
        Some(Side { root: serde_json::from_str(text).ok()?, policies })
    };
    configurations.iter().filter_map(side).collect()
}

/// The calls to some URLs, where the host's routing gives this name.
fn sweep(sides: &[Side], urls: impl IntoIterator<Item = Url>, name: Option<&str>) -> Vec<Call> {
    let mut sweeps: HashMap<Vec<Vec<String>>, usize> = HashMap::new();
    let mut calls = Vec::new();
    for url in urls {
        let selected: Vec<Vec<String>> = sides.iter().map(|side| policies_at(side, &url, name)).collect();
        let count = sweeps.entry(selected.clone()).or_default();
        *count += 1;
        let (one_each, all) = origins(sides, &selected);
        for origin in &one_each {
            calls.extend(asks(sides, &selected, origin, &url));
        }
        if *count <= MAX_SWEEPS {
            // Without credentials too: a policy that allows none blocks every origin alike with them.
            for origin in all.iter().filter(|origin| !one_each.contains(origin)) {
                let ask = |credentials| Call { credentials, ..Call::new(origin, url.clone()) };
                calls.extend([false, true].map(ask));
            }
        }
    }
    calls
}

/// The names of the policies that a configuration asks about a URL, where the host's routing gives this name.
fn policies_at(side: &Side, url: &Url, name: Option<&str>) -> Vec<String> {
    let policy_name = name.map(str::to_owned);
    let network = Network { policy_name, local_network_granted: true, ..Network::new(&side.policies) };
    let outcome = fetch(&Call::new("https://anyone.example", url.clone()), &network);
    outcome.steps.last().map(|step| step.asked.clone()).unwrap_or_default()
}

/// The object of a policy; in the short form, the document.
fn policy<'s>(side: &'s Side, name: &str) -> Option<&'s Value> {
    match side.root.get("policies") {
        Some(policies) => policies.get(name),
        None => Some(&side.root),
    }
}

/// The values of a field, in the policies that are selected.
fn members<'s>(sides: &'s [Side], selected: &'s [Vec<String>], field: &'s str) -> impl Iterator<Item = &'s Value> {
    let policies =
        sides.iter().zip(selected).flat_map(|(side, names)| names.iter().filter_map(|name| policy(side, name)));
    policies.filter_map(move |policy| policy.get(field)?.as_array()).flatten()
}

fn names(sides: &[Side], selected: &[Vec<String>], field: &str) -> BTreeSet<String> {
    members(sides, selected, field).filter_map(Value::as_str).map(str::to_owned).collect()
}

/// An origin of each policy and strangers; then all origins.
fn origins(sides: &[Side], selected: &[Vec<String>]) -> (Vec<String>, Vec<String>) {
    let strangers = ["https://evil.example", "http://evil.example:8080", "null"].map(str::to_owned);
    let (mut first, mut all) = (strangers.to_vec(), Vec::new());
    for (side, names) in sides.iter().zip(selected) {
        for policy in names.iter().filter_map(|name| policy(side, name)) {
            let entries = policy.get("allowOrigins").and_then(Value::as_array).into_iter().flatten();
            let of_policy: Vec<Examples> = entries.map(examples).collect();
            first.extend(of_policy.iter().filter_map(|examples| examples.matching.first().cloned()).take(1));
            for Examples { matching, near } in of_policy {
                all.extend(matching.into_iter().chain(near));
            }
        }
    }
    let unique = |list: Vec<String>| {
        let mut seen = BTreeSet::new();
        list.into_iter().filter(|origin| seen.insert(origin.clone())).collect::<Vec<_>>()
    };
    (unique(first), unique(all))
}

fn examples(entry: &Value) -> Examples {
    match entry {
        Value::String(pattern) => Examples::of_pattern(pattern),
        other => other.get("regex").and_then(Value::as_str).map(Examples::of_expression).unwrap_or_default(),
    }
}

/// Everything that a page of an origin can ask of a URL.
fn asks(sides: &[Side], selected: &[Vec<String>], origin: &str, url: &Url) -> Vec<Call> {
    let call = || Call::new(origin, url.clone());
    let with_name = |name: &str, credentials| {
        let value = if name == "content-type" { "application/json" } else { "1" };
        Call { headers: vec![(name.to_owned(), value.to_owned())], credentials, ..call() }
    };
    let mut methods = names(sides, selected, "allowMethods");
    methods.extend(["PUT", "PATCH", "DELETE", "POST", "X-OTHER"].map(str::to_owned));
    let mut headers = names(sides, selected, "allowHeaders");
    headers.extend(["authorization", "content-type", "x-other"].map(str::to_owned));
    let mut asks = vec![call(), Call { credentials: true, ..call() }];
    for method in methods.into_iter().filter(|method| method != "*") {
        asks.extend([false, true].map(|credentials| Call { method: method.clone(), credentials, ..call() }));
    }
    for name in headers.into_iter().filter(|name| name != "*") {
        asks.extend([false, true].map(|credentials| with_name(&name, credentials)));
    }
    asks.extend([Initiator::Form, Initiator::WebSocket].map(|initiator| Call { initiator, ..call() }));
    asks
}

/// Every host and path of a route, and what is next to it.
fn urls(sides: &[Side]) -> Vec<Url> {
    let routes = sides.iter().filter_map(|side| side.root.get("routes")?.as_array()).flatten();
    let mut hosts = BTreeSet::from(["other.example".to_owned()]);
    let mut paths: HashMap<String, BTreeSet<String>> = HashMap::new();
    let mut everywhere = BTreeSet::from(["/".to_owned(), "/other".to_owned()]);
    for route in routes {
        let route_paths = route.get("path").map(paths_of).unwrap_or_default();
        match route.get("host").and_then(Value::as_str) {
            None => everywhere.extend(route_paths),
            Some(host) => {
                let parent = host.strip_prefix("*.");
                let matching = parent.map_or_else(|| host.to_owned(), |parent| format!("a.{parent}"));
                hosts.extend(parent.map(str::to_owned));
                paths.entry(matching.clone()).or_default().extend(route_paths);
                hosts.extend([format!("x.{matching}"), matching]);
            }
        }
    }
    let mut urls = Vec::new();
    for host in &hosts {
        let own = paths.get(host).into_iter().flatten();
        let all: BTreeSet<&String> = own.chain(&everywhere).collect();
        urls.extend(all.into_iter().filter_map(|path| Url::parse(&format!("https://{host}{path}")).ok()));
    }
    urls
}

fn paths_of(path: &Value) -> Vec<String> {
    let (text, is_exact) = match path {
        Value::String(prefix) => (prefix.trim_end_matches('/'), false),
        other => (other.get("exact").and_then(Value::as_str).unwrap_or_default(), true),
    };
    let near = [format!("{text}/x"), format!("{text}x")];
    let all = [text.to_owned()].into_iter().chain(near).filter(|path| path.starts_with('/'));
    if is_exact { all.collect() } else { all.chain([format!("{text}/x/y")]).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_and_every_pattern_is_reached() {
        let text = r#"{
            "policies": {
                "app": { "allowOrigins": ["https://app.example.com", "https://*.app.example.com"], "allowMethods": ["PURGE"] },
                "open": { "allowOrigins": ["*"] },
                "shop": { "allowOrigins": ["https://shop.example.com"], "allowHeaders": ["x-shop"] }
            },
            "routes": [
                { "host": "*.api.example", "path": "/v1/", "policy": ["app", "open"] },
                { "host": "api.example", "path": { "exact": "/shop" }, "policy": "shop" }
            ],
            "default": "open"
        }"#;
        let calls = calls(&[text]);
        let (policies, _) = PolicySet::from_json(text).unwrap();
        let mut reached = BTreeSet::new();
        for call in &calls {
            let network = Network { local_network_granted: true, ..Network::new(&policies) };
            let step = fetch(call, &network).steps.pop().unwrap();
            reached.extend(step.policy.zip(step.reason).map(|(policy, reason)| format!("{policy} {reason}")));
        }
        for expected in
            ["app allowed", "open allowed", "shop allowed", "shop origin-not-allowed", "shop headers-not-allowed"]
        {
            assert!(reached.contains(expected), "{expected}: {reached:?}");
        }
        for (origin, path) in
            [("https://badapp.example.com", "/v1/x"), ("https://a.b.app.example.com", "/v1"), ("null", "/shopx")]
        {
            assert!(calls.iter().any(|call| call.origin == origin && call.url.path() == path), "{origin} {path}");
        }
        assert!(calls.iter().any(|call| call.method == "PURGE"));
    }
}
