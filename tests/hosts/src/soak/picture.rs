//! The picture of docs/reliability.md: the memory of every host while it runs.

use plotters::prelude::*;

use super::memory::Sample;
use super::report::Report;

/// Colours that people with a colour vision deficiency can tell apart (Okabe and Ito).
const COLOURS: [RGBColor; 3] = [RGBColor(0, 114, 178), RGBColor(213, 94, 0), RGBColor(0, 158, 115)];

/// A line for the process of each host, and a dashed one for its instances of WebAssembly.
pub fn svg(reports: &[Report]) -> String {
    let samples = || reports.iter().flat_map(|report| &report.samples);
    let seconds = samples().map(|sample| sample.second).fold(1.0, f64::max);
    let most = samples().map(|sample| sample.process).fold(1.0, f64::max) * 1.25;
    let mut svg = String::new();
    let area = SVGBackend::with_string(&mut svg, (900, 450)).into_drawing_area();
    area.fill(&WHITE).unwrap();
    let mut chart = ChartBuilder::on(&area)
        .caption("Memory under load, faults and new configurations", ("sans-serif", 18))
        .margin(12)
        .x_label_area_size(40)
        .y_label_area_size(60)
        .build_cartesian_2d(0.0..seconds, 0.0..most)
        .unwrap();
    chart.configure_mesh().light_line_style(TRANSPARENT).x_desc("seconds").y_desc("MiB").draw().unwrap();
    for (report, colour) in reports.iter().zip(COLOURS) {
        let line = |size: fn(&Sample) -> f64| report.samples.iter().map(move |sample| (sample.second, size(sample)));
        chart
            .draw_series(LineSeries::new(line(|sample| sample.process), colour))
            .unwrap()
            .label(format!("{}: process", report.name()))
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 20, y)], colour));
        if report.trends()[1].last > 0.0 {
            chart
                .draw_series(DashedLineSeries::new(line(|sample| sample.instances), 5, 4, colour.into()))
                .unwrap()
                .label("its WebAssembly instances")
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 6, y)], colour));
        }
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .background_style(WHITE)
        .border_style(BLACK)
        .draw()
        .unwrap();
    area.present().unwrap();
    drop(chart);
    drop(area);
    svg
}
