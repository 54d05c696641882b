//! The server of the pages. A page makes the calls of one scenario, sends what came of them here, and goes on to the
//! page that the response names: the browser is only told where to begin.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use edge_cors::browser::Browser;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::{Request, Response};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::watch;

use super::origin_server::Origin;
use super::scenario::{PageCall, name};
use crate::listen::{Body, Respond, whole};

const SCRIPT: &str = include_str!("../../../browsers/page.js");

/// What a page got from one call.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Got {
    /// `readable`, `opaque`, `connected`, `blocked` or `timeout`.
    pub page: String,
    /// The status, if the page can read it.
    #[serde(default)]
    pub status: u16,
    /// The names of the headers that the page can read.
    #[serde(default)]
    pub headers: Vec<String>,
    /// The body, if the page can read it.
    #[serde(default)]
    pub body: String,
    /// The words of the exception.
    #[serde(default)]
    pub error: String,
}

/// One page of a browser's itinerary.
pub struct Page {
    /// The run that it is for; the last page is for none.
    pub run: String,
    /// Its origin.
    pub origin: String,
    pub sandboxed: bool,
    pub calls: Vec<PageCall>,
}

/// The pages of all browsers.
#[derive(Clone)]
pub struct Pages {
    itineraries: Arc<Mutex<HashMap<&'static str, Itinerary>>>,
    origin: Origin,
}

struct Itinerary {
    pages: Vec<Page>,
    got: HashMap<String, Vec<Got>>,
    done: watch::Sender<usize>,
}

impl Pages {
    pub fn new(origin: Origin) -> Self {
        Self { itineraries: Arc::default(), origin }
    }

    /// Whether a path is one of the pages and what they need.
    pub fn has(path: &str) -> bool {
        ["/page", "/frame/", "/done/", "/release/", "/worker.js"].iter().any(|start| path.starts_with(start))
    }

    /// Takes the pages of a browser. Returns the URL of the first, and how many of them are done.
    pub fn plan(&self, browser: Browser, pages: Vec<Page>) -> (String, watch::Receiver<usize>) {
        let (done, watch) = watch::channel(0);
        let browser = name(browser);
        let first = url(browser, &pages, 0).unwrap();
        self.itineraries.lock().unwrap().insert(browser, Itinerary { pages, got: HashMap::new(), done });
        (first, watch)
    }

    /// What the page of a run got from each call; `None` if the browser did not finish it.
    pub fn got(&self, browser: Browser, run: &str) -> Option<Vec<Got>> {
        self.itineraries.lock().unwrap().get(name(browser))?.got.get(run).cloned()
    }

    fn page(&self, browser: &str, index: usize, kind: &str) -> String {
        let itineraries = self.itineraries.lock().unwrap();
        let page = &itineraries[browser].pages[index];
        let script = match (kind, page.sandboxed) {
            ("page", true) => format!("embed({})", json!(format!("/frame/{browser}/{index}"))),
            ("page", false) => format!("perform({}).then(report)", json!(page.calls)),
            _ => format!("perform({}).then((got) => parent.postMessage(got, '*'))", json!(page.calls)),
        };
        let (run, done) = (json!(page.run), json!(format!("/done/{browser}/{index}")));
        format!(
            "<!doctype html><meta charset=utf-8><link rel=icon href=data:,>\
             <script src=/page.js></script><script>const run = {run}, done = {done}; {script};</script>"
        )
    }

    /// Keeps what a page got, and returns where the browser goes next.
    fn done(&self, browser: &str, index: usize, body: &[u8]) -> String {
        let mut itineraries = self.itineraries.lock().unwrap();
        let itinerary = itineraries.get_mut(browser).unwrap();
        let run = itinerary.pages[index].run.clone();
        itinerary.got.insert(run, serde_json::from_slice(body).unwrap());
        let _ = itinerary.done.send(index + 1);
        url(browser, &itinerary.pages, index + 1).unwrap_or_default()
    }
}

impl Respond for Pages {
    async fn respond(&self, request: Request<Incoming>) -> Response<Body> {
        let path = request.uri().path().to_owned();
        if let Some(run) = path.strip_prefix("/release") {
            self.origin.release(run);
        }
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        match parts[..] {
            ["page.js" | "worker.js"] => reply("text/javascript", SCRIPT.to_owned()),
            [kind @ ("page" | "frame"), browser, index] => {
                reply("text/html", self.page(browser, index.parse().unwrap(), kind))
            }
            ["done", browser, index] => {
                let body = request.into_body().collect().await.unwrap().to_bytes();
                reply("text/plain", self.done(browser, index.parse().unwrap(), &body))
            }
            _ => reply("text/plain", String::new()),
        }
    }
}

fn url(browser: &str, pages: &[Page], index: usize) -> Option<String> {
    pages.get(index).map(|page| format!("{}/page/{browser}/{index}", page.origin))
}

fn reply(kind: &str, body: String) -> Response<Body> {
    let response = Response::builder().header("content-type", kind).header("cache-control", "no-store");
    response.body(whole(body)).unwrap()
}
