//! What the costs of Workers are shown as.

use super::{Row, WORKERS};
use crate::statistics::Spread;
use crate::table::{Table, ratio};

/// The ratio of a Worker to another one, in the same rounds.
pub fn to(row: &Row, worker: usize, other: usize) -> Spread {
    let both = row.costs[worker].iter().zip(&row.costs[other]);
    Spread::of(both.map(|(cost, other)| cost.cpu / other.cpu).collect())
}

/// CPU time of each request, and how long a Worker takes to start.
pub fn tables(rows: &[Row], first_responses: [Vec<f64>; WORKERS.len()]) -> String {
    let names = WORKERS.iter().skip(1).map(|worker| format!("{}, ratio", worker.name));
    let columns = ["request".to_owned(), format!("{}, µs", WORKERS[0].name)].into_iter().chain(names);
    let mut table = Table::new(columns.chain(["edge-cors to hono/cors".to_owned()]));
    for row in rows {
        let none = Spread::of(row.costs[0].iter().map(|cost| cost.cpu).collect()).low;
        let ratios = (1..WORKERS.len()).map(|worker| ratio(to(row, worker, 0)));
        let cells = [row.request.name.to_owned(), format!("{none:.1}")].into_iter().chain(ratios);
        table.row(cells.chain([ratio(to(row, 2, 1))]));
    }
    let [none, hono, ours] = first_responses.map(Spread::of);
    let mut starts = Table::new(["Worker", "first response, ms", "more than without middleware, ms"]);
    for (worker, spread) in WORKERS.iter().zip([none, hono, ours]) {
        let Spread { low, median, high } = spread;
        let more = format!("{:.1}", median - none.median);
        starts.row([worker.name.to_owned(), format!("**{median:.1}** ({low:.1} - {high:.1})"), more]);
    }
    format!(
        "CPU time of workerd for a request, without middleware in µs, the lower quartile, and as a \
         ratio to that in the same round:\n\n\
         {table}\nFrom the start of a new process to its first response:\n\n{starts}\n"
    )
}
