//! `distribution/dependencies.json`.

use std::collections::BTreeMap;
use std::fs;

use serde::Deserialize;
use test_support::project;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct List {
    /// The SPDX identifiers of licences, of which each crate offers a sufficient choice.
    pub(crate) licences: Vec<String>,
    /// Why there are several versions of some crates.
    pub(crate) duplicates: BTreeMap<String, String>,
    /// In the order of names.
    pub(crate) crates: Vec<Crate>,
    /// What is not a crate.
    pub(crate) others: Vec<Other>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Crate {
    pub(crate) name: String,
    pub(crate) version: String,
    /// What of it runs while something is built: `build script` or `macro`.
    pub(crate) runs: Option<String>,
    pub(crate) looked: Looked,
    pub(crate) why: Option<String>,
    pub(crate) kept_by: Option<String>,
}

/// What was looked at.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Looked {
    /// Every line.
    Whole,
    /// Its build script, if there is one, and whether anything in it opens files or sockets, or starts programs.
    Build,
    /// Nothing of the source: what tests check of every crate, and who keeps it.
    Survey,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Other {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) why: String,
}

impl List {
    pub(crate) fn load() -> Self {
        let text = fs::read_to_string(project().join(super::LIST)).unwrap();
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", super::LIST))
    }

    pub(crate) fn of(&self, name: &str, version: &str) -> Option<&Crate> {
        self.crates.iter().find(|entry| entry.name == name && entry.version == version)
    }
}
