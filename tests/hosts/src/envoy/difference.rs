//! Where a version of Envoy, or of HTTP, gives another response than a case expects, and why.

use std::collections::BTreeMap;

use serde::Deserialize;
use test_support::case::{Case, Expectation, Observed};

use super::{protocols, versions};
use crate::bed::Bed;
use crate::{Test, reliability};

/// One entry of `tests/data/envoy-differences.json`: what is given of it takes the place of what the cases expect.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Difference {
    /// Such as `Envoy 1.36.4` or `HTTP/2`.
    engines: Vec<String>,
    #[serde(rename = "why")]
    _why: String,
    cases: Vec<String>,
    /// Whether Envoy closes the connection instead of an answer.
    #[serde(default)]
    unanswered: bool,
    status: Option<u16>,
    forwarded: Option<bool>,
    headers: Option<BTreeMap<String, String>>,
    other_headers: Option<BTreeMap<String, String>>,
}

/// All entries.
pub struct Differences(Vec<Difference>);

impl Differences {
    pub fn load() -> Self {
        Self(serde_json::from_str(include_str!("../../../data/envoy-differences.json")).unwrap())
    }

    /// How many entries there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// `Err` unless each entry is about cases that there are, and about one of these engines.
    pub fn are_known(&self, engines: &[String], cases: &[Case]) -> Result<(), String> {
        let names = self.0.iter().flat_map(|entry| entry.engines.iter().filter(|engine| !engines.contains(engine)));
        let ids =
            self.0.iter().flat_map(|entry| entry.cases.iter().filter(|id| cases.iter().all(|case| case.id != **id)));
        let unknown: Vec<&String> = names.chain(ids).collect();
        if unknown.is_empty() { Ok(()) } else { Err(format!("envoy-differences.json: unknown: {unknown:?}")) }
    }

    /// Holds what came back from an engine, if anything did, against what the case expects there.
    pub fn check(&self, engine: &str, case: &Case, host: &str, observed: Option<&Observed>) -> Result<(), String> {
        let usual = case.expect(host);
        let is_of =
            |entry: &&Difference| entry.engines.iter().any(|name| name == engine) && entry.cases.contains(&case.id);
        let difference = self.0.iter().find(is_of);
        let expects_none = difference.is_some_and(|difference| difference.unanswered);
        let Some(observed) = observed else {
            return if expects_none { Ok(()) } else { Err("no answer".to_owned()) };
        };
        let Some(difference) = difference else { return observed.check(usual) };
        if expects_none || observed.check(usual).is_ok() {
            let removed = "remove it from tests/data/envoy-differences.json";
            return Err(format!("{engine} is listed as different, but answers as the case expects: {removed}"));
        }
        observed.check(&difference.instead_of(usual))
    }
}

/// A test for the data itself.
pub fn tests() -> Vec<(String, Test)> {
    let known = |bed: &Bed| {
        let engines: Vec<String> = protocols::engines().chain(versions::engines()).collect();
        Differences::load().are_known(&engines, bed.cases())
    };
    let figures = [
        format!("| versions of Envoy | {}: ", versions::engines().count() + 1),
        format!("| differences between versions of Envoy or of HTTP | {}, ", Differences::load().count()),
    ];
    let documented = move |_: &Bed| reliability::documents(&figures);
    vec![
        ("differences::are of known engines and cases".to_owned(), Box::new(known)),
        ("reliability::envoys".to_owned(), Box::new(documented)),
    ]
}

impl Difference {
    fn instead_of(&self, usual: &Expectation) -> Expectation {
        let given = |given: &Option<_>, usual: &BTreeMap<_, _>| given.as_ref().unwrap_or(usual).clone();
        Expectation {
            status: self.status.unwrap_or(usual.status),
            forwarded: self.forwarded.unwrap_or(usual.forwarded),
            headers: given(&self.headers, &usual.headers),
            other_headers: given(&self.other_headers, &usual.other_headers),
            ..usual.clone()
        }
    }
}
