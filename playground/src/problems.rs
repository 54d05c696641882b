//! The problems of a configuration.

use edge_cors::{Policy, PolicySet};
use edge_cors_cli::{Finding, check as findings};
use serde_json::{Value, json};

use crate::utf16::Utf16;

pub(crate) fn check(configuration: &str) -> Value {
    let positions = Utf16::of(configuration);
    let problem = |finding: Finding| {
        json!({
            "severity": finding.severity,
            "code": finding.code,
            "path": finding.pointer,
            "message": finding.message,
            "help": finding.fix,
            "start": positions.units(finding.span.start),
            "end": positions.units(finding.span.end),
        })
    };
    let problems: Vec<Value> = findings(configuration).into_iter().map(problem).collect();
    json!({ "problems": problems, "policies": policies(configuration) })
}

/// The names of the policies; none if the edge rejects the configuration.
fn policies(configuration: &str) -> Vec<String> {
    let policies = PolicySet::from_json(configuration).map(|(policies, _)| policies);
    policies.iter().flat_map(PolicySet::policies).map(Policy::name).map(str::to_owned).collect()
}
