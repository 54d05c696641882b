//! The JSON text of a serialised `google.protobuf.Struct`.
//!
//! Envoy passes the bytes of the message, and the engine reads JSON, so this converts one to the other
//! in one pass. prost and serde_json would give the same result, but make the filter considerably
//! larger, mostly for floating-point numbers.

use std::fmt::Write;

/// How deep messages may be nested: far deeper than in any configuration.
const MAX_DEPTH: u32 = 32;

/// The JSON object in the bytes. `None` if they are not a `Struct`, or one that is nested too deep or
/// has no members.
pub(super) fn to_json(message: &[u8]) -> Option<String> {
    let mut json = String::new();
    write_struct(message, MAX_DEPTH, &mut json)?;
    (json != "{}").then_some(json)
}

/// `message Struct { map<string, Value> fields = 1; }`
///
/// The members are sorted, because serialisers write maps in any order. Of two members with the same
/// name, the last one applies.
fn write_struct(message: &[u8], depth: u32, json: &mut String) -> Option<()> {
    let mut members: Vec<(&str, &[u8])> = Vec::new();
    for entry in fields(message) {
        if let (1, Value::Bytes(entry)) = entry? {
            let (name, value) = map_entry(entry)?;
            match members.binary_search_by_key(&name, |(name, _)| name) {
                Ok(known) => members.get_mut(known)?.1 = value,
                Err(place) => members.insert(place, (name, value)),
            }
        }
    }
    json.push('{');
    for (i, (name, value)) in members.into_iter().enumerate() {
        json.push_str(if i == 0 { "\n" } else { ",\n" });
        write_string(name, json)?;
        json.push_str(": ");
        write_value(value, depth.checked_sub(1)?, json)?;
    }
    json.push('}');
    Some(())
}

/// An entry of `fields`: `{ string key = 1; Value value = 2; }`
fn map_entry(message: &[u8]) -> Option<(&str, &[u8])> {
    let (mut name, mut value): (&[u8], &[u8]) = (&[], &[]);
    for field in fields(message) {
        match field? {
            (1, Value::Bytes(bytes)) => name = bytes,
            (2, Value::Bytes(bytes)) => value = bytes,
            _ => {}
        }
    }
    Some((std::str::from_utf8(name).ok()?, value))
}

/// `message ListValue { repeated Value values = 1; }`
fn write_list(message: &[u8], depth: u32, json: &mut String) -> Option<()> {
    json.push('[');
    let mut separator = "";
    for field in fields(message) {
        if let (1, Value::Bytes(value)) = field? {
            json.push_str(separator);
            write_value(value, depth.checked_sub(1)?, json)?;
            separator = ", ";
        }
    }
    json.push(']');
    Some(())
}

/// `message Value`: one of six kinds, each with its own field; without any, it is `null`.
fn write_value(message: &[u8], depth: u32, json: &mut String) -> Option<()> {
    let Some(field) = fields(message).last() else {
        json.push_str("null");
        return Some(());
    };
    match field? {
        (2, Value::Fixed64(bits)) => write_number(f64::from_bits(bits), json),
        (3, Value::Bytes(text)) => write_string(std::str::from_utf8(text).ok()?, json),
        (4, Value::Varint(value)) => {
            json.push_str(if value == 0 { "false" } else { "true" });
            Some(())
        }
        (5, Value::Bytes(message)) => write_struct(message, depth, json),
        (6, Value::Bytes(message)) => write_list(message, depth, json),
        _ => {
            json.push_str("null");
            Some(())
        }
    }
}

fn write_string(text: &str, json: &mut String) -> Option<()> {
    json.push_str(&serde_json::to_string(text).ok()?);
    Some(())
}

/// Whole numbers are written as they are, up to the greatest `u64`, which is out of every field's
/// range. No field accepts fractions, so six digits are enough for one to be refused.
fn write_number(number: f64, json: &mut String) -> Option<()> {
    if !number.is_finite() {
        json.push_str("null");
        return Some(());
    }
    let sign = if number < 0.0 { "-" } else { "" };
    let (whole, fraction) = (number.abs() as u64, number.abs().fract());
    if fraction > 0.0 {
        let millionths = ((fraction * 1e6) as u32).max(1);
        return write!(json, "{sign}{whole}.{millionths:06}").ok();
    }
    write!(json, "{sign}{whole}").ok()
}

/// The value of a field, by its wire type.
enum Value<'m> {
    Varint(u64),
    Fixed64(u64),
    Bytes(&'m [u8]),
    Fixed32,
}

/// The fields of a message with their numbers; `None` instead of the first invalid one.
fn fields(mut message: &[u8]) -> impl Iterator<Item = Option<(u64, Value<'_>)>> {
    std::iter::from_fn(move || {
        if message.is_empty() {
            return None;
        }
        let field = field(&mut message);
        if field.is_none() {
            message = &[];
        }
        Some(field)
    })
}

fn field<'m>(message: &mut &'m [u8]) -> Option<(u64, Value<'m>)> {
    let key = varint(message)?;
    let value = match key & 7 {
        0 => Value::Varint(varint(message)?),
        1 => Value::Fixed64(u64::from_le_bytes(take(message, 8)?.try_into().ok()?)),
        2 => {
            let length = varint(message)?;
            Value::Bytes(take(message, usize::try_from(length).ok()?)?)
        }
        5 => take(message, 4).map(|_| Value::Fixed32)?,
        _ => return None,
    };
    Some((key >> 3, value))
}

fn take<'m>(message: &mut &'m [u8], length: usize) -> Option<&'m [u8]> {
    let (taken, rest) = message.split_at_checked(length)?;
    *message = rest;
    Some(taken)
}

/// Seven bits a byte, lowest first. If the highest bit is set, more bytes follow.
fn varint(message: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = message.split_first()?;
        *message = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use prost::Message;
    use prost_types::value::Kind;
    use prost_types::{ListValue, Struct};
    use serde_json::json;

    use super::*;

    /// What other serialisers make of a JSON value.
    fn value(json: &serde_json::Value) -> prost_types::Value {
        let kind = match json {
            serde_json::Value::Null => Kind::NullValue(0),
            serde_json::Value::Bool(value) => Kind::BoolValue(*value),
            serde_json::Value::Number(number) => Kind::NumberValue(number.as_f64().unwrap()),
            serde_json::Value::String(text) => Kind::StringValue(text.clone()),
            serde_json::Value::Array(values) => {
                Kind::ListValue(ListValue { values: values.iter().map(value).collect() })
            }
            serde_json::Value::Object(_) => Kind::StructValue(message(json)),
        };
        prost_types::Value { kind: Some(kind) }
    }

    fn message(json: &serde_json::Value) -> Struct {
        let members = json.as_object().unwrap().iter();
        Struct { fields: members.map(|(name, member)| (name.clone(), value(member))).collect() }
    }

    #[track_caller]
    fn check(json: &serde_json::Value) {
        let text = to_json(&message(json).encode_to_vec()).unwrap();
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), *json, "{text}");
    }

    #[test]
    fn every_kind_of_value() {
        check(&json!({"": null, "a": true, "b": false, "c": "", "d": [], "e": {}}));
        check(&json!({"text": "ü \" \\ \n \u{0} \u{2028} 😀", "\"": ["*", "https://app.example.com"]}));
        check(&json!({"numbers": [0, 600, 9_007_199_254_740_992_u64, 0.5, 1.25]}));
        check(&json!({"a": {"b": [{"c": [[], [null, {"d": 1}]]}, {}]}}));
    }

    #[test]
    fn numbers() {
        let written = |number: f64| {
            let mut json = String::new();
            write_number(number, &mut json).map(|()| json).unwrap()
        };
        for (number, text) in [
            (600.0, "600"),
            (-1.0, "-1"),
            (-0.25, "-0.250000"),
            (600.000_000_01, "600.000001"),
            (1e300, "18446744073709551615"),
        ] {
            assert_eq!(written(number), text);
        }
        assert_eq!(written(f64::NAN), "null");
        assert_eq!(written(f64::INFINITY), "null");
    }

    #[test]
    fn members_are_sorted_and_the_last_of_a_name_counts() {
        let bytes = |json| message(&json).encode_to_vec();
        let twice = [bytes(json!({"b": 1})), bytes(json!({"a": 2})), bytes(json!({"b": 3}))].concat();
        assert_eq!(to_json(&twice).unwrap(), "{\n\"a\": 2,\n\"b\": 3}");
    }

    #[test]
    fn nesting_is_bounded() {
        let nested = |depth: u32| (0..depth).fold(json!([]), |inner, _| json!([inner]));
        check(&json!({"a": nested(MAX_DEPTH - 1)}));
        assert_eq!(to_json(&message(&json!({"a": nested(MAX_DEPTH)})).encode_to_vec()), None);
    }

    #[test]
    fn broken_messages_are_none() {
        let whole = message(&json!({"a": [1, "b", {"c": true}]})).encode_to_vec();
        for end in 1..whole.len() {
            assert_eq!(to_json(&whole[..end]), None, "{end}");
        }
        for at in 0..whole.len() {
            for byte in 0..=u8::MAX {
                let mut broken = whole.clone();
                broken[at] = byte;
                if let Some(text) = to_json(&broken) {
                    assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{text}");
                }
            }
        }
        assert_eq!(to_json(&[0x80; 20]), None);
        assert_eq!(to_json(b"{\"allowOrigins\": "), None);
    }

    #[test]
    fn unknown_fields_are_skipped() {
        let unknown = [0x10, 0x01, 0x19, 1, 2, 3, 4, 5, 6, 7, 8, 0x22, 0x01, b'x', 0x2d, 1, 2, 3, 4];
        assert_eq!(to_json(&unknown), None);
        let known = message(&json!({"a": 1})).encode_to_vec();
        assert_eq!(to_json(&[&unknown, known.as_slice(), &unknown].concat()).unwrap(), "{\n\"a\": 1}");
    }
}
