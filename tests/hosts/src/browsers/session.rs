//! One session: all browsers at once go through all pages, then the hosts and the browsers end.

use std::collections::HashMap;
use std::time::Duration;

use edge_cors::browser::Browser;
use futures_util::future::join_all;
use hyper::StatusCode;
use tokio::runtime::Runtime;
use tokio::sync::watch;

use super::console::{Console, LAST};
use super::deviation::Deviations;
use super::expected::Expected;
use super::front::{Front, Target};
use super::hosts::Hosts;
use super::observed::Observed;
use super::origin_server::Origin;
use super::pages::{Page, Pages};
use super::scenario::{Edge, PageCall, Ports, Run, Scenario, Via, name};
use super::{chromium, firefox, webkit};
use crate::listen::{listen, listen_securely};

/// How long a browser may take for one page, before it is given up.
const PATIENCE: Duration = Duration::from_secs(60);

/// What was observed.
pub struct Results {
    runs: HashMap<Run, Result<(Scenario, Observed), String>>,
    ports: Ports,
}

/// Runs all that is wanted.
pub fn session(scenarios: &[Scenario], wanted: &[Run]) -> Results {
    Runtime::new().unwrap().block_on(async {
        let origin = Origin::default();
        let pages = Pages::new(origin.clone());
        let front = Front::new(pages.clone());
        let ports = Ports {
            pages: listen(pages.clone()).await.port(),
            secure_pages: listen_securely(pages.clone()).await.port(),
            api: listen(front.clone()).await.port(),
            secure_api: listen_securely(front.clone()).await.port(),
        };
        let by_name: HashMap<&str, &Scenario> = scenarios.iter().map(|one| (one.name.as_str(), one)).collect();
        let filled = |run: &Run| (run.clone(), ports.filled(by_name[run.scenario.as_str()], run));
        let runs: Vec<(Run, Scenario)> = wanted.iter().map(filled).collect();
        let upstream = listen(origin.clone()).await;
        for (run, scenario) in &runs {
            origin.serve(run.to_string(), scenario.clone());
            if let Some(status) = scenario.in_front {
                front.route(run.to_string(), Target::InFront(StatusCode::from_u16(status).unwrap()));
            }
            if run.edge == Edge::Direct {
                front.route(run.to_string(), Target::Server(upstream));
            }
        }
        let _hosts = Hosts::start(&runs, &front, upstream).await;
        let browsers = Browser::ALL.map(|browser| browse(browser, &runs, &pages, ports));
        let consoles: HashMap<Browser, Shown> = join_all(browsers).await.into_iter().collect();
        let observe = |(run, scenario): (Run, Scenario)| {
            let (consoles, trouble) = &consoles[&run.browser];
            let path = run.to_string();
            let observed = pages.got(run.browser, &path).map(|got| {
                let (sent, forwarded) = (front.seen(&path), origin.seen(&path));
                (scenario, Observed { got, sent, forwarded, console: consoles.get(&path).cloned().unwrap_or_default() })
            });
            let trouble = || trouble.clone().unwrap_or_default();
            (run, observed.ok_or_else(trouble))
        };
        Results { runs: runs.into_iter().map(observe).collect(), ports }
    })
}

/// The messages of a console by run, and what went wrong.
type Shown = (HashMap<String, Vec<String>>, Option<String>);

/// Lets a browser go through its pages.
async fn browse(browser: Browser, runs: &[(Run, Scenario)], pages: &Pages, ports: Ports) -> (Browser, Shown) {
    let mine = runs.iter().filter(|(run, _)| run.browser == browser);
    let mut itinerary: Vec<Page> = mine.map(|(run, scenario)| page(run, scenario)).collect();
    if itinerary.is_empty() {
        return (browser, (HashMap::new(), None));
    }
    itinerary.push(last_page(browser, ports));
    let count = itinerary.len();
    let (url, done) = pages.plan(browser, itinerary);
    let console = Console::new(browser);
    let trouble = match browser {
        Browser::Chromium => {
            let _running = chromium::start(&url, console.clone());
            watch(done, count, &console).await
        }
        Browser::Firefox => {
            let _running = firefox::start(&url, console.clone()).await;
            watch(done, count, &console).await
        }
        Browser::Safari => {
            let _running = webkit::start(&url, console.clone());
            watch(done, count, &console).await
        }
    };
    (browser, (console.by_run(), trouble))
}

fn page(run: &Run, scenario: &Scenario) -> Page {
    let Scenario { page: origin, sandboxed, calls, .. } = scenario.clone();
    Page { run: run.to_string(), origin, sandboxed, calls }
}

/// A page that calls what no edge is behind.
fn last_page(browser: Browser, ports: Ports) -> Page {
    let url = format!("http://api.localhost:{}{LAST}", ports.api);
    let call = PageCall {
        url,
        via: Via::Fetch,
        method: "PUT".to_owned(),
        headers: Vec::new(),
        credentials: false,
        upload_listener: false,
        verdict: "blocked".to_owned(),
        cached_preflight: false,
    };
    let origin = format!("http://app.localhost:{}", ports.pages);
    Page { run: format!("/{}{LAST}", name(browser)), origin, sandboxed: false, calls: vec![call] }
}

/// Waits until all pages are done and the console has shown everything.
async fn watch(mut done: watch::Receiver<usize>, count: usize, console: &Console) -> Option<String> {
    while *done.borrow_and_update() < count {
        if tokio::time::timeout(PATIENCE, done.changed()).await.is_err() {
            return Some(format!("the browser did not finish page {} of {count}", *done.borrow() + 1));
        }
    }
    tokio::time::timeout(PATIENCE, console.end()).await.err().map(|_| "the console did not end".to_owned())
}

impl Results {
    /// `Err` tells every difference between what was observed and what was expected.
    pub fn check(&self, run: &Run, deviations: &Deviations) -> Result<(), String> {
        let (scenario, observed) = self.runs[run].as_ref().map_err(Clone::clone)?;
        let mut expected = Expected::new(run.browser, scenario);
        deviations.apply(run, &mut expected, |text| self.ports.fill(text, run))?;
        observed.check(scenario, &expected)
    }
}
