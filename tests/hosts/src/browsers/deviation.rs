//! Where a browser does not do what the standard says, with the scenarios that prove it.

use edge_cors::browser::Browser;
use serde::Deserialize;

use super::expected::Expected;
use super::scenario::{Run, Scenario, name};

/// One entry of `tests/browsers/deviations.json`: what is given of it takes the place of what the model says.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Deviation {
    /// `chromium`, `firefox` or `webkit`.
    browser: String,
    scenario: String,
    /// What the browser does otherwise.
    #[serde(rename = "what")]
    _what: String,
    /// What the page gets from each call.
    page: Option<Vec<String>>,
    sent: Option<Vec<String>>,
    forwarded: Option<Vec<String>>,
    console: Option<Vec<String>>,
}

/// All entries.
pub struct Deviations(Vec<Deviation>);

impl Deviations {
    /// Reads them; every entry must be about a scenario that there is.
    pub fn load(scenarios: &[Scenario]) -> Self {
        let text = include_str!("../../../browsers/deviations.json");
        let deviations: Vec<Deviation> = serde_json::from_str(text).unwrap();
        for (index, deviation) in deviations.iter().enumerate() {
            let key = |other: &Deviation| (other.browser.clone(), other.scenario.clone());
            let is_known = scenarios.iter().any(|scenario| scenario.name == deviation.scenario)
                && Browser::ALL.into_iter().any(|browser| name(browser) == deviation.browser);
            let is_first = deviations.iter().position(|other| key(other) == key(deviation)) == Some(index);
            assert!(is_known && is_first, "deviations.json: {:?} is unknown or not the first", key(deviation));
        }
        Self(deviations)
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Puts what the browser does in the place of what the model says. `Err` if that is the same.
    pub fn apply(&self, run: &Run, expected: &mut Expected, fill: impl Fn(&str) -> String) -> Result<(), String> {
        let is_of = |entry: &&Deviation| entry.browser == name(run.browser) && entry.scenario == run.scenario;
        let Some(deviation) = self.0.iter().find(is_of) else {
            return Ok(());
        };
        let mut same = Vec::new();
        if let Some(page) = &deviation.page {
            let differs = page.iter().zip(&expected.calls).any(|(page, call)| *page != call.page);
            same.extend((!differs).then_some("page"));
            for (page, call) in page.iter().zip(&mut expected.calls) {
                call.page.clone_from(page);
            }
        }
        let lists = [
            ("sent", &deviation.sent, &mut expected.sent),
            ("forwarded", &deviation.forwarded, &mut expected.forwarded),
            ("console", &deviation.console, &mut expected.console),
        ];
        for (what, list, expected) in lists {
            let Some(list) = list else { continue };
            let list: Vec<String> = list.iter().map(|text| fill(text)).collect();
            same.extend((list == *expected).then_some(what));
            *expected = list;
        }
        if same.is_empty() { Ok(()) } else { Err(format!("deviations.json: {same:?} is what the model says")) }
    }
}
