//! New configurations in a running Envoy, under load: by LDS, which replaces the listener, and
//! by ECDS, which replaces the filter's configuration alone and is what Istio uses.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use super::bootstrap::{self, bootstrap, listener_of, text};
use super::{Envoy, Kind, telemetry};
use crate::Test;
use crate::bed::Bed;
use crate::client;
use test_support::address;
use test_support::case::RequestEntry;

const ORIGIN: &str = "https://app.example.com";

/// What Envoy loads from a file that changes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Discovery {
    Listener,
    Extension,
}

pub fn tests(kind: Kind) -> Vec<(String, Test)> {
    let mut tests: Vec<(String, Test)> = Vec::new();
    for (name, discovery) in [("LDS", Discovery::Listener), ("ECDS", Discovery::Extension)] {
        let how = How { kind, discovery };
        tests.push((
            format!("live/updates by {name}"),
            Box::new(move |bed: &Bed| bed.runtime().block_on(updates(bed.upstream().address, how))),
        ));
        tests.push((
            format!("live/a first configuration with an error by {name}, and whenInvalid: close"),
            Box::new(move |bed: &Bed| bed.runtime().block_on(starts_closed(bed.upstream().address, how))),
        ));
        if kind == Kind::Wasm {
            tests.push((
                format!("live/a configuration that traps by {name}"),
                Box::new(move |bed: &Bed| bed.runtime().block_on(traps(bed.upstream().address, how))),
            ));
        }
    }
    tests
}

/// What is updated, and how.
#[derive(Clone, Copy)]
pub struct How {
    pub kind: Kind,
    pub discovery: Discovery,
}

/// The name of the listener.
pub const LISTENER: &str = "live";

impl How {
    /// The name of the Envoy of a test.
    pub(super) fn name(self, what: &str) -> String {
        let discovery = match self.discovery {
            Discovery::Listener => "lds",
            Discovery::Extension => "ecds",
        };
        format!("live-{}-{discovery}-{what}", self.kind.host())
    }

    /// The statistic that counts what Envoy accepted.
    pub(super) fn accepted(self) -> &'static str {
        match self.discovery {
            Discovery::Listener => "listener_manager.lds.update_success",
            Discovery::Extension => "extension_config_discovery.http_filter.edge-cors.update_success",
        }
    }

    /// The statistic that counts what Envoy rejected.
    pub fn rejected(self) -> &'static str {
        match self.discovery {
            Discovery::Listener => "listener_manager.lds.update_rejected",
            Discovery::Extension => "extension_config_discovery.http_filter.edge-cors.update_rejected",
        }
    }

    /// The resource that has the configuration in it.
    pub(super) fn resource(self, port: u16, configuration: &str, wasm: Option<&Path>) -> Value {
        let mut filter = bootstrap::filter(self.kind, &text(configuration));
        if let Some(wasm) = wasm {
            filter["config"]["vm_config"]["code"] = json!({ "local": { "filename": wasm } });
        }
        match self.discovery {
            Discovery::Listener => {
                let mut listener =
                    listener_of(LISTENER, port, &[json!({ "name": "edge-cors", "typed_config": filter })]);
                listener["@type"] = json!("type.googleapis.com/envoy.config.listener.v3.Listener");
                listener
            }
            Discovery::Extension => json!({
                "@type": "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig",
                "name": "edge-cors",
                "typed_config": filter,
            }),
        }
    }

    /// The bootstrap of an Envoy that watches this file.
    pub fn bootstrap(self, file: &Path, port: u16, upstream: SocketAddr) -> Value {
        let source = json!({ "path_config_source": { "path": file }, "resource_api_version": "V3" });
        match self.discovery {
            Discovery::Listener => {
                let mut bootstrap = bootstrap(&[], upstream, upstream);
                bootstrap["dynamic_resources"] = json!({ "lds_config": source });
                bootstrap
            }
            Discovery::Extension => {
                let discovered = json!({ "name": "edge-cors", "config_discovery": {
                    "config_source": source,
                    "type_urls": [self.kind.type_url()],
                } });
                bootstrap(&[listener_of(LISTENER, port, &[discovered])], upstream, upstream)
            }
        }
    }
}

/// A file that Envoy watches. It notices a file that is moved into place.
pub struct Watched {
    how: How,
    pub file: PathBuf,
    pub port: u16,
    /// The proxy-wasm filter, if it is another than the usual one.
    wasm: Option<PathBuf>,
}

impl Watched {
    pub fn new(how: How, folder: &Path, wasm: Option<PathBuf>) -> Self {
        std::fs::create_dir_all(folder).unwrap();
        let port = address::unused().port();
        Self { how, file: folder.join("discovery.json"), port, wasm }
    }

    pub fn publish(&self, version: &str, configuration: &str) {
        self.publish_resource(version, &self.resource(configuration));
    }

    /// The resource that has the configuration in it.
    pub fn resource(&self, configuration: &str) -> Value {
        self.how.resource(self.port, configuration, self.wasm.as_deref())
    }

    /// Moves a resource into place.
    pub fn publish_resource(&self, version: &str, resource: &Value) {
        let response = json!({ "version_info": version, "resources": [resource] });
        let new = self.file.with_extension("new");
        std::fs::write(&new, response.to_string()).unwrap();
        std::fs::rename(&new, &self.file).unwrap();
    }
}

pub(super) fn policy(max_age: u32) -> String {
    format!(r#"{{ "allowOrigins": ["{ORIGIN}"], "maxAge": {max_age} }}"#)
}

async fn updates(upstream: SocketAddr, how: How) -> Result<(), String> {
    let name = how.name("updates");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(&name);
    let watched = Watched::new(how, &folder, None);
    let port = watched.port;
    watched.publish("1", &policy(1));
    let envoy = Envoy::start(&name, &how.bootstrap(&watched.file, port, upstream)).await;
    let address = envoy.listener(LISTENER);
    reaches(address, "1").await?;
    let load = Load::start(address);

    watched.publish("2", &policy(2));
    reaches(address, "2").await?;
    watched.publish("3", r#"{ "allowOrigins": ["https://app.example.com/"], "maxAge": "3 minutes" }"#);
    wait(async || envoy.statistics(how.rejected()).await.values().any(|count| *count > 0)).await?;
    reaches(address, "2").await?;
    let rejected = telemetry::counters(&envoy, how.kind).await;
    let log = envoy.log();
    watched.publish("4", &policy(4));
    reaches(address, "4").await?;
    let accepted = telemetry::counters(&envoy, how.kind).await;

    let (sent, failed) = load.stop().await;
    let checks = [
        (failed == 0 && sent > 0, format!("{failed} of {sent} requests failed")),
        (rejected.get("configuration.rejected") == Some(&1), format!("{rejected:?}")),
        (rejected.get("configuration.generation") == Some(&2), format!("{rejected:?}")),
        (accepted.get("configuration.generation") == Some(&3), format!("{accepted:?}")),
        (log.contains("error[origin-path] at /allowOrigins/0 (1:20)"), log.clone()),
        (log.contains("error[invalid-duration] at /maxAge (1:59)"), log),
    ];
    checks.into_iter().find(|(holds, _)| !holds).map_or(Ok(()), |(_, what)| Err(what))
}

/// A configuration that ends in a trap, in the middle of being compiled, is rejected like one with an error: the
/// previous one stays active, and the next valid one takes over. The module is the filter with little memory.
async fn traps(upstream: SocketAddr, how: How) -> Result<(), String> {
    let name = how.name("trap");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(&name);
    let watched = Watched::new(how, &folder, Some(cramped(&folder)));
    watched.publish("1", &policy(1));
    let envoy = Envoy::start(&name, &how.bootstrap(&watched.file, watched.port, upstream)).await;
    let address = envoy.listener(LISTENER);
    reaches(address, "1").await?;

    let origins: Vec<String> = (0..20_000).map(|number| format!("https://app{number}.example.com")).collect();
    watched.publish("2", &json!({ "allowOrigins": origins }).to_string());
    wait(async || envoy.statistics(how.rejected()).await.values().any(|count| *count > 0)).await?;
    for _ in 0..20 {
        reaches(address, "1").await?;
    }
    let log = envoy.log();
    watched.publish("3", &policy(3));
    reaches(address, "3").await?;
    if log.contains("edge-cors: configuration rejected") { Err(format!("it was no trap:\n{log}")) } else { Ok(()) }
}

/// The filter with a maximum for its memory: 2 MiB beside what it starts with.
pub fn cramped(folder: &Path) -> PathBuf {
    std::fs::create_dir_all(folder).unwrap();
    let mut module = walrus::Module::from_file(super::filter()).unwrap();
    for memory in module.memories.iter_mut() {
        memory.maximum = Some(memory.initial + 32);
    }
    let file = folder.join("cramped.wasm");
    module.emit_wasm_file(&file).unwrap();
    file
}

/// With `whenInvalid: close`, a first configuration with an error closes the edge and nothing else; a valid one
/// opens it, and from then on an error changes nothing.
async fn starts_closed(upstream: SocketAddr, how: How) -> Result<(), String> {
    let name = how.name("closed");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(&name);
    let watched = Watched::new(how, &folder, None);
    let port = watched.port;
    let wrong = r#"{ "whenInvalid": "close", "allowOrigins": ["https://app.example.com/"], "maxAge": "soon" }"#;
    watched.publish("1", wrong);
    let envoy = Envoy::start(&name, &how.bootstrap(&watched.file, port, upstream)).await;
    let address = envoy.listener(LISTENER);
    let plain = RequestEntry { method: "GET".to_owned(), headers: Vec::new(), ..preflight() };
    let from_page = RequestEntry { method: "GET".to_owned(), ..preflight() };
    let status = async |request: &RequestEntry| client::send(address, request, &[]).await.status().as_u16();
    let closed = (status(&preflight()).await, status(&plain).await, status(&from_page).await);
    let counted = telemetry::counters(&envoy, how.kind).await;
    let log = envoy.log();

    watched.publish("2", &policy(2));
    reaches(address, "2").await?;
    // Envoy refuses another text with an error.
    watched.publish("3", &wrong.replace("soon", "later"));
    wait(async || envoy.statistics(how.rejected()).await.values().any(|count| *count > 0)).await?;
    reaches(address, "2").await?;
    // In a VM, the first text passed Envoy's test, whose outcome Envoy remembers: the filter must not refuse it now.
    let outcome = if how.kind == Kind::Wasm { how.accepted() } else { how.rejected() };
    let outcomes = async || envoy.statistics(outcome).await.values().sum::<u64>();
    let before = outcomes().await;
    watched.publish("4", wrong);
    wait(async || outcomes().await > before).await?;
    for _ in 0..20 {
        reaches(address, "2").await?;
    }
    watched.publish("5", &policy(5));
    reaches(address, "5").await?;
    let shared = client::send(address, &from_page, &[]).await;
    let checks = [
        (closed == (403, 200, 200), format!("preflight, plain and actual request: {closed:?}")),
        (counted.get("configuration.rejected").is_some_and(|count| *count > 0), format!("{counted:?}")),
        (log.contains("error[origin-path] at /allowOrigins/0"), log.clone()),
        (log.contains("Until there is a valid one, no origin is allowed"), log),
        (shared.headers().contains_key("access-control-allow-origin"), format!("{:?}", shared.headers())),
    ];
    checks.into_iter().find(|(holds, _)| !holds).map_or(Ok(()), |(_, what)| Err(what))
}

pub(super) fn preflight() -> RequestEntry {
    RequestEntry::new("OPTIONS", "/", &[("origin", ORIGIN), ("access-control-request-method", "POST")])
}

/// Waits until preflights are answered by the policy with this max-age.
pub(super) async fn reaches(address: SocketAddr, max_age: &str) -> Result<(), String> {
    wait(async || {
        let response = client::try_send(address, &preflight(), &[]).await;
        response
            .is_ok_and(|response| response.headers().get("access-control-max-age").is_some_and(|age| age == max_age))
    })
    .await
    .map_err(|_| format!("the policy with max-age {max_age} never came into force"))
}

pub(super) async fn wait(condition: impl AsyncFn() -> bool) -> Result<(), String> {
    for _ in 0..1500 {
        if condition().await {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Err("waited in vain".to_owned())
}

/// Clients that send preflights one after another, each of which has to be granted.
pub(super) struct Load {
    running: Arc<AtomicBool>,
    sent: Arc<AtomicUsize>,
    failed: Arc<AtomicUsize>,
    clients: Vec<tokio::task::JoinHandle<()>>,
}

impl Load {
    pub(super) fn start(address: SocketAddr) -> Self {
        let (running, sent, failed) = (Arc::new(AtomicBool::new(true)), Arc::default(), Arc::default());
        let client = |_| {
            let (running, sent, failed) = (Arc::clone(&running), Arc::clone(&sent), Arc::clone(&failed));
            tokio::spawn(async move {
                while running.load(Ordering::Relaxed) {
                    let response = client::try_send(address, &preflight(), &[]).await;
                    let granted = response.is_ok_and(|response| {
                        response.status() == 204 && response.headers()["access-control-allow-origin"] == ORIGIN
                    });
                    AtomicUsize::fetch_add(&sent, 1, Ordering::Relaxed);
                    AtomicUsize::fetch_add(&failed, usize::from(!granted), Ordering::Relaxed);
                }
            })
        };
        let clients = (0..4).map(client).collect();
        Self { running, sent, failed, clients }
    }

    pub(super) async fn stop(self) -> (usize, usize) {
        self.running.store(false, Ordering::Relaxed);
        for client in self.clients {
            client.await.unwrap();
        }
        (self.sent.load(Ordering::Relaxed), self.failed.load(Ordering::Relaxed))
    }
}
