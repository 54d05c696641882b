//! The counts of a replay, by origin.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use edge_cors::PolicySet;

use super::judge::{self, Access};
use super::line::Line;

/// The most origins that are counted apart: clients choose how many there are.
const MAX_ORIGINS: usize = 10_000;

/// The most requests whose outcome is remembered.
const MAX_KNOWN: usize = 20_000;

/// The most bytes of what clients send that are kept for an example.
const MAX_SHOWN: usize = 200;

/// The requests of one origin.
#[derive(Debug, Default)]
pub(super) struct Count {
    pub(super) requests: u64,
    pub(super) lose: u64,
    pub(super) gain: u64,
    /// The first request that loses or gains access.
    pub(super) example: Option<Example>,
}

/// A request that would be answered otherwise.
#[derive(Debug)]
pub(super) struct Example {
    /// The line in the log, from 1.
    pub(super) number: u64,
    pub(super) request: String,
    /// What one of both lacks.
    pub(super) why: String,
    pub(super) policy: Option<String>,
}

/// What is counted.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) lines: u64,
    pub(super) without_origin: u64,
    pub(super) unreadable: u64,
    /// The first line that could not be read.
    pub(super) first_unreadable: Option<u64>,
    pub(super) origins: BTreeMap<String, Count>,
    /// Of the origins that are not counted apart.
    pub(super) others: Count,
    /// The policies under which somebody loses access.
    pub(super) losing: BTreeSet<String>,
    known: HashMap<Line, Option<Difference>>,
}

/// How a request is answered otherwise: whether it loses, and what is lacking.
#[derive(Clone, Debug)]
struct Difference {
    loses: bool,
    why: String,
    policy: Option<String>,
}

impl Tally {
    /// Whether any page loses access.
    pub(super) fn has_losers(&self) -> bool {
        self.others.lose > 0 || self.origins.values().any(|count| count.lose > 0)
    }

    pub(super) fn add(&mut self, text: &[u8], policies: &PolicySet) {
        self.lines += 1;
        let number = self.lines;
        let Some(line) = Line::of_bytes(text) else {
            self.unreadable += 1;
            self.first_unreadable.get_or_insert(number);
            return;
        };
        let Some(origin) = line.origin.as_deref().map(cut) else {
            self.without_origin += 1;
            return;
        };
        let difference = match self.known.get(&line) {
            Some(known) => known.clone(),
            None => {
                let difference = compare(&line, policies);
                if self.known.len() < MAX_KNOWN && line.is_short() {
                    self.known.insert(line.clone(), difference.clone());
                }
                difference
            }
        };
        let is_known = self.origins.contains_key(&origin) || self.origins.len() < MAX_ORIGINS;
        let count = if is_known { self.origins.entry(origin).or_default() } else { &mut self.others };
        count.requests += 1;
        let Some(Difference { loses, why, policy }) = difference else { return };
        count.lose += u64::from(loses);
        count.gain += u64::from(!loses);
        self.losing.extend(policy.clone().filter(|_| loses));
        count.example.get_or_insert_with(|| Example { number, request: request(&line), why, policy });
    }
}

fn compare(line: &Line, policies: &PolicySet) -> Option<Difference> {
    let before = judge::before(line)?;
    let (after, policy) = judge::after(line, policies)?;
    let lacks = |loses: bool, better: &Access, worse: &Access| {
        better.beyond(worse).map(|why| Difference { loses, why, policy: policy.clone() })
    };
    lacks(true, &before, &after).or_else(|| lacks(false, &after, &before))
}

/// The start of what a client sent, without characters that terminals obey.
fn cut(text: &str) -> String {
    text.chars().take(MAX_SHOWN).flat_map(char::escape_debug).collect()
}

fn request(line: &Line) -> String {
    let mut text = format!("{} {}{}", line.method, line.host, line.path);
    if let Some(method) = &line.requested_method {
        text += &format!(", requested method {method}");
    }
    if let Some(names) = &line.requested_headers {
        text += &format!(", requested headers {names}");
    }
    cut(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(origin: &str, allowed: bool) -> String {
        let allow_origin = if allowed { format!("{origin:?}") } else { "null".to_owned() };
        format!(
            r#"{{"method":"GET","host":"a.example","path":"/","status":200,"origin":{origin:?},"allow_origin":{allow_origin}}}"#
        )
    }

    #[test]
    fn the_number_of_origins_is_limited_and_the_counts_are_not() {
        let (policies, _) = PolicySet::from_json(r#"{ "allowOrigins": ["https://app.example.com"] }"#).unwrap();
        let mut tally = Tally::default();
        for number in 0..MAX_ORIGINS + 50 {
            tally.add(line(&format!("https://o{number}.example"), true).as_bytes(), &policies);
        }
        for _ in 0..3 {
            tally.add(line("https://app.example.com", false).as_bytes(), &policies);
        }
        tally.add(b"\xff", &policies);
        assert_eq!(tally.origins.len(), MAX_ORIGINS);
        assert_eq!((tally.others.requests, tally.others.lose, tally.others.gain), (53, 50, 3));
        assert_eq!((tally.unreadable, tally.first_unreadable, tally.has_losers()), (1, Some(tally.lines), true));
    }

    #[test]
    fn the_memory_for_known_requests_is_limited() {
        let mut tally = Tally::default();
        let long = format!("https://{}.example", "o".repeat(100_000));
        for origin in ["https://app.example.com", &long, &long] {
            tally.add(line(origin, true).as_bytes(), &PolicySet::closed());
        }
        assert_eq!(tally.known.len(), 1);
        assert_eq!(tally.origins.values().map(|count| count.lose).sum::<u64>(), 3);
    }

    #[test]
    fn what_clients_send_is_escaped_and_cut() {
        assert_eq!(cut("a\u{1b}[31m"), "a\\u{1b}[31m");
        assert_eq!(cut(&"a".repeat(1000)).len(), MAX_SHOWN);
    }
}
