//! Results of measurements, as documents have them.

use std::process::Command;

use crate::project;

/// When, of what and on which machine something was measured. Call it before: it names the machine's load.
pub fn machine() -> String {
    let processor = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let processor = processor.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default();
    format!(
        "On {}, at commit {}: {}, {cores} cores, Linux {}, load {load} at the start",
        output("date", &["--iso-8601"]),
        output("git", &["rev-parse", "--short", "HEAD"]),
        processor.trim_start_matches(['\t', ' ', ':']),
        output("uname", &["-r"]),
    )
}

/// The versions of the hosts that the tests use.
pub fn hosts() -> String {
    let envoy = output("target/venv/bin/envoy", &["--version"]);
    let envoy = envoy.rsplit("version: ").next().unwrap_or_default().split('/').nth(1).unwrap_or_default();
    format!("Envoy {envoy}, {}", output("node_modules/.bin/workerd", &["--version"]))
}

/// The first line that a program prints, at the root of the project.
pub fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).current_dir(project()).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    text.trim().lines().next().unwrap_or_default().to_owned()
}

/// Puts the results of a part in the place of those that the document has. `by` is the command that writes them.
pub fn write(document: &str, by: &str, part: &str, results: &str) {
    let file = project().join(document);
    let text = std::fs::read_to_string(&file).unwrap();
    let replaced = replaced(&text, by, part, results).unwrap_or_else(|missing| panic!("{document} has no {missing}"));
    std::fs::write(&file, replaced).unwrap();
}

/// The text with these results instead of what is between two comments, or the comment that is missing.
pub fn replaced(text: &str, by: &str, part: &str, results: &str) -> Result<String, String> {
    let (begin, end) = (format!("<!-- {by} writes this -->\n"), format!("<!-- the end of {part} -->\n"));
    let (before, rest) = text.split_once(&begin).ok_or_else(|| begin.clone())?;
    let (_, after) = rest.split_once(&end).ok_or_else(|| end.clone())?;
    Ok(format!("{before}{begin}\n{results}{end}{after}"))
}
