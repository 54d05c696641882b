//! The test bed: the cases, the origin server and the hosts, each started when first needed.

use std::collections::HashSet;
use std::sync::OnceLock;

use tokio::runtime::Runtime;

use crate::case::{Case, RequestEntry};
use crate::envoy::{self, Envoy, bootstrap};
use crate::upstream::Upstream;
use crate::{client, gateway_api, native};

pub struct Bed {
    cases: Vec<Case>,
    runtime: Runtime,
    upstream: OnceLock<Upstream>,
    envoy: OnceLock<Envoy>,
}

/// What came back for one request that belongs to no case.
pub struct Reply {
    pub status: u16,
    pub forwarded: bool,
    pub headers: Vec<(String, Vec<u8>)>,
}

impl Bed {
    pub fn new(cases: Vec<Case>) -> Self {
        let runtime = Runtime::new().unwrap();
        Self { cases, runtime, upstream: OnceLock::new(), envoy: OnceLock::new() }
    }

    pub fn cases(&self) -> &[Case] {
        &self.cases
    }

    pub fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    pub fn upstream(&self) -> &Upstream {
        self.upstream.get_or_init(|| self.runtime.block_on(Upstream::start(&self.cases)))
    }

    pub fn envoy(&self) -> &Envoy {
        self.envoy.get_or_init(|| {
            let mut listeners = self.case_listeners();
            listeners.extend(envoy::listeners());
            listeners.push(bootstrap::listener(gateway_api::NAME, &gateway_api::configuration().to_string()));
            let bootstrap = bootstrap::bootstrap(listeners, self.upstream().address);
            self.runtime.block_on(Envoy::start("cases", &bootstrap))
        })
    }

    /// One listener for each configuration that cases have, named by its text.
    fn case_listeners(&self) -> Vec<serde_json::Value> {
        let cases = self.cases.iter().filter(|case| case.runs_on("envoy"));
        let configurations: HashSet<String> = cases.map(|case| case.configuration.to_string()).collect();
        configurations.iter().map(|text| bootstrap::listener(text, text)).collect()
    }

    /// Runs a case on a host and holds what came back against what was expected.
    pub fn check(&self, host: &str, index: usize) -> Result<(), String> {
        let case = &self.cases[index];
        let observed = match host {
            "native" => native::run(case),
            "envoy" => {
                let address = self.envoy().listener(&case.configuration.to_string());
                self.runtime.block_on(client::run(case, host, address, self.upstream()))
            }
            _ => return Err(format!("no host {host}")),
        };
        observed.check(&case.expect)
    }

    /// Sends one request to a listener of Envoy.
    pub fn ask_envoy(&self, listener: &str, request: &RequestEntry) -> Reply {
        static COUNT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
        let mark = format!("ask {}", COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
        let address = self.envoy().listener(listener);
        let extra = [(crate::upstream::MARK, mark.as_str())];
        let response = self.runtime.block_on(client::send(address, request, &extra));
        let (status, headers) = (response.status().as_u16(), client::lines(&response));
        Reply { status, forwarded: self.upstream().has_seen(&mark), headers }
    }
}
