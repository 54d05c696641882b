//! The test bed: the cases, the origin server and the hosts, each started when first needed.

use std::collections::{BTreeSet, HashSet};
use std::net::SocketAddr;
use std::sync::{Mutex, OnceLock};

use serde_json::Value;

use tokio::runtime::Runtime;

use crate::caches::Caches;
use crate::envoy::bootstrap::POLICY;
use crate::envoy::protocols::Http3;
use crate::envoy::{self, Envoy, Kind, bootstrap, two_routes};
use crate::frameworks::Frameworks;
use crate::npm::Npm;
use crate::upstream::{CASE, MARK, Upstream};
use crate::workerd::origin::Origin;
use crate::workerd::server::{Addresses, Isolate};
use crate::workerd::{self, Workerd};
use crate::{client, gateway_api, raw_upstream, told};
use test_support::case::{Case, MODULE, NORMALIZING, NORMALIZING_MODULE, Observed, RequestEntry};

pub struct Bed {
    cases: Vec<Case>,
    upstream: OnceLock<Upstream>,
    envoy: OnceLock<Envoy>,
    module: OnceLock<Envoy>,
    pub http3: OnceLock<Http3>,
    workerd: OnceLock<Workerd>,
    workerd_origin: OnceLock<Origin>,
    /// The hosts of the cases that say what is told: one case at a time, so that what moves is its own.
    pub telling_envoy: OnceLock<Mutex<Envoy>>,
    pub telling_module: OnceLock<Mutex<Envoy>>,
    pub telling_workerd: OnceLock<Mutex<told::TellingWorkerd>>,
    /// The frameworks with CORS of their own, and the hosts in front of them.
    pub frameworks: Frameworks,
    /// The caches, and the hosts in front of them and behind them.
    pub caches: Caches,
    pub npm: Npm,
    // Last, so that it outlives what runs on it.
    runtime: Runtime,
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
        Self {
            cases,
            runtime,
            upstream: OnceLock::new(),
            envoy: OnceLock::new(),
            module: OnceLock::new(),
            http3: OnceLock::new(),
            workerd: OnceLock::new(),
            workerd_origin: OnceLock::new(),
            telling_envoy: OnceLock::new(),
            telling_module: OnceLock::new(),
            telling_workerd: OnceLock::new(),
            frameworks: Frameworks::default(),
            caches: Caches::default(),
            npm: Npm::default(),
        }
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

    pub fn envoy(&self, kind: Kind) -> &Envoy {
        let started = match kind {
            Kind::Wasm => &self.envoy,
            Kind::Module => &self.module,
        };
        started.get_or_init(|| {
            let (name, bootstrap) = (format!("cases-{}", kind.host()), self.bootstrap(kind));
            self.runtime.block_on(Envoy::start(&name, &bootstrap))
        })
    }

    /// A bootstrap with a listener for each configuration.
    pub fn bootstrap(&self, kind: Kind) -> Value {
        let configurations = self.configurations("envoy").into_iter();
        let mut listeners: Vec<_> = configurations.map(|text| self.listener(kind, &text, &text)).collect();
        let normalizing = self.configurations(NORMALIZING).into_iter();
        listeners.extend(normalizing.map(|text| bootstrap::normalizing_listener(kind, &text)));
        listeners.extend(envoy::listeners(kind));
        listeners.push(bootstrap::listener(kind, gateway_api::NAME, &gateway_api::configuration().to_string()));
        let raw = self.runtime.block_on(raw_upstream::start());
        bootstrap::bootstrap(&listeners, self.upstream().address, raw)
    }

    pub fn workerd(&self) -> &Workerd {
        self.workerd.get_or_init(|| {
            let configurations = self.configurations("workerd").into_iter();
            let mut isolates: Vec<_> = configurations.map(|text| Isolate::new(&text, &text)).collect();
            isolates.push(Isolate::new(gateway_api::NAME, &gateway_api::configuration().to_string()));
            let origin = self.workerd_origin();
            isolates.extend(workerd::isolates(origin));
            let raw = self.runtime.block_on(raw_upstream::start());
            let addresses = Addresses { raw, origin: origin.address, ..Addresses::all(self.upstream().address) };
            self.runtime.block_on(Workerd::start("workerd", &isolates, &addresses))
        })
    }

    pub fn workerd_origin(&self) -> &Origin {
        self.workerd_origin.get_or_init(|| self.runtime.block_on(Origin::start()))
    }

    /// The configurations that cases have, each once: their texts name them.
    fn configurations(&self, host: &str) -> HashSet<String> {
        let cases = self.cases.iter().filter(|case| case.runs_on(host));
        cases.map(|case| case.configuration.to_string()).collect()
    }

    /// The listener of a configuration, with the routes that its cases need.
    pub fn listener(&self, kind: Kind, name: &str, configuration: &str) -> Value {
        let mut listener = bootstrap::listener(kind, name, configuration);
        let parsed: Value = serde_json::from_str(configuration).unwrap();
        let cases = self.cases.iter().filter(|case| case.configuration == parsed);
        let names: BTreeSet<&str> = cases.filter_map(|case| case.request.policy_name.as_deref()).collect();
        bootstrap::route_by_name(&mut listener, names.into_iter());
        two_routes::add(&mut listener, &parsed);
        listener
    }

    /// Runs a case on a host and holds what came back against what was expected.
    pub fn check(&self, host: &str, index: usize) -> Result<(), String> {
        let case = &self.cases[index];
        let observed = match host {
            "envoy" if case.tells() => return told::on_envoy(self, Kind::Wasm, case),
            MODULE if case.tells() => return told::on_envoy(self, Kind::Module, case),
            "workerd" if case.tells() => return told::on_workerd(self, case),
            "envoy" | MODULE => {
                let kind = if host == MODULE { Kind::Module } else { Kind::Wasm };
                self.send(case, host, self.envoy(kind).listener(&case.configuration.to_string()))
            }
            NORMALIZING | NORMALIZING_MODULE => {
                let kind = if host == NORMALIZING_MODULE { Kind::Module } else { Kind::Wasm };
                let listener = bootstrap::normalizing_name(&case.configuration.to_string());
                self.send(case, host, self.envoy(kind).listener(&listener))
            }
            "workerd" => self.send(case, host, self.workerd().isolate(&case.configuration.to_string())),
            _ => return Err(format!("no host {host}")),
        };
        observed.check(case.expect(host))
    }

    pub fn send(&self, case: &Case, host: &str, address: SocketAddr) -> Observed {
        self.runtime.block_on(client::run(case, host, address, self.upstream()))
    }

    /// Sends one request to a listener of Envoy.
    pub fn ask_envoy(&self, kind: Kind, listener: &str, request: &RequestEntry) -> Reply {
        self.ask(self.envoy(kind).listener(listener), request, &[])
    }

    /// Sends one request to a listener of Envoy. The origin server answers as a case says.
    pub fn ask_envoy_as(&self, listener: &str, case: &Case, request: &RequestEntry) -> Reply {
        let mut extra = vec![(CASE, case.id.as_str())];
        extra.extend(request.policy_name.as_deref().map(|name| (POLICY, name)));
        self.ask(self.envoy(Kind::Wasm).listener(listener), request, &extra)
    }

    /// Sends one request to an isolate of workerd.
    pub fn ask_workerd(&self, isolate: &str, request: &RequestEntry) -> Reply {
        self.ask(self.workerd().isolate(isolate), request, &[])
    }

    pub fn ask(&self, address: SocketAddr, request: &RequestEntry, extra: &[(&str, &str)]) -> Reply {
        static COUNT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
        let mark = format!("ask {}", COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
        let extra = [extra, &[(MARK, mark.as_str())]].concat();
        let response = self.runtime.block_on(client::send(address, request, &extra));
        let (status, headers) = (response.status().as_u16(), client::lines(&response));
        Reply { status, forwarded: self.upstream().has_seen(&mark), headers }
    }
}
