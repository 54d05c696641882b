//! The messages in the console of a browser, in order, and which run each of them is about.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use edge_cors::browser::Browser;
use tokio::sync::watch;

use super::scenario::{name, run_of};

/// The last page of every browser calls this path, which nothing allows: once that is in the console, everything
/// before it is.
pub const LAST: &str = "/last";

/// What a console has shown so far.
#[derive(Clone)]
pub struct Console {
    browser: Browser,
    messages: Arc<Mutex<Vec<String>>>,
    ended: watch::Sender<bool>,
}

impl Console {
    pub fn new(browser: Browser) -> Self {
        Self { browser, messages: Arc::default(), ended: watch::Sender::new(false) }
    }

    /// Adds a message.
    pub fn show(&self, message: String) {
        let is_last = message.contains(LAST)
            && match self.browser {
                Browser::Chromium => true,
                Browser::Firefox => is_echo(&message),
                Browser::Safari => message.contains("due to access control checks"),
            };
        self.messages.lock().unwrap().push(message);
        if is_last {
            self.ended.send_replace(true);
        }
    }

    /// Waits until the console has shown everything.
    pub async fn end(&self) {
        let _ = self.ended.subscribe().wait_for(|ended| *ended).await;
    }

    /// The messages about each run. A message with the URL of a run is about that one; another one, of
    /// which only WebKit has some, is about the run whose page is open.
    pub fn by_run(&self) -> HashMap<String, Vec<String>> {
        let mut runs = HashMap::<String, Vec<String>>::new();
        let mut open = String::new();
        let start = format!("/{}/", name(self.browser));
        for message in self.messages.lock().unwrap().iter() {
            if let Some(run) = message.strip_prefix("begin ") {
                run.clone_into(&mut open);
                continue;
            }
            if message.starts_with("end ") || is_echo(message) {
                continue;
            }
            let named = message.find(&start).and_then(|at| run_of(message.get(at..)?));
            let run = named.map_or_else(|| open.clone(), |(run, _)| run.to_owned());
            runs.entry(run).or_default().push(message.clone());
        }
        runs
    }
}

/// Whether a message only repeats that a request failed.
fn is_echo(message: &str) -> bool {
    message == "Failed to load resource: net::ERR_FAILED"
        || message.ends_with("(Reason: CORS request did not succeed). Status code: (null).")
}
