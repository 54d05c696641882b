//! The table "Names from elsewhere" of docs/configuration.md: each name gets the field that is meant.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by failing")]

use std::fs;

use edge_cors::{PolicySet, ProblemKind};

/// What is in backticks.
fn code(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

#[test]
fn every_name_in_the_documentation_gets_its_field() {
    let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/configuration.md")).unwrap();
    let (_, table) = text.split_once("| field | what others call it |\n|---|---|\n").unwrap();
    let mut count = 0;
    for row in table.lines().take_while(|line| line.starts_with('|')) {
        let cells: Vec<&str> = row.split('|').collect();
        let field = code(cells.get(1).unwrap()).first().copied();
        for name in code(cells.get(2).unwrap()) {
            let source = format!("{{ \"allowCredentials\": false, \"{name}\": null }}");
            let error = PolicySet::from_json(&source).unwrap_err();
            let is_it = |kind: &ProblemKind| matches!(kind, ProblemKind::UnknownField { field, .. } if field == name);
            let problem = error.errors().iter().find(|problem| is_it(problem.kind())).unwrap();
            // What is around a policy elsewhere has no field here.
            let expected = field.map_or_else(|| "write its fields here".to_owned(), |field| format!("\"{field}\""));
            assert!(problem.fix().contains(&expected), "{name}: {}", problem.fix());
            count += 1;
        }
    }
    assert!(count >= 30, "{count} names");
}
