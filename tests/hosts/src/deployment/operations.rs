//! The files for operations, on a real Envoy: the tags of its counters, its access log, and what the
//! alerts and the dashboard ask for.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use edge_cors::PolicySet;
use serde_json::{Value, json};

use super::{text, yaml};
use crate::bed::Bed;
use crate::envoy::bootstrap::{bootstrap, listener};
use crate::envoy::{Envoy, Kind};
use crate::{Test, client};
use test_support::case::RequestEntry;

pub(super) fn tests(kind: Kind) -> Vec<(String, Test)> {
    let name = "stats-tags.yaml, access-log.yaml, alerts.yaml and grafana-dashboard.json fit together";
    vec![(
        name.to_owned(),
        Box::new(move |bed: &Bed| {
            let upstream = bed.upstream().address;
            bed.runtime().block_on(operations(kind, upstream))
        }),
    )]
}

const NAME: &str = "operations";

const CONFIGURATION: &str = r#"{
  "policies": {
    "app": { "allowOrigins": ["https://app.example.com"], "shadow": "next-1" },
    "next-1": { "allowOrigins": ["https://new.example.com"] }
  },
  "default": "app"
}"#;

async fn operations(kind: Kind, upstream: SocketAddr) -> Result<(), String> {
    let name = format!("{NAME}-{}", kind.host());
    let logs = ["json", "text"].map(|form| Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{form}.log")));
    let mut listener = listener(kind, NAME, CONFIGURATION);
    listener["filter_chains"][0]["filters"][0]["typed_config"]["access_log"] = access_logs(&logs);
    let mut bootstrap = bootstrap(&[listener], upstream, upstream);
    bootstrap["stats_config"] = yaml(&text("envoy/stats-tags.yaml"))["stats_config"].clone();
    let envoy = Envoy::start(&name, &bootstrap).await;
    let preflight = [
        ("origin", "https://evil.example"),
        ("access-control-request-method", "PUT"),
        ("access-control-request-headers", "x-a"),
    ];
    let script = [
        RequestEntry::new("OPTIONS", "/v1/users?token=secret", &preflight),
        RequestEntry::new("GET", "/v1/users", &[("origin", "https://app.example.com")]),
    ];
    for request in &script {
        client::send(envoy.listener(NAME), request, &[]).await;
    }
    check_access_logs(&logs).await?;
    let scraped = envoy.prometheus().await;
    check_tags(&scraped)?;
    let dashboard: Value = serde_json::from_str(&text("envoy/grafana-dashboard.json")).map_err(|e| e.to_string())?;
    let mut expressions = Vec::new();
    collect_expressions(&yaml(&text("envoy/alerts.yaml")), &mut expressions);
    collect_expressions(&dashboard, &mut expressions);
    expressions.iter().try_for_each(|expression| check_expression(expression, &scraped))
}

/// The file's access logs, in files of this test.
pub(crate) fn access_logs(logs: &[PathBuf; 2]) -> Value {
    let mut given = yaml(&text("envoy/access-log.yaml"))["access_log"].take();
    for (log, path) in given.as_array_mut().unwrap().iter_mut().zip(logs) {
        let _ = std::fs::remove_file(path);
        log["typed_config"]["path"] = json!(path);
    }
    given
}

async fn check_access_logs([as_json, as_text]: &[PathBuf; 2]) -> Result<(), String> {
    let refused = json!({
        "method": "OPTIONS", "host": "api.example.com", "path": "/v1/users", "status": 403,
        "origin": "https://evil.example", "requested_method": "PUT", "requested_headers": "x-a",
        "allow_origin": null, "allow_methods": null, "allow_headers": null, "allow_credentials": null, "verdict": "app.preflight.origin-not-allowed",
    });
    let allowed = json!({
        "method": "GET", "host": "api.example.com", "path": "/v1/users", "status": 200,
        "origin": "https://app.example.com", "requested_method": null, "requested_headers": null,
        "allow_origin": "https://app.example.com", "allow_methods": null, "allow_headers": null, "allow_credentials": null,
        "verdict": "app.actual.allowed",
    });
    let lines = [
        r#"OPTIONS api.example.com/v1/users 403 verdict=app.preflight.origin-not-allowed origin="https://evil.example" allow_origin="-" requested="PUT" "x-a" allow_methods="-" allow_headers="-" allow_credentials="-""#,
        r#"GET api.example.com/v1/users 200 verdict=app.actual.allowed origin="https://app.example.com" allow_origin="https://app.example.com" requested="-" "-" allow_methods="-" allow_headers="-" allow_credentials="-""#,
    ];
    let mut logged = (Vec::new(), Vec::new());
    for _ in 0..500 {
        let read = |path| std::fs::read_to_string(path).unwrap_or_default();
        let without_time = |line: &str| {
            let mut line: Value = serde_json::from_str(line).ok()?;
            line.as_object_mut()?.remove("time")?;
            Some(line)
        };
        logged.0 = read(as_json).lines().filter_map(without_time).collect();
        logged.1 = read(as_text).lines().filter_map(|line| Some(line.split_once(' ')?.1.to_owned())).collect();
        if logged.0 == [refused.clone(), allowed.clone()] && logged.1 == lines {
            return Ok(());
        }
        // Envoy writes the logs in a thread of its own.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Err(format!("{logged:#?}"))
}

/// Every counter has its tags, and none has kept its long name.
fn check_tags(scraped: &str) -> Result<(), String> {
    let moved = [
        r#"edge_cors{policy="app",class="preflight",reason="origin-not-allowed"} 1"#,
        r#"edge_cors{policy="app",class="actual",reason="allowed"} 1"#,
        r#"edge_cors{policy="app",class="actual",reason="not-cors"} 0"#,
        r#"edge_cors_shadow{policy="app",candidate="next-1",change="allow_to_deny"} 1"#,
    ];
    if let Some(missing) = moved.iter().find(|line| !scraped.lines().any(|scraped| scraped == **line)) {
        return Err(format!("{missing} is missing:\n{scraped}"));
    }
    let (policies, _) = PolicySet::from_json(CONFIGURATION).unwrap();
    let tagged = |line: &&str| line.starts_with("edge_cors{policy=") || line.starts_with("edge_cors_shadow{policy=");
    let (expected, found) = (policies.counter_names().count(), scraped.lines().filter(tagged).count());
    if expected == found { Ok(()) } else { Err(format!("{expected} counters, {found} have tags:\n{scraped}")) }
}

/// The PromQL in a file: the values of `expr`, and of `query` where Grafana looks up labels.
fn collect_expressions(value: &Value, expressions: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(text) if ["expr", "query"].contains(&name.as_str()) => expressions.push(text.clone()),
                    _ => collect_expressions(value, expressions),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| collect_expressions(value, expressions)),
        _ => {}
    }
}

/// Every metric that an expression names is scraped, and so is every label with the value that it is compared with.
fn check_expression(expression: &str, scraped: &str) -> Result<(), String> {
    let words = |text: &str| text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').map(str::to_owned).collect();
    let all: Vec<String> = words(expression);
    let metrics = all.iter().filter(|word| word.starts_with("edge_cors"));
    let unknown = metrics.into_iter().find(|name| !scraped.contains(&format!("# TYPE {name} ")));
    if let Some(name) = unknown {
        return Err(format!("Envoy has no metric {name}: {expression}"));
    }
    let selectors = expression.split('{').skip(1).filter_map(|rest| rest.split('}').next());
    for matcher in selectors.flat_map(|selector| selector.split(',')) {
        let (label, value) = matcher.split_once('=').ok_or_else(|| format!("not a matcher: {matcher}"))?;
        let (label, value) = (label.trim_end_matches('!'), value.trim_start_matches('~'));
        // Prometheus adds `job`; Grafana replaces what starts with a dollar sign.
        let is_there = if value.starts_with("\"$") {
            label == "job" || scraped.contains(&format!("{label}=\""))
        } else {
            scraped.contains(&format!("{label}={value}"))
        };
        if !is_there {
            return Err(format!("Envoy has no {matcher}: {expression}"));
        }
    }
    Ok(())
}
