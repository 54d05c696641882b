//! The rows of `tests/problems/`: what is wrong with a configuration, where, and what to do.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by failing")]

use std::collections::{HashMap, HashSet};
use std::fs;

use edge_cors::{Danger, Problem, ProblemKind, Severity};
use expect_test::expect_file;
use serde_json::{Map, Value};
use test_support::problem::{line, problems, rows};

#[test]
fn every_row_has_exactly_its_problems() {
    let rows = rows();
    assert!(rows.len() >= 150, "{} rows", rows.len());
    let mut wrong = Vec::new();
    for (file, row) in &rows {
        let problems = problems(&row.source());
        let found: Vec<String> = problems.iter().map(line).collect();
        if found != row.problems {
            wrong.push(format!("{file}: {}\n  expected {:#?}\n  found {found:#?}", row.name, row.problems));
        }
        let fixes: Vec<String> = problems.iter().map(Problem::fix).collect();
        if let Some(expected) = row.fixes.as_ref().filter(|expected| **expected != fixes) {
            wrong.push(format!("{file}: {}\n  expected {expected:#?}\n  found {fixes:#?}", row.name));
        }
    }
    assert!(wrong.is_empty(), "{} rows are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_code_has_a_row_and_stands_in_the_documentation() {
    let rows = rows();
    let seen: HashSet<&str> = rows.iter().flat_map(|(_, row)| &row.problems).map(|line| code(line)).collect();
    let (errors, warnings) = documented();
    for (code, severity) in ProblemKind::codes() {
        assert!(seen.contains(code), "no row of tests/problems has {code}");
        let documented = if severity == Severity::Error { &errors } else { &warnings };
        assert!(documented.contains(code), "no table of {severity}s in docs/configuration.md has {code}");
    }
    let known: HashSet<&str> = ProblemKind::codes().map(|(code, _)| code).collect();
    let unknown: Vec<_> = errors.union(&warnings).filter(|code| !known.contains(code.as_str())).collect();
    assert!(unknown.is_empty(), "docs/configuration.md has codes that no problem has: {unknown:?}");
}

/// The code in a line of a row's problems.
fn code(line: &str) -> &str {
    line.split(' ').nth(1).unwrap()
}

/// The codes in the documentation's tables of errors and of warnings. Its table of errors has one
/// row for all dangers, whose names are in a table of their own.
fn documented() -> (HashSet<String>, HashSet<String>) {
    let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/configuration.md")).unwrap();
    let codes = |header: &str| -> HashSet<String> {
        let (_, table) = text.split_once(header).unwrap();
        let first_cells = table.lines().skip(2).take_while(|line| line.starts_with('|'));
        let first_cells = first_cells.map(|line| line.split('|').nth(1).unwrap());
        first_cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).map(str::to_owned).collect()
    };
    let dangers = codes("| name | what |");
    assert_eq!(dangers, Danger::NAMES.iter().map(|name| (*name).to_owned()).collect());
    let errors = codes("| error | what |").union(&dangers).cloned().collect();
    (errors, codes("| warning | what |"))
}

/// Every sentence that the rows bring about, once for each form: what differs in a quotation or a
/// number only is one sentence.
#[test]
fn every_sentence_is_in_the_golden_file() {
    let mut seen = HashSet::new();
    let mut entries: HashMap<&str, String> = HashMap::new();
    for (_, row) in rows() {
        for problem in &problems(&row.source()) {
            let (message, fix) = (problem.message(), problem.fix());
            if seen.insert((problem.code(), form(&message), form(&fix))) {
                let entry = format!("{}[{}]\n  {message}\n  Fix: {fix}\n", problem.severity(), problem.code());
                entries.entry(problem.code()).or_default().push_str(&entry);
            }
        }
    }
    let golden: String = ProblemKind::codes().map(|(code, _)| entries.remove(code).unwrap()).collect();
    expect_file!["problems/golden.txt"].assert_eq(&golden);
}

/// A sentence with its quotations emptied and its digits made alike.
fn form(sentence: &str) -> String {
    let outside = sentence.split('"').step_by(2).collect::<Vec<_>>().join("\"\"");
    outside.chars().filter(|c| !c.is_ascii_digit()).collect()
}

#[test]
fn messages_and_fixes_are_sentences() {
    for (file, row) in rows() {
        for problem in &problems(&row.source()) {
            for text in [problem.message(), problem.fix()] {
                let sentence = text.ends_with(['.', '?']) && !text.contains(['\n', '\r']) && text.len() > 5;
                assert!(sentence, "{file}: {}: {text:?}", row.name);
            }
        }
    }
}

/// What a fix says to do, where it is that precise.
enum Edit {
    /// One value, or several in the place of one entry of a list.
    Write(Vec<Value>),
    Add(String, Value),
    Remove,
}

impl Edit {
    fn read(fix: &str) -> Option<Self> {
        // What comes behind "and" cannot be tried, and without it the rest need not work.
        if fix.starts_with("remove it") && !fix.starts_with("remove it, and") {
            return Some(Self::Remove);
        }
        let tail = |verb: &str| {
            let (_, tail) = fix.split_once(verb)?;
            // Some fixes go on with an alternative behind a comma.
            let json = tail.trim_end_matches('.');
            let cut = json.find(", or ").map_or(json, |end| json.get(..end).unwrap());
            Some(cut.to_owned())
        };
        if let Some(member) = tail("add ").and_then(|text| serde_json::from_str(&format!("{{{text}}}")).ok()) {
            let member: Map<String, Value> = member;
            let (key, value) = member.into_iter().next()?;
            return Some(Self::Add(key, value));
        }
        tail("write ").and_then(|text| serde_json::from_str(&format!("[{text}]")).ok()).map(Self::Write)
    }

    /// Applies the edit at a pointer; `None` where the value there is not one to be edited.
    fn apply(self, document: &mut Value, pointer: &str) -> Option<()> {
        match self {
            Self::Write(mut values) if values.len() == 1 => *document.pointer_mut(pointer)? = values.pop()?,
            Self::Write(values) => {
                let (parent, at) = pointer.rsplit_once('/')?;
                let at: usize = at.parse().ok()?;
                document.pointer_mut(parent)?.as_array_mut()?.splice(at..=at, values);
            }
            Self::Add(key, value) => {
                // A danger is named in the policy, some levels above the value that is one.
                let mut at = pointer;
                while key == "dangerouslyAllow" && document.pointer(at)?.get("allowOrigins").is_none() {
                    at = at.rsplit_once('/')?.0;
                }
                let object = document.pointer_mut(at)?.as_object_mut()?;
                match (object.get_mut(&key).and_then(Value::as_array_mut), value) {
                    (Some(list), Value::Array(more)) => list.extend(more),
                    (_, value) => drop(object.insert(key, value)),
                }
            }
            Self::Remove => {
                let (parent, last) = pointer.rsplit_once('/')?;
                let last = last.replace("~1", "/").replace("~0", "~");
                match document.pointer_mut(parent)? {
                    Value::Object(members) => drop(members.remove(&last)?),
                    Value::Array(elements) => drop(elements.remove(last.parse().ok()?)),
                    _ => return None,
                }
            }
        }
        Some(())
    }
}

fn is_danger(problem: &Problem) -> bool {
    Danger::NAMES.contains(&problem.code())
}

/// The places of values that were written in the place of one.
fn written(pointer: &str, count: usize) -> Vec<String> {
    match pointer.rsplit_once('/').and_then(|(list, at)| Some((list, at.parse::<usize>().ok()?))) {
        Some((list, first)) => (first..first + count).map(|at| format!("{list}/{at}")).collect(),
        None => vec![pointer.to_owned()],
    }
}

fn is_within(pointer: &str, value: &str) -> bool {
    pointer.strip_prefix(value).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What a fix says to write is right: no error may remain at its place, of whatever kind. What
/// other fixes say does away with the problem.
#[test]
fn fixes_that_can_be_applied_work() {
    let mut tried = 0;
    for (file, row) in rows() {
        let source = row.source();
        let before = problems(&source);
        for problem in &before {
            let Ok(mut document) = serde_json::from_str::<Value>(&source) else { continue };
            let Some(edit) = Edit::read(&problem.fix()) else { continue };
            if edit.apply(&mut document, problem.pointer()).is_none() {
                continue;
            }
            tried += 1;
            let after = problems(&document.to_string());
            if let Some(Edit::Write(values)) = Edit::read(&problem.fix()) {
                let written = written(problem.pointer(), values.len());
                let refused = after.iter().find(|other| {
                    let within = |value: &String| is_within(other.pointer(), value);
                    other.severity() == Severity::Error && written.iter().any(within)
                });
                assert!(refused.is_none(), "{file}: {}: {} brings {}", row.name, problem.fix(), refused.unwrap());
            }
            // Counted by code: where an element is removed, the next one has its pointer.
            let count = |problems: &[Problem], code: &str| problems.iter().filter(|other| other.code() == code).count();
            let what = format!("{file}: {}: {}: {}: {document}", row.name, problem.code(), problem.fix());
            let gone = count(&after, problem.code()) < count(&before, problem.code());
            assert!(gone, "{what} does not fix it:\n{after:#?}");
            // A danger is for the reader to accept or to avoid: its own fix says how.
            let errors = after.iter().filter(|error| error.severity() == Severity::Error && !is_danger(error));
            let mut new = errors.filter(|error| count(&after, error.code()) > count(&before, error.code()));
            assert!(new.next().is_none(), "{what} has a new error:\n{after:#?}");
        }
    }
    assert!(tried >= 120, "{tried} fixes were tried");
}
