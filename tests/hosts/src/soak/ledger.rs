//! What was sent, what came of it, and what the host must have counted.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use test_support::case::RequestEntry;

use super::judge::{self, Behind};
use super::origin_server::OriginServer;
use super::plan::Fault;
use super::track::Track;

/// How many failures are kept in words.
const KEPT: usize = 12;

/// The counters that one request may have moved.
pub type Names = BTreeSet<String>;

#[derive(Default)]
struct Book {
    sent: u64,
    exact: u64,
    faults: BTreeMap<Fault, u64>,
    connections: u64,
    failed: u64,
    failures: Vec<String>,
    unanswered: Vec<Unanswered>,
    expected: Expected,
}

/// A request that the client did not wait for.
pub struct Unanswered {
    pub number: u64,
    pub request: RequestEntry,
    pub behind: Behind,
    pub track: Arc<Track>,
    /// The oldest version that may have decided.
    pub oldest: usize,
    /// The newest one at the time when the client left.
    pub newest: usize,
}

/// What the counters of a host must be.
#[derive(Clone, Default)]
struct Expected {
    /// For each counter, how many requests have moved it for certain.
    certain: BTreeMap<String, u64>,
    /// For each counter, how many requests may have moved it besides.
    possible: BTreeMap<String, u64>,
    /// How many requests have moved some counter for certain, and how many may have.
    all: (u64, u64),
}

impl Expected {
    /// Notes a request that has moved one of these counters, if it was counted at all.
    fn note(&mut self, names: Names, is_counted: bool) {
        let kind = if is_counted && names.len() == 1 { &mut self.certain } else { &mut self.possible };
        names.into_iter().for_each(|name| *kind.entry(name).or_default() += 1);
        self.all.0 += u64::from(is_counted);
        self.all.1 += 1;
    }

    /// Every counter that is not what it must be.
    fn check(&self, counted: &BTreeMap<String, u64>) -> Result<(), String> {
        let count = |counters: &BTreeMap<String, u64>, name: &str| counters.get(name).copied().unwrap_or_default();
        let names: BTreeSet<&String> = counted.keys().chain(self.certain.keys()).collect();
        let wrong = |name: &&String| {
            let (least, more) = (count(&self.certain, name), count(&self.possible, name));
            let counted = count(counted, name);
            let holds = (least..=least + more).contains(&counted);
            (!holds).then(|| format!("{name} is {counted}, not {least} to {}", least + more))
        };
        let mut wrong: Vec<String> = names.iter().filter_map(wrong).collect();
        let (all, (least, most)) = (counted.values().sum::<u64>(), self.all);
        if !(least..=most).contains(&all) {
            wrong.push(format!("all counters together are {all}, not {least} to {most}"));
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
    }
}

/// What is known in the end.
pub struct Totals {
    pub sent: u64,
    /// Exactly right under a version that may have been in force.
    pub exact: u64,
    pub faults: BTreeMap<Fault, u64>,
    pub connections: u64,
    /// What no fault explains, and the first of them in words.
    pub failed: u64,
    pub failures: Vec<String>,
    /// How many requests the counters must have at least and at most.
    pub counted: (u64, u64),
}

/// The book of one host.
#[derive(Default)]
pub struct Ledger(Mutex<Book>);

impl Ledger {
    /// The number of the next request.
    pub fn number(&self) -> u64 {
        let mut book = self.0.lock().unwrap();
        book.sent += 1;
        book.sent
    }

    pub fn connect(&self) {
        self.0.lock().unwrap().connections += 1;
    }

    /// A response that is exactly right.
    pub fn exact(&self, names: Names) {
        let mut book = self.0.lock().unwrap();
        book.exact += 1;
        book.expected.note(names, true);
    }

    /// A request that a fault has happened to.
    pub fn met(&self, fault: Fault) {
        *self.0.lock().unwrap().faults.entry(fault).or_default() += 1;
    }

    /// A request that may have moved one of these counters.
    pub fn may_have_moved(&self, names: Names) {
        self.0.lock().unwrap().expected.note(names, false);
    }

    pub fn leave_unanswered(&self, unanswered: Unanswered) {
        self.0.lock().unwrap().unanswered.push(unanswered);
    }

    /// What no fault explains.
    pub fn fail(&self, what: String) {
        let mut book = self.0.lock().unwrap();
        book.failed += 1;
        if book.failures.len() < KEPT {
            book.failures.push(what);
        }
    }

    /// Closes the book: what the origin server has seen was counted.
    pub fn settle(&self, origin_server: &OriginServer) {
        let mut book = self.0.lock().unwrap();
        for Unanswered { number, request, behind, track, oldest, newest } in std::mem::take(&mut book.unanswered) {
            // The host may have decided after the client had left, by a version that came then.
            let range = track.range(oldest, newest + 2);
            let names = range.iter().map(|policies| judge::outcome(policies, &request, &behind.answer).counter);
            book.expected.note(names.collect(), origin_server.has_seen(number));
        }
    }

    /// Compares the counters of the host with the requests that were sent.
    pub fn check(&self, counted: &BTreeMap<String, u64>) -> Result<(), String> {
        let expected = self.0.lock().unwrap().expected.clone();
        expected.check(counted)
    }

    pub fn totals(&self) -> Totals {
        let book = self.0.lock().unwrap();
        Totals {
            sent: book.sent,
            exact: book.exact,
            faults: book.faults.clone(),
            connections: book.connections,
            failed: book.failed,
            failures: book.failures.clone(),
            counted: book.expected.all,
        }
    }
}

/// A counter that is one too high or too low is noticed, also among requests that may or may not have been counted.
pub fn notices_wrong_counters() -> Result<(), String> {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Names>();
    let mut expected = Expected::default();
    expected.note(names(&["a"]), true);
    expected.note(names(&["a"]), true);
    expected.note(names(&["a", "b"]), true);
    expected.note(names(&["b"]), false);
    let is_right = |a: u64, b: u64, c: u64| {
        let counted = [("a", a), ("b", b), ("c", c)].map(|(name, count)| (name.to_owned(), count));
        expected.check(&BTreeMap::from(counted)).is_ok()
    };
    for (counted, right) in [
        ((3, 0, 0), true),
        ((2, 1, 0), true),
        ((2, 2, 0), true),
        ((3, 1, 0), true),
        ((2, 0, 0), false),
        ((1, 2, 0), false),
        ((4, 0, 0), false),
        ((3, 2, 0), false),
        ((3, 0, 1), false),
    ] {
        if is_right(counted.0, counted.1, counted.2) != right {
            return Err(format!("{counted:?} is {}", if right { "not right" } else { "right" }));
        }
    }
    Ok(())
}
