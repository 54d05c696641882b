//! What the Kubernetes API server accepts of a custom resource, as a JSON Schema.
//!
//! A custom resource definition has an OpenAPI schema, which is one of JSON but for a few keywords.
//! Fields that it does not know are refused here, as the server refuses them of `kubectl apply`.
//! Rules in the Common Expression Language (`x-kubernetes-validations`) are not evaluated.

use serde_json::{Map, Value, json};

/// The schema of one version of the kind that a definition defines.
pub(super) fn of(definition: &Value, version: &str) -> Value {
    let versions = definition["spec"]["versions"].as_array().unwrap();
    let found = versions.iter().find(|entry| entry["name"] == version && entry["served"] == true);
    let found = found.unwrap_or_else(|| panic!("the definition serves no version {version}"));
    let mut schema = strict(&found["schema"]["openAPIV3Schema"]);
    // What every object has, and no definition says.
    let properties = schema["properties"].as_object_mut().unwrap();
    let group = definition["spec"]["group"].as_str().unwrap();
    properties.insert("apiVersion".to_owned(), json!({ "const": format!("{group}/{version}") }));
    properties.insert("kind".to_owned(), json!({ "const": definition["spec"]["names"]["kind"] }));
    let names = json!({ "name": { "type": "string" }, "namespace": { "type": "string" } });
    let metadata =
        json!({ "type": "object", "properties": names, "required": ["name"], "additionalProperties": false });
    properties.insert("metadata".to_owned(), metadata);
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let always = ["apiVersion", "kind", "metadata"].map(Value::from);
    schema["required"] = required.into_iter().chain(always).collect();
    schema
}

/// A schema that refuses the fields it does not name. What stands under `anyOf`, `oneOf` and `not`
/// stays as it is: these name some fields of an object, and never all.
fn strict(schema: &Value) -> Value {
    let mut result = schema.as_object().unwrap().clone();
    let open = result.get("x-kubernetes-preserve-unknown-fields") == Some(&Value::Bool(true));
    if let Some(Value::Object(properties)) = result.get("properties") {
        let properties: Map<_, _> = properties.iter().map(|(name, each)| (name.clone(), strict(each))).collect();
        result.insert("properties".to_owned(), properties.into());
        if !open {
            result.entry("additionalProperties").or_insert(Value::Bool(false));
        }
    }
    for key in ["items", "additionalProperties"] {
        if let Some(each @ Value::Object(_)) = result.get(key) {
            let each = strict(each);
            result.insert(key.to_owned(), each);
        }
    }
    if result.get("x-kubernetes-int-or-string") == Some(&Value::Bool(true)) {
        result.insert("type".to_owned(), json!(["integer", "string"]));
    }
    if result.get("nullable") == Some(&Value::Bool(true)) {
        let kind = result.remove("type");
        result.insert("type".to_owned(), kind.into_iter().chain([json!("null")]).collect());
    }
    Value::Object(result)
}
