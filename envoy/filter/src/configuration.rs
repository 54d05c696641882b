//! The plugin's configuration, as Envoy passes it.

use std::borrow::Cow;

use log::{error, info, warn};
use serde::de::IgnoredAny;

use super::in_force::Plugin;
use super::telemetry::{counter, increment};
use super::{generation, protobuf_struct};
use edge_cors::{Fingerprint, PolicySet, Warnings, WhenInvalid};

/// What becomes of a configuration.
pub(super) enum Outcome {
    /// It is valid.
    Valid(Box<PolicySet>),
    /// It has errors, and the host is to go on without it: `whenInvalid: close`.
    PassedOver,
    /// It has errors, and the host is to refuse it.
    Refused,
}

/// Compiles the configuration, and logs every problem.
pub(super) fn load(bytes: &[u8], plugin: &Plugin) -> Outcome {
    let rejected = counter("configuration.rejected");
    let source = text_of(bytes);
    let fingerprint = Fingerprint::of(source.as_bytes());
    match PolicySet::from_json(&source) {
        Ok((policies, warnings)) => {
            let (count, warned) = (policies.policies().len(), warnings.len());
            info!("edge-cors: configuration {fingerprint} accepted: policies: {count}, warnings: {warned}");
            warn_of(&warnings);
            generation::accepted(fingerprint);
            Outcome::Valid(Box::new(policies))
        }
        Err(error) => {
            increment(rejected);
            let (errors, warned) = (error.len(), error.warnings().len());
            let closes = WhenInvalid::of(&source) == WhenInvalid::Close && !plugin.can_refuse(fingerprint);
            let meanwhile = match plugin.last_valid() {
                Some(_) => "The previous configuration stays active.",
                None if closes => {
                    "Until there is a valid one, no origin is allowed, preflights are refused, and all other traffic flows."
                }
                None => "The host decides what that means for traffic; see \"whenInvalid\".",
            };
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

/// The JSON text in what Envoy passes: the text itself for a `StringValue` or a `BytesValue`, but
/// the serialised message for a `Struct`, contrary to Envoy's documentation.
fn text_of(bytes: &[u8]) -> Cow<'_, str> {
    let text = String::from_utf8_lossy(bytes);
    if serde_json::from_str::<IgnoredAny>(&text).is_ok() {
        return text;
    }
    protobuf_struct::to_json(bytes).map_or(text, Cow::Owned)
}

#[cfg(test)]
mod tests {
    use prost::Message;
    use prost_types::value::Kind;
    use prost_types::{ListValue, Struct};

    use super::*;

    #[test]
    fn text_stays_as_it_is() {
        for text in ["{\"a\": 1}", "\n{ }", "{", "", "no json"] {
            assert_eq!(text_of(text.as_bytes()), text);
        }
        assert_eq!(text_of(b"\xff"), "\u{fffd}");
    }

    #[test]
    fn a_struct_becomes_json() {
        let text = |text: &str| prost_types::Value { kind: Some(Kind::StringValue(text.into())) };
        let list = ListValue { values: vec![text("https://app.example.com")] };
        let value = prost_types::Value { kind: Some(Kind::ListValue(list)) };
        let bytes = Struct { fields: [("allowOrigins".to_owned(), value)].into() }.encode_to_vec();
        assert_eq!(text_of(&bytes), "{\n\"allowOrigins\": [\"https://app.example.com\"]}");
        assert!(PolicySet::from_json(&text_of(&bytes)).is_ok());
    }
}
