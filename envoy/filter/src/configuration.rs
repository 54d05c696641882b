//! The plugin's configuration, as Envoy passes it.

use std::borrow::Cow;

use serde::de::IgnoredAny;

use super::in_force::Plugin;
use super::telemetry::{Host, counter};
use super::{generation, protobuf_struct};
use edge_cors_envoy::{Meter, Outcome, REJECTED};

/// Compiles the configuration, and logs every problem.
pub(super) fn load(bytes: &[u8], plugin: &Plugin) -> Outcome {
    let rejected = counter(REJECTED);
    let outcome = edge_cors_envoy::load(&text_of(bytes), plugin);
    match &outcome {
        Outcome::Valid(_, fingerprint) => generation::accepted(*fingerprint),
        Outcome::PassedOver | Outcome::Refused => Host.increment(rejected),
    }
    outcome
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
    use edge_cors::PolicySet;

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
