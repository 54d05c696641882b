//! The JSON Schema of the configuration and its normal form, for tools. Both come from the types
//! that the configuration is read into.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value, json};

use super::when_invalid::WHEN_INVALID;
use super::{
    At, Document, Duration, ExactPath, MAX_AGE, OriginConfig, PathConfig, PatternText, Policies, PolicyConfig,
    PolicyNames, RegexConfig,
};
use crate::danger::Danger;
use crate::problem::{ConfigError, Report};

/// The [JSON Schema](https://json-schema.org/draft/2020-12/schema) of the configuration.
///
/// It accepts every configuration that the edge accepts. It rejects unknown fields, values of the
/// wrong type and unknown values. It does not find dangers; only the edge does.
pub fn json_schema() -> Value {
    let mut generator = schemars::generate::SchemaSettings::draft2020_12().into_generator();
    generator.subschema_for::<Document>();
    generator.subschema_for::<PolicyConfig>();
    let definitions = generator.take_definitions(true);
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "edge-cors",
        "description": "The configuration of edge-cors: named policies and routes, or a single policy.",
        "type": "object",
        "anyOf": [root("Document", &definitions), root("Policy", &definitions)],
        "$defs": definitions,
    })
}

/// A configuration in its normal form: the same policies without white space, with every value in its
/// plainest spelling, such as durations in seconds.
///
/// # Errors
/// Those errors of [`PolicySet::from_json`](crate::PolicySet::from_json) that concern JSON and types.
pub fn normal_form(source: &str) -> Result<String, ConfigError> {
    let mut report = Report::on(source);
    let document = Document::parse(source, &mut report);
    let text = document.and_then(|document| serde_json::to_string(&document).ok());
    report.finish()?;
    Ok(text.unwrap_or_default())
}

/// A definition as the whole document, plus `$schema`, by which editors find the schema.
fn root(name: &str, definitions: &Map<String, Value>) -> Value {
    let definition = definitions.get(name);
    let properties = definition.and_then(|definition| definition.get("properties")).and_then(Value::as_object);
    let keys = properties.into_iter().flat_map(Map::keys);
    let reference = |key: &String| (key.clone(), json!({ "$ref": format!("#/$defs/{name}/properties/{key}") }));
    let schema = ("$schema".to_owned(), json!({ "type": "string" }));
    let when_invalid =
        (WHEN_INVALID.to_owned(), json!({ "$ref": format!("#/$defs/Document/properties/{WHEN_INVALID}") }));
    json!({
        "properties": Map::from_iter(keys.map(reference).chain([schema, when_invalid])),
        "required": definition.and_then(|definition| definition.get("required")),
        "additionalProperties": false,
    })
}

/// A field of an object, as the macro `object!` passes it on.
pub(super) struct Field {
    pub(super) key: &'static str,
    pub(super) docs: &'static str,
    pub(super) schema: Schema,
    /// More keywords: no object of them, or one.
    pub(super) more: Value,
    pub(super) required: bool,
}

pub(super) fn object(docs: &str, fields: Vec<Field>) -> Schema {
    let required: Vec<&str> = fields.iter().filter(|field| field.required).map(|field| field.key).collect();
    let properties = fields.into_iter().map(|field| {
        let mut schema = field.schema;
        schema.insert("description".to_owned(), field.docs.trim().into());
        if let Some(Value::Object(more)) = field.more.get(0) {
            more.iter().for_each(|(keyword, value)| drop(schema.insert(keyword.clone(), value.clone())));
        }
        (field.key.to_owned(), schema.to_value())
    });
    json_schema!({
        "description": docs.trim(),
        "type": "object",
        "properties": Map::from_iter(properties),
        "required": required,
        "additionalProperties": false,
    })
}

pub(super) fn choices(docs: &str, values: &[(&str, &str)]) -> Schema {
    let values = values.iter().map(|(text, docs)| json!({ "const": text, "description": docs.trim() }));
    json_schema!({ "description": docs.trim(), "oneOf": values.collect::<Vec<_>>() })
}

/// A method or a header name, or `*`: RFC 9110, section 5.6.2.
pub(super) fn token() -> Value {
    json!({ "type": "string", "pattern": "^(\\*|[!#$%&'+.^_`|~0-9A-Za-z-]+)$" })
}

pub(super) fn origin_pattern() -> Value {
    json!({ "type": "string", "pattern": "^(\\*|null|[a-z][a-z0-9+.-]*://[^/?#@\\\\\\s]+)$" })
}

/// Gives a type the schema of an expression, in place or as a definition.
macro_rules! schema {
    ($type:ty, $name:literal, |$generator:ident| $schema:expr) => {
        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }

            fn inline_schema() -> bool {
                true
            }

            fn json_schema($generator: &mut SchemaGenerator) -> Schema {
                $schema
            }
        }
    };
}

schema!(Policies, "Policies", |generator| json_schema!({
    "type": "object",
    "propertyNames": { "pattern": "^[0-9A-Za-z_-]{1,64}$", "not": { "enum": ["none", "closed", "shadow"] } },
    "additionalProperties": generator.subschema_for::<PolicyConfig>(),
    "minProperties": 1,
}));
schema!(PolicyNames, "PolicyNames", |_generator| json_schema!({
    "anyOf": [
        { "type": ["string", "null"] },
        { "type": "array", "items": { "type": "string" }, "minItems": 1 },
    ],
}));
schema!(OriginConfig, "Origin", |generator| json_schema!({
    "anyOf": [origin_pattern(), generator.subschema_for::<RegexConfig>()],
}));
schema!(PatternText, "Pattern", |_generator| json_schema!({ "type": "string" }));
schema!(PathConfig, "Path", |generator| json_schema!({
    "anyOf": [{ "type": "string", "pattern": "^/" }, generator.subschema_for::<ExactPath>()],
}));
schema!(Duration, "Duration", |_generator| json_schema!({
    "anyOf": [
        { "type": "integer", "minimum": 0, "maximum": MAX_AGE },
        { "type": "string", "pattern": "^([0-9]+|([0-9]{1,5}[hms])+)$" },
    ],
}));
schema!(Danger, "Danger", |_generator| json_schema!({ "enum": Danger::NAMES }));

impl<T: JsonSchema> JsonSchema for At<T> {
    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

impl<T: Serialize> Serialize for At<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(serializer)
    }
}

impl Serialize for Policies {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for named in &self.0 {
            map.serialize_entry(&named.name, &named.policy)?;
        }
        map.end()
    }
}

impl Serialize for PolicyNames {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [] => serializer.serialize_unit(),
            [name] => name.serialize(serializer),
            names => names.serialize(serializer),
        }
    }
}

impl Serialize for OriginConfig {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Pattern(pattern) => serializer.serialize_str(pattern),
            Self::Regex(regex) => json!({ "regex": regex.value }).serialize(serializer),
        }
    }
}

impl Serialize for PatternText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl Serialize for PathConfig {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Prefix(path) => serializer.serialize_str(path),
            Self::Exact(path) => json!({ "exact": path }).serialize(serializer),
        }
    }
}

impl Serialize for Duration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.0)
    }
}

impl Serialize for Danger {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
