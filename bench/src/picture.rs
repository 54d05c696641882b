//! The picture of docs/performance.md: a bar for each contender and each kind of request, as SVG.

use std::fmt::Write;

use crate::contender::{Contender, NATIVE};
use crate::envoy::Row;
use crate::envoy::tables::to_native;
use crate::load::Protocol;
use crate::request::REQUESTS;
use crate::statistics::Spread;

/// Where the bars begin, in pixels.
const LEFT: f64 = 250.0;
/// The length of a bar with the ratio 1.
const UNIT: f64 = 230.0;
/// Longer bars are cut off here: a request that is forwarded costs several times one that is answered.
const MOST: f64 = 2.2;
const BAR: f64 = 15.0;
const HEAD: f64 = 34.0;
const WIDTH: f64 = LEFT + UNIT * MOST + 110.0;
/// Colours that people with a colour vision deficiency can tell apart (Okabe and Ito).
const COLOURS: [&str; 9] =
    ["#999999", "#000000", "#56b4e9", "#e69f00", "#0072b2", "#f0e442", "#a6761d", "#009e73", "#cc79a7"];

/// The CPU time of each request over HTTP/1.1, as a ratio to Envoy's own filter.
pub fn svg(rows: &[Row], contenders: &[Contender]) -> String {
    let group = HEAD + BAR * contenders.len() as f64 + 8.0;
    let height = 40.0 + group * REQUESTS.len() as f64 + 10.0;
    let title = format!("CPU time of Envoy for a request, as a ratio to {NATIVE} (HTTP/1.1)");
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" \
         font-size=\"12\" role=\"img\">\n<title>{title}</title>\n\
         <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#ffffff\"/>\n\
         <text x=\"10\" y=\"24\" font-size=\"15\" font-weight=\"bold\">{title}</text>\n"
    );
    let mut y = 40.0;
    for request in &REQUESTS {
        writeln!(svg, "<text x=\"10\" y=\"{}\" font-weight=\"bold\">{}</text>", y + HEAD - 12.0, request.name).unwrap();
        y += HEAD;
        for (at, contender) in contenders.iter().enumerate() {
            let is_it = |row: &&Row| row.contender == at && row.request == request && row.protocol == Protocol::Http1;
            let row = rows.iter().find(is_it).unwrap();
            bar(&mut svg, y, &contender.name, to_native(row, rows, contenders), COLOURS[at % COLOURS.len()]);
            y += BAR;
        }
        y += 8.0;
    }
    let one = LEFT + UNIT;
    let line = format!("x1=\"{one}\" y1=\"40\" x2=\"{one}\" y2=\"{y}\" stroke=\"#000000\" stroke-dasharray=\"2 3\"");
    writeln!(svg, "<line {line}/>").unwrap();
    svg.push_str("</svg>\n");
    svg
}

/// A bar as long as the median, with a line from quartile to quartile.
fn bar(svg: &mut String, y: f64, name: &str, ratio: Spread, colour: &str) {
    let x = |ratio: f64| LEFT + UNIT * ratio.min(MOST);
    let (middle, base) = (y + BAR / 2.0, y + BAR - 3.0);
    let (low, high, end) = (x(ratio.low), x(ratio.high), x(ratio.median));
    let mark = if ratio.median > MOST { " →" } else { "" };
    writeln!(
        svg,
        "<text x=\"{}\" y=\"{base}\" text-anchor=\"end\">{name}</text>\
         <rect x=\"{LEFT}\" y=\"{}\" width=\"{:.1}\" height=\"{}\" fill=\"{colour}\"/>\
         <line x1=\"{low:.1}\" y1=\"{middle}\" x2=\"{high:.1}\" y2=\"{middle}\" stroke=\"#d55e00\" stroke-width=\"2\"/>\
         <text x=\"{:.1}\" y=\"{base}\">{:.2}{mark}</text>",
        LEFT - 8.0,
        y + 1.0,
        end - LEFT,
        BAR - 3.0,
        end.max(high) + 6.0,
        ratio.median
    )
    .unwrap();
}
