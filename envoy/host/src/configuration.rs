//! What becomes of a configuration, and what the log has about it.

use edge_cors::{Fingerprint, PolicySet, Warnings, WhenInvalid};
use log::{error, info, warn};

/// What a host keeps of the configurations that a plugin had before.
pub trait Kept {
    /// Whether it has had valid policies, which stay active if the host refuses another configuration.
    fn has_valid(&self) -> bool;

    /// Whether the host can refuse a configuration with errors, because valid policies stay active without it.
    fn can_refuse(&self, fingerprint: Fingerprint) -> bool;

    /// What the log says of the time until there is a valid configuration. `closes` is whether the host goes on
    /// without one.
    fn meanwhile(&self, closes: bool) -> &'static str {
        match self.has_valid() {
            true => "The previous configuration stays active.",
            false if closes => {
                "Until there is a valid one, no origin is allowed, preflights are refused, and all other traffic flows."
            }
            false => "The host decides what that means for traffic; see \"whenInvalid\".",
        }
    }
}

/// What becomes of a configuration.
#[derive(Debug)]
pub enum Outcome {
    /// It is valid.
    Valid(Box<PolicySet>, Fingerprint),
    /// It has errors, and the host is to go on without it: `whenInvalid: close`.
    PassedOver,
    /// It has errors, and the host is to refuse it.
    Refused,
}

/// Compiles a configuration, and logs every problem.
pub fn load(source: &str, kept: &impl Kept) -> Outcome {
    let fingerprint = Fingerprint::of(source.as_bytes());
    match PolicySet::from_json(source) {
        Ok((policies, warnings)) => {
            let (count, warned) = (policies.policies().len(), warnings.len());
            info!("edge-cors: configuration {fingerprint} accepted: policies: {count}, warnings: {warned}");
            warn_of(&warnings);
            Outcome::Valid(Box::new(policies), fingerprint)
        }
        Err(error) => {
            let (errors, warned) = (error.len(), error.warnings().len());
            let closes = WhenInvalid::of(source) == WhenInvalid::Close && !kept.can_refuse(fingerprint);
            let meanwhile = kept.meanwhile(closes);
            error!(
                "edge-cors: configuration {fingerprint} rejected: errors: {errors}, warnings: {warned}. {meanwhile}"
            );
            error.error_lines().for_each(|line| error!("edge-cors: {line}"));
            warn_of(error.warnings());
            if closes { Outcome::PassedOver } else { Outcome::Refused }
        }
    }
}

fn warn_of(warnings: &Warnings) {
    warnings.log_lines().for_each(|line| warn!("edge-cors: {line}"));
}
