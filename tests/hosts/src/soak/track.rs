//! One configuration that changes while requests come: which versions of it may be in force.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use edge_cors::PolicySet;

use super::policies;

/// A good version. Its number is in its responses; after a step back, an older number is there again.
#[derive(Clone)]
struct Version {
    number: usize,
    policies: Arc<PolicySet>,
}

#[derive(Default)]
struct Versions {
    /// In the order in which they were handed over.
    published: Vec<Version>,
    /// The newest that a response has shown.
    seen: usize,
    /// The one that was seen before that.
    before: usize,
}

/// Which version decides about a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decides {
    /// The one that is in force when it comes.
    Request,
    /// The one that was in force when its connection began: the listener is replaced.
    Connection,
    /// The one that is in force when it comes counts it, and the one when its response comes decides again.
    ResponseAgain,
}

impl Decides {
    /// How long a connection waits for a request before the host closes it, if that is not for hours: workerd does so
    /// to all, Envoy to those of a listener that was replaced so long ago.
    pub fn idle(self) -> Option<Duration> {
        match self {
            Self::Request => None,
            Self::Connection | Self::ResponseAgain => Some(Duration::from_secs(5)),
        }
    }
}

/// A listener or an isolate, and what it may answer by.
pub struct Track {
    pub name: &'static str,
    pub address: SocketAddr,
    pub decides: Decides,
    versions: Mutex<Versions>,
    /// The last moments with panics: their starts, and their ends as far as they have ended.
    panics: Mutex<Vec<(Instant, Option<Instant>)>>,
}

impl Track {
    pub fn new(name: &'static str, address: SocketAddr, decides: Decides) -> Self {
        Self { name, address, decides, versions: Mutex::default(), panics: Mutex::default() }
    }

    /// Notes a good version, before the host can see it.
    pub fn publish(&self, number: usize) {
        let mut versions = self.versions.lock().unwrap();
        let known = versions.published.iter().find(|version| version.number == number).cloned();
        let version = known.unwrap_or_else(|| Version { number, policies: Arc::new(policies::compiled(number)) });
        versions.published.push(version);
    }

    /// The number of the version that was there this many changes ago.
    pub fn number_before(&self, changes: usize) -> usize {
        let versions = self.versions.lock().unwrap();
        versions.published[versions.published.len().saturating_sub(1 + changes)].number
    }

    /// Notes that a response shows this number. Returns whether it is that of the newest version.
    pub fn see(&self, number: usize) -> bool {
        let mut versions = self.versions.lock().unwrap();
        let newer = versions.published.iter().rposition(|version| version.number == number);
        if let Some(newer) = newer.filter(|newer| *newer > versions.seen) {
            versions.before = versions.seen;
            versions.seen = newer;
        }
        versions.published.last().is_some_and(|version| version.number == number)
    }

    /// The oldest version that may be in force. Workers change over one after another: until all must have, that is
    /// the one before the newest that was seen.
    pub fn oldest(&self) -> usize {
        self.versions.lock().unwrap().before
    }

    /// The newest version that may be in force.
    pub fn newest(&self) -> usize {
        self.versions.lock().unwrap().published.len() - 1
    }

    /// The versions from one to another.
    pub fn range(&self, oldest: usize, newest: usize) -> Vec<Arc<PolicySet>> {
        let versions = self.versions.lock().unwrap();
        let newest = newest.min(versions.published.len() - 1);
        versions.published[oldest..=newest].iter().map(|version| Arc::clone(&version.policies)).collect()
    }

    /// Notes that requests panic from now on.
    pub fn begin_panics(&self) {
        self.panics.lock().unwrap().push((Instant::now(), None));
    }

    /// Notes that requests that begin from now on do not panic.
    pub fn end_panics(&self) {
        if let Some((_, end)) = self.panics.lock().unwrap().last_mut() {
            *end = Some(Instant::now());
        }
    }

    /// Whether a request that began then may have panicked.
    pub fn has_panicked_since(&self, began: Instant) -> bool {
        self.panics.lock().unwrap().last().is_some_and(|(_, end)| end.is_none_or(|end| end >= began))
    }
}

/// A response by a version that is too old, or that was never there, is noticed.
pub fn notices_old_versions() -> Result<(), String> {
    let track = Track::new("", SocketAddr::from(([127, 0, 0, 1], 0)), Decides::Request);
    let mut windows = Vec::new();
    for number in [1, 2, 3, 2, 5] {
        track.publish(number);
        let is_newest = track.see(number);
        windows.push((is_newest, track.oldest(), track.newest()));
    }
    let expected = [(true, 0, 0), (true, 0, 1), (true, 1, 2), (true, 2, 3), (true, 3, 4)];
    let is_old = !track.see(3);
    if windows == expected && is_old && track.oldest() == 3 { Ok(()) } else { Err(format!("{windows:?}, {is_old}")) }
}
