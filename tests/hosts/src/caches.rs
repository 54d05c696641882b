//! Real caches in front of the real hosts, and behind them: several origins ask for the same URL in every order, with
//! and without credentials, and nobody gets another's answer.
//!
//! `tests/caches/` has the scenarios and the configurations of the caches.

mod client;
mod expected;
mod order;
mod origin_server;
mod place;
mod scenario;
mod server;

use std::net::SocketAddr;
use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::bed::Bed;
use crate::envoy::{Envoy, Kind, bootstrap};
use crate::workerd::Workerd;
use crate::workerd::server::{Addresses, Isolate, object};
use crate::{Test, reliability};
use client::Client;
use expected::WithoutCache;
use origin_server::OriginServer;
use place::{Cache, Edge, Place};
use scenario::{Scenario, Scenarios};
use server::Servers;

/// The request header by which an edge picks the cache behind it.
const BEHIND: &str = "x-behind";

/// The request header by which a cache picks the server behind it.
const TO: &str = "x-to";

/// The name of the origin server for caches.
const ORIGIN_SERVER: &str = "origin-server";

/// The caches and hosts, which are started when a test first needs them.
#[derive(Default)]
pub struct Caches(OnceLock<Started>);

struct Started {
    scenarios: Scenarios,
    origin_server: OriginServer,
    /// Kept, because they end when they are dropped.
    _behind: Servers,
    envoy: Envoy,
    workerd: Workerd,
    in_front: Servers,
}

/// What the edge of a scenario is called, by its number.
fn edge_name(edge: Edge, scenario: usize) -> String {
    format!("{}-{scenario}", edge.to_string().to_lowercase())
}

/// What the Worker of a scenario is called that has a cache behind it.
fn isolate_name(scenario: usize, cache: Cache) -> String {
    format!("{}-{}", edge_name(Edge::Workerd, scenario), cache.name())
}

impl Started {
    /// Where requests for a scenario go, and with which headers.
    fn route(&self, scenario: usize, place: Place) -> (SocketAddr, Vec<(&'static str, String)>) {
        let address = |edge, name: &str| match edge {
            Edge::Envoy => self.envoy.listener(name),
            Edge::Workerd => self.workerd.isolate(name),
        };
        let to_origin_server = (TO, ORIGIN_SERVER.to_owned());
        match place {
            Place::Alone(cache) => (self.in_front.address(cache), vec![to_origin_server]),
            Place::InFront(cache, edge) => (self.in_front.address(cache), vec![(TO, edge_name(edge, scenario))]),
            Place::Behind(cache, edge) => {
                let name = match edge {
                    Edge::Envoy => edge_name(edge, scenario),
                    Edge::Workerd => isolate_name(scenario, cache),
                };
                (address(edge, &name), vec![to_origin_server, (BEHIND, cache.name().to_owned())])
            }
        }
    }

    fn without_cache(&self, scenario: &Scenario) -> WithoutCache {
        WithoutCache::new(scenario.configuration.as_ref(), self.scenarios.template(scenario))
    }

    fn new(bed: &Bed) -> Self {
        let scenarios = Scenarios::load();
        let templates = scenarios.scenarios.iter().map(|scenario| scenarios.template(scenario)).collect();
        let origin_server = bed.runtime().block_on(OriginServer::start(templates));
        let itself = (ORIGIN_SERVER.to_owned(), origin_server.address);
        let behind = Servers::start("behind", std::slice::from_ref(&itself));
        let configurations = || {
            let numbered = scenarios.scenarios.iter().enumerate();
            numbered.filter_map(|(number, scenario)| Some((number, scenario.configuration.as_ref()?.to_string())))
        };
        let listeners = configurations().map(|(number, text)| listener(&edge_name(Edge::Envoy, number), &text));
        let mut bootstrap =
            bootstrap::bootstrap(&listeners.collect::<Vec<_>>(), origin_server.address, origin_server.address);
        let clusters = bootstrap["static_resources"]["clusters"].as_array_mut().unwrap();
        clusters.extend(Cache::ALL.map(|cache| bootstrap::cluster(cache.name(), behind.address(cache))));
        let envoy = bed.runtime().block_on(Envoy::start("caches", &bootstrap));

        let isolates: Vec<Isolate> = configurations().flat_map(|(number, text)| isolates(number, &text)).collect();
        let more = Cache::ALL.map(|cache| (cache.name(), behind.address(cache))).into();
        let addresses = Addresses { more, ..Addresses::all(origin_server.address) };
        let workerd = bed.runtime().block_on(Workerd::start("caches", &isolates, &addresses));

        let edges = configurations().flat_map(|(number, _)| {
            let (envoy_name, workerd_name) = (edge_name(Edge::Envoy, number), edge_name(Edge::Workerd, number));
            let (listener, isolate) = (envoy.listener(&envoy_name), workerd.isolate(&workerd_name));
            [(envoy_name, listener), (workerd_name, isolate)]
        });
        let in_front = Servers::start("in-front", &edges.chain([itself]).collect::<Vec<_>>());
        Self { scenarios, origin_server, _behind: behind, envoy, workerd, in_front }
    }
}

/// A listener that forwards to the cache that a request names, or to the origin server.
fn listener(name: &str, configuration: &str) -> Value {
    let mut listener = bootstrap::listener(Kind::Wasm, name, configuration);
    let to_cache = |cache: Cache| {
        let header = json!({ "name": BEHIND, "string_match": { "exact": cache.name() } });
        json!({ "match": { "prefix": "/", "headers": [header] }, "route": { "cluster": cache.name() } })
    };
    let rest = json!({ "match": { "prefix": "/" }, "route": { "cluster": "upstream" } });
    *bootstrap::routes_of(&mut listener) = Cache::ALL.map(to_cache).into_iter().chain([rest]).collect();
    listener
}

/// A Worker in front of the origin server, and one in front of each cache.
fn isolates(number: usize, configuration: &str) -> Vec<Isolate> {
    let in_front_of = |cache: Cache| {
        let bindings = vec![("CORS_CONFIG", object(configuration))];
        Isolate { outbound: cache.name(), ..Isolate::with(&isolate_name(number, cache), bindings) }
    };
    [Isolate::new(&edge_name(Edge::Workerd, number), configuration)]
        .into_iter()
        .chain(Cache::ALL.map(in_front_of))
        .collect()
}

pub fn tests() -> Vec<(String, Test)> {
    let scenarios = Scenarios::load().scenarios;
    let mut tests = Vec::new();
    for (number, scenario) in scenarios.iter().enumerate() {
        for place in Place::all(scenario.configuration.is_some()) {
            let test = move |bed: &Bed| check(bed, number, place);
            tests.push((format!("caches::{place}: {}", scenario.name), Box::new(test) as Test));
        }
    }
    let figures =
        [format!("| scenarios of caches | {}: ", scenarios.len()), format!("| runs with caches | {}: ", tests.len())];
    tests.push(("reliability::caches".to_owned(), Box::new(move |_: &Bed| reliability::documents(&figures))));
    tests
}

/// Lets everybody ask in every order, each order at a path of its own.
fn check(bed: &Bed, number: usize, place: Place) -> Result<(), String> {
    let started = bed.caches.0.get_or_init(|| Started::new(bed));
    let scenario = &started.scenarios.scenarios[number];
    let place_name = place.to_string();
    let folder = format!("/{}/{number}/{}", scenario.caches, place_name.replace(' ', "-"));
    let (requesters, without_cache) = (started.scenarios.requesters(scenario), started.without_cache(scenario));
    let run = async {
        let mut tally = Tally::default();
        let (address, to) = started.route(number, place);
        let extra: Vec<(&str, &str)> = to.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let mut client = Client::new(address);
        for (index, order) in order::all(&requesters).into_iter().enumerate() {
            let path = format!("{folder}/{index}");
            let mut wrong = None;
            for turn in &order {
                for ask in &scenario.asks {
                    let request = turn.request(*ask, &path);
                    let expected = without_cache.answer(&request);
                    let answer = client.ask(&request, &extra).await;
                    tally.forwarded += usize::from(expected.is_forwarded());
                    let difference = expected.check(answer).err();
                    wrong = wrong
                        .or(difference
                            .map(|difference| format!("{}: {turn}, {ask}: {difference}", order::name(&order))));
                }
            }
            tally.orders.push(wrong);
        }
        tally
    };
    let tally = bed.runtime().block_on(run);
    tally.check(scenario.is_mixed(&place_name), scenario.stores(&place_name), started.origin_server.arrived(&folder))
}

/// What came of a run.
#[derive(Default)]
struct Tally {
    /// What was wrong in each order first, if anything was.
    orders: Vec<Option<String>>,
    /// How many requests would have reached the origin server without a cache.
    forwarded: usize,
}

impl Tally {
    fn check(&self, is_mixed: bool, stores: bool, arrived: usize) -> Result<(), String> {
        let wrong = self.orders.iter().flatten().count();
        if !is_mixed && wrong > 0 {
            let first = self.orders.iter().flatten().next().unwrap();
            return Err(format!("wrong in {wrong} of {} orders, first in {first}", self.orders.len()));
        }
        if is_mixed && wrong < self.orders.len() {
            return Err(format!(
                "scenarios.json says that answers are mixed, but only in {wrong} of {} orders they are",
                self.orders.len()
            ));
        }
        if stores == (arrived < self.forwarded) {
            return Ok(());
        }
        Err(format!(
            "{arrived} of {} requests reached the origin server, so the cache {}",
            self.forwarded,
            if stores { "stores nothing" } else { "stores responses" }
        ))
    }
}
