//! The files of `envoy/`, which users copy: each that Envoy reads is started, each that Kubernetes
//! reads is checked by the schema of its kind. `cli/tests/check.rs` checks the policies in them.

mod chart;
mod envoy_files;
mod kubernetes;
mod module_files;
pub mod operations;
mod run;
mod schema;
mod two_routes;

use std::path::{Path, PathBuf};

use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Number, Value};

use crate::Test;
use crate::envoy::Kind;
use test_support::case::MODULE;

pub fn tests() -> Vec<(String, Test)> {
    let operations = Kind::ALL.into_iter().flat_map(|kind| {
        operations::tests(kind)
            .into_iter()
            .map(move |(name, test)| (format!("{}::deployment/{name}", kind.host()), test))
    });
    let started = envoy_files::tests()
        .into_iter()
        .chain(two_routes::tests())
        .chain(run::tests())
        .map(|(name, test)| (format!("envoy::deployment/{name}"), test));
    let of_module =
        module_files::tests().into_iter().map(|(name, test)| (format!("{MODULE}::deployment/{name}"), test));
    let started = started.chain(operations).chain(of_module);
    let checked = kubernetes::tests().into_iter().map(|(name, test)| (format!("deployment::{name}"), test));
    let rendered = chart::tests().into_iter().map(|(name, test)| (format!("helm::{name}"), test));
    started.chain(checked).chain(rendered).collect()
}

/// The text of a file of this project.
fn text(path: impl AsRef<Path>) -> String {
    let file = test_support::project().join(path);
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// The YAML files in a folder of this project, by their paths in it.
fn yaml_files(folder: &str) -> Vec<PathBuf> {
    let all = std::fs::read_dir(test_support::project().join(folder)).unwrap();
    let names = all.map(|entry| Path::new(folder).join(entry.unwrap().file_name()));
    let mut files: Vec<PathBuf> = names.filter(|path| path.extension().is_some_and(|end| end == "yaml")).collect();
    files.sort();
    files
}

/// The one document of a YAML text, as JSON.
pub fn yaml(text: &str) -> Value {
    let mut documents = Yaml::load_from_str(text).unwrap();
    assert_eq!(documents.len(), 1, "one document");
    json(documents.remove(0))
}

fn json(node: Yaml<'_>) -> Value {
    match node {
        Yaml::Value(Scalar::Null) => Value::Null,
        Yaml::Value(Scalar::Boolean(value)) => value.into(),
        Yaml::Value(Scalar::Integer(value)) => value.into(),
        Yaml::Value(Scalar::FloatingPoint(value)) => Number::from_f64(value.into_inner()).into(),
        Yaml::Value(Scalar::String(value)) => value.into_owned().into(),
        Yaml::Sequence(nodes) => nodes.into_iter().map(json).collect(),
        Yaml::Mapping(members) => {
            let member = |(name, value): (Yaml<'_>, _)| (name.as_str().unwrap().to_owned(), json(value));
            Value::Object(members.into_iter().map(member).collect::<Map<_, _>>())
        }
        other => panic!("nothing that JSON has: {other:?}"),
    }
}
