//! What a probe found, for people and for machines.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::finding::Finding;
use super::infer::{Guess, Inference};
use super::relation::Relative;
use super::sentence::{Sentences, quoted};
use crate::output::counted;

/// Everything that is printed.
pub(super) struct Report<'r> {
    pub(super) url: &'r str,
    pub(super) requests: usize,
    pub(super) findings: &'r [Finding],
    pub(super) inference: &'r Inference,
}

impl Report<'_> {
    pub(super) fn text(&self) -> String {
        let mut out = String::new();
        // Writing to a String cannot fail.
        let _ = self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        for finding in self.findings {
            let Sentences { message, reason, fix } = finding.sentences();
            writeln!(out, "{}[{}]: {message}", finding.severity(), finding.code())?;
            writeln!(out, "  {reason}")?;
            writeln!(out, "  Fix: {fix}\n")?;
        }
        let Inference { draft, guesses, holes } = self.inference;
        writeln!(
            out,
            "{}: {}, {}",
            self.url,
            counted(self.requests, "request"),
            counted(self.findings.len(), "finding")
        )?;
        writeln!(out, "\nA configuration that gives pages the same:\n\n{}", draft.text())?;
        if !guesses.is_empty() {
            writeln!(out, "\nNot certain:")?;
        }
        for Guess { pointer, kind } in guesses {
            let place = if pointer.is_empty() { String::new() } else { format!("at {pointer}: ") };
            writeln!(out, "  {place}{}", kind.sentence())?;
        }
        if !holes.is_empty() {
            let origins: Vec<String> = holes.iter().map(|Relative { origin, .. }| quoted(origin)).collect();
            writeln!(out, "\nThe server allows these, and the configuration does not: {}.", origins.join(", "))?;
        }
        Ok(())
    }

    pub(super) fn json(&self) -> String {
        let Inference { draft, guesses, holes } = self.inference;
        let finding = |finding: &Finding| {
            let Sentences { message, reason, fix } = finding.sentences();
            json!({
                "severity": finding.severity().to_string(),
                "code": finding.code(),
                "message": message,
                "reason": reason,
                "fix": fix,
                "origins": finding.origins(),
            })
        };
        let guess = |guess: &Guess| json!({ "pointer": guess.pointer, "message": guess.kind.sentence() });
        let configuration: Value = serde_json::from_str(&draft.text()).unwrap_or_default();
        let value = json!({
            "url": self.url,
            "requests": self.requests,
            "findings": self.findings.iter().map(finding).collect::<Vec<_>>(),
            "configuration": configuration,
            "guesses": guesses.iter().map(guess).collect::<Vec<_>>(),
            "leftOut": holes.iter().map(|hole| &hole.origin).collect::<Vec<_>>(),
        });
        serde_json::to_string_pretty(&value).unwrap_or_default() + "\n"
    }
}
