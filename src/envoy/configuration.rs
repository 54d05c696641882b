//! The plugin's configuration, as Envoy hands it over.

use std::borrow::Cow;

use log::{error, info, warn};
use prost::Message;
use prost_types::value::Kind;
use prost_types::{Struct, Value};
use serde::de::IgnoredAny;
use serde_json::{Map, Number};

use super::generation;
use super::telemetry::{counter, increment};
use crate::PolicySet;

/// Compiles the configuration; `None`, and every problem in the log, if it cannot be used.
pub(super) fn load(bytes: &[u8]) -> Option<PolicySet> {
    let source = text_of(bytes);
    match PolicySet::from_json(&source) {
        Ok((policies, warnings)) => {
            let (count, warned) = (policies.policies().len(), warnings.len());
            info!("edge-cors: configuration accepted: policies: {count}, warnings: {warned}");
            warnings.iter().for_each(|warning| warn!("edge-cors: {warning}"));
            generation::accepted(bytes);
            Some(policies)
        }
        Err(problems) => {
            increment(counter("configuration.rejected"));
            let count = problems.len();
            error!("edge-cors: configuration rejected, problems: {count}");
            problems.iter().for_each(|problem| error!("edge-cors: {problem}"));
            None
        }
    }
}

/// The JSON text in what Envoy hands over: the text itself for a `StringValue` or a
/// `BytesValue`, but the serialised message for a `Struct`, whatever Envoy's documents say.
fn text_of(bytes: &[u8]) -> Cow<'_, str> {
    let json = serde_json::from_slice::<IgnoredAny>(bytes).is_ok();
    if !json && let Some(text) = text_of_struct(bytes) {
        return Cow::Owned(text);
    }
    String::from_utf8_lossy(bytes)
}

fn text_of_struct(bytes: &[u8]) -> Option<String> {
    let message = Struct::decode(bytes).ok().filter(|message| !message.fields.is_empty())?;
    serde_json::to_string_pretty(&object(message)).ok()
}

fn object(message: Struct) -> serde_json::Value {
    let members = message.fields.into_iter().map(|(name, value)| (name, json(value)));
    serde_json::Value::Object(members.collect::<Map<_, _>>())
}

fn json(value: Value) -> serde_json::Value {
    match value.kind {
        None | Some(Kind::NullValue(_)) => serde_json::Value::Null,
        Some(Kind::BoolValue(value)) => value.into(),
        Some(Kind::NumberValue(value)) => Number::from_f64(value).into(),
        Some(Kind::StringValue(value)) => value.into(),
        Some(Kind::ListValue(list)) => list.values.into_iter().map(json).collect(),
        Some(Kind::StructValue(message)) => object(message),
    }
}

#[cfg(test)]
mod tests {
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
        let value = |kind| Value { kind: Some(kind) };
        let list = prost_types::ListValue { values: vec![value(Kind::StringValue("*".into()))] };
        let fields = [
            ("allowOrigins".to_owned(), value(Kind::ListValue(list))),
            ("maxAge".to_owned(), value(Kind::NumberValue(600.0))),
            ("debug".to_owned(), value(Kind::BoolValue(false))),
        ];
        let bytes = Struct { fields: fields.into() }.encode_to_vec();
        let read: serde_json::Value = serde_json::from_str(&text_of(&bytes)).unwrap();
        assert_eq!(read, serde_json::json!({ "allowOrigins": ["*"], "maxAge": 600.0, "debug": false }));
        assert!(PolicySet::from_json(&text_of(&bytes)).is_ok());
    }
}
