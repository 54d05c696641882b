//! What Envoy's costs are shown as.

use super::Row;
use crate::contender::{Contender, NATIVE};
use crate::load::{Cost, Protocol};
use crate::request::REQUESTS;
use crate::statistics::Spread;
use crate::table::{Table, ratio};

/// The ratio of a row to Envoy's own filter in the same rounds.
pub fn to_native(row: &Row, rows: &[Row], contenders: &[Contender]) -> Spread {
    let native = rows.iter().find(|native| {
        contenders[native.contender].name == NATIVE && native.request == row.request && native.protocol == row.protocol
    });
    let both = row.costs.iter().zip(&native.unwrap().costs);
    Spread::of(both.map(|(cost, native)| cost.cpu / native.cpu).collect())
}

/// CPU time as a ratio, then CPU time and response times as they are.
pub fn tables(rows: &[Row], contenders: &[Contender]) -> String {
    let relative = "CPU time of Envoy for a request, as a ratio to its own CORS filter in the same round";
    let absolute = "CPU time of Envoy for a request in µs, the lower quartile, and the response times p50 / p99 in ms, \
                    medians";
    let mut text = String::new();
    for protocol in [Protocol::Http1, Protocol::Http2] {
        let name = protocol.name();
        let ratios = table(rows, contenders, protocol, |row| ratio(to_native(row, rows, contenders)));
        text.push_str(&format!("{relative}, {name}:\n\n{ratios}\n"));
        let times = table(rows, contenders, protocol, |row| {
            let cpu = Spread::of(row.costs.iter().map(|cost| cost.cpu).collect()).low;
            let median = |value: fn(&Cost) -> f64| Spread::of(row.costs.iter().map(value).collect()).median / 1e3;
            format!("{cpu:.1}; {:.1} / {:.1}", median(|cost| cost.p50), median(|cost| cost.p99))
        });
        text.push_str(&format!("{absolute}, {name}:\n\n{times}\n"));
    }
    text
}

/// A table with a row for each contender, and a column for each request.
pub fn of_requests() -> Table {
    Table::new(["in front of the router"].into_iter().chain(REQUESTS.iter().map(|request| request.name)))
}

fn table(rows: &[Row], contenders: &[Contender], protocol: Protocol, cell: impl Fn(&Row) -> String) -> Table {
    let mut table = of_requests();
    for (at, contender) in contenders.iter().enumerate() {
        let own = rows.iter().filter(|row| row.contender == at && row.protocol == protocol);
        table.row([contender.name.clone()].into_iter().chain(own.map(&cell)));
    }
    table
}
