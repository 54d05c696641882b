//! The configuration as values, in which a change can be tried.

use edge_cors::{ConfigError, Origin, OriginPattern, OriginSet, PolicySet};
use serde_json::Value;

use super::edit;

/// A configuration that the edge accepts: as text, which can be changed, as values, and as policies, which
/// know what the values mean.
pub(super) struct Draft {
    pub(super) source: String,
    root: Value,
    pub(super) policies: PolicySet,
}

/// New values for fields of an object of the configuration.
#[derive(Clone, Debug)]
pub(super) struct Rewrite {
    /// JSON Pointer of the object.
    pub(super) object: String,
    pub(super) fields: Vec<(&'static str, Value)>,
}

impl Draft {
    pub(super) fn parse(source: &str) -> Result<Self, ConfigError> {
        let (policies, _) = PolicySet::from_json(source)?;
        let json = source.strip_prefix('\u{feff}').unwrap_or(source);
        Ok(Self { source: json.to_owned(), root: serde_json::from_str(json).unwrap_or_default(), policies })
    }

    /// The policy of this name: in the short form, the whole document.
    pub(super) fn policy(&self, name: &str) -> Option<PolicyDraft<'_>> {
        let pointer = match self.root.get("policies") {
            Some(_) => format!("/policies/{name}"),
            None => String::new(),
        };
        let compiled = self.policies.policies().find(|policy| policy.name() == name)?;
        Some(PolicyDraft { value: self.root.pointer(&pointer)?, pointer, compiled })
    }

    /// Whether the host's routing can name the policy.
    pub(super) fn has_route_metadata(&self) -> bool {
        self.root.get("routeMetadata") == Some(&Value::Bool(true))
    }

    /// The names of the policies, in the order of the configuration; in the short form, none.
    pub(super) fn names(&self) -> Vec<&str> {
        match self.root.get("policies") {
            Some(_) => self.policies.policies().map(edge_cors::Policy::name).collect(),
            None => Vec::new(),
        }
    }

    /// The edits that would give a policy to what has none: the default, or a route.
    pub(super) fn routing_edits(&self, policy: &str) -> Vec<Rewrite> {
        let routes = self.root.get("routes").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let without = routes.iter().enumerate().filter(|(_, route)| route.get("policy").is_some_and(Value::is_null));
        let pointers = without.map(|(index, _)| format!("/routes/{index}"));
        let default = self.root.get("default").is_none_or(Value::is_null);
        let routes = pointers.map(|object| Rewrite { object, fields: vec![("policy", policy.into())] });
        let default = default.then(|| Rewrite { object: String::new(), fields: vec![("default", policy.into())] });
        routes.chain(default).collect()
    }

    /// The configuration with an edit, if the edge accepts it.
    pub(super) fn with(&self, edit: &Rewrite) -> Result<Self, ConfigError> {
        Self::parse(&edit::edited(&self.source, edit).unwrap_or_default())
    }
}

/// One policy of a document.
#[derive(Clone)]
pub(super) struct PolicyDraft<'d> {
    pointer: String,
    value: &'d Value,
    /// What the edge makes of it.
    pub(super) compiled: &'d edge_cors::Policy,
}

impl PolicyDraft<'_> {
    pub(super) fn set(&self, fields: Vec<(&'static str, Value)>) -> Rewrite {
        Rewrite { object: self.pointer.clone(), fields }
    }

    /// Adds members to a list.
    pub(super) fn add(&self, field: &'static str, members: &[String]) -> Rewrite {
        let mut list = self.list(field);
        list.extend(members.iter().map(|member| member.as_str().into()));
        self.set(vec![(field, Value::Array(list))])
    }

    /// A list with one more member, unless it is there.
    pub(super) fn with_member(&self, field: &str, member: &str) -> Value {
        let mut list = self.list(field);
        if !list.iter().any(|known| known == member) {
            list.push(member.into());
        }
        Value::Array(list)
    }

    /// The origins with one more pattern, in the place of the origins that it covers.
    pub(super) fn with_origin(&self, pattern: &str) -> Value {
        let set = OriginPattern::parse(pattern).map(|pattern| OriginSet::new([&pattern]));
        let is_covered = |entry: &Value| {
            let origin = entry.as_str().and_then(|entry| Origin::parse(entry.as_bytes()));
            origin.is_some_and(|origin| set.as_ref().is_ok_and(|set| set.matches(&origin)))
        };
        let mut list = self.list("allowOrigins");
        list.retain(|entry| !is_covered(entry));
        list.push(pattern.into());
        Value::Array(list)
    }

    fn list(&self, field: &str) -> Vec<Value> {
        self.value.get(field).and_then(Value::as_array).cloned().unwrap_or_default()
    }
}
