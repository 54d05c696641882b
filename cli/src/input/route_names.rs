//! The names of policies that routes of Envoy have for the dynamic module.

use edge_cors::PolicySet;

use super::find::says_edge_cors;
use super::notice::Notice;
use super::tree::{Tree, Value};

/// What a document has of the dynamic module.
#[derive(Default)]
struct Module<'t> {
    /// The policies of its filters, where they have no error.
    policies: Vec<PolicySet>,
    /// The policies that routes and virtual hosts name.
    names: Vec<&'t Tree>,
}

/// A warning for each name that no policy has. Without a filter in the same document, names cannot be checked: routes
/// are often in files of their own.
pub(super) fn unknown(document: &Tree) -> Vec<Notice> {
    let mut module = Module::default();
    module.visit(document);
    let Module { policies, names } = module;
    let is_known = |name: &str| policies.iter().flat_map(PolicySet::policies).any(|policy| policy.name() == name);
    let unknown = names.into_iter().filter_map(|tree| Some((tree, tree.text()?))).filter(|(_, name)| !is_known(name));
    let warning = |(tree, name): (&Tree, &str)| {
        Notice::warning(
            "unknown-route-policy",
            tree.span.start,
            format!("No policy is named \"{name}\", so the filter's routes and default apply to this route."),
            "write the name of a policy in the filter's configuration.",
        )
    };
    if policies.is_empty() { Vec::new() } else { unknown.map(warning).collect() }
}

impl<'t> Module<'t> {
    fn visit(&mut self, tree: &'t Tree) {
        match &tree.value {
            Value::Map(_) if tree.get("dynamic_module_config").is_some() && says_edge_cors(tree, "filter_config") => {
                let configuration = tree.get("filter_config").and_then(|given| given.get("value"));
                let name = tree.get("per_route_config_name");
                match (configuration, name) {
                    (None, Some(name)) => self.names.push(name),
                    (Some(Tree { value: Value::Text(text), .. }), None) => self.policies.extend(compiled(text)),
                    (Some(values), None) => self.policies.extend(compiled(&values.to_json().text)),
                    _ => {}
                }
            }
            Value::Map(members) => members.iter().for_each(|member| self.visit(&member.value)),
            Value::List(elements) => elements.iter().for_each(|element| self.visit(element)),
            _ => {}
        }
    }
}

fn compiled(text: &str) -> Option<PolicySet> {
    PolicySet::from_json(text).ok().map(|(policies, _)| policies)
}
