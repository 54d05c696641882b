//! The results, as docs/reliability.md has them.

use test_support::report::{self, machine};

use super::changes::Changed;
use super::ledger::Totals;
use super::memory::{Sample, Trend};
use super::plan::Fault;

const DOCUMENT: &str = "docs/reliability.md";
const PICTURE: &str = "docs/reliability-memory.svg";

/// What became of one host.
pub struct Report {
    pub host: String,
    pub totals: Totals,
    /// All counters of requests together.
    pub counted: u64,
    pub changed: Changed,
    pub samples: Vec<Sample>,
    /// What went wrong besides requests.
    pub problems: Vec<String>,
}

impl Report {
    /// What tables call the host.
    pub fn name(&self) -> &'static str {
        match &*self.host {
            "envoy" => "filter in Envoy",
            "module" => "dynamic module in Envoy",
            _ => "Worker in workerd",
        }
    }

    /// The memory of the process, and of its instances of WebAssembly if it has any.
    pub fn trends(&self) -> [Trend; 2] {
        [Trend::of(&self.samples, |sample| sample.process), Trend::of(&self.samples, |sample| sample.instances)]
    }

    /// Everything that must not be, with the name of the host.
    pub fn problems(&self, is_long: bool) -> Vec<String> {
        let Totals { sent, failed, failures, faults, .. } = &self.totals;
        let mut problems = self.problems.clone();
        if *failed > 0 {
            problems.push(format!(
                "{failed} of {sent} requests failed, and no fault explains it:\n{}",
                failures.join("\n")
            ));
        }
        for (what, trend) in ["the process", "the instances of WebAssembly"].iter().zip(self.trends()) {
            if !trend.is_flat(is_long) {
                problems.push(format!("the memory of {what} is not flat: {trend:?}"));
            }
        }
        let panics = self.host == "module";
        let missing = Fault::ALL.iter().filter(|fault| {
            !faults.contains_key(fault)
                && (fault.is_planned() || **fault == Fault::Panic && panics)
                && (**fault != Fault::DeadOrigin || self.host != "workerd")
        });
        problems.extend(missing.map(|fault| format!("{fault:?} never happened")));
        let Changed { taken, huge, refused, trapped, .. } = self.changed;
        if [taken, huge, refused, trapped].contains(&0) {
            problems.push(format!("some kind of change never happened: {:?}", self.changed));
        }
        problems.iter().map(|problem| format!("{}: {problem}", self.name())).collect()
    }
}

/// Where and how the results came about.
pub fn conditions(seconds: u64, seed: u64) -> String {
    format!("{}. {seconds} seconds, all hosts side by side, `SOAK_SEED={seed}`.\n\n", machine())
}

/// A column for each host.
pub fn table(reports: &[Report]) -> String {
    let mut text = String::new();
    let mut row = |name: &str, cell: &dyn Fn(&Report) -> String| {
        let cells: Vec<String> = reports.iter().map(cell).collect();
        text += &format!("| {name} | {} |\n", cells.join(" | "));
    };
    row("", &|report| report.name().to_owned());
    row("---", &|_| "---:".to_owned());
    row("requests", &|report| report.totals.sent.to_string());
    row("connections", &|report| report.totals.connections.to_string());
    row("responses that are exactly right", &|report| report.totals.exact.to_string());
    for fault in Fault::ALL {
        row(&format!("fault: {}", fault.name()), &|report| {
            report.totals.faults.get(&fault).map_or_else(|| "none".to_owned(), u64::to_string)
        });
    }
    row("**failures that no fault explains**", &|report| format!("**{}**", report.totals.failed));
    row("requests that must be counted", &|report| {
        let (least, most) = report.totals.counted;
        format!("{least} to {most}")
    });
    row("requests that are counted", &|report| report.counted.to_string());
    row("configurations that came into force", &|report| report.changed.taken.to_string());
    row("of these, as large as they can be", &|report| report.changed.huge.to_string());
    row("configurations with errors, all refused", &|report| report.changed.refused.to_string());
    row("configurations that stop the engine, all refused", &|report| report.changed.trapped.to_string());
    row("memory of the process: lowest in the second and in the last third, highest", &|report| {
        mebibytes(report.trends()[0])
    });
    row("memory of its WebAssembly instances, likewise", &|report| mebibytes(report.trends()[1]));
    text
}

fn mebibytes(Trend { middle, last, highest }: Trend) -> String {
    if highest == 0.0 { "none".to_owned() } else { format!("{middle:.0}, {last:.0}, {highest:.0} MiB") }
}

/// Puts the results into the document, or prints them.
pub fn publish(is_written: bool, text: &str, picture: &str) {
    if is_written {
        report::write(DOCUMENT, "make soak", "the soak", text);
        std::fs::write(test_support::project().join(PICTURE), picture).unwrap();
    } else {
        eprintln!("{text}");
        std::fs::write(std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("soak.svg"), picture).unwrap();
    }
}
