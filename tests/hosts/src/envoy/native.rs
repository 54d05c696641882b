//! Envoy's native CORS filter beside what `edge-cors import` makes of its policies: browsers get the same from both.

use std::net::SocketAddr;
use std::path::Path;

use edge_cors::browser::{Call, Initiator, Network, Response, Verdict, fetch};
use edge_cors::{Origin, PolicySet};
use edge_cors_cli::{Source, calls, import};
use serde_json::{Value, json};

use super::{Envoy, bootstrap};
use crate::bed::Bed;
use crate::deployment::yaml;
use crate::{Test, client};
use test_support::case::RequestEntry;

pub fn tests() -> Vec<(String, Test)> {
    let run = |bed: &Bed| bed.runtime().block_on(compare(bed.upstream().address));
    vec![("native/browsers get from an import what they get from the native filter".to_owned(), Box::new(run))]
}

/// The files whose policies are compared.
const FOLDER: &str = "cli/tests/import/envoy";

/// About how many calls are compared for each file.
const CALLS: usize = 200;

struct File {
    name: String,
    text: String,
}

fn files() -> Vec<File> {
    let folder = std::fs::read_dir(test_support::project().join(FOLDER)).unwrap();
    let mut paths: Vec<_> = folder.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let file = |path: std::path::PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        File { name, text: std::fs::read_to_string(path).unwrap() }
    };
    paths.into_iter().map(file).collect()
}

async fn compare(upstream: SocketAddr) -> Result<(), String> {
    let files = files();
    let listeners: Vec<Value> = files.iter().map(|file| listener(&file.name, routes(&file.text))).collect();
    let envoy = Envoy::start("native", &bootstrap::bootstrap(&listeners, upstream, upstream)).await;
    let (mut exact, mut readable) = (0, 0);
    for File { name, text } in &files {
        let imported = import(Source::Envoy, Path::new(name), text).map_err(|error| format!("{name}: {error:?}"))?;
        if !imported.is_exact() {
            continue;
        }
        exact += 1;
        let (policies, _) = PolicySet::from_json(&imported.configuration).map_err(|error| error.to_string())?;
        let all = calls(&[&imported.configuration]);
        let mut all: Vec<Call> = all.into_iter().filter(|call| call.initiator == Initiator::Fetch).collect();
        // What the file names, the import could have lost.
        let urls: Vec<_> = all.iter().map(|call| call.url.clone()).step_by(all.len() / 8 + 1).collect();
        for origin in origins(&routes(text)) {
            all.extend(urls.iter().map(|url| Call::new(&origin, url.clone())));
        }
        // Every nth, and n shares no factor with what repeats.
        let step = (all.len() / CALLS).max(1) | 1;
        for call in all.iter().step_by(step) {
            let native = from_envoy(envoy.listener(name), call).await?;
            let ours = from_ours(&policies, call);
            if native != ours {
                return Err(format!("{name}: {call:?}\nnative: {native:?}\nours:   {ours:?}"));
            }
            readable += usize::from(ours.is_readable);
        }
    }
    if exact >= 14 && readable >= 250 { Ok(()) } else { Err(format!("{exact} files, {readable} readable responses")) }
}

/// What a page gets from a call.
#[derive(Debug, PartialEq, Eq)]
pub struct Access {
    pub is_readable: bool,
    exposed: Option<String>,
}

fn from_ours(policies: &PolicySet, call: &Call) -> Access {
    let outcome = fetch(call, &network(policies, Response { status: 200, headers: Vec::new() }));
    let is_readable = matches!(outcome.verdict, Verdict::Readable);
    let last = outcome.steps.last().filter(|_| is_readable);
    Access { is_readable, exposed: last.and_then(|step| step.response.get("access-control-expose-headers")) }
}

/// Plays the call on a real Envoy: each of its requests is sent, and a browser looks at the response.
pub async fn from_envoy(address: SocketAddr, call: &Call) -> Result<Access, String> {
    // An edge without policies shows what a browser sends.
    let (nothing, _) = PolicySet::from_json(r#"{"policies": {"p": {"allowOrigins": []}}, "default": null}"#).unwrap();
    let outcome = fetch(call, &network(&nothing, Response { status: 200, headers: Vec::new() }));
    let mut response = Response::default();
    let actual = Call { headers: Vec::new(), method: "GET".to_owned(), ..call.clone() };
    let preflighted = !outcome.preflight_reasons.is_empty();
    for call in [Some(call).filter(|_| preflighted), Some(&actual)].into_iter().flatten() {
        let asked = fetch(call, &network(&nothing, Response { status: 200, headers: Vec::new() }));
        let request = &asked.steps.first().ok_or("nothing is sent")?.request;
        let port = request.url.port().map(|port| format!(":{port}")).unwrap_or_default();
        let entry = RequestEntry {
            method: request.method.clone(),
            host: Some(format!("{}{port}", request.url.host_str().unwrap_or_default())),
            path: request.url.path().to_owned(),
            headers: request.headers.clone(),
            policy_name: None,
        };
        let answer = client::send(address, &entry, &[]).await;
        let headers = client::lines(&answer).into_iter().map(|(name, value)| (name, String::from_utf8(value).unwrap()));
        response = Response { status: answer.status().as_u16(), headers: headers.collect() };
        let is_preflight = entry.method == "OPTIONS";
        let blocked = if is_preflight { call.blocked_by_preflight(&response) } else { call.blocked_by(&response) };
        if blocked.is_some() {
            return Ok(Access { is_readable: false, exposed: None });
        }
    }
    Ok(Access { is_readable: true, exposed: response.get("access-control-expose-headers") })
}

/// The origins among the strings of a file.
fn origins(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) if Origin::parse(text.as_bytes()).is_some() => vec![text.clone()],
        Value::Array(values) => values.iter().flat_map(origins).collect(),
        Value::Object(members) => members.values().flat_map(origins).collect(),
        _ => Vec::new(),
    }
}

fn network(policies: &PolicySet, origin_server: Response) -> Network<'_> {
    Network { origin_server, local_network_granted: true, ..Network::new(policies) }
}

/// The routes of a file; a policy alone is put on every request.
pub fn routes(text: &str) -> Value {
    let given = if text.starts_with('{') { serde_json::from_str(text).unwrap() } else { yaml(text) };
    if given.get("virtual_hosts").or(given.get("virtualHosts")).is_some() {
        return given;
    }
    let mut policy = given;
    policy["@type"] = json!("type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy");
    json!({ "virtual_hosts": [{
        "name": "all",
        "domains": ["*"],
        "typed_per_filter_config": { "envoy.filters.http.cors": policy },
        "routes": [{ "match": { "prefix": "/" }, "route": { "cluster": "upstream" } }],
    }] })
}

/// A listener with the native filter and these routes.
fn listener(name: &str, routes: Value) -> Value {
    with_routes(name, &[native_filter()], routes)
}

/// The native filter.
pub fn native_filter() -> Value {
    json!({ "name": "envoy.filters.http.cors", "typed_config": {
        "@type": "type.googleapis.com/envoy.extensions.filters.http.cors.v3.Cors" } })
}

/// A listener with these filters and routes.
pub fn with_routes(name: &str, filters: &[Value], routes: Value) -> Value {
    let mut listener = bootstrap::listener_of(name, 0, filters);
    listener["filter_chains"][0]["filters"][0]["typed_config"]["route_config"] = routes;
    listener
}
