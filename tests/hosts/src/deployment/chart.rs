//! The Helm chart of `distribution/helm/`, rendered by Helm itself: what it makes is accepted by the schemas of
//! Istio and Envoy Gateway, and a wrong policy is refused before anything is made.

use std::io::Write as _;
use std::process::{Command, Stdio};

use edge_cors::{PolicySet, json_schema};
use serde_json::{Value, json};

use super::{kubernetes, text, yaml};
use crate::Test;
use crate::bed::Bed;

/// Where Helm is: Python's binding to it, which `make test` installs.
const PYTHON: &str = "target/tools/python/bin/python";

/// Prints what the chart makes of the values on its standard input, or Helm's error.
const RENDER: &str = "
import json, sys, helm_python
chart = helm_python.Chart.load('distribution/helm')
try:
    made = chart.render(json.load(sys.stdin), name='edge-cors', namespace='gateways')
    print(json.dumps([text for text in made.values() if text.strip()]))
except helm_python.HelmValuesError as error:
    sys.exit(str(error))
";

type Check = fn() -> Result<(), String>;

pub(super) fn tests() -> Vec<(String, Test)> {
    let tests: [(&str, Check); 4] = [
        ("the schema of the values holds that of the policy", the_schema_is_ours),
        ("the chart is of this version", the_version_is_ours),
        ("the chart makes what Istio and Envoy Gateway accept", what_is_made_is_accepted),
        ("the chart refuses a policy that is missing or wrong", a_wrong_policy_is_refused),
    ];
    tests.map(|(name, test)| (name.to_owned(), Box::new(move |_: &Bed| test()) as Test)).into()
}

fn policy() -> Value {
    json!({ "policies": { "app": { "allowOrigins": ["https://app.example.com"], "maxAge": 600 } }, "default": "app" })
}

fn render(values: &Value) -> Result<Vec<Value>, String> {
    let project = test_support::project();
    let mut helm = Command::new(project.join(PYTHON));
    let helm = helm.current_dir(project).args(["-c", RENDER]).stdin(Stdio::piped());
    let mut helm = helm.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    helm.stdin.take().unwrap().write_all(values.to_string().as_bytes()).unwrap();
    let output = helm.wait_with_output().unwrap();
    if !output.status.success() {
        return Err(String::from_utf8(output.stderr).unwrap());
    }
    let made: Vec<String> = serde_json::from_slice(&output.stdout).unwrap();
    Ok(made.iter().map(|text| yaml(text)).collect())
}

fn the_schema_is_ours() -> Result<(), String> {
    let schema: Value = serde_json::from_str(&text("distribution/helm/values.schema.json")).unwrap();
    let update =
        "jq --slurpfile s edge-cors.schema.json '.\"$defs\" = $s[0].\"$defs\"' distribution/helm/values.schema.json";
    let is_same = schema["$defs"] == json_schema()["$defs"];
    is_same.then_some(()).ok_or_else(|| format!("the schema has changed; to write the chart's anew: {update}"))
}

fn the_version_is_ours() -> Result<(), String> {
    let chart = yaml(&text("distribution/helm/Chart.yaml"));
    let values = yaml(&text("distribution/helm/values.yaml"));
    let versions = [&chart["version"], &chart["appVersion"], &values["image"]["tag"]];
    let ours = env!("CARGO_PKG_VERSION");
    versions.iter().all(|version| *version == ours).then_some(()).ok_or_else(|| format!("{versions:?} is not {ours}"))
}

fn what_is_made_is_accepted() -> Result<(), String> {
    let digest = format!("sha256:{}", "0123456789abcdef".repeat(4));
    for (host, kind, configuration) in [
        ("istio", "WasmPlugin", "/spec/pluginConfig"),
        ("envoy-gateway", "EnvoyExtensionPolicy", "/spec/wasm/0/config"),
    ] {
        for image in [json!({}), json!({ "digest": digest })] {
            let made = render(&json!({ "host": host, "image": image, "policy": policy() }))?;
            let [resource] = made.as_slice() else {
                return Err(format!("{host}: not one resource: {made:?}"));
            };
            assert_eq!(resource["kind"], kind);
            assert_eq!(resource["metadata"], json!({ "name": "edge-cors", "namespace": "gateways" }));
            kubernetes::problems(resource).map_or(Ok(()), Err)?;
            let mut expected = policy();
            expected["whenInvalid"] = json!("close");
            let found = resource.pointer(configuration).unwrap();
            assert_eq!(*found, expected);
            PolicySet::from_json(&found.to_string()).map_err(|error| error.to_string())?;
            assert_eq!(is_pinned(resource), !image["digest"].is_null());
        }
    }
    Ok(())
}

/// Whether the resource pins the image of this version by a digest.
fn is_pinned(resource: &Value) -> bool {
    let tagged = concat!("registry.example.com/edge-cors:", env!("CARGO_PKG_VERSION"));
    let image = &resource["spec"]["wasm"][0]["code"]["image"];
    let (url, digest) = match resource["spec"]["url"].as_str() {
        Some(url) => {
            let (url, digest) = url.split_once('@').map_or((url, None), |(url, digest)| (url, Some(digest)));
            (url.strip_prefix("oci://"), digest.and_then(|digest| digest.strip_prefix("sha256:")))
        }
        None => (image["url"].as_str(), image["sha256"].as_str()),
    };
    assert_eq!(url, Some(tagged));
    digest.is_some_and(|digest| digest.len() == 64)
}

fn a_wrong_policy_is_refused() -> Result<(), String> {
    for (pointer, value, why) in [
        ("/policy", json!({}), "at '/policy': missing property 'policies'"),
        ("/policy/policies/app/allowOrigin", json!([]), "additional properties 'allowOrigin' not allowed"),
        ("/policy/policies/app/maxAge", json!([1]), "at '/policy/policies/app/maxAge'"),
        ("/host", json!("envoy"), "at '/host': value must be one of 'istio', 'envoy-gateway'"),
        ("/image", json!({ "digest": "latest" }), "at '/image/digest'"),
        ("/policies", json!({}), "additional properties 'policies' not allowed"),
    ] {
        let mut values = json!({ "policy": policy() });
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let members = values.pointer_mut(parent).unwrap().as_object_mut().unwrap();
        members.insert(name.to_owned(), value);
        let error = render(&values).err().ok_or_else(|| format!("{pointer} was accepted"))?;
        assert!(error.contains(why), "{pointer}: {error}");
    }
    Ok(())
}
