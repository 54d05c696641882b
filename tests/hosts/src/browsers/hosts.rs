//! The real hosts of the edge, with one configuration for each listener or isolate.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::front::{Front, Target};
use super::scenario::{Edge, Run, Scenario};
use crate::envoy::{Envoy, Kind, bootstrap};
use crate::workerd::Workerd;
use crate::workerd::server::{Addresses, Isolate};

/// The real hosts with every configuration of the scenarios.
pub struct Hosts {
    _envoys: Vec<Envoy>,
    _workerd: Option<Workerd>,
}

impl Hosts {
    pub async fn start(runs: &[(Run, Scenario)], front: &Front, upstream: SocketAddr) -> Self {
        let mut envoys = Vec::new();
        for (edge, kind) in [(Edge::Envoy, Kind::Wasm), (Edge::Module, Kind::Module)] {
            let configurations = configurations(runs, edge);
            if configurations.is_empty() {
                continue;
            }
            let listeners: Vec<_> = configurations.keys().map(|text| bootstrap::listener(kind, text, text)).collect();
            let bootstrap = bootstrap::bootstrap(&listeners, upstream, upstream);
            let envoy = Envoy::start(&format!("browsers-{}", edge.name()), &bootstrap).await;
            route(front, &configurations, |text| envoy.listener(text));
            envoys.push(envoy);
        }
        let mut workerd = None;
        let configurations = configurations(runs, Edge::Workerd);
        if !configurations.is_empty() {
            let isolates: Vec<_> = configurations.keys().map(|text| Isolate::new(text, text)).collect();
            let addresses = Addresses::all(upstream);
            let started = Workerd::start("browsers-workerd", &isolates, &addresses).await;
            route(front, &configurations, |text| started.isolate(text));
            workerd = Some(started);
        }
        Self { _envoys: envoys, _workerd: workerd }
    }
}

/// The configurations that an edge needs, and the runs under each.
fn configurations(runs: &[(Run, Scenario)], edge: Edge) -> BTreeMap<String, Vec<&Run>> {
    let mut texts = BTreeMap::<_, Vec<_>>::new();
    for (run, scenario) in runs.iter().filter(|(run, _)| run.edge == edge) {
        texts.entry(scenario.configuration.to_string()).or_default().push(run);
    }
    texts
}

fn route(front: &Front, configurations: &BTreeMap<String, Vec<&Run>>, address: impl Fn(&str) -> SocketAddr) {
    for (text, runs) in configurations {
        for run in runs {
            front.route(run.to_string(), Target::Server(address(text)));
        }
    }
}
