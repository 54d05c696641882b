//! The results, as `docs/performance.md` has them.

use test_support::{project, report};

const DOCUMENT: &str = "docs/performance.md";

/// Where and how the results of a part came about.
pub fn conditions(rounds: usize) -> String {
    let packages = std::fs::read_to_string(project().join("package-lock.json")).unwrap();
    let packages: serde_json::Value = serde_json::from_str(&packages).unwrap();
    let hono = packages["packages"]["node_modules/hono"]["version"].as_str().unwrap_or_default();
    format!(
        "{}; {}, hono {hono}, {}. {rounds} rounds, after one that does not count.\n\n",
        report::machine(),
        report::hosts(),
        report::output("rustc", &["--version"]),
    )
}

/// Puts the results of a part in the place of those that the document has.
pub fn write(part: &str, results: &str) {
    report::write(DOCUMENT, &command(part), part, results);
}

/// What measures a part.
fn command(part: &str) -> String {
    format!("BENCH_PARTS={part}")
}

/// Writes the picture: that of the document, or one to look at.
pub fn draw(is_written: bool, svg: &str) {
    let file = if is_written { DOCUMENT } else { "target/bench/performance.md" };
    std::fs::write(project().join(file).with_extension("svg"), svg).unwrap();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_replaced() {
        let text = "a\n<!-- BENCH_PARTS=b writes this -->\nold\n<!-- the end of b -->\nc\n";
        let expected = "a\n<!-- BENCH_PARTS=b writes this -->\n\nnew\n<!-- the end of b -->\nc\n";
        assert_eq!(report::replaced(text, &command("b"), "b", "new\n").as_deref(), Ok(expected));
    }
}
