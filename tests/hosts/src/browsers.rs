//! Real browsers in front of the real hosts: pages of `tests/browsers/scenarios/` call an API behind the edge, and what
//! they get, what is sent and what the console shows is what `edge_cors::browser` says.

mod chromium;
mod console;
mod deviation;
mod expected;
mod firefox;
mod front;
mod hosts;
mod observed;
mod origin_server;
mod pages;
mod process;
mod scenario;
mod session;
mod webkit;

use std::sync::{Arc, Mutex, OnceLock};

use edge_cors::browser::Browser;
use libtest_mimic::{Arguments, Failed, Trial};
use test_support::built::{self, Needs};

use crate::reliability;
use deviation::Deviations;
use scenario::{Edge, Run, Scenario};
use session::{Results, session};

/// The tests, and what they share: one session of every browser.
struct Tests {
    scenarios: Vec<Scenario>,
    deviations: Deviations,
    /// Those that will run.
    wanted: Mutex<Vec<Run>>,
    results: OnceLock<Results>,
}

/// A test for every scenario in every browser, behind every host.
pub fn trials(arguments: &Arguments) -> Vec<(Needs, Trial)> {
    let scenarios = scenario::load();
    let deviations = Deviations::load(&scenarios);
    let tests = Tests { scenarios, deviations, wanted: Mutex::default(), results: OnceLock::new() };
    let tests = Arc::new(tests);
    let mut trials = Vec::new();
    for browser in Browser::ALL {
        for edge in Edge::ALL {
            let needs: Needs = [programs(browser), files(edge)].concat().leak();
            for scenario in tests.scenarios.iter().filter(|scenario| scenario.runs_behind(edge)) {
                let run = Run { browser, edge, scenario: scenario.name.clone() };
                let (shared, index) = (Arc::clone(&tests), run.clone());
                // With slashes, so that `envoy::` does not select it.
                let title = format!("browsers:{run}").replacen('/', ":", 1);
                let trial = Trial::test(title, move || shared.check(&index).map_err(Failed::from));
                if built::runs(needs) && !arguments.is_filtered_out(&trial) {
                    tests.wanted.lock().unwrap().push(run);
                }
                trials.push((needs, trial));
            }
        }
    }
    let figures = [
        format!("| scenarios | {}: ", tests.scenarios.len()),
        format!("| runs | {}: ", trials.len()),
        format!("| deviations of a browser from the standard | {}, ", tests.deviations.count()),
    ];
    let documented =
        Trial::test("reliability::browsers", move || reliability::documents(&figures).map_err(Failed::from));
    trials.push((&[], documented));
    trials
}

fn programs(browser: Browser) -> Needs {
    match browser {
        Browser::Chromium => &[chromium::PROGRAM],
        Browser::Firefox => &[firefox::PROGRAM],
        Browser::Safari => &[webkit::PROGRAM, webkit::DISPLAY],
    }
}

fn files(edge: Edge) -> Needs {
    match edge {
        Edge::Direct => &[],
        Edge::Envoy => built::ENVOY,
        Edge::Module => built::MODULE,
        Edge::Workerd => built::WORKERD,
    }
}

impl Tests {
    fn check(&self, run: &Run) -> Result<(), String> {
        let results = self.results.get_or_init(|| session(&self.scenarios, &self.wanted.lock().unwrap()));
        results.check(run, &self.deviations)
    }
}
