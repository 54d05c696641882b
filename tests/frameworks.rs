//! The examples of docs/frameworks.md are the servers of `tests/frameworks/`, with what is found of them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

use serde_json::Value;

/// A row of a table: the server's section, the path, and the codes.
type Row = (String, String, Vec<String>);

fn in_backticks(text: &str) -> Vec<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn the_documents_show_what_is_configured_and_found() {
    let text = include_str!("../docs/frameworks.md");
    let rows: Vec<Value> = serde_json::from_str(include_str!("frameworks/probes.json")).unwrap();
    let mut documented: Vec<Row> = Vec::new();
    for section in text.split("\n## ").skip(1) {
        let server = section.lines().next().unwrap().to_lowercase();
        let tables = section.lines().filter(|line| line.starts_with("| `/"));
        documented.extend(tables.map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split(" | ").collect();
            (server.clone(), in_backticks(cells[0])[0].clone(), in_backticks(cells.last().unwrap()))
        }));
        let Some((_, block)) = section.split_once("```json\n") else { continue };
        let shown: Value = serde_json::from_str(block.split("```").next().unwrap()).unwrap();
        let usual = rows.iter().find(|row| section_of(row) == server && row["path"] == "/usual/").unwrap();
        assert_eq!(shown, usual["configuration"], "{server}");
    }
    let codes = |row: &Value| serde_json::from_value(row["findings"].clone()).unwrap();
    let found: Vec<Row> = rows
        .iter()
        .map(|row| (section_of(row).to_owned(), row["path"].as_str().unwrap().to_owned(), codes(row)))
        .collect();
    assert_eq!(documented, found);
}

/// The section that a server is in: Django has a server for each configuration.
fn section_of(row: &Value) -> &str {
    row["server"].as_str().unwrap().split('-').next().unwrap()
}
