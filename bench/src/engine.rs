//! The engine by itself: `cargo bench --bench engine`, whose table divan prints for people, as tables here.

use std::process::{Command, Stdio};

use crate::table::Table;

/// A benchmark: its name, an argument if it has some, and its fastest sample. All that is slower is what else the
/// machine did.
#[derive(Debug, PartialEq)]
struct Line {
    name: String,
    argument: Option<String>,
    fastest: String,
}

/// Runs the benchmarks of the engine, and returns what they print.
pub fn run() -> String {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let mut command = Command::new(cargo);
    command.args(["bench", "--quiet", "--package", "edge-cors-bench", "--bench", "engine"]).stderr(Stdio::inherit());
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

/// What divan has printed, as one table for what depends on the number of patterns, one for what does not, and one
/// that compares the two layers.
pub fn tables(printed: &str) -> String {
    let lines = parse(printed);
    let is_layer = |line: &&Line| line.name.starts_with("layer");
    let is_number = |line: &&Line| line.argument.as_ref().is_some_and(|argument| argument.parse::<u32>().is_ok());
    let by_count: Vec<&Line> = lines.iter().filter(|line| is_number(line) && !is_layer(line)).collect();
    let layers: Vec<&Line> = lines.iter().filter(is_layer).collect();
    let mut others = Table::new(["what", "of what", "time"]);
    for line in lines.iter().filter(|line| !is_number(line)) {
        others.row([line.name.clone(), line.argument.clone().unwrap_or_default(), line.fastest.clone()]);
    }
    format!(
        "By the number of patterns:\n\n{}\nThe other steps:\n\n{others}\nA layer for requests of the crate `http`, by \
         the number of exact origins, of which the last one is asked for:\n\n{}\n",
        grid(&by_count),
        grid(&layers)
    )
}

/// A row for each name, a column for each argument.
fn grid(lines: &[&Line]) -> Table {
    let mut names: Vec<&str> = Vec::new();
    let mut arguments: Vec<&str> = Vec::new();
    for line in lines {
        let argument = line.argument.as_deref().unwrap_or_default();
        for (list, value) in [(&mut names, line.name.as_str()), (&mut arguments, argument)] {
            if !list.contains(&value) {
                list.push(value);
            }
        }
    }
    let mut table = Table::new([""].into_iter().chain(arguments.iter().copied()));
    for name in names {
        let cell = |argument: &&str| {
            let mut found = lines.iter().filter(|line| line.name == name && line.argument.as_deref() == Some(argument));
            found.next().map_or("", |line| line.fastest.as_str())
        };
        table.row([name].into_iter().chain(arguments.iter().map(cell)));
    }
    table
}

/// The benchmarks in a tree of divan: a name with figures, or a name with arguments below it that have some. A
/// module is a name above them.
fn parse(printed: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut above = String::new();
    // The first line names the columns.
    for text in printed.lines().skip_while(|line| !line.contains("fastest")).skip(1) {
        let Some(start) = text.find("─ ") else { continue };
        let is_below = text.starts_with(['│', ' ']);
        let text = &text[start + "─ ".len()..];
        // A name can have one space in it, and figures come after two.
        let (name, figures) = text.split_once("  ").unwrap_or((text, ""));
        let fastest = figures.split('│').next().map(str::trim).unwrap_or_default().to_owned();
        match (is_below, fastest.is_empty()) {
            (_, true) => above = name.to_owned(),
            (false, false) => lines.push(Line { name: name.to_owned(), argument: None, fastest }),
            (true, false) => lines.push(Line { name: above.clone(), argument: Some(name.to_owned()), fastest }),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRINTED: &str = "\
Timer precision: 20 ns
engine                    fastest       │ slowest       │ median        │ mean          │ samples │ iters
├─ decide: actual                       │               │               │               │         │
│  ├─ 1                   40.01 ns      │ 80.01 ns      │ 41.5 ns       │ 42 ns         │ 100     │ 6400
│  ╰─ 10                  41.01 ns      │ 81.01 ns      │ 42.5 ns       │ 43 ns         │ 100     │ 6400
├─ layers                               │               │               │               │         │
│  ╰─ layer, edge-cors: preflight       │               │               │               │         │
│     ╰─ 1                1.2 µs        │ 2.2 µs        │ 1.3 µs        │ 1.4 µs        │ 100     │ 100
╰─ parse                                │               │               │               │         │
   ╰─ 253 bytes           300 ns        │ 310 ns        │ 305 ns        │ 306 ns        │ 100     │ 100
";

    #[test]
    fn what_divan_prints() {
        let text = tables(PRINTED);
        for row in ["|  | 1 | 10 |", "| decide: actual | 40.01 ns | 41.01 ns |", "| parse | 253 bytes | 300 ns |"] {
            assert!(text.contains(row), "{row} is not in\n{text}");
        }
        assert!(text.contains("| layer, edge-cors: preflight | 1.2 µs |"), "{text}");
    }
}
