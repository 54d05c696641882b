//! The Worker in a real workerd: one process, one isolate for each configuration.

pub mod configuration;
pub mod cramped;
pub mod deploy;
pub mod origin;
pub mod passing;
pub mod server;
pub mod telemetry;
pub mod upstream;

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::Test;
use crate::envoy::project_file;
use origin::Origin;
use server::{Addresses, Isolate};

/// What is particular to this host.
pub fn tests() -> Vec<(String, Test)> {
    let tests = [configuration::tests(), deploy::tests(), passing::tests(), telemetry::tests(), upstream::tests()]
        .into_iter()
        .flatten();
    tests.map(|(name, test)| (format!("workerd::{name}"), test)).collect()
}

/// The isolates that these tests need.
pub fn isolates(origin: &Origin) -> Vec<Isolate> {
    [configuration::isolates(origin), passing::isolates(), telemetry::isolates(), upstream::isolates(origin)]
        .into_iter()
        .flatten()
        .collect()
}

/// What a workerd runs: a script, and the WebAssembly that it imports from the same folder.
pub struct Bundle {
    pub script: PathBuf,
    pub wasm: PathBuf,
}

impl Bundle {
    /// The Worker as `make worker` builds it.
    pub fn built() -> Self {
        let file = |name| project_file(&format!("build/{name}"), "make worker");
        Self { script: file("index.js"), wasm: file("index.wasm") }
    }

    fn wasm_name(&self) -> &str {
        self.wasm.file_name().unwrap().to_str().unwrap()
    }
}

/// A running workerd. It ends when this is dropped.
pub struct Workerd {
    process: Child,
    log: PathBuf,
    /// Where the isolate of each name listens.
    isolates: HashMap<String, SocketAddr>,
}

impl Workerd {
    /// Starts workerd with these isolates of the Worker as it is built, and waits until all listen.
    pub async fn start(name: &str, isolates: &[Isolate], addresses: &Addresses) -> Self {
        Self::run(name, &Bundle::built(), isolates, addresses).await
    }

    /// Starts workerd with isolates of this bundle, and waits until all listen. Its files are in a folder of this
    /// name.
    pub async fn run(name: &str, bundle: &Bundle, isolates: &[Isolate], addresses: &Addresses) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::copy(&bundle.script, folder.join("index.js")).unwrap();
        std::fs::copy(&bundle.wasm, folder.join("index.wasm")).unwrap();
        let module = std::fs::read(folder.join("index.wasm")).unwrap();
        std::fs::write(folder.join("cramped.wasm"), cramped::module(module)).unwrap();
        let (config, log) = (folder.join("config.capnp"), folder.join("workerd.log"));
        std::fs::write(&config, server::config(isolates, addresses, bundle.wasm_name())).unwrap();
        File::create(&log).unwrap();
        let output = || OpenOptions::new().append(true).open(&log).unwrap();
        let process = Command::new(project_file("node_modules/.bin/workerd", "make test"))
            // The dataset of Analytics Engine is experimental outside Cloudflare.
            .args(["serve", "--control-fd=1", "--experimental"])
            .arg(&config)
            .stdin(Stdio::null())
            .stdout(output())
            .stderr(output())
            .spawn()
            .unwrap();
        let mut workerd = Self { process, log, isolates: HashMap::new() };
        workerd.wait_for_sockets(isolates).await;
        workerd
    }

    /// workerd says in a line of JSON where a socket listens.
    async fn wait_for_sockets(&mut self, isolates: &[Isolate]) {
        let deadline = Instant::now() + Duration::from_secs(120);
        while Instant::now() < deadline {
            if let Some(status) = self.process.try_wait().unwrap() {
                panic!("workerd ended with {status}:\n{}", self.log());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
            let addresses = addresses(&self.log());
            let address = |(index, isolate): (usize, &Isolate)| {
                Some((isolate.name.clone(), *addresses.get(&server::socket(index))?))
            };
            if addresses.len() == isolates.len() {
                self.isolates = isolates.iter().enumerate().filter_map(address).collect();
                return;
            }
        }
        panic!("workerd did not get ready:\n{}", self.log());
    }

    pub fn isolate(&self, name: &str) -> SocketAddr {
        *self.isolates.get(name).unwrap_or_else(|| panic!("no isolate {name}"))
    }

    /// The WebAssembly that isolates have, and the one that cramped isolates have.
    pub fn modules(&self) -> [PathBuf; 2] {
        ["index.wasm", "cramped.wasm"].map(|name| self.log.with_file_name(name))
    }

    /// The id of the process.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap()).into_owned()
    }
}

/// Where each socket listens, as far as the log says.
fn addresses(log: &str) -> HashMap<String, SocketAddr> {
    let events = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let address = |event: Value| {
        let port = u16::try_from(event["port"].as_u64()?).ok()?;
        Some((event["socket"].as_str()?.to_owned(), SocketAddr::from(([127, 0, 0, 1], port))))
    };
    events.filter_map(address).collect()
}

impl Drop for Workerd {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
