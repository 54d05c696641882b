//! Where hosts keep the configuration of a plugin.

use super::tree::{Tree, Value};

/// What is searched for, for the message that it was not found.
pub(super) const KNOWN: &str = "The tool knows the configuration itself as JSON, the wasm plugins of an Envoy \
    bootstrap or listener, a WasmPlugin, a TrafficExtension, an EnvoyExtensionPolicy, and CORS_CONFIG among the \
    vars of a wrangler.toml.";

/// The variable that the Worker is configured by.
const VARIABLE: &str = "CORS_CONFIG";

/// A configuration, or the lack of one, in a document of a host.
pub(super) struct Found<'t> {
    /// JSON Pointer of the configuration in its document.
    pub(super) pointer: String,
    /// The configuration: a text with JSON in it, or values.
    pub(super) payload: Option<&'t Tree>,
    /// Whether the text is in base64: that of a google.protobuf.BytesValue is.
    pub(super) base64: bool,
    /// What it configures.
    pub(super) plugin: &'t Tree,
}

/// The configurations of edge-cors in one document.
pub(super) fn configurations(document: &Tree) -> Vec<Found<'_>> {
    let mut found = Vec::new();
    search(document, "", &mut found);
    found
}

/// Whether a document is one of a host's, so that it is no configuration itself.
pub(super) fn belongs_to_a_host(document: &Tree) -> bool {
    let marks =
        ["apiVersion", "static_resources", "dynamic_resources", "resources", "compatibility_date", "main", "vars"];
    marks.iter().any(|mark| document.get(mark).is_some())
}

fn search<'t>(tree: &'t Tree, pointer: &str, found: &mut Vec<Found<'t>>) {
    let kind = tree.get("kind").and_then(Tree::text);
    let spec = || tree.get("spec").map(|spec| (spec, format!("{pointer}/spec")));
    let wasm = || spec().and_then(|(spec, pointer)| Some((spec.get("wasm")?, format!("{pointer}/wasm"))));
    match kind {
        Some("WasmPlugin") => found.extend(spec().and_then(|(spec, at)| plugin(spec, &at, "pluginConfig"))),
        Some("TrafficExtension") => found.extend(wasm().and_then(|(wasm, at)| plugin(wasm, &at, "pluginConfig"))),
        Some("EnvoyExtensionPolicy") => {
            if let Some((Tree { value: Value::List(plugins), .. }, at)) = wasm() {
                let plugins = plugins.iter().enumerate();
                found.extend(plugins.filter_map(|(i, wasm)| plugin(wasm, &format!("{at}/{i}"), "config")));
            }
        }
        _ => search_members(tree, pointer, found),
    }
}

fn search_members<'t>(tree: &'t Tree, pointer: &str, found: &mut Vec<Found<'t>>) {
    match &tree.value {
        Value::Map(_) if tree.get("vm_config").or(tree.get("vmConfig")).is_some() => {
            found.extend(plugin(tree, pointer, "configuration"));
        }
        Value::Map(members) => {
            for member in members {
                let segment = member.key.replace('~', "~0").replace('/', "~1");
                let pointer = format!("{pointer}/{segment}");
                let variable = if member.key == "vars" { member.value.get(VARIABLE) } else { None };
                match variable {
                    Some(payload) => found.push(Found {
                        pointer: format!("{pointer}/{VARIABLE}"),
                        payload: Some(payload),
                        base64: false,
                        plugin: &member.value,
                    }),
                    None => search(&member.value, &pointer, found),
                }
            }
        }
        Value::List(elements) => {
            for (i, element) in elements.iter().enumerate() {
                search(element, &format!("{pointer}/{i}"), found);
            }
        }
        _ => {}
    }
}

/// The configuration of a wasm plugin, if the plugin is edge-cors: it says so in its name, its
/// URL or its file, or its configuration looks like one.
fn plugin<'t>(plugin: &'t Tree, pointer: &str, field: &str) -> Option<Found<'t>> {
    let given = plugin.get(field);
    // Envoy wraps it into a message: google.protobuf.StringValue, BytesValue or Struct.
    let message = given.and_then(|given| Some((given, given.get("@type")?)));
    let (payload, suffix) = match message {
        Some((given, _)) => (given.get("value"), "/value"),
        None => (given, ""),
    };
    let base64 = message.and_then(|(_, name)| name.text()).is_some_and(|name| name.ends_with(".BytesValue"));
    let ours = payload.is_some_and(looks_like_ours) || says_edge_cors(plugin, field);
    ours.then(|| Found { pointer: format!("{pointer}/{field}{suffix}"), payload, base64, plugin })
}

fn looks_like_ours(payload: &Tree) -> bool {
    let marks = ["allowOrigins", "policies"];
    match &payload.value {
        Value::Text(text) => marks.iter().any(|mark| text.contains(&format!("\"{mark}\""))),
        _ => marks.iter().any(|mark| payload.get(mark).is_some()),
    }
}

/// Whether a text of the plugin, outside its configuration, has the project's name in it.
fn says_edge_cors(tree: &Tree, configuration: &str) -> bool {
    match &tree.value {
        Value::Text(text) => text.replace('_', "-").contains("edge-cors"),
        Value::List(elements) => elements.iter().any(|element| says_edge_cors(element, configuration)),
        Value::Map(members) => members
            .iter()
            .filter(|member| member.key != configuration)
            .any(|member| says_edge_cors(&member.value, configuration)),
        _ => false,
    }
}
