//! A host on its stage: what runs, where clients reach it, and how it gets its configurations.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::json;

use super::origin_server::OriginServer;
use super::plan::Course;
use super::policies::{self, Size};
use super::track::{Decides, Track};
use crate::envoy::live::{self, Discovery, How, LISTENER, Watched};
use crate::envoy::{Envoy, Kind, Program, project_file, telemetry};
use crate::workerd::origin::Origin;
use crate::workerd::server::{Addresses, Isolate};
use crate::workerd::{Bundle, Workerd};

/// What runs.
pub enum Host {
    Envoy(Envoy, Kind),
    Worker(Workerd, Origin),
}

/// A running host. It ends when this is dropped.
pub struct Stage {
    pub host: Host,
    pub fronts: Vec<Arc<Front>>,
    /// The status of a response to a request that the origin server leaves without one.
    pub unreachable: u16,
    /// What the process reserves for the memories of its WebAssembly instances, if it is not all that they can reach.
    pub reserved: Vec<u64>,
}

/// Where clients reach a configuration of the host, and how it changes.
pub struct Front {
    pub track: Arc<Track>,
    pub course: Course,
    pub delivery: Delivery,
}

impl Front {
    /// With the first configuration, which the host has from the start.
    fn new(track: Track, course: Course, delivery: Delivery) -> Arc<Self> {
        track.publish(FIRST);
        Arc::new(Self { track: Arc::new(track), course, delivery })
    }
}

/// How a configuration reaches the host.
pub enum Delivery {
    /// In a file that Envoy watches.
    File { watched: Watched, how: How, panics: Option<PathBuf> },
    /// In the key of a KV namespace.
    Key(&'static str),
}

/// The number of the first configuration.
pub const FIRST: usize = 1;

impl Stage {
    pub async fn start(name: &str, origin_server: &OriginServer) -> Self {
        match name {
            "envoy" => Self::envoy(Kind::Wasm, origin_server).await,
            "module" => Self::envoy(Kind::Module, origin_server).await,
            "workerd" => Self::workerd(origin_server).await,
            other => panic!("no host {other:?}: write some of envoy, module, workerd into SOAK_HOSTS"),
        }
    }

    /// Envoy with two workers and two listeners. One gets the engine as it is shipped, by ECDS; the other, by LDS, one
    /// that traps or panics.
    async fn envoy(kind: Kind, origin_server: &OriginServer) -> Self {
        let name = format!("soak-{}", kind.host());
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(&name);
        let [ecds, lds] = [Discovery::Extension, Discovery::Listener].map(|discovery| How { kind, discovery });
        let shipped = Watched::new(ecds, &folder.join("ecds"), None);
        let wasm = (kind == Kind::Wasm).then(|| live::cramped(&folder));
        let stopped = Watched::new(lds, &folder.join("lds"), wasm);
        let panics = folder.join("panic");
        std::fs::write(&panics, "").unwrap();
        let address = ([127, 0, 0, 1], stopped.port).into();
        let mut program = Program {
            workers: 2,
            environment: vec![("EDGE_CORS_PANIC_IN", panics.clone())],
            // Longer than any request takes: what is left of a listener then is closed. See `Decides::idle`.
            options: &["--drain-time-s", "5", "--drain-strategy", "immediate"],
            ..Program::default()
        };
        let course = if kind == Kind::Module {
            program.environment.push(("ENVOY_DYNAMIC_MODULES_SEARCH_PATH", modules(&folder)));
            Course::Panicking
        } else {
            Course::Trapping
        };
        let panics = (kind == Kind::Module).then_some(panics);
        let mut bootstrap = ecds.bootstrap(&shipped.file, 0, origin_server.address);
        let dynamic = lds.bootstrap(&stopped.file, 0, origin_server.address)["dynamic_resources"].take();
        bootstrap["dynamic_resources"] = dynamic;
        let deliveries = [
            Delivery::File { watched: shipped, how: ecds, panics: None },
            Delivery::File { watched: stopped, how: lds, panics },
        ];
        for delivery in &deliveries {
            delivery.publish_file(0, &policies::good(FIRST, Size::Small));
        }
        let envoy = Envoy::start_program(&program, &name, &bootstrap).await;
        let tracks = [
            Track::new("ECDS", envoy.listener(LISTENER), Decides::Request),
            Track::new("LDS", address, Decides::Connection),
        ];
        let fronts = tracks.into_iter().zip([Course::InEnvoy, course]).zip(deliveries);
        let fronts = fronts.map(|((track, course), delivery)| Front::new(track, course, delivery));
        Self { fronts: fronts.collect(), host: Host::Envoy(envoy, kind), unreachable: 503, reserved: Vec::new() }
    }

    /// workerd with two isolates: the Worker as it is shipped, and the Worker with little memory. Both look for a new
    /// configuration every second, not every minute.
    async fn workerd(origin_server: &OriginServer) -> Self {
        const KEYS: [(&str, Course); 2] = [("kv", Course::InWorker), ("kv-cramped", Course::Trapping)];
        let origin = Origin::start().await;
        let isolate = |(name, course): (&str, Course)| {
            origin.store(name, &policies::good(FIRST, Size::Small));
            let bindings = vec![
                ("CORS_CONFIG_KV", format!("kvNamespace = \"{name}\"")),
                ("CORS_ANALYTICS", "analyticsEngine = \"origin\"".to_owned()),
            ];
            Isolate {
                namespace: Some(name.to_owned()),
                is_cramped: course == Course::Trapping,
                ..Isolate::with(name, bindings)
            }
        };
        let isolates = KEYS.map(isolate);
        let upstream = origin_server.address;
        let addresses = Addresses { origin: origin.address, ..Addresses::all(upstream) };
        let workerd = Workerd::run("soak-workerd", &impatient(), &isolates, &addresses).await;
        let front = |(name, course): (&'static str, Course)| {
            let track = Track::new(name, workerd.isolate(name), Decides::ResponseAgain);
            Front::new(track, course, Delivery::Key(name))
        };
        let fronts = KEYS.map(front).into();
        // workerd reserves the maximum of each module.
        let reserved = workerd.modules().map(|module| maximum(&module)).into();
        Self { fronts, host: Host::Worker(workerd, origin), unreachable: 502, reserved }
    }

    /// Hands a configuration over.
    pub fn publish(&self, front: &Front, version: usize, text: &str) {
        match (&front.delivery, &self.host) {
            (Delivery::Key(name), Host::Worker(_, origin)) => origin.store(name, text),
            (delivery, _) => delivery.publish_file(version, text),
        }
    }

    /// How often the host has refused a configuration of this front, or how often it has read the key.
    pub async fn progress(&self, front: &Front) -> u64 {
        match (&front.delivery, &self.host) {
            (Delivery::File { how, .. }, Host::Envoy(envoy, _)) => {
                envoy.statistics(how.rejected()).await.values().sum()
            }
            (Delivery::Key(name), Host::Worker(_, origin)) => origin.reads(name) as u64,
            _ => 0,
        }
    }

    /// Whether the host has refused, or at least read, what was handed over after it had come this far.
    pub async fn has_refused(&self, front: &Front, before: u64) -> bool {
        // A reading of the key may have begun before.
        let needed = if matches!(front.delivery, Delivery::Key(_)) { 2 } else { 1 };
        self.progress(front).await >= before + needed
    }

    /// How many configurations the log of the Worker calls rejected: nothing else counts them.
    pub fn logged_refusals(&self) -> Option<usize> {
        match &self.host {
            Host::Envoy(..) => None,
            Host::Worker(workerd, _) => Some(workerd.log().matches("in CORS_CONFIG_KV was rejected.").count()),
        }
    }

    /// The counters of requests, of all configurations together.
    pub async fn counters(&self) -> BTreeMap<String, u64> {
        let mut counters = match &self.host {
            Host::Envoy(envoy, kind) => telemetry::counters(envoy, *kind).await,
            Host::Worker(_, origin) => origin.points(),
        };
        counters.retain(|name, _| !name.starts_with("configuration."));
        counters
    }

    pub fn process(&self) -> u32 {
        match &self.host {
            Host::Envoy(envoy, _) => envoy.id(),
            Host::Worker(workerd, _) => workerd.id(),
        }
    }
}

impl Delivery {
    fn publish_file(&self, version: usize, text: &str) {
        let Self::File { watched, how, panics } = self else { return };
        let mut resource = watched.resource(text);
        if how.discovery == Discovery::Listener {
            resource["name"] = json!("replaced");
        }
        if panics.is_some() {
            let filter = "/filter_chains/0/filters/0/typed_config/http_filters/0/typed_config";
            resource.pointer_mut(filter).unwrap()["dynamic_module_config"]["name"] = json!("edge_cors_panics");
        }
        watched.publish_resource(&version.to_string(), &resource);
    }
}

/// The most bytes that the memory of a WebAssembly module can have.
fn maximum(module: &Path) -> u64 {
    const PAGE: u64 = 64 << 10;
    let module = walrus::Module::from_file(module).unwrap();
    module.memories.iter().filter_map(|memory| memory.maximum).map(|pages| pages * PAGE).sum()
}

/// A folder with the module as it is shipped, and the one with panics under another name.
fn modules(folder: &Path) -> PathBuf {
    for (built, name) in [("dist", "libedge_cors.so"), ("target/forced-panics", "libedge_cors_panics.so")] {
        let built = project_file(&format!("{built}/libedge_cors.so"), "make test-module");
        std::fs::copy(built, folder.join(name)).unwrap();
    }
    folder.to_owned()
}

/// The Worker, which reads its namespace again after a second. Nothing else in it is changed.
fn impatient() -> Bundle {
    let built = Bundle::built();
    let script = std::fs::read_to_string(&built.script).unwrap();
    let (minute, second) = ("6e4", "1e3");
    assert_eq!(
        script.matches(minute).count(),
        1,
        "{} has REFRESH once: see worker/configuration.js",
        built.script.display()
    );
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("impatient.js");
    std::fs::write(&file, script.replace(minute, second)).unwrap();
    Bundle { script: file, ..built }
}
