//! Two filters in one VM: each has its own policies, counters and updates, in one chain and in two listeners, and none
//! takes over what the other remembers.

use std::net::SocketAddr;
use std::path::Path;
use std::thread;

use serde_json::{Value, json};
use test_support::case::{Case, RequestEntry};

use super::bootstrap::{self, bootstrap, listener_of, text};
use super::live::{Discovery, How, Watched, wait};
use super::{Envoy, Kind, telemetry};
use crate::bed::Bed;
use crate::{Test, client};

/// What tells the two apart: the name of the plugin, or its root id.
#[derive(Clone, Copy)]
enum Apart {
    ByName,
    ByRootId,
}

/// Where the two are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    OneChain,
    TwoListeners,
}

pub fn tests() -> Vec<(String, Test)> {
    let mut tests: Vec<(String, Test)> =
        vec![("two-filters/every case beside another filter".to_owned(), Box::new(every_case))];
    for (place, place_name) in [(Place::OneChain, "one chain"), (Place::TwoListeners, "two listeners")] {
        for (apart, apart_name) in [(Apart::ByName, "names"), (Apart::ByRootId, "root ids")] {
            let run = move |bed: &Bed| bed.runtime().block_on(each_its_own(bed.upstream().address, place, apart));
            tests.push((format!("two-filters/in {place_name}, told apart by {apart_name}"), Box::new(run)));
        }
    }
    tests
}

/// One of the two. Its policy, its host and its origin have its name.
struct Filter {
    name: &'static str,
    apart: Apart,
    watched: Watched,
}

impl Filter {
    fn new(name: &'static str, apart: Apart, folder: &Path) -> Self {
        let how = How { kind: Kind::Wasm, discovery: Discovery::Extension };
        Self { name, apart, watched: Watched::new(how, &folder.join(name), None) }
    }

    /// Its policy, with this max-age. Other hosts are none of its business.
    fn policy(&self, max_age: u32) -> String {
        self.configuration(&format!("https://{}.example", self.name), max_age)
    }

    /// The same with an error.
    fn error(&self, max_age: u32) -> String {
        self.configuration(&format!("https://{}.example/", self.name), max_age)
    }

    fn configuration(&self, origin: &str, max_age: u32) -> String {
        let name = self.name;
        json!({
            "whenInvalid": "close",
            "policies": { name: { "allowOrigins": [origin], "maxAge": max_age } },
            "routes": [{ "host": format!("{name}.example"), "policy": name }],
        })
        .to_string()
    }

    fn publish(&self, version: &str, configuration: &str) {
        let mut filter = bootstrap::filter(Kind::Wasm, &text(configuration));
        let field = match self.apart {
            Apart::ByName => "name",
            Apart::ByRootId => "root_id",
        };
        filter["config"][field] = json!(self.name);
        self.watched.publish_resource(
            version,
            &json!({
                "@type": "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig",
                "name": self.name,
                "typed_config": filter,
            }),
        );
    }

    /// The filter in a chain: its configuration comes from the file.
    fn discovered(&self) -> Value {
        json!({ "name": self.name, "config_discovery": {
            "config_source": { "path_config_source": { "path": self.watched.file }, "resource_api_version": "V3" },
            "type_urls": [Kind::Wasm.type_url()],
        } })
    }

    /// A preflight for the host and from the origin of a filter.
    fn preflight(&self) -> RequestEntry {
        let origin = format!("https://{}.example", self.name);
        let headers = [("origin", origin.as_str()), ("access-control-request-method", "POST")];
        RequestEntry { host: Some(format!("{}.example", self.name)), ..RequestEntry::new("OPTIONS", "/", &headers) }
    }
}

/// Both, in an Envoy.
struct Both {
    envoy: Envoy,
    place: Place,
    first: Filter,
    second: Filter,
}

impl Both {
    fn address(&self, filter: &Filter) -> SocketAddr {
        self.envoy.listener(if self.place == Place::OneChain { "both" } else { filter.name })
    }

    /// The status of the answer to a filter's preflight, and the max-age.
    async fn answer(&self, filter: &Filter) -> (u16, String) {
        let response = client::send(self.address(filter), &filter.preflight(), &[]).await;
        let max_age = response.headers().get("access-control-max-age").map(|value| value.to_str().unwrap().to_owned());
        (response.status().as_u16(), max_age.unwrap_or_default())
    }

    /// Waits until a filter's policy has this max-age.
    async fn reaches(&self, filter: &Filter, max_age: &str) -> Result<(), String> {
        let waited = wait(async || self.answer(filter).await == (204, max_age.to_owned())).await;
        waited.map_err(|_| format!("the policy of the {} with max-age {max_age} never came into force", filter.name))
    }

    /// Waits until Envoy has decided about what a filter is given.
    async fn counted(&self, filter: &Filter, statistic: &str, at_least: u64) -> Result<(), String> {
        let name = format!("http_filter.{}.{statistic}", filter.name);
        wait(async || self.envoy.statistics(&name).await.values().sum::<u64>() >= at_least).await
    }

    /// That both have the policies with these max-ages, and count what is theirs.
    async fn are(&self, first: &str, second: &str) -> Result<(), String> {
        let before = telemetry::counters(&self.envoy, Kind::Wasm).await;
        for _ in 0..5 {
            let answers = (self.answer(&self.first).await, self.answer(&self.second).await);
            if answers != ((204, first.to_owned()), (204, second.to_owned())) {
                return Err(format!("expected max-age {first} and {second}, got {answers:?}"));
            }
        }
        let after = telemetry::counters(&self.envoy, Kind::Wasm).await;
        let moved = |filter: &Filter| {
            let name = format!("{}.preflight.allowed", filter.name);
            after[&name] - before.get(&name).copied().unwrap_or_default()
        };
        let moved = (moved(&self.first), moved(&self.second));
        if moved == (5, 5) { Ok(()) } else { Err(format!("5 preflights of each are counted as {moved:?}")) }
    }
}

async fn each_its_own(upstream: SocketAddr, place: Place, apart: Apart) -> Result<(), String> {
    let name = format!("two-filters-{}-{}", place as u8, apart as u8);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(&name);
    let (first, second) = (Filter::new("first", apart, &folder), Filter::new("second", apart, &folder));
    first.publish("1", &first.policy(1));
    second.publish("1", &second.error(1));
    let listeners = match place {
        Place::OneChain => vec![listener_of("both", 0, &[first.discovered(), second.discovered()])],
        Place::TwoListeners => {
            [&first, &second].map(|filter| listener_of(filter.name, 0, &[filter.discovered()])).into()
        }
    };
    let envoy = Envoy::start(&name, &bootstrap(&listeners, upstream, upstream)).await;
    let both = Both { envoy, place, first, second };
    let Both { first, second, .. } = &both;

    // The second is closed, and does not take over what the first has.
    both.reaches(first, "1").await?;
    let closed = both.answer(second).await;
    let of_first = client::send(both.address(second), &first.preflight(), &[]).await.status();
    let answered_by_first = if place == Place::OneChain { 204 } else { 403 };
    if closed.0 != 403 || of_first != answered_by_first {
        return Err(format!("the second is not closed: {closed:?}, and for the host of the first {of_first}"));
    }

    second.publish("2", &second.policy(2));
    both.reaches(second, "2").await?;
    both.are("1", "2").await?;
    first.publish("2", &first.policy(3));
    both.reaches(first, "3").await?;
    both.are("3", "2").await?;

    // Envoy has accepted this text before, and takes it again: the second keeps its own policy.
    second.publish("3", &second.error(1));
    both.counted(second, "update_success", 3).await?;
    both.are("3", "2").await?;
    first.publish("3", &first.error(4));
    both.counted(first, "update_rejected", 1).await?;
    both.are("3", "2").await
}

/// Runs every case with another filter behind the usual one, half of them at the same time as the other half.
fn every_case(bed: &Bed) -> Result<(), String> {
    let beside = json!({
        "policies": { "beside": { "allowOrigins": ["https://beside.example"] } },
        "routes": [{ "host": "beside.example", "policy": "beside" }],
    });
    let mut beside = bootstrap::filter(Kind::Wasm, &text(&beside.to_string()));
    beside["config"]["root_id"] = json!("beside");
    let mut bootstrap = bed.bootstrap(Kind::Wasm);
    for listener in bootstrap["static_resources"]["listeners"].as_array_mut().unwrap() {
        let filters = listener.pointer_mut("/filter_chains/0/filters/0/typed_config/http_filters").unwrap();
        filters.as_array_mut().unwrap().insert(1, json!({ "name": "beside", "typed_config": beside }));
    }
    let envoy = bed.runtime().block_on(Envoy::start("cases-beside", &bootstrap));
    let check = |case: &Case| {
        let observed = bed.send(case, "beside", envoy.listener(&case.configuration.to_string()));
        observed.check(case.expect("envoy")).err().map(|difference| format!("{}: {difference}", case.id))
    };
    let cases: Vec<&Case> = bed.cases().iter().filter(|case| case.runs_on("envoy")).collect();
    let (some, others) = cases.split_at(cases.len() / 2);
    let check_all = |cases: &[&Case]| cases.iter().filter_map(|case| check(case)).collect::<Vec<_>>();
    let wrong = thread::scope(|scope| {
        let running = scope.spawn(|| check_all(some));
        [check_all(others), running.join().unwrap()].concat()
    });
    // The other filter has seen what the usual one has forwarded, and left it alone.
    let counters = bed.runtime().block_on(telemetry::counters(&envoy, Kind::Wasm));
    let left_alone: u64 = counters.iter().filter(|(name, _)| name.starts_with("none.")).map(|(_, count)| count).sum();
    let forwarded = cases.iter().filter(|case| case.expect("envoy").forwarded).count();
    if !wrong.is_empty() {
        return Err(wrong.join("\n"));
    }
    if left_alone >= forwarded as u64 {
        Ok(())
    } else {
        Err(format!("{left_alone} of {forwarded} are counted: {counters:?}"))
    }
}
