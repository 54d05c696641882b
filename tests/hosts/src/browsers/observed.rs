//! What was observed of a scenario, and how it is compared.

use super::expected::Expected;
use super::origin_server::BODY;
use super::pages::Got;
use super::scenario::Scenario;

/// What was observed of a scenario.
pub struct Observed {
    /// What the page got from each call.
    pub got: Vec<Got>,
    /// The requests that the browser sent.
    pub sent: Vec<String>,
    /// The requests that reached the origin server.
    pub forwarded: Vec<String>,
    /// The messages in the console.
    pub console: Vec<String>,
}

impl Observed {
    /// `Err` tells every difference.
    pub fn check(&self, scenario: &Scenario, expected: &Expected) -> Result<(), String> {
        let mut differences = Differences::default();
        for (index, (call, (expected, got))) in
            scenario.calls.iter().zip(expected.calls.iter().zip(&self.got)).enumerate()
        {
            let what = |what: &str| format!("call {index}: {what}");
            differences.add(&what("the verdict of the model"), call.verdict.as_str(), expected.verdict);
            differences.add(&what("what the page gets"), &expected.page, &got.page);
            if got.page == "blocked" {
                differences.add(&what("the error"), &expected.error, &got.error);
            }
            if expected.page == "readable" && got.page == "readable" && call.via.reads() {
                differences.add(&what("the status"), &expected.status.to_string(), &got.status.to_string());
                differences.add(&what("the body"), if expected.status == 204 { "" } else { BODY }, &got.body);
                for (name, _) in &scenario.origin_server.headers {
                    let readable = |names: &[String]| if names.contains(name) { "readable" } else { "hidden" };
                    differences.add(&what(name), readable(&expected.headers), readable(&got.headers));
                }
            }
        }
        differences.add("what is sent", &expected.sent.join("\n"), &self.sent.join("\n"));
        differences.add("what is forwarded", &expected.forwarded.join("\n"), &self.forwarded.join("\n"));
        differences.add("the console", &expected.console.join("\n"), &self.console.join("\n"));
        if differences.0.is_empty() { Ok(()) } else { Err(differences.0) }
    }
}

#[derive(Default)]
struct Differences(String);

impl Differences {
    fn add(&mut self, what: &str, expected: &str, observed: &str) {
        if expected != observed {
            let indented = |text: &str| text.replace('\n', "\n    ");
            self.0 +=
                &format!("{what}\n  expected:\n    {}\n  observed:\n    {}\n", indented(expected), indented(observed));
        }
    }
}
