//! `edge-cors rollout`: at which percentage of a rollout each origin is in.

use std::path::PathBuf;

use clap::Args;
use edge_cors::{Mode, Origin, Policy, PolicySet};
use serde_json::{Value, json};

use crate::output::print;
use crate::report::Format;
use crate::{Exit, chosen, origin};

/// Show at which percentage of a rollout each origin is in.
///
/// A policy with `"rollout": 10` is enforced for a tenth of all origins, not of all requests, and only reports for the
/// others. Which ones is decided by a hash of the origin alone, so an origin with most of your traffic goes
/// in all at once: this shows at which percentage. It is the same in every policy, on every edge and in every version,
/// and an origin that is in stays in while the percentage grows.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// The file with the configuration, in any form that `check` reads
    #[arg(long, value_name = "FILE")]
    config: PathBuf,

    /// If the file contains several configurations: part of the place of the one to use
    #[arg(long, value_name = "PLACE")]
    at: Option<String>,

    /// A page's origin; can be repeated
    #[arg(long = "origin", value_name = "ORIGIN", value_parser = origin::parse, required = true)]
    origins: Vec<String>,

    /// How to print the percentages
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

const AFTER_HELP: &str = "Examples:
  edge-cors rollout --config cors.json --origin https://app.example.com --origin https://admin.example.com
  edge-cors rollout --config cors.json --origin https://app.example.com --format json | jq '.origins[].inFrom'

To choose the origins yourself, give them a policy of their own and name it first in the list of a route: \
\"policy\": [\"first\", \"rest\"].

Exit codes: 0 the percentages are shown, 1 the edge rejects the configuration, 2 a file could not be read.";

pub(crate) fn run(arguments: &Arguments) -> Exit {
    let parse = |source: &str| PolicySet::from_json(source).map(|(policies, _)| policies);
    match chosen::load(&arguments.config, arguments.at.as_deref(), parse) {
        Ok(Some(policies)) => {
            let shares = shares(&arguments.origins);
            print(&match arguments.format {
                Format::Text => text(&shares, &policies),
                Format::Json => json(&shares, &policies),
            })
        }
        Ok(None) => Exit::Refused,
        Err(message) => {
            anstream::eprintln!("edge-cors: {message}");
            Exit::Unreadable
        }
    }
}

/// Each origin, and the percentage from which it is in; the first ones first.
fn shares(origins: &[String]) -> Vec<(&str, u8)> {
    let shares = origins.iter().map(|origin| (origin.as_str(), Policy::rollout_share(origin)));
    let mut shares: Vec<_> = shares.collect();
    shares.sort_by_key(|(_, share)| *share);
    shares.dedup();
    shares
}

fn is_enforced(policy: &Policy, share: u8) -> bool {
    policy.mode() == Mode::Enforce && share <= policy.rollout()
}

fn allows(policy: &Policy, origin: &str) -> bool {
    Origin::parse(origin.as_bytes()).is_some_and(|origin| policy.origins().matches(&origin))
}

fn text(shares: &[(&str, u8)], policies: &PolicySet) -> String {
    let mut lines: Vec<String> =
        shares.iter().map(|(origin, share)| format!("in from {share:>3} %  {origin}")).collect();
    for policy in policies.policies() {
        lines.push(format!("\nPolicy {:?}: mode {}, rollout {} %", policy.name(), policy.mode(), policy.rollout()));
        lines.extend(shares.iter().map(|(origin, share)| {
            let verdict = if allows(policy, origin) { "allowed" } else { "refused" };
            let effect = if is_enforced(policy, *share) { "enforced" } else { "not enforced" };
            format!("  {verdict}, {effect:<12}  {origin}")
        }));
    }
    lines.join("\n") + "\n"
}

fn json(shares: &[(&str, u8)], policies: &PolicySet) -> String {
    let of_policy = |policy: &Policy| -> Value {
        let origins = shares.iter().map(|(origin, share)| {
            json!({ "origin": origin, "allowed": allows(policy, origin), "enforced": is_enforced(policy, *share) })
        });
        json!({
            "policy": policy.name(),
            "mode": policy.mode().to_string(),
            "rollout": policy.rollout(),
            "origins": origins.collect::<Vec<_>>(),
        })
    };
    let value = json!({
        "origins": shares.iter().map(|(origin, share)| json!({ "origin": origin, "inFrom": share })).collect::<Vec<_>>(),
        "policies": policies.policies().map(of_policy).collect::<Vec<_>>(),
    });
    serde_json::to_string_pretty(&value).unwrap_or_default() + "\n"
}
