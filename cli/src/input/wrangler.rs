//! What wrangler's file contains about a Worker's policy, apart from the policy itself.

use std::path::Path;

use super::notice::Notice;
use super::tree::{Tree, Value};
use super::upstream;

/// The variable with the configuration of the Worker.
pub(super) const VARIABLE: &str = "CORS_CONFIG";
/// The binding of the KV namespace that is used instead of the variable.
const NAMESPACE: &str = "CORS_CONFIG_KV";

/// Whether a file has the name of wrangler's file.
pub(super) fn is_named_so(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    name.starts_with("wrangler.")
}

/// An environment of the Worker, or the top level.
struct Environment<'t> {
    /// `None` for the top level.
    name: Option<&'t str>,
    key_offset: usize,
    variable: Option<&'t Tree>,
    namespace: Option<&'t Tree>,
    upstream: Option<&'t Tree>,
}

impl<'t> Environment<'t> {
    fn new(name: Option<&'t str>, key_offset: usize, tree: &'t Tree) -> Self {
        let bindings = tree.get("kv_namespaces").map(|list| &list.value);
        let bindings = if let Some(Value::List(bindings)) = bindings { bindings.as_slice() } else { &[] };
        let variable = |name| tree.get("vars").and_then(|vars| vars.get(name));
        let binding = |namespace: &&Tree| namespace.get("binding").and_then(Tree::text) == Some(NAMESPACE);
        Self {
            name,
            key_offset,
            variable: variable(VARIABLE),
            namespace: bindings.iter().find(binding),
            upstream: variable(upstream::VARIABLE),
        }
    }

    fn has_policy(&self) -> bool {
        self.variable.is_some() || self.namespace.is_some()
    }
}

/// Adds notices about what is easily overlooked. Returns whether a policy is in KV.
pub(super) fn look(path: &Path, document: &Tree, notices: &mut Vec<Notice>) -> bool {
    let marks = ["compatibility_date", "kv_namespaces", "vars"];
    if !is_named_so(path) && marks.iter().all(|mark| document.get(mark).is_none()) {
        return false;
    }
    let mut environments = vec![Environment::new(None, document.span.start, document)];
    if let Some(Tree { value: Value::Map(members), .. }) = document.get("env") {
        let named = members.iter();
        environments.extend(named.map(|env| Environment::new(Some(&env.key), env.key_offset, &env.value)));
    }
    if !environments.iter().any(Environment::has_policy) {
        return false;
    }
    for environment in &environments {
        notices.extend(overridden(environment));
        notices.extend(without_policy(environment));
        notices.extend(without_server(environment));
    }
    environments.iter().any(|environment| environment.namespace.is_some())
}

/// There are both a variable and a namespace, so the checked policy is not the active one.
fn overridden(environment: &Environment<'_>) -> Option<Notice> {
    let (variable, _) = environment.variable.zip(environment.namespace)?;
    let env = environment.name.map(|name| format!(" --env {name}")).unwrap_or_default();
    Some(Notice::warning(
        "variable-overridden",
        variable.span.start,
        format!(
            "The KV namespace {NAMESPACE} is bound, so the policy in its key cors.json is used instead of this \
             variable, unless that policy is missing or has errors."
        ),
        &format!(
            "check that policy too: npx wrangler kv key get cors.json --binding {NAMESPACE}{env} --remote --text | \
             edge-cors check -"
        ),
    ))
}

/// An environment inherits neither variables nor bindings.
fn without_policy(environment: &Environment<'_>) -> Option<Notice> {
    let name = environment.name.filter(|_| !environment.has_policy())?;
    Some(Notice::warning(
        "environment-without-policy",
        environment.key_offset,
        format!(
            "The environment \"{name}\" has no policy, so no origin is allowed there: environments do not inherit \
             variables and bindings."
        ),
        &format!("add env.{name}.vars.{VARIABLE}, or bind {NAMESPACE} in env.{name}.kv_namespaces."),
    ))
}

/// The Worker refuses the address of its origin server.
fn without_server(environment: &Environment<'_>) -> Option<Notice> {
    let address = environment.upstream?;
    let fix = upstream::correction(address.text()?)?;
    Some(Notice::error(
        "upstream-address",
        address.span.start,
        format!("The variable {} is not a server's address, so every request gets a 500.", upstream::VARIABLE),
        &fix,
    ))
}
