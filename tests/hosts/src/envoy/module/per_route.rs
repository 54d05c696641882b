//! Policies that routes and virtual hosts have for themselves.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;

use serde_json::{Value, json};

use crate::Test;
use crate::bed::Bed;
use crate::client;
use crate::envoy::bootstrap::{self, access_log, bootstrap, text};
use crate::envoy::live::{Discovery, How, Watched, wait};
use crate::envoy::{Envoy, Kind, Program, project_file, telemetry};
use test_support::case::RequestEntry;

/// The name of the listener.
const LISTENER: &str = "per-route";

const CONFIGURATION: &str = r#"{
  "policies": {
    "by-default": { "allowOrigins": ["https://default.example"] },
    "by-name": { "allowOrigins": ["https://name.example"] }
  },
  "routes": [{ "path": "/", "policy": ["by-default", "by-name"] }, { "path": "/named", "policy": "by-default" },
             { "path": "/own", "policy": "by-default" }, { "path": "/v", "policy": "by-default" }],
  "default": "by-default"
}"#;

const OWN: &str = r#"{
  "policies": {
    "own": { "allowOrigins": ["https://own.example"], "shadow": "next" },
    "next": { "allowOrigins": ["https://next.example"] }
  },
  "default": "own"
}"#;

/// A folder with the module, and with the same as another module.
const OTHER: &str = "target/tmp/another-module";

const OF_HOST: &str = r#"{ "allowOrigins": ["https://host.example"] }"#;

pub(super) fn tests() -> Vec<(String, Test)> {
    let decide = |bed: &Bed| bed.runtime().block_on(decides(bed.upstream().address));
    let refuse = |bed: &Bed| bed.runtime().block_on(refuses(bed.upstream().address));
    let pass_over = |bed: &Bed| bed.runtime().block_on(passes_over(bed.upstream().address));
    vec![
        (
            "per-route/the policy of the most specific one decides, and is counted by labels".to_owned(),
            Box::new(decide),
        ),
        ("per-route/a bad one refuses the update".to_owned(), Box::new(refuse)),
        ("per-route/one of another module is passed over".to_owned(), Box::new(pass_over)),
    ]
}

/// What a route or a virtual host has for itself.
fn per_route(name: &str, configuration: Option<&str>) -> Value {
    let mut message = json!({
        "@type": "type.googleapis.com/envoy.extensions.filters.http.dynamic_modules.v3.DynamicModuleFilterPerRoute",
        "dynamic_module_config": { "name": "edge_cors" },
        "per_route_config_name": name,
    });
    if let Some(configuration) = configuration {
        message["filter_config"] = text(configuration);
    }
    json!({ "edge-cors": message })
}

fn listener(port: u16, own: &Value) -> Value {
    let mut listener = bootstrap::listener(Kind::Module, LISTENER, CONFIGURATION);
    listener["address"]["socket_address"]["port_value"] = json!(port);
    let route = |path: &str, per_route: Option<&Value>| {
        let mut route = json!({ "match": { "prefix": path }, "route": { "cluster": "upstream" } });
        if let Some(per_route) = per_route {
            route["typed_per_filter_config"] = per_route.clone();
        }
        route
    };
    let (by_name, unknown) = (per_route("by-name", None), per_route("no-such-policy", None));
    let manager = &mut listener["filter_chains"][0]["filters"][0]["typed_config"];
    manager["route_config"]["virtual_hosts"] = json!([
        {
            "name": "all", "domains": ["*"],
            "routes": [
                route("/own", Some(own)), route("/named", Some(&by_name)), route("/unknown", Some(&unknown)),
                route("/", None),
            ],
        },
        {
            "name": "host", "domains": ["host.example"],
            "typed_per_filter_config": per_route("of-host", Some(OF_HOST)),
            "routes": [route("/named", Some(&by_name)), route("/", None)],
        },
    ]);
    listener
}

fn preflight(host: &str, path: &str, origin: &str) -> RequestEntry {
    let headers = [("origin", origin), ("access-control-request-method", "POST")];
    RequestEntry { host: Some(host.to_owned()), ..RequestEntry::new("OPTIONS", path, &headers) }
}

async fn decides(upstream: SocketAddr) -> Result<(), String> {
    let _ = std::fs::remove_file(access_log(LISTENER));
    let listeners = [listener(0, &per_route("own-route", Some(OWN)))];
    let envoy = Envoy::start("per-route", &bootstrap(&listeners, upstream, upstream)).await;
    let address = envoy.listener(LISTENER);
    let origins = ["default", "name", "own", "next", "host"].map(|name| format!("https://{name}.example"));
    for (host, path, allowed) in [
        ("api.example.com", "/own", &["https://own.example"][..]),
        ("api.example.com", "/named", &["https://name.example"]),
        ("api.example.com", "/unknown", &["https://default.example", "https://name.example"]),
        ("host.example", "/", &["https://host.example"]),
        ("host.example", "/named", &["https://name.example"]),
    ] {
        for origin in &origins {
            let response = client::send(address, &preflight(host, path, origin), &[]).await;
            let granted = response.headers().get("access-control-allow-origin");
            let expected = allowed.contains(&origin.as_str()).then_some(origin.as_bytes());
            if granted.map(|value| value.as_bytes()) != expected {
                return Err(format!("{host}{path} for {origin}: {} {granted:?}", response.status()));
            }
        }
    }
    let prometheus = envoy.prometheus().await;
    let lines = [
        r#"edge_cors_per_route{route="own-route",policy="own",class="preflight",reason="allowed"} 1"#,
        r#"edge_cors_per_route{route="own-route",policy="own",class="preflight",reason="origin-not-allowed"} 4"#,
        r#"edge_cors_per_route_shadow{route="own-route",policy="own",candidate="next",change="allow_to_deny"} 1"#,
        r#"edge_cors_per_route_shadow{route="own-route",policy="own",candidate="next",change="deny_to_allow"} 1"#,
        r#"edge_cors_per_route{route="of-host",policy="default",class="preflight",reason="origin-not-allowed"} 4"#,
    ];
    if let Some(missing) = lines.iter().find(|line| !prometheus.lines().any(|scraped| scraped == **line)) {
        let ours: Vec<&str> = prometheus.lines().filter(|line| line.contains("per_route")).collect();
        return Err(format!("{missing} is missing: {ours:#?}"));
    }
    let counters = telemetry::counters(&envoy, Kind::Module).await;
    let counted: BTreeMap<&str, Option<u64>> =
        ["by-name.preflight.allowed", "by-name.preflight.origin-not-allowed", "route_metadata.unknown_policy"]
            .map(|name| (name, counters.get(name).copied()))
            .into();
    let expected = [Some(3), Some(11), Some(5)];
    if !counted.values().copied().eq(expected) {
        return Err(format!("{counted:?}"));
    }
    let logged = wait(async || {
        let log = std::fs::read_to_string(access_log(LISTENER)).unwrap_or_default();
        log.contains("/own own.preflight.allowed -\n")
    });
    logged.await.map_err(|_| "the access log has no verdict of the route's own policy".to_owned())
}

async fn refuses(upstream: SocketAddr) -> Result<(), String> {
    let how = How { kind: Kind::Module, discovery: Discovery::Listener };
    let watched = Watched::new(how, &Path::new(env!("CARGO_TARGET_TMPDIR")).join("per-route-updates"), None);
    let publish = |version: &str, own: &Value| {
        let mut listener = listener(watched.port, own);
        listener["@type"] = json!("type.googleapis.com/envoy.config.listener.v3.Listener");
        watched.publish_resource(version, &listener);
    };
    publish("1", &per_route("own-route", Some(OWN)));
    let bootstrap = how.bootstrap(&watched.file, watched.port, upstream);
    let envoy = Envoy::start("per-route-updates", &bootstrap).await;
    let address = envoy.listener(LISTENER);
    let granted = async |origin: &str| {
        client::send(address, &preflight("api.example.com", "/own", origin), &[]).await.status() == 204
    };
    let bad = [
        (
            per_route("own-route", Some(r#"{ "allowOrigins": ["https://own.example/"], "maxage": 1 }"#)),
            &[
                "error[origin-path] at /allowOrigins/0",
                "error[unknown-field] at /maxage",
                "with the name \"own-route\"",
            ][..],
        ),
        (
            per_route("own-route", Some(r#"{ "whenInvalid": "close", "allowOrigins": "*." }"#)),
            &["Envoy refuses the update that it is part of."],
        ),
        (per_route("", None), &["has neither the name of a policy nor policies of its own"]),
    ];
    for (count, (own, logged)) in (1..).zip(&bad) {
        publish(&format!("bad {count}"), own);
        wait(async || envoy.statistics(how.rejected()).await.values().sum::<u64>() == count).await?;
        let log = envoy.log();
        if let Some(missing) = logged.iter().find(|text| !log.contains(**text)) {
            return Err(format!("the log lacks {missing:?}:\n{log}"));
        }
        if !granted("https://own.example").await {
            return Err("the previous configuration is not active".to_owned());
        }
    }
    publish("2", &per_route("own-route", Some(OF_HOST)));
    wait(async || granted("https://host.example").await).await
}

/// Envoy gives the filter what a route has under its name, even if another module has made it.
async fn passes_over(upstream: SocketAddr) -> Result<(), String> {
    let folder = test_support::project().join(OTHER);
    std::fs::create_dir_all(&folder).unwrap();
    let module = project_file("dist/libedge_cors.so", "make module");
    for name in ["libedge_cors.so", "libanother.so"] {
        std::fs::copy(&module, folder.join(name)).unwrap();
    }
    let mut foreign = per_route("own-route", Some(OWN));
    foreign["edge-cors"]["dynamic_module_config"]["name"] = json!("another");
    let program = Program { modules: OTHER, ..Program::default() };
    let bootstrap = bootstrap(&[listener(0, &foreign)], upstream, upstream);
    let envoy = Envoy::start_program(&program, "per-route-foreign", &bootstrap).await;
    for (origin, status) in [("https://default.example", 204), ("https://own.example", 403)] {
        let request = preflight("api.example.com", "/own", origin);
        let response = client::send(envoy.listener(LISTENER), &request, &[]).await;
        if response.status() != status {
            return Err(format!("{origin}: {}", response.status()));
        }
    }
    match envoy.log().matches("has a configuration of another module under the name of this filter").count() {
        1 => Ok(()),
        count => Err(format!("logged {count} times:\n{}", envoy.log())),
    }
}
