//! Every order in which requesters ask.

use std::fmt;

use test_support::case::RequestEntry;

use super::scenario::{Ask, Requester};

/// One requester's turn.
#[derive(Clone, Copy)]
pub struct Turn<'r> {
    requester: &'r Requester,
    has_credentials: bool,
}

/// Every order. Everybody asks three times: with or without credentials, then the other way around, then as at first.
/// In one order all start without, in the next all start with, then every other one.
pub fn all(requesters: &[Requester]) -> Vec<Vec<Turn<'_>>> {
    let starts_with_credentials: [fn(usize) -> bool; 4] = [|_| false, |_| true, |at| at % 2 == 0, |at| at % 2 == 1];
    let orders = permutations(&requesters.iter().collect::<Vec<_>>()).into_iter();
    let starts = starts_with_credentials.into_iter().cycle();
    let turns = |(order, starts): (Vec<_>, fn(usize) -> bool)| {
        let turn =
            |(round, at): (usize, usize)| Turn { requester: order[at], has_credentials: starts(at) != (round == 1) };
        let places = (0..3).flat_map(|round| (0..order.len()).map(move |at| (round, at)));
        places.map(turn).collect()
    };
    orders.zip(starts).map(turns).collect()
}

fn permutations<T: Copy>(items: &[T]) -> Vec<Vec<T>> {
    if items.is_empty() {
        return vec![Vec::new()];
    }
    let with_first = |at: usize| {
        let (before, after) = (&items[..at], &items[at + 1..]);
        let first = items[at];
        permutations(&[before, after].concat()).into_iter().map(move |rest| [&[first], &rest[..]].concat())
    };
    (0..items.len()).flat_map(with_first).collect()
}

/// The names of who asks, one after another.
pub fn name(order: &[Turn<'_>]) -> String {
    order.iter().map(Turn::to_string).collect::<Vec<_>>().join("; ")
}

impl Turn<'_> {
    pub fn request(&self, ask: Ask, path: &str) -> RequestEntry {
        self.requester.request(ask, self.has_credentials, path)
    }
}

impl fmt::Display for Turn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.requester.who)?;
        f.write_str(if self.has_credentials { " with credentials" } else { "" })
    }
}
