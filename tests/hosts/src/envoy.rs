//! The filter in a real Envoy: one process, one listener for each configuration.

pub mod bootstrap;
pub mod delivery;
pub mod difference;
pub mod hostile;
pub mod live;
pub mod migration;
pub mod module;
pub mod native;
pub mod protocols;
pub mod replies;
pub mod telemetry;
pub mod two_filters;
pub mod two_routes;
pub mod versions;
pub mod workers;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use test_support::case::MODULE;

use crate::{Test, client};

/// What the engine is in Envoy.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A proxy-wasm filter.
    Wasm,
    /// A dynamic module.
    Module,
}

impl Kind {
    pub const ALL: [Self; 2] = [Self::Wasm, Self::Module];

    /// What the names of its tests start with.
    pub fn host(self) -> &'static str {
        match self {
            Self::Wasm => "envoy",
            Self::Module => MODULE,
        }
    }

    /// The message that configures it.
    pub fn type_url(self) -> &'static str {
        match self {
            Self::Wasm => "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm",
            Self::Module => "type.googleapis.com/envoy.extensions.filters.http.dynamic_modules.v3.DynamicModuleFilter",
        }
    }

    /// What Envoy puts in front of the names of counters.
    pub fn counters(self) -> &'static str {
        match self {
            Self::Wasm => "wasmcustom.edge_cors.",
            Self::Module => "dynamicmodulescustom.edge_cors.",
        }
    }

    /// What Envoy puts in front of a line in the log, from the level on.
    pub fn logger(self) -> (&'static str, &'static str) {
        match self {
            Self::Wasm => ("[wasm]", "edge-cors: edge-cors: "),
            Self::Module => ("[dynamic_modules]", "] edge-cors: "),
        }
    }
}

/// What is particular to this host.
pub fn tests() -> Vec<(String, Test)> {
    let of = |kind: Kind| {
        let tests = [delivery::tests, hostile::tests, live::tests, replies::tests, telemetry::tests, workers::tests];
        let tests = tests.into_iter().flat_map(move |tests| tests(kind));
        tests.map(move |(name, test)| (format!("{}::{name}", kind.host()), test))
    };
    let of_module = module::tests().into_iter().map(|(name, test)| (format!("{MODULE}::{name}"), test));
    let of_native = native::tests()
        .into_iter()
        .chain(migration::tests())
        .chain(two_filters::tests())
        .map(|(name, test)| (format!("envoy::{name}"), test));
    Kind::ALL
        .into_iter()
        .flat_map(of)
        .chain(of_module)
        .chain(of_native)
        .chain(versions::tests())
        .chain(difference::tests())
        .collect()
}

/// The listeners that these tests need.
pub fn listeners(kind: Kind) -> Vec<Value> {
    delivery::listeners(kind).into_iter().chain(replies::listeners(kind)).collect()
}

/// A running Envoy. It ends when this is dropped.
pub struct Envoy {
    process: Child,
    log: PathBuf,
    admin: Option<SocketAddr>,
    listeners: HashMap<String, SocketAddr>,
}

/// A path of this project; its absence says what to run.
pub fn project_file(path: &str, made_by: &str) -> PathBuf {
    let file = test_support::project().join(path);
    assert!(file.exists(), "{path} is missing: run `{made_by}`");
    file
}

/// Which Envoy is started, and with which dynamic module.
pub struct Program {
    /// The program, from the root of the project.
    pub envoy: String,
    /// The folder with the module, from the root of the project.
    pub modules: &'static str,
    /// What else its environment has.
    pub environment: Vec<(&'static str, PathBuf)>,
    /// The number of its worker threads.
    pub workers: u32,
    /// Further options.
    pub options: &'static [&'static str],
}

impl Default for Program {
    fn default() -> Self {
        let envoy = "target/venv/bin/envoy".to_owned();
        Self { envoy, modules: "dist", environment: Vec::new(), workers: 1, options: &[] }
    }
}

impl Program {
    /// Envoy, to be given its options.
    ///
    /// With hot restart, Envoy asks the kernel for SIGTERM when its parent ends, and the parent is the
    /// thread that started it, which here ends with the first test that needs Envoy.
    pub fn command(&self) -> Command {
        let mut command = Command::new(project_file(&self.envoy, "make test"));
        // The files that users copy have paths from the root of the project.
        command.current_dir(test_support::project()).arg("--disable-hot-restart");
        command.env("ENVOY_DYNAMIC_MODULES_SEARCH_PATH", test_support::project().join(self.modules));
        command.args(self.options).envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }
}

/// The Envoy of all tests but a few, to be given its options.
pub fn command() -> Command {
    Program::default().command()
}

pub fn filter() -> PathBuf {
    project_file("dist/edge_cors_filter.wasm", "make filter")
}

/// Where an Envoy of this name has its files.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

impl Envoy {
    /// Starts Envoy on a bootstrap whose listeners have port 0, and waits until they listen.
    pub async fn start(name: &str, bootstrap: &Value) -> Self {
        Self::start_program(&Program::default(), name, bootstrap).await
    }

    /// The same with a certain Envoy.
    pub async fn start_program(program: &Program, name: &str, bootstrap: &Value) -> Self {
        let config = folder(name).join("envoy.json");
        std::fs::write(&config, bootstrap.to_string()).unwrap();
        Self::run_program(program, name, &config).await
    }

    /// Starts Envoy on a file, and waits until its listeners listen.
    pub async fn run(name: &str, config: &Path) -> Self {
        Self::run_program(&Program::default(), name, config).await
    }

    async fn run_program(program: &Program, name: &str, config: &Path) -> Self {
        let (admin, log) = (folder(name).join("admin"), folder(name).join("envoy.log"));
        let _ = std::fs::remove_file(&admin);
        let process = program
            .command()
            .args(["--concurrency", &program.workers.to_string()])
            .args(["--log-level", "info", "--file-flush-interval-msec", "10"])
            .arg("--config-path")
            .arg(config)
            .arg("--admin-address-path")
            .arg(&admin)
            .stdout(Stdio::null())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let mut envoy = Self { process, log, admin: None, listeners: HashMap::new() };
        envoy.wait_for_listeners(&admin).await;
        envoy
    }

    /// Waits for the admin address, then until all is loaded, and asks where the listeners are.
    async fn wait_for_listeners(&mut self, admin: &Path) {
        let deadline = Instant::now() + Duration::from_secs(120);
        while Instant::now() < deadline {
            if let Some(status) = self.process.try_wait().unwrap() {
                panic!("Envoy ended with {status}:\n{}", self.log());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
            let address = std::fs::read_to_string(admin).unwrap_or_default();
            let Ok(address) = address.trim().parse() else { continue };
            if client::get(address, "/ready").await.is_ok_and(|text| text.starts_with("LIVE")) {
                let listeners = client::get(address, "/listeners?format=json").await.unwrap();
                self.admin = Some(address);
                self.listeners = addresses(&serde_json::from_str(&listeners).unwrap());
                return;
            }
        }
        panic!("Envoy did not get ready:\n{}", self.log());
    }

    pub fn listener(&self, name: &str) -> SocketAddr {
        *self.listeners.get(name).unwrap_or_else(|| panic!("no listener {name}"))
    }

    /// The statistics whose name contains a text, by name.
    pub async fn statistics(&self, filter: &str) -> BTreeMap<String, u64> {
        let text = client::get(self.admin.unwrap(), &format!("/stats?filter={filter}")).await.unwrap();
        let entry = |line: &str| {
            let (name, value) = line.split_once(": ")?;
            Some((name.to_owned(), value.parse().ok()?))
        };
        text.lines().filter_map(entry).collect()
    }

    /// What Prometheus scrapes.
    pub async fn prometheus(&self) -> String {
        client::get(self.admin.unwrap(), "/stats/prometheus").await.unwrap()
    }

    /// The id of the process.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Whether it has not ended.
    pub fn is_up(&mut self) -> bool {
        self.process.try_wait().unwrap().is_none()
    }

    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap()).into_owned()
    }
}

/// Where each listener is, by name.
fn addresses(listeners: &Value) -> HashMap<String, SocketAddr> {
    let statuses = listeners["listener_statuses"].as_array().unwrap().iter();
    let address = |status: &Value| {
        let socket = &status["local_address"]["socket_address"];
        let name = status["name"].as_str().unwrap().to_owned();
        (name, format!("{}:{}", socket["address"].as_str().unwrap(), socket["port_value"]).parse().unwrap())
    };
    let addresses: HashMap<String, SocketAddr> = statuses.map(address).collect();
    let distinct: HashSet<&SocketAddr> = addresses.values().collect();
    // Each would get some of the requests of the other.
    assert_eq!(distinct.len(), addresses.len(), "two listeners have one address: {addresses:?}");
    addresses
}

impl Drop for Envoy {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
