//! The Kubernetes files, by the schemas of Istio and Envoy Gateway in `tests/data/crds/`.

use std::path::Path;

use serde_json::Value;

use super::{schema, text, yaml, yaml_files};
use crate::Test;
use crate::bed::Bed;

/// A file, a place in it, and a value there that the schema has to refuse.
const REFUSED: &[(&str, &str, &str)] = &[
    ("envoy/istio/wasm-plugin-gateway.yaml", "/spec/phase", r#""AUTHENTICATION""#),
    ("envoy/istio/wasm-plugin-gateway.yaml", "/spec/failPolicy", r#""FAIL_OPEN""#),
    ("envoy/istio/wasm-plugin-gateway.yaml", "/spec/sha256", r#""sha256:0""#),
    ("envoy/istio/wasm-plugin-gateway.yaml", "/spec/targetRefs/0/kind", "null"),
    ("envoy/istio/wasm-plugin-sidecars.yaml", "/spec/selector/labels", "{}"),
    ("envoy/istio/wasm-plugin-sidecars.yaml", "/metadata/label", "{}"),
    ("envoy/istio/wasm-plugin-sidecars.yaml", "/apiVersion", r#""extensions.istio.io/v1""#),
    ("envoy/istio/traffic-extension-gateway.yaml", "/spec/pluginConfig", "{}"),
    ("envoy/istio/traffic-extension-gateway.yaml", "/spec/lua", r#"{ "inlineCode": "" }"#),
    ("envoy/istio/traffic-extension-gateway.yaml", "/spec/wasm/url", "7"),
    ("envoy/istio/envoy-filter.yaml", "/spec/configPatches/0/patch/operation", r#""INSERT""#),
    ("envoy/istio/two-routes-envoy-filter.yaml", "/spec/configPatches/0/applyTo", r#""ROUTE""#),
    ("envoy/istio/two-routes-virtual-service.yaml", "/spec/http/1/headers/response/delete", "[]"),
    ("envoy/envoy-gateway/envoy-extension-policy.yaml", "/spec/wasm/0/failStrategy", r#""FAIL_OPEN""#),
    ("envoy/envoy-gateway/envoy-extension-policy.yaml", "/spec/wasm/0/code/type", r#""OCI""#),
    (
        "envoy/dynamic-module/envoy-gateway/envoy-extension-policy.yaml",
        "/spec/dynamicModule/0/filter",
        r#""edge-cors""#,
    ),
    ("envoy/dynamic-module/envoy-gateway/envoy-proxy.yaml", "/spec/dynamicModules/0/source/type", r#""Image""#),
    ("envoy/dynamic-module/envoy-gateway/envoy-proxy.yaml", "/spec/filterOrder/0/name", r#""edge-cors""#),
    (
        "envoy/dynamic-module/envoy-gateway/envoy-proxy-init-container.yaml",
        "/spec/dynamicModules/0/name",
        r#""edge_cors""#,
    ),
];

pub(super) fn tests() -> Vec<(String, Test)> {
    let mut tests: Vec<(String, Test)> = Vec::new();
    let of_module = ["envoy/dynamic-module/istio", "envoy/dynamic-module/envoy-gateway"];
    for file in ["envoy/istio", "envoy/envoy-gateway"].into_iter().chain(of_module).flat_map(yaml_files) {
        let name = format!("{} is accepted by its schema", file.display());
        let image = format!("registry.example.com/edge-cors:{}\n", env!("CARGO_PKG_VERSION"));
        let named = format!("{} names the image of this version", file.display());
        let source = text(&file);
        let resource = yaml(&source);
        tests.push((name, Box::new(move |_: &Bed| problems(&resource).map_or(Ok(()), Err))));
        if source.contains("oci://") {
            tests.push((named, Box::new(move |_: &Bed| source.contains(&image).then_some(()).ok_or(image))));
        }
    }
    for &(file, pointer, value) in REFUSED {
        let name = format!("the schema of {file} refuses {value} at {pointer}");
        tests.push((name, Box::new(move |_: &Bed| refused(file, pointer, value))));
    }
    tests
}

/// What the schema of the resource's kind has against it.
pub(super) fn problems(resource: &Value) -> Option<String> {
    let definition = definition(resource["kind"].as_str().unwrap());
    let version = resource["apiVersion"].as_str().and_then(|version| version.split_once('/')).unwrap().1;
    if definition["spec"]["versions"].as_array().unwrap().iter().all(|entry| entry["name"] != version) {
        return Some(format!("there is no version {version}"));
    }
    let validator = jsonschema::validator_for(&schema::of(&definition, version)).unwrap();
    let problems: Vec<String> =
        validator.iter_errors(resource).map(|problem| format!("{}: {problem}", problem.instance_path())).collect();
    (!problems.is_empty()).then(|| problems.join("\n"))
}

fn definition(kind: &str) -> Value {
    let definitions = yaml_files("tests/data/crds").into_iter().map(|file| yaml(&text(file)));
    let mut found = definitions.filter(|definition| definition["spec"]["names"]["kind"] == kind);
    found.next().unwrap_or_else(|| panic!("no definition of {kind} in tests/data/crds"))
}

fn refused(file: impl AsRef<Path>, pointer: &str, value: &str) -> Result<(), String> {
    let mut resource = yaml(&text(file));
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let members = resource.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    members.insert(name.to_owned(), serde_json::from_str(value).unwrap());
    problems(&resource).map(|_| ()).ok_or_else(|| "it was accepted".to_owned())
}
