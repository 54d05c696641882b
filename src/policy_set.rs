//! A whole configuration, compiled: policies, routes, and the decision on one request.

mod decide;
mod doubt;
mod names;
mod strictness;
mod targets;

use std::sync::Arc;

use self::names::Names;
use self::targets::Targets;
use crate::config::{At, Document, Named, PolicyNames};
use crate::counter;
use crate::fingerprint::Fingerprint;
use crate::policy::{Candidate, Policy, compile as compile_policy};
use crate::problem::{ConfigError, ProblemKind, Report, WarningAbout, Warnings};
use crate::route::{RouteTable, Target, compile as compile_routes};
use crate::table::Table;
use crate::verdict::Verdict;

/// The compiled configuration of one edge.
///
/// Every policy in it is consistent and safe. It never changes: a new configuration is a new value.
#[derive(Debug)]
pub struct PolicySet {
    policies: Vec<Arc<Policy>>,
    names: Names,
    /// What is used where no origin may be allowed, whatever the policies say.
    closed: Arc<Policy>,
    /// The same, with the reason in every response.
    closed_with_debug: Arc<Policy>,
    /// The lists of policies that routes name.
    lists: Vec<Vec<Arc<Policy>>>,
    routes: RouteTable,
    /// Whether the host's route metadata can name the policy.
    route_metadata: bool,
    /// Whether the access log also has the fingerprint.
    access_log_fingerprint: bool,
    /// `None` without a configuration.
    fingerprint: Option<Fingerprint>,
}

impl PolicySet {
    /// Compiles a configuration. Returns its warnings too.
    ///
    /// # Errors
    /// If the document has an error, none of it is applied: the [`ConfigError`] contains every
    /// problem of the document, including warnings.
    ///
    /// ```
    /// use edge_cors::PolicySet;
    ///
    /// let (policies, warnings) = PolicySet::from_json(r#"{"allowOrigins": ["https://app.example.com"]}"#)?;
    /// assert!(warnings.is_empty());
    ///
    /// let error = PolicySet::from_json(r#"{"allowOrigins": ["https://app.example.com/"]}"#).unwrap_err();
    /// assert_eq!(error.errors()[0].fix(), "write \"https://app.example.com\".");
    /// # Ok::<(), edge_cors::ConfigError>(())
    /// ```
    pub fn from_json(source: &str) -> Result<(Self, Warnings), ConfigError> {
        let mut report = Report::on(source);
        let document = Document::parse(source, &mut report);
        let set = document.map_or_else(Self::closed, |document| Self::compile(&document, &mut report));
        let warnings = report.finish()?;
        Ok((Self { fingerprint: Some(Fingerprint::of(source.as_bytes())), ..set }, warnings))
    }

    /// The policies for a host without a valid configuration: no origin is allowed, preflights are
    /// refused, and other requests are forwarded.
    pub fn closed() -> Self {
        let no_policy = |_: &At<PolicyNames>, _: &mut Report<'_>| None;
        Self {
            policies: Vec::new(),
            names: Names::default(),
            closed: Arc::new(Policy::closed(false)),
            closed_with_debug: Arc::new(Policy::closed(true)),
            lists: Vec::new(),
            routes: compile_routes(&[], Target::Closed, no_policy, &mut Report::on("")),
            route_metadata: false,
            access_log_fingerprint: false,
            fingerprint: None,
        }
    }

    fn compile(document: &Document, report: &mut Report<'_>) -> Self {
        let named = document.policies.as_ref().map_or(&[][..], |policies| &policies.value.0);
        warn_of_unused(document, named, report);
        let names = Names::of(document, report);
        let mut policies: Vec<Policy> = named
            .iter()
            .zip(counter::FIRST_POLICY..)
            .map(|(Named { name, policy }, block)| {
                check_name(name, report);
                compile_policy(&name.value, block, &policy.value, report)
            })
            .collect();
        link_shadows(named, &names, &mut policies, report);
        let mut targets = Targets::new(&names, &policies);
        let default = document.default.as_ref().and_then(|names| targets.of(names, report));
        let default = default.unwrap_or(Target::Transparent);
        let routes = document.routes.as_ref().map_or(&[][..], |routes| &routes.value);
        let routes = compile_routes(routes, default, |names, report| targets.of(names, report), report);
        let lists = targets.into_lists();
        let policies: Vec<_> = policies.into_iter().map(Arc::new).collect();
        let of_list = |list: Vec<usize>| list.iter().filter_map(|index| policies.get(*index)).cloned().collect();
        let lists = lists.into_iter().map(of_list).collect();
        Self {
            policies,
            names,
            closed: Arc::new(Policy::closed(false)),
            closed_with_debug: Arc::new(Policy::closed(true)),
            lists,
            routes,
            route_metadata: is_on(&document.route_metadata),
            access_log_fingerprint: is_on(&document.access_log_fingerprint),
            fingerprint: None,
        }
    }

    /// The fingerprint of the text that these policies were compiled from. `None` for those of
    /// [`closed`](Self::closed).
    pub fn fingerprint(&self) -> Option<Fingerprint> {
        self.fingerprint
    }

    /// The fingerprint, if the configuration wants it in the access log: `accessLogFingerprint`.
    pub fn access_log_fingerprint(&self) -> Option<Fingerprint> {
        self.fingerprint.filter(|_| self.access_log_fingerprint)
    }

    /// The policies, in the order of the configuration.
    pub fn policies(&self) -> impl ExactSizeIterator<Item = &Policy> {
        self.policies.iter().map(AsRef::as_ref)
    }

    /// The names of all counters, without [`COUNTER_PREFIX`](crate::COUNTER_PREFIX), in the order
    /// of their positions: `closed.<class>.<reason>` and `none.<class>.<reason>`, then
    /// `<policy>.<class>.<reason>` for each policy, then `shadow.<policy>.<candidate>.<change>`.
    pub fn counter_names(&self) -> impl Iterator<Item = String> {
        let closed = counter::verdict_names("closed", Verdict::ALL);
        let others = ["none"].into_iter().chain(self.policies().map(Policy::name));
        let others = others.flat_map(|block| counter::verdict_names(block, Verdict::OF_POLICIES));
        let candidate = |policy: &Policy| Some(self.policies.get(policy.shadow?.policy)?.name());
        let shadows = self.policies().filter_map(move |policy| Some((policy.name(), candidate(policy)?)));
        let changes = shadows.flat_map(|(policy, candidate)| counter::change_names(policy, candidate));
        closed.chain(others).chain(changes)
    }

    #[cfg(test)]
    pub(crate) fn routes(&self) -> &RouteTable {
        &self.routes
    }
}

fn is_on(field: &Option<At<bool>>) -> bool {
    field.as_ref().is_some_and(|field| field.value)
}

fn check_name(name: &At<String>, report: &mut Report<'_>) {
    if !Policy::is_valid_name(&name.value) {
        report.push(&name.place, ProblemKind::InvalidPolicyName { name: name.value.clone() });
    }
}

/// Resolves the candidates that policies name.
fn link_shadows(named: &[Named], names: &Names, policies: &mut [Policy], report: &mut Report<'_>) {
    let blocks = counter::FIRST_POLICY + policies.len();
    let mut linked = 0;
    for (own, Named { policy, .. }) in named.iter().enumerate() {
        let Some(At { place, value: name }) = &policy.value.shadow else {
            continue;
        };
        let candidate = names.find(place, name, report);
        if candidate == Some(own) {
            let about = WarningAbout::NoEffect { field: "shadow", because: "it names the policy that it is in" };
            report.push(place, ProblemKind::Warning(about));
        }
        if let Some((policy, candidate)) = policies.get_mut(own).zip(candidate) {
            policy.shadow = Some(Candidate { policy: candidate, counters: counter::of_changes(blocks, linked) });
            linked += 1;
        }
    }
}

fn warn_of_unused(document: &Document, named: &[Named], report: &mut Report<'_>) {
    let routes = document.routes.as_ref().map_or(&[][..], |routes| &routes.value);
    let default = document.default.as_ref().filter(|default| !default.value.0.is_empty());
    // A route whose host or path could not be read is not for every one.
    if let Some(default) = default
        && !document.routes.as_ref().is_some_and(|routes| report.has_errors_in(&routes.place))
        && routes.iter().any(|route| route.value.host.is_none() && route.value.path.is_none())
    {
        let about = WarningAbout::NoEffect { field: "default", because: "a route already matches every request" };
        report.push(&default.place, ProblemKind::Warning(about));
    }
    if is_on(&document.route_metadata) {
        return;
    }
    let by_route = routes.iter().filter_map(|route| route.value.policy.as_ref());
    let by_name = by_route.chain(&document.default).flat_map(|names| &names.value.0).map(|name| name.value.as_str());
    let shadows = named.iter().filter_map(|named| named.policy.value.shadow.as_ref());
    let mut used = Table::default();
    for name in by_name.chain(shadows.map(|shadow| shadow.value.as_str())) {
        used.insert_text(name);
    }
    for Named { name, .. } in named.iter().filter(|named| !used.contains_text(&named.name.value)) {
        let about = WarningAbout::PolicyUnused { name: name.value.clone() };
        report.push(&name.place, ProblemKind::Warning(about));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_have_unique_names_as_documented() {
        let source =
            r#"{"policies": {"a": {"allowOrigins": [], "shadow": "b"}, "b": {"allowOrigins": []}}, "default": "a"}"#;
        let (set, _) = PolicySet::from_json(source).unwrap();
        let names: Vec<String> = set.counter_names().collect();
        let unique: std::collections::HashSet<&String> = names.iter().collect();
        assert_eq!(unique.len(), names.len());
        assert_eq!(names.len(), Verdict::ALL.len() + 3 * Verdict::OF_POLICIES.len() + crate::Change::ALL.len());
        for (block, name) in ["closed", "none", "a", "b"].into_iter().enumerate() {
            for verdict in if block == counter::CLOSED { Verdict::ALL } else { Verdict::OF_POLICIES } {
                assert_eq!(names.get(counter::of_verdict(block, *verdict)), Some(&format!("{name}.{verdict}")));
            }
        }
        for name in [
            "a.preflight.allowed",
            "b.websocket.same-origin",
            "closed.actual.origin-not-allowed",
            "closed.websocket.path-ambiguous",
            "none.actual.no-policy",
            "shadow.a.b.allow_to_deny",
            "shadow.a.b.deny_to_allow",
        ] {
            assert!(names.iter().any(|known| known == name), "{name}");
        }
    }
}
