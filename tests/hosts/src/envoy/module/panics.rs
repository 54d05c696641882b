//! A panic in any hook is held in it: Envoy goes on, and the request or the configuration fails alone. The module is
//! built for this test with panics that a file asks for.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::Test;
use crate::bed::Bed;
use crate::client;
use crate::envoy::bootstrap::text;
use crate::envoy::live::{Discovery, How, LISTENER, Watched, policy, preflight, reaches, wait};
use crate::envoy::{Envoy, Kind, Program};
use test_support::case::RequestEntry;

pub(super) fn tests() -> Vec<(String, Test)> {
    let run = |bed: &Bed| bed.runtime().block_on(every_hook(bed.upstream().address));
    let load = |_: &Bed| load();
    vec![
        ("panics/Envoy survives one in every hook".to_owned(), Box::new(run)),
        ("panics/Envoy refuses a module that panics when it is loaded".to_owned(), Box::new(load)),
    ]
}

/// The folder of the module with panics.
const FOLDER: &str = "target/forced-panics";

/// The file that names the hook that is to panic.
struct Panic(PathBuf);

impl Panic {
    fn new(name: &str) -> Self {
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::write(&file, "").unwrap();
        Self(file)
    }

    fn program(&self) -> Program {
        let environment = vec![("EDGE_CORS_PANIC_IN", self.0.clone())];
        // A listener that is replaced ends within a second.
        let options = &["--drain-time-s", "1", "--drain-strategy", "immediate"];
        Program { modules: FOLDER, environment, options, ..Program::default() }
    }

    fn in_hook(&self, hook: &str) {
        std::fs::write(&self.0, hook).unwrap();
    }
}

/// A listener with a policy of its own for all routes of a virtual host.
fn publish(watched: &Watched, how: How, max_age: u32) {
    let mut listener = how.resource(watched.port, &policy(1), None);
    let hosts = &mut listener["filter_chains"][0]["filters"][0]["typed_config"]["route_config"]["virtual_hosts"];
    hosts[0]["typed_per_filter_config"] = json!({ "edge-cors": {
        "@type": "type.googleapis.com/envoy.extensions.filters.http.dynamic_modules.v3.DynamicModuleFilterPerRoute",
        "dynamic_module_config": { "name": "edge_cors" },
        "filter_config": text(&policy(max_age)),
    } });
    watched.publish_resource(&max_age.to_string(), &listener);
}

async fn every_hook(upstream: SocketAddr) -> Result<(), String> {
    let how = How { kind: Kind::Module, discovery: Discovery::Listener };
    let panic = Panic::new("panics-hook");
    let watched = Watched::new(how, &Path::new(env!("CARGO_TARGET_TMPDIR")).join("panics"), None);
    publish(&watched, how, 1);
    let bootstrap = how.bootstrap(&watched.file, watched.port, upstream);
    let mut envoy = Envoy::start_program(&panic.program(), "panics", &bootstrap).await;
    let address = envoy.listener(LISTENER);
    reaches(address, "1").await?;
    let page = RequestEntry { method: "GET".to_owned(), ..preflight() };

    // Hooks of a request: it gets a 500 that no page can read, or nothing happens to it.
    for (hook, expected) in [
        ("http_filter_new", 500),
        ("http_filter_request_headers", 500),
        ("http_filter_response_headers", 500),
        ("http_filter_destroy", 200),
    ] {
        panic.in_hook(hook);
        let response = client::send(address, &page, &[]).await;
        panic.in_hook("");
        let shared = response.headers().contains_key("access-control-allow-origin");
        if response.status() != expected || shared != (expected == 200) {
            return Err(format!("{hook}: {} {:?}", response.status(), response.headers()));
        }
        reaches(address, "1").await.map_err(|error| format!("after {hook}: {error}"))?;
    }

    // Hooks that make a configuration: Envoy refuses it, and the previous one stays active.
    for (count, hook) in (1..).zip(["http_filter_config_new", "http_filter_per_route_config_new"]) {
        panic.in_hook(hook);
        publish(&watched, how, 100 + u32::try_from(count).unwrap());
        wait(async || envoy.statistics(how.rejected()).await.values().sum::<u64>() == count).await?;
        panic.in_hook("");
        reaches(address, "1").await.map_err(|error| format!("after {hook}: {error}"))?;
    }

    // Hooks that end one: the next is active all the same.
    for (max_age, hook) in (2..).zip(["http_filter_config_destroy", "http_filter_per_route_config_destroy"]) {
        panic.in_hook(hook);
        publish(&watched, how, max_age);
        reaches(address, &max_age.to_string()).await?;
        let forced = format!("forced in {hook}");
        wait(async || envoy.log().contains(&forced)).await.map_err(|_| format!("{hook} was never called"))?;
        panic.in_hook("");
        reaches(address, &max_age.to_string()).await.map_err(|error| format!("after {hook}: {error}"))?;
    }
    if !envoy.is_up() {
        return Err(format!("Envoy has ended:\n{}", envoy.log()));
    }
    let log = envoy.log();
    let place = "edge-cors: panicked at envoy/module/src/guard.rs";
    if log.matches(place).count() >= 8 { Ok(()) } else { Err(format!("the log does not say where:\n{log}")) }
}

/// Envoy ends by itself with a sentence: no signal ends it.
fn load() -> Result<(), String> {
    let panic = Panic::new("panics-load");
    panic.in_hook("program_init");
    let how = How { kind: Kind::Module, discovery: Discovery::Listener };
    let nowhere = "127.0.0.1:1".parse().unwrap();
    let mut listener = how.resource(0, &policy(1), None);
    listener.as_object_mut().unwrap().remove("@type");
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("panics-load.json");
    std::fs::write(&file, crate::envoy::bootstrap::bootstrap(&[listener], nowhere, nowhere).to_string()).unwrap();
    let output = panic.program().command().args(["--mode", "validate", "--config-path"]).arg(&file).output().unwrap();
    let log = String::from_utf8_lossy(&output.stderr);
    let refused = output.status.code() == Some(1) && log.contains("Failed to load dynamic module");
    if refused { Ok(()) } else { Err(format!("{}:\n{log}", output.status)) }
}
