//! What a new field, a new value or a new header touches besides the code. The lists are those of
//! the code: a field that is added there makes a test here name every other place.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;

use edge_cors::{GOVERNED_IN_RESPONSES, READ_FROM_REQUESTS, READ_FROM_RESPONSES, RequestHead, json_schema};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngSeed, TestRunner};
use serde_json::{Value, json};
use test_support::case::is_governed;
use test_support::head::Response;
use test_support::{case, edit, generate, json_files, native, problem, project};

/// Fields such as `Policy.mode`, and values such as `Policy.mode: "report"`.
type Names = BTreeSet<String>;

/// The configuration's schema, which comes from the same table as the reading of every field.
struct Fields {
    schema: Value,
}

impl Fields {
    fn new() -> Self {
        Self { schema: json_schema() }
    }

    /// A node, or the definition that it refers to.
    fn resolve<'s>(&'s self, node: &'s Value) -> &'s Value {
        let reference = node["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
        reference.map_or(node, |pointer| self.schema.pointer(pointer).unwrap())
    }

    /// Calls `then` with every object, field and schema of the field.
    fn each(&self, mut then: impl FnMut(&str, &str, &Value)) {
        for (object, definition) in self.schema["$defs"].as_object().unwrap() {
            for (field, node) in definition["properties"].as_object().into_iter().flatten() {
                then(object, field, node);
            }
        }
    }

    /// The values of a field whose values are a fixed list; of a boolean, the one that is not the default.
    fn values(&self, node: &Value) -> Vec<Value> {
        let node = self.resolve(node);
        let choices = node["oneOf"].as_array().into_iter().flatten().map(|choice| choice["const"].clone());
        let listed = [node, &node["items"]].into_iter().filter_map(|node| node["enum"].as_array()).flatten().cloned();
        let on = (node["type"] == "boolean").then_some(Value::Bool(true));
        choices.chain(listed).chain(on).collect()
    }

    /// Every field.
    fn all(&self) -> Names {
        let mut names = Names::new();
        self.each(|object, field, _| {
            names.insert(format!("{object}.{field}"));
        });
        names
    }

    /// Every field and every value of those that have a fixed list.
    fn all_with_values(&self) -> Names {
        let mut names = self.all();
        self.each(|object, field, node| {
            names.extend(self.values(node).iter().map(|value| format!("{object}.{field}: {value}")));
        });
        names
    }

    /// The fields and values in configurations.
    fn used(&self, configurations: impl IntoIterator<Item = Value>) -> Names {
        let mut used = Names::new();
        for configuration in configurations {
            // Fields that are not those of an object are passed over, so both forms can be tried.
            for object in ["Document", "Policy"] {
                self.walk(&json!({ "$ref": format!("#/$defs/{object}") }), &configuration, &mut used);
            }
        }
        used
    }

    fn walk(&self, node: &Value, value: &Value, used: &mut Names) {
        let object = node["$ref"].as_str().and_then(|reference| reference.strip_prefix("#/$defs/"));
        let node = self.resolve(node);
        node["anyOf"].as_array().into_iter().flatten().for_each(|branch| self.walk(branch, value, used));
        value.as_array().into_iter().flatten().for_each(|element| self.walk(&node["items"], element, used));
        for (key, member) in value.as_object().into_iter().flatten() {
            let field = &node["properties"][key];
            if let Some(object) = object.filter(|_| field.is_object()) {
                used.insert(format!("{object}.{key}"));
                let given = member.as_array().cloned().unwrap_or_else(|| vec![member.clone()]);
                used.extend(given.iter().map(|value| format!("{object}.{key}: {value}")));
            }
            self.walk(if field.is_object() { field } else { &node["additionalProperties"] }, member, used);
        }
    }
}

/// Fails with everything that is missing in a place, and with exemptions that have no effect.
#[track_caller]
fn complete(place: &str, wanted: &Names, used: &Names, exempt: &[(&str, &str)]) {
    let is_exempt = |name: &&String| exempt.iter().any(|(field, _)| name.split(':').next() == Some(field));
    let missing: Vec<&String> = wanted.difference(used).filter(|name| !is_exempt(name)).collect();
    assert!(missing.is_empty(), "add these to {place}: {missing:#?}");
    let needless: Vec<_> = exempt.iter().filter(|(name, _)| used.contains(*name) || !wanted.contains(*name)).collect();
    assert!(needless.is_empty(), "remove these exemptions for {place}: {needless:#?}");
}

fn file(path: &str) -> String {
    fs::read_to_string(project().join(path)).unwrap()
}

/// The configurations in a folder's cases or situations.
fn configurations(folder: &str, key: &str) -> Vec<Value> {
    let mut found = Vec::new();
    for (_, file) in json_files::<Value>(folder) {
        let cases = file["cases"].as_array().or(file.as_array()).unwrap().iter();
        found.extend(cases.chain([&file]).filter_map(|case| case.get(key)).cloned());
    }
    found
}

#[test]
fn the_fields_are_found() {
    let fields = Fields::new();
    let (all, with_values) = (fields.all(), fields.all_with_values());
    for known in ["Document.whenInvalid", "Policy.shadow", "Route.host", "ExactPath.exact", "Regex.regex"] {
        assert!(all.contains(known), "{known}: {all:?}");
    }
    for known in ["Policy.mode: \"off\"", "Policy.preflightStatus: 200", "Policy.debug: true"] {
        assert!(with_values.contains(known), "{known}: {with_values:?}");
    }
    let configuration = json!({
        "policies": { "default": { "allowOrigins": [{ "regex": "x" }], "mode": "off" } },
        "routes": [{ "path": { "exact": "/" }, "policy": null }],
    });
    let used: Vec<String> = fields.used([configuration]).into_iter().filter(|name| !name.contains(':')).collect();
    let expected = [
        "Document.policies",
        "Document.routes",
        "ExactPath.exact",
        "Policy.allowOrigins",
        "Policy.mode",
        "Regex.regex",
        "Route.path",
        "Route.policy",
    ];
    assert_eq!(used, expected);
}

/// The fields in the first column of a table, with the values in the rest of their rows.
fn table(text: &str, head: &str, object: &str) -> Names {
    let (_, table) = text.split_once(head).unwrap();
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let mut names = Names::new();
    for row in rows {
        let mut words = row.split('`').skip(1).step_by(2);
        let field = format!("{object}.{}", words.next().unwrap());
        names.extend(words.map(|value| format!("{field}: {value}")));
        names.insert(field);
    }
    names
}

#[test]
fn every_field_is_in_the_tables_of_the_documentation() {
    let (fields, text) = (Fields::new(), file("docs/configuration.md"));
    let mut described = table(&text, "| field | meaning |", "Document");
    described.extend(table(&text, "| field | values | default |", "Policy"));
    let in_tables = |name: &String| name.starts_with("Document.") || name.starts_with("Policy.");
    // A row can say "whether", and the dangers have a table of their own: tests/problems.rs compares it.
    let elsewhere = |name: &String| name.ends_with(": true") || name.starts_with("Policy.dangerouslyAllow: ");
    let (tables, sections): (Names, Names) = fields.all_with_values().into_iter().partition(in_tables);
    let tables = tables.into_iter().filter(|name| !elsewhere(name)).collect();
    complete("the tables of docs/configuration.md", &tables, &described, &[]);
    let all = fields.all();
    let unknown: Vec<_> = described.iter().filter(|name| !name.contains(':') && !all.contains(*name)).collect();
    assert!(unknown.is_empty(), "remove these from the tables of docs/configuration.md: {unknown:?}");
    let mentioned = sections.into_iter().filter(|name| {
        let field = name.rsplit('.').next().unwrap();
        !text.contains(&format!("`{field}`")) && !text.contains(&format!("\"{field}\":"))
    });
    let missing: Vec<String> = mentioned.collect();
    assert!(missing.is_empty(), "add these to the sections of docs/configuration.md: {missing:?}");
}

/// These rows are also what the fuzz target of configurations and the schema's tests start from.
#[test]
fn every_field_is_in_a_row_that_has_no_problem() {
    let rows = problem::rows().into_iter().filter(|(_, row)| row.name.starts_with("every field"));
    let sources = rows.map(|(_, row)| serde_json::from_str(&row.source()).unwrap());
    let fields = Fields::new();
    complete("a row \"every field …\" of tests/problems/sound.json", &fields.all(), &fields.used(sources), &[]);
}

#[test]
fn every_value_is_generated() {
    let config = Config { rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new(config);
    let strategy = generate::configuration();
    let generated = (0..200).map(|_| strategy.new_tree(&mut runner).unwrap().current());
    let fields = Fields::new();
    complete("tests/support/src/generate.rs", &fields.all_with_values(), &fields.used(generated), &[]);
}

#[test]
fn every_field_is_there_when_allocations_are_counted() {
    let configuration = serde_json::from_str(&file("tests/data/allocations.json")).unwrap();
    let fields = Fields::new();
    complete("tests/data/allocations.json", &fields.all(), &fields.used([configuration]), &[]);
}

#[test]
fn every_value_is_in_a_case() {
    let exempt = [(
        "Document.whenInvalid",
        "every case has a valid configuration; src/config/when_invalid.rs and tests/hosts have the others",
    )];
    let fields = Fields::new();
    let used = fields.used(configurations("tests/cases", "configuration"));
    complete("a case in tests/cases/", &fields.all_with_values(), &used, &exempt);
}

#[test]
fn every_field_is_in_a_situation_of_explain() {
    let exempt = [
        ("Document.accessLogFingerprint", "it concerns a log, and not whether a page can read a response"),
        ("Document.whenInvalid", "explain refuses a configuration with an error"),
        ("Policy.allowPrivateNetwork", "browsers do not ask any more: the user grants access to local networks"),
        ("Policy.crossOriginResourcePolicy", "it concerns responses that pages embed, and not those that they read"),
        ("Policy.timingAllowOrigins", "it concerns measurements, and not whether a page can read a response"),
    ];
    let fields = Fields::new();
    let used = fields.used(configurations("cli/tests/explain", "config"));
    complete("a situation in cli/tests/explain/", &fields.all(), &used, &exempt);
}

/// A request that notes which headers are read.
struct Noted<'h, H> {
    head: &'h H,
    read: RefCell<BTreeSet<&'static str>>,
}

impl<H: RequestHead> RequestHead for Noted<'_, H> {
    type Value = H::Value;

    fn method(&self) -> Option<H::Value> {
        self.head.method()
    }

    fn scheme(&self) -> Option<H::Value> {
        self.head.scheme()
    }

    fn authority(&self) -> Option<H::Value> {
        self.head.authority()
    }

    fn path(&self) -> Option<H::Value> {
        self.head.path()
    }

    fn combined(&self, name: &'static str) -> Option<H::Value> {
        self.read.borrow_mut().insert(name);
        self.head.combined(name)
    }

    fn policy_name(&self) -> Option<H::Value> {
        self.head.policy_name()
    }
}

/// The Worker hands over these headers and no others.
#[test]
fn the_headers_that_are_read_of_requests_are_listed() {
    let mut read = BTreeSet::new();
    for case in case::load() {
        native::with(&case, |policies, head, _| {
            let noted = Noted { head, read: RefCell::default() };
            let exchange = policies.decide(&noted);
            let _ = (exchange.answer().is_some(), exchange.record(&noted).is_some());
            read.extend(noted.read.into_inner());
        });
    }
    let listed: BTreeSet<&str> = READ_FROM_REQUESTS.iter().copied().collect();
    assert_eq!(read, listed, "left: what the cases read; right: READ_FROM_REQUESTS in src/header.rs");
}

#[test]
fn the_headers_that_are_read_of_responses_are_listed() {
    let mut different = 0;
    for case in case::load() {
        native::with(&case, |policies, head, upstream| {
            let exchange = policies.decide(head);
            let is_listed = |(name, _): &&(String, Vec<u8>)| READ_FROM_RESPONSES.contains(&name.as_str());
            let listed: Vec<_> = upstream.iter().filter(is_listed).cloned().collect();
            let status = case.origin_server.status;
            let edits = exchange.decorate(&Response { status, headers: upstream });
            let same = exchange.decorate(&Response { status, headers: &listed }).eq(edits);
            assert!(same, "{}: a header is missing from READ_FROM_RESPONSES in src/header.rs", case.id);
            different += usize::from(upstream.len() > listed.len());
        });
    }
    assert!(different >= 5, "{different} cases have other headers");
}

#[test]
fn the_headers_that_are_governed_are_listed() {
    let mut governed = BTreeSet::new();
    for case in case::load() {
        native::with(&case, |policies, head, upstream| {
            let exchange = policies.decide(head);
            let answer = exchange.answer();
            let answered = answer.iter().flat_map(|answer| answer.headers()).map(|(name, _)| name);
            let response = Response { status: case.origin_server.status, headers: upstream };
            let edited = exchange.decorate(&response).map(|change| edit::name(&change));
            for name in answered.chain(edited) {
                assert!(is_governed(name), "{}: add {name} to GOVERNED_IN_RESPONSES in src/header.rs", case.id);
                governed.insert(name);
            }
        });
    }
    let unused = GOVERNED_IN_RESPONSES.iter().filter(|listed| !governed.contains(*listed));
    let unused: Vec<_> = unused.collect();
    assert!(unused.is_empty(), "no case has these, which GOVERNED_IN_RESPONSES in src/header.rs lists: {unused:?}");
}
