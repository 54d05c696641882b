//! What pages get from two configurations.

use std::collections::{BTreeMap, BTreeSet};

use edge_cors::browser::{AnsweredBy, Call, Network, Outcome, Response, Verdict, fetch};
use serde_json::Value;

use super::matrix::calls_by_name;
use super::side::Side;

/// What a page gets from a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Access {
    /// Why it gets nothing: the stable name of the browser's failure, or of the edge's.
    pub(super) blocked: Option<String>,
    /// The policy that decided.
    pub(super) policy: Option<String>,
    /// The names of the headers that it can read.
    readable: BTreeSet<String>,
}

impl Access {
    fn of(call: &Call, outcome: &Outcome) -> Self {
        let last = outcome.steps.last();
        let policy = last.and_then(|step| step.policy.clone());
        let is_rejected = last.is_some_and(|step| step.by == AnsweredBy::Edge);
        let blocked = match &outcome.verdict {
            Verdict::Blocked(block) => Some(block.code().to_owned()),
            Verdict::Opaque if is_rejected => Some("rejected".to_owned()),
            _ => None,
        };
        let readable = outcome.readable_headers(call.credentials).into_iter().collect();
        Self { blocked, policy, readable }
    }

    /// What this gives and the other does not.
    fn beyond(&self, other: &Self) -> Option<String> {
        match (&self.blocked, &other.blocked) {
            (None, Some(code)) => Some(code.clone()),
            (None, None) => {
                let names: Vec<&str> = self.readable.difference(&other.readable).map(String::as_str).collect();
                (!names.is_empty()).then(|| format!("cannot read {}", names.join(", ")))
            }
            _ => None,
        }
    }
}

/// The pages of one origin, whose calls fare better on one side.
#[derive(Debug)]
pub(super) struct Affected {
    pub(super) example: Call,
    pub(super) calls: usize,
    /// What the worse side lacks in the example.
    pub(super) why: String,
    /// The policies that decided the example, old and new.
    pub(super) policies: [Option<String>; 2],
}

/// The difference between two configurations.
#[derive(Debug)]
pub(super) struct Comparison {
    /// How many calls were compared.
    pub(super) calls: usize,
    /// By origin: who loses access.
    pub(super) losers: BTreeMap<String, Affected>,
    /// By origin: who gains access.
    pub(super) winners: BTreeMap<String, Affected>,
    origin_server: Response,
}

impl Comparison {
    /// The origin server sends every header that one of the configurations exposes.
    pub(super) fn new(old: &Side, new: &Side) -> Self {
        let mut names = BTreeSet::from(["x-other".to_owned()]);
        for side in [old, new] {
            collect_exposed(&serde_json::from_str(&side.text).unwrap_or_default(), &mut names);
        }
        let headers = names.into_iter().map(|name| (name, "1".to_owned())).collect();
        let origin_server = Response { status: 200, headers };
        Self { calls: 0, losers: BTreeMap::new(), winners: BTreeMap::new(), origin_server }
    }

    /// Compares all calls that tell the configurations apart.
    pub(super) fn add_all(&mut self, old: &Side, new: &Side) {
        for (name, calls) in calls_by_name(&[&old.text, &new.text]) {
            calls.iter().for_each(|call| self.add(call, name.as_deref(), old, new));
        }
    }

    /// Compares a call, where the host's routing gives the name of a policy, if it does.
    pub(super) fn add(&mut self, call: &Call, name: Option<&str>, old: &Side, new: &Side) {
        let access = |side: &Side| {
            let network = Network {
                policy_name: name.map(str::to_owned),
                origin_server: self.origin_server.clone(),
                local_network_granted: true,
                ..Network::new(&side.policies)
            };
            Access::of(call, &fetch(call, &network))
        };
        let (old, new) = (access(old), access(new));
        self.calls += 1;
        let policies = [old.policy.clone(), new.policy.clone()];
        for (affected, why) in [(&mut self.losers, old.beyond(&new)), (&mut self.winners, new.beyond(&old))] {
            let Some(why) = why else { continue };
            let origin = affected.entry(call.origin.clone());
            let first = || Affected { example: call.clone(), calls: 0, why, policies: policies.clone() };
            origin.or_insert_with(first).calls += 1;
        }
    }
}

fn collect_exposed(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let exposed = value.as_array().filter(|_| name == "exposeHeaders").into_iter().flatten();
                names
                    .extend(exposed.filter_map(Value::as_str).filter(|name| *name != "*").map(str::to_ascii_lowercase));
                collect_exposed(value, names);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| collect_exposed(value, names)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The origins whose pages lose access by a change, and those that gain it.
    #[track_caller]
    fn check(old: &str, new: &str, lose: &[&str], gain: &[&str]) {
        let [old, new] = [old, new].map(|text| Side::of(text).unwrap());
        let mut comparison = Comparison::new(&old, &new);
        comparison.add_all(&old, &new);
        for (affected, expected) in [(&comparison.losers, lose), (&comparison.winners, gain)] {
            assert_eq!(affected.keys().collect::<Vec<_>>(), expected, "{} {}", old.text, new.text);
        }
    }

    #[test]
    fn every_origin_counts_with_credentials_and_without() {
        for credentials in ["", r#", "allowCredentials": true"#] {
            let one = format!(r#"{{"allowOrigins": ["https://a.example.com"]{credentials}}}"#);
            let two = format!(r#"{{"allowOrigins": ["https://a.example.com", "https://b.example.org"]{credentials}}}"#);
            check(&two, &one, &["https://b.example.org"], &[]);
            check(&one, &two, &[], &["https://b.example.org"]);
        }
        let subdomains = r#"{"allowOrigins": ["https://*.example.com"]}"#;
        check(
            subdomains,
            r#"{"allowOrigins": ["https://{label}.example.com"]}"#,
            &["https://a.b.example.com", "https://x.a-b_1.example.com"],
            &[],
        );
        check(
            r#"{"allowOrigins": [{"regex": "https://(a|b|c)\\.example\\.com"}], "dangerouslyAllow": ["regex-origins"]}"#,
            r#"{"allowOrigins": ["https://a.example.com", "https://b.example.com"]}"#,
            &["https://c.example.com"],
            &[],
        );
        check(
            r#"{"allowOrigins": ["https://*"]}"#,
            r#"{"allowOrigins": ["https://*:*"]}"#,
            &[],
            &[
                "https://203.0.113.7:3000",
                "https://anyone.example:3000",
                "https://anyone.example:65535",
                "https://anyone.example:8443",
            ],
        );
    }

    #[test]
    fn a_policy_that_only_the_hosts_routing_names_counts() {
        let with = |origins: &str| {
            format!(
                r#"{{
                    "policies": {{"named": {{"allowOrigins": [{origins}]}}, "other": {{"allowOrigins": []}}}},
                    "default": "other",
                    "routeMetadata": true
                }}"#
            )
        };
        check(&with(r#""https://a.example.com""#), &with(""), &["https://a.example.com"], &[]);
    }
}
