//! Findings in SARIF, which code scanning services and editors read.
//!
//! See [SARIF 2.1.0](https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html).

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Value, json};

use super::Finding;

/// What a path may not contain as a URI reference.
const NOT_IN_A_PATH: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'%').add(b'<').add(b'>').add(b'?').add(b'[').add(b']').add(b':');

/// The log of one run, from findings with the paths of their files.
pub(crate) fn log<'f>(findings: impl Iterator<Item = (&'f str, &'f Finding)> + Clone) -> Value {
    let mut codes: Vec<&str> = findings.clone().map(|(_, finding)| finding.code).collect();
    codes.sort_unstable();
    codes.dedup();
    let rules: Vec<Value> = codes.into_iter().map(|code| json!({ "id": code })).collect();
    let results: Vec<Value> = findings.map(|(path, finding)| result(path, finding)).collect();
    json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "edge-cors", "version": env!("CARGO_PKG_VERSION"), "rules": rules } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn result(path: &str, finding: &Finding) -> Value {
    let uri = utf8_percent_encode(&path.replace('\\', "/"), NOT_IN_A_PATH).to_string();
    json!({
        "ruleId": finding.code,
        "level": finding.severity,
        "message": { "text": format!("{} Fix: {}", finding.message, finding.fix) },
        "locations": [{
            "physicalLocation": {
                "artifactLocation": { "uri": uri },
                "region": { "startLine": finding.line, "startColumn": finding.column },
            },
        }],
    })
}
