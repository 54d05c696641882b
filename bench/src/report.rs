//! The results, as `docs/performance.md` has them.

use std::process::Command;

use test_support::project;

use crate::envoy;

const DOCUMENT: &str = "docs/performance.md";

/// Where and how the results of a part came about.
pub fn conditions(rounds: usize) -> String {
    let first = |text: String| text.trim().lines().next().unwrap_or_default().to_owned();
    let output = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).current_dir(project()).output();
        output.map(|output| first(String::from_utf8_lossy(&output.stdout).into_owned())).unwrap_or_default()
    };
    let processor = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let processor = processor.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default();
    let envoy = output(envoy::binary().to_str().unwrap(), &["--version"]);
    let envoy = envoy.rsplit("version: ").next().unwrap_or_default().split('/').nth(1).unwrap_or_default().to_owned();
    let packages = std::fs::read_to_string(project().join("package-lock.json")).unwrap();
    let packages: serde_json::Value = serde_json::from_str(&packages).unwrap();
    let hono = packages["packages"]["node_modules/hono"]["version"].as_str().unwrap_or_default();
    format!(
        "On {}, at commit {}: {}, {cores} cores, Linux {}, load {load} at the start; Envoy {envoy}, {}, \
         hono {hono}, {}. {rounds} rounds, after one that does not count.\n\n",
        output("date", &["--iso-8601"]),
        output("git", &["rev-parse", "--short", "HEAD"]),
        processor.trim_start_matches(['\t', ' ', ':']),
        output("uname", &["-r"]),
        output("node_modules/.bin/workerd", &["--version"]),
        output("rustc", &["--version"]),
    )
}

/// Puts the results of a part in the place of those that the document has.
pub fn write(part: &str, results: &str) {
    let file = project().join(DOCUMENT);
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, replaced(&text, part, results)).unwrap();
}

/// Writes the picture: that of the document, or one to look at.
pub fn draw(is_written: bool, svg: &str) {
    let file = if is_written { DOCUMENT } else { "target/bench/performance.md" };
    std::fs::write(project().join(file).with_extension("svg"), svg).unwrap();
}

fn replaced(text: &str, part: &str, results: &str) -> String {
    let (begin, end) = (format!("<!-- BENCH_PARTS={part} writes this -->\n"), format!("<!-- the end of {part} -->\n"));
    let (before, rest) = text.split_once(&begin).unwrap_or_else(|| panic!("{DOCUMENT} has no {begin}"));
    let (_, after) = rest.split_once(&end).unwrap_or_else(|| panic!("{DOCUMENT} has no {end}"));
    format!("{before}{begin}\n{results}{end}{after}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_replaced() {
        let text = "a\n<!-- BENCH_PARTS=b writes this -->\nold\n<!-- the end of b -->\nc\n";
        let expected = "a\n<!-- BENCH_PARTS=b writes this -->\n\nnew\n<!-- the end of b -->\nc\n";
        assert_eq!(replaced(text, "b", "new\n"), expected);
    }
}
