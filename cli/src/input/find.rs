//! Finds the configuration of a plugin in the files of hosts.

use std::path::Path;

use super::format::Format;
use super::notice::Notice;
use super::tree::{Member, Tree, Value};
use super::walk::is_known;
use super::wrangler::VARIABLE;

/// What is searched, for the message that nothing was found.
pub(crate) const KNOWN: &str = "The tool reads the configuration itself as JSON; the wasm plugins and \
    dynamic modules of an Envoy bootstrap, listener, route or extension configuration; a WasmPlugin of Istio or Higress, a TrafficExtension, an \
    EnvoyExtensionPolicy; a ConfigMap that contains one of these; and CORS_CONFIG among the vars of a wrangler.toml, \
    wrangler.jsonc or .dev.vars.";

/// A configuration, or the lack of one, in a document of a host.
pub(super) struct Found<'t> {
    /// JSON Pointer of the configuration in its document.
    pub(super) pointer: String,
    /// The configuration: a string with JSON, or values.
    pub(super) payload: Option<&'t Tree>,
    /// Whether the string is in base64, as in a google.protobuf.BytesValue.
    pub(super) base64: bool,
    /// Whether the plugin does not name its code, as in a patch.
    pub(super) is_partial: bool,
    /// The plugin that it configures.
    pub(super) plugin: &'t Tree,
}

/// The results of searching a document.
#[derive(Default)]
pub(super) struct Search<'t> {
    pub(super) found: Vec<Found<'t>>,
    /// Files in scalars, each with its JSON Pointer and its name.
    pub(super) files: Vec<(String, String, &'t Tree)>,
    pub(super) notices: Vec<Notice>,
}

/// The configurations of edge-cors in one document.
pub(super) fn search(document: &Tree, format: Format) -> Search<'_> {
    let mut search = Search::default();
    if format == Format::DevVars {
        search.found.extend(variable(document, ""));
    } else {
        search.visit(document, "");
    }
    search
}

/// Whether a document belongs to a host, and so is not a configuration itself.
pub(super) fn belongs_to_a_host(document: &Tree) -> bool {
    let marks = ["apiVersion", "static_resources", "dynamic_resources", "compatibility_date", "main", "vars"];
    let is_list = |tree: &Tree| matches!(tree.value, Value::List(_));
    marks.iter().any(|mark| document.get(mark).is_some()) || document.get("resources").is_some_and(is_list)
}

/// Whether a document is a configuration of edge-cors, or was meant to be one.
pub(super) fn looks_like_a_policy(document: &Tree) -> bool {
    let has_origins = |tree: &Tree| match &tree.value {
        Value::Map(members) => members.iter().any(|member| {
            let folded = member.key.to_ascii_lowercase().replace(['-', '_'], "");
            folded.contains("alloworigin") || folded.contains("allowedorigin")
        }),
        _ => false,
    };
    let named = document.get("policies").map(|policies| &policies.value);
    let of_policies = |members: &[Member]| members.iter().any(|policy| has_origins(&policy.value));
    !belongs_to_a_host(document)
        && (has_origins(document) || matches!(named, Some(Value::Map(members)) if of_policies(members)))
}

/// Whether a text that cannot be parsed could be meant for edge-cors.
pub(super) fn mentions_us(text: &str) -> bool {
    ["edge-cors", "edge_cors", "allowOrigins", VARIABLE].iter().any(|mark| text.contains(mark))
}

impl<'t> Search<'t> {
    fn visit(&mut self, tree: &'t Tree, pointer: &str) {
        let kind = tree.get("kind").and_then(Tree::text);
        let spec = || tree.get("spec").map(|spec| (spec, format!("{pointer}/spec")));
        // Of a kind that has one plugin only.
        let is_named = tree.get("metadata").and_then(|metadata| metadata.get("name")).is_some_and(is_our_name);
        let part = |name| spec().and_then(|(spec, pointer)| Some((spec.get(name)?, format!("{pointer}/{name}"))));
        match kind {
            Some("WasmPlugin") => {
                if let Some((spec, at)) = spec() {
                    self.found.extend(plugin(spec, &at, "pluginConfig", "url", is_named));
                    self.higress(spec, &at, is_named);
                }
            }
            Some("TrafficExtension") => {
                let found = part("wasm").and_then(|(wasm, at)| plugin(wasm, &at, "pluginConfig", "url", is_named));
                self.found.extend(found);
            }
            Some("EnvoyExtensionPolicy") => {
                for (kind, code) in [("wasm", "code"), ("dynamicModule", "name")] {
                    if let Some((Tree { value: Value::List(plugins), .. }, at)) = part(kind) {
                        let plugins = plugins.iter().enumerate();
                        let found =
                            plugins.filter_map(|(i, found)| plugin(found, &format!("{at}/{i}"), "config", code, false));
                        self.found.extend(found);
                    }
                }
            }
            Some("ConfigMap") => self.files_of(tree.get("data"), &format!("{pointer}/data")),
            Some("Kustomization") => self.patches(tree.get("patches"), &format!("{pointer}/patches")),
            _ => self.visit_members(tree, pointer),
        }
    }

    fn visit_members(&mut self, tree: &'t Tree, pointer: &str) {
        match &tree.value {
            Value::Map(_) if tree.get("vm_config").or(tree.get("vmConfig")).is_some() => {
                self.found.extend(plugin(tree, pointer, "configuration", "", false));
            }
            Value::Map(_) if tree.get("dynamic_module_config").or(tree.get("dynamicModuleConfig")).is_some() => {
                self.found.extend(module(tree, pointer));
            }
            Value::Map(members) => {
                for member in members {
                    let pointer = child(pointer, &member.key);
                    match variable(&member.value, &pointer).filter(|_| member.key == "vars") {
                        Some(found) => self.found.push(found),
                        None => self.visit(&member.value, &pointer),
                    }
                }
            }
            Value::List(elements) => {
                for (i, element) in elements.iter().enumerate() {
                    self.notices.extend(json_patch(element));
                    self.visit(element, &format!("{pointer}/{i}"));
                }
            }
            _ => {}
        }
    }

    /// What Higress has in a WasmPlugin beyond Istio's: `defaultConfig`, and `matchRules` for
    /// routes, domains and services.
    fn higress(&mut self, spec: &'t Tree, pointer: &str, is_named: bool) {
        let is_true = |tree: &Tree, field: &str| matches!(tree.get(field), Some(Tree { value: Value::Bool(true), .. }));
        let rules = spec.get("matchRules").map(|rules| &rules.value);
        let rules = if let Some(Value::List(rules)) = rules { rules.as_slice() } else { &[] };
        let is_config = |tree: &Tree| tree.get("config").is_some_and(looks_like_ours);
        let ours = spec.get("defaultConfig").is_some_and(looks_like_ours)
            || rules.iter().any(is_config)
            || ((is_named || says_edge_cors(spec, "defaultConfig")) && spec.get("pluginConfig").is_none());
        if !ours {
            return;
        }
        let is_partial = spec.get("url").is_none();
        let found = |plugin: &'t Tree, pointer: &str, field: &str| {
            let payload = plugin.get(field)?;
            let pointer = format!("{pointer}/{field}");
            Some(Found { pointer, payload: Some(payload), base64: false, is_partial, plugin })
        };
        if !is_true(spec, "defaultConfigDisable") {
            self.found.extend(found(spec, pointer, "defaultConfig"));
        }
        let enabled = || rules.iter().enumerate().filter(|(_, rule)| !is_true(rule, "configDisable"));
        for (i, rule) in enabled() {
            self.found.extend(found(rule, &format!("{pointer}/matchRules/{i}"), "config"));
        }
        if let Some((_, rule)) = enabled().next() {
            self.notices.push(Notice::error(
                "match-rules",
                rule.span.start,
                "Higress passes its matchRules to the plugin in a field \"_rules_\", which edge-cors rejects, because \
                 it cannot see Higress' routes."
                    .to_owned(),
                "write one defaultConfig, with policies by name and a route for each host and path.",
            ));
        }
    }

    /// The data of a ConfigMap: files by name, and values that are not files.
    fn files_of(&mut self, data: Option<&'t Tree>, pointer: &str) {
        if let Some(Tree { value: Value::Map(members), .. }) = data {
            // A name without an extension, such as `config`, says nothing about the file.
            let is_file = |member: &&Member| Path::new(&member.key).extension().is_none_or(is_known);
            let file = |member: &'t Member| (child(pointer, &member.key), member.key.clone(), &member.value);
            let files = members.iter().filter(is_file).map(file);
            self.files.extend(files);
        }
    }

    /// The patches of a Kustomization that are written in it.
    fn patches(&mut self, patches: Option<&'t Tree>, pointer: &str) {
        if let Some(Tree { value: Value::List(patches), .. }) = patches {
            for (i, patch) in patches.iter().enumerate() {
                let file =
                    patch.get("patch").map(|patch| (format!("{pointer}/{i}/patch"), "patch.yaml".to_owned(), patch));
                self.files.extend(file);
            }
        }
    }
}

fn child(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// The Worker's variable, among others.
fn variable<'t>(variables: &'t Tree, pointer: &str) -> Option<Found<'t>> {
    let payload = Some(variables.get(VARIABLE)?);
    let pointer = format!("{pointer}/{VARIABLE}");
    Some(Found { pointer, payload, base64: false, is_partial: false, plugin: variables })
}

/// The configuration of a wasm plugin, if the plugin is edge-cors: it says so in its name, its
/// URL or its file, or its configuration looks like one. Unless `code` is empty, it names the
/// field that every such plugin has, and only a patch lacks. `is_named` says whether what the plugin is in has the name.
fn plugin<'t>(plugin: &'t Tree, pointer: &str, field: &str, code: &str, is_named: bool) -> Option<Found<'t>> {
    let given = plugin.get(field);
    // Envoy wraps it into a message: google.protobuf.StringValue, BytesValue or Struct.
    let message = given.and_then(|given| Some((given, given.get("@type")?)));
    let (payload, suffix) = match message {
        Some((given, _)) => (given.get("value"), "/value"),
        None => (given, ""),
    };
    let base64 = message.and_then(|(_, name)| name.text()).is_some_and(|name| name.ends_with(".BytesValue"));
    let is_partial = !code.is_empty() && plugin.get(code).is_none();
    let higress = plugin.get("defaultConfig").or(plugin.get("matchRules")).is_some();
    let is_missing = payload.is_none() && (is_partial || higress);
    let ours = payload.is_some_and(looks_like_ours) || ((is_named || says_edge_cors(plugin, field)) && !is_missing);
    let pointer = format!("{pointer}/{field}{suffix}");
    ours.then_some(Found { pointer, payload, base64, is_partial, plugin })
}

/// The configuration of a dynamic module, of a filter or of a route. A route without one names a policy of the filter.
fn module<'t>(tree: &'t Tree, pointer: &str) -> Option<Found<'t>> {
    let is_of_route = tree.get("@type").and_then(Tree::text).is_some_and(|name| name.ends_with("PerRoute"));
    let field = if tree.get("filterConfig").is_some() { "filterConfig" } else { "filter_config" };
    plugin(tree, pointer, field, "", false).filter(|found| found.payload.is_some() || !is_of_route)
}

fn looks_like_ours(payload: &Tree) -> bool {
    let marks = ["allowOrigins", "policies"];
    match &payload.value {
        Value::Text(text) => marks.iter().any(|mark| text.contains(&format!("\"{mark}\""))),
        _ => marks.iter().any(|mark| payload.get(mark).is_some()),
    }
}

fn is_our_name(name: &Tree) -> bool {
    name.text().is_some_and(|text| text.replace('_', "-").contains("edge-cors"))
}

/// Whether a string of the plugin, outside its configuration, contains the project's name.
pub(super) fn says_edge_cors(tree: &Tree, configuration: &str) -> bool {
    match &tree.value {
        Value::Text(_) => is_our_name(tree),
        Value::List(elements) => elements.iter().any(|element| says_edge_cors(element, configuration)),
        Value::Map(members) => members
            .iter()
            .filter(|member| member.key != configuration)
            .any(|member| says_edge_cors(&member.value, configuration)),
        _ => false,
    }
}

/// A step of a JSON Patch (RFC 6902) that changes part of a configuration.
fn json_patch(step: &Tree) -> Option<Notice> {
    let path = step.get("path")?.text()?;
    step.get("op")?;
    let of_plugin = ["/pluginConfig/", "/defaultConfig/"].iter().any(|field| path.contains(field));
    of_plugin.then(|| partial(step.span.start))
}

/// Part of a configuration cannot be checked without the rest.
pub(crate) fn partial(offset: usize) -> Notice {
    Notice::warning(
        "partial-configuration",
        offset,
        "This changes part of a configuration, which can only be checked as a whole.".to_owned(),
        "check the result: kubectl kustomize FOLDER | edge-cors check -",
    )
}
