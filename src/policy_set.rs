//! A whole configuration, compiled: policies, routes, and the decision on one request.

use std::sync::Arc;

use crate::config::{
    At, DisallowedRequests, Document, Mode, Named, RefusedPreflights, UnmatchedPreflights, WebSockets,
};
use crate::counter;
use crate::exchange::{Action, Exchange, Shadow};
use crate::policy::{Asked, Candidate, Policy, Reach, SentTo, compile as compile_policy};
use crate::problem::{Place, ProblemKind, Problems, Report, WarningAbout};
use crate::request::RequestHead;
use crate::route::{RouteTable, Target, compile as compile_routes};
use crate::shadow::Change;
use crate::verdict::{OriginVerdict, PreflightVerdict, Verdict};

/// The compiled configuration of one edge.
///
/// It exists, so every policy in it is coherent and safe; it never changes, so a new
/// configuration is a new value beside the old one.
#[derive(Debug)]
pub struct PolicySet {
    policies: Vec<Arc<Policy>>,
    /// What is used where no origin may be allowed, whatever the policies say.
    closed: Arc<Policy>,
    routes: RouteTable,
    /// Whether the host's route metadata may name the policy.
    route_metadata: bool,
}

impl PolicySet {
    /// Compiles a configuration. What it warns of comes with it.
    ///
    /// # Errors
    /// Every problem of the document, warnings among them, if one of them is an error. Then
    /// nothing of it is applied.
    ///
    /// ```
    /// use edge_cors::PolicySet;
    ///
    /// let (policies, warnings) = PolicySet::from_json(r#"{"allowOrigins": ["https://app.example.com"]}"#).unwrap();
    /// assert!(warnings.is_empty());
    ///
    /// let problems = PolicySet::from_json(r#"{"allowOrigins": ["https://app.example.com/"]}"#).unwrap_err();
    /// assert_eq!(problems.iter().next().unwrap().fix(), "write \"https://app.example.com\".");
    /// ```
    pub fn from_json(source: &str) -> Result<(Self, Problems), Problems> {
        let mut report = Report::on(source);
        let set = Document::parse(source, &mut report).map(|document| Self::compile(&document, &mut report));
        let problems = report.finish();
        match set {
            Some(set) if !problems.has_errors() => Ok((set, problems)),
            _ => Err(problems),
        }
    }

    /// What is in force where no configuration is: no origin is allowed, preflights are
    /// refused, and other requests pass.
    pub fn closed() -> Self {
        let no_policy = |_: &At<Option<String>>, _: &mut Report<'_>| None;
        Self {
            policies: Vec::new(),
            closed: Arc::new(Policy::closed()),
            routes: compile_routes(&[], Target::Closed, no_policy, &mut Report::on("")),
            route_metadata: false,
        }
    }

    fn compile(document: &Document, report: &mut Report<'_>) -> Self {
        let named = document.policies.as_ref().map_or(&[][..], |policies| &policies.value.0);
        warn_of_unused(document, named, report);
        let mut policies: Vec<Policy> = named
            .iter()
            .zip(counter::FIRST_POLICY..)
            .map(|(Named { name, policy }, block)| {
                check_name(name, report);
                compile_policy(&name.value, block, &policy.value, report)
            })
            .collect();
        link_shadows(named, &mut policies, report);
        let target = |name: &At<Option<String>>, report: &mut Report<'_>| find_target(&policies, name, report);
        let default = document.default.as_ref().and_then(|name| target(name, report));
        let default = default.unwrap_or(Target::Transparent);
        let routes = document.routes.as_ref().map_or(&[][..], |routes| &routes.value);
        let routes = compile_routes(routes, default, target, report);
        let route_metadata = document.route_metadata.as_ref().is_some_and(|asked| asked.value);
        let policies = policies.into_iter().map(Arc::new).collect();
        Self { policies, closed: Arc::new(Policy::closed()), routes, route_metadata }
    }

    /// The policies, in the order of the configuration.
    pub fn policies(&self) -> impl ExactSizeIterator<Item = &Policy> {
        self.policies.iter().map(AsRef::as_ref)
    }

    /// The names of all counters, without [`COUNTER_PREFIX`](crate::COUNTER_PREFIX), in the order
    /// of their positions: `none.<class>.<reason>` and `closed.<class>.<reason>`, then
    /// `<policy>.<class>.<reason>` for each policy, then `shadow.<policy>.<candidate>.<change>`.
    pub fn counter_names(&self) -> impl Iterator<Item = String> {
        let blocks = counter::BESIDE_POLICIES.into_iter().chain(self.policies().map(Policy::name));
        let candidate = |policy: &Policy| Some(self.policies.get(policy.shadow?.policy)?.name());
        let shadows = self.policies().filter_map(move |policy| Some((policy.name(), candidate(policy)?)));
        let changes = shadows.flat_map(|(policy, candidate)| counter::change_names(policy, candidate));
        blocks.flat_map(counter::verdict_names).chain(changes)
    }

    #[cfg(test)]
    pub(crate) fn routes(&self) -> &RouteTable {
        &self.routes
    }

    pub(crate) fn policy(&self, target: Target) -> Option<&Arc<Policy>> {
        match target {
            Target::Policy(index) => self.policies.get(index),
            Target::Closed => Some(&self.closed),
            Target::Transparent => None,
        }
    }
}

/// Deciding.
impl PolicySet {
    /// Decides on a request, and reads no more of it than that takes.
    ///
    /// It allocates nothing, except what the host's [`RequestHead`] does to hand over a value.
    pub fn decide<R: RequestHead>(&self, request: &R) -> Exchange<R::Value> {
        let sent_to = SentTo::new(request);
        let (target, unknown_policy) = self.select(request, &sent_to);
        let policy = self.policy(target);
        let Some(policy) = policy.filter(|policy| policy.mode != Mode::Off) else {
            let (asked, verdict, action) = (Asked::NotCors, Verdict::NoPolicy, Action::Leave);
            return Exchange { policy: policy.cloned(), asked, verdict, action, shadow: None, unknown_policy };
        };
        let asked = policy.ask(request);
        let verdict = policy.judge(&asked, &sent_to);
        let shadow = policy.shadow.and_then(|Candidate { policy, counters }| {
            let candidate = self.policies.get(policy)?;
            let change = Change::between(verdict, candidate.judge(&asked, &sent_to))?;
            Some(Shadow { candidate: Arc::clone(candidate), change, counters })
        });
        let action = match policy.reach(asked.origin()) {
            Reach::Enforced => action(policy, verdict),
            Reach::Reported => Action::Leave,
            Reach::ReportedBesideOthers => Action::VaryOnly,
        };
        Exchange { policy: Some(Arc::clone(policy)), asked, verdict, action, shadow, unknown_policy }
    }

    /// The policy that applies: the one that the host's routing names, where it may and does; else
    /// that of the most specific route, else the default. With it, a name that no policy has.
    fn select<R: RequestHead>(&self, request: &R, sent_to: &SentTo<'_, R>) -> (Target, Option<R::Value>) {
        let name = if self.route_metadata { request.policy_name() } else { None };
        let named = |name: &R::Value| self.policies.iter().position(|policy| policy.name.as_bytes() == name.as_ref());
        if let Some(index) = name.as_ref().and_then(named) {
            return (Target::Policy(index), None);
        }
        let authority = if self.routes.uses_host() { sent_to.authority() } else { None };
        let path = if self.routes.uses_path() { request.path() } else { None };
        (self.routes.select(authority, path.as_ref().map(AsRef::as_ref)), name)
    }
}

/// What an enforced policy does about a request.
fn action(policy: &Policy, verdict: Verdict) -> Action {
    let rejects = match verdict {
        Verdict::Preflight(PreflightVerdict::Allowed) => return Action::Grant,
        Verdict::Preflight(_) if policy.unmatched_preflights == UnmatchedPreflights::Refuse => {
            // No browser sends what is malformed, so nobody's console could show an explanation.
            let of_page = matches!(
                verdict,
                Verdict::Preflight(PreflightVerdict::MethodNotAllowed | PreflightVerdict::HeadersNotAllowed)
            );
            let explains = of_page && policy.refused_preflights == RefusedPreflights::Explain;
            return if explains { Action::Explain } else { Action::Refuse };
        }
        Verdict::Actual(OriginVerdict::NotAllowed | OriginVerdict::Malformed) => {
            policy.disallowed_requests == DisallowedRequests::Reject
        }
        Verdict::WebSocket(OriginVerdict::NotAllowed | OriginVerdict::Malformed) => {
            policy.web_sockets == WebSockets::Reject || policy.disallowed_requests == DisallowedRequests::Reject
        }
        _ => false,
    };
    if rejects { Action::Reject } else { Action::Decorate }
}

/// The longest name of a policy.
const MAX_NAME: usize = 64;

/// Names that counters have for something else.
const RESERVED: [&str; 3] = ["none", "closed", "shadow"];

fn check_name(name: &At<String>, report: &mut Report<'_>) {
    let plain = name.value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if !plain || !(1..=MAX_NAME).contains(&name.value.len()) || RESERVED.contains(&name.value.as_str()) {
        report.push(&name.place, ProblemKind::InvalidPolicyName { name: name.value.clone() });
    }
}

/// Finds the candidates that policies name.
fn link_shadows(named: &[Named], policies: &mut [Policy], report: &mut Report<'_>) {
    let blocks = counter::FIRST_POLICY + policies.len();
    let mut linked = 0;
    for (own, Named { policy, .. }) in named.iter().enumerate() {
        let Some(At { place, value: name }) = &policy.value.shadow else {
            continue;
        };
        let candidate = find_policy(policies, place, name, report);
        if candidate == Some(own) {
            let about = WarningAbout::NoEffect { field: "shadow", because: "it names its own policy" };
            report.push(place, ProblemKind::Warning(about));
        }
        if let Some((policy, candidate)) = policies.get_mut(own).zip(candidate) {
            policy.shadow = Some(Candidate { policy: candidate, counters: counter::of_changes(blocks, linked) });
            linked += 1;
        }
    }
}

fn find_policy(policies: &[Policy], place: &Place, name: &str, report: &mut Report<'_>) -> Option<usize> {
    let found = policies.iter().position(|policy| policy.name == name);
    if found.is_none() {
        let known = policies.iter().map(|policy| policy.name.clone()).collect();
        report.push(place, ProblemKind::UnknownPolicy { name: name.to_owned(), known });
    }
    found
}

fn find_target(policies: &[Policy], name: &At<Option<String>>, report: &mut Report<'_>) -> Option<Target> {
    match &name.value {
        None => Some(Target::Transparent),
        Some(wanted) => find_policy(policies, &name.place, wanted, report).map(Target::Policy),
    }
}

fn warn_of_unused(document: &Document, named: &[Named], report: &mut Report<'_>) {
    let routes = document.routes.as_ref().map_or(&[][..], |routes| &routes.value);
    let default = document.default.as_ref().filter(|default| default.value.is_some());
    // A route whose host or path could not be read is not for every one.
    if let Some(default) = default
        && !document.routes.as_ref().is_some_and(|routes| report.has_errors_in(&routes.place))
        && routes.iter().any(|route| route.value.host.is_none() && route.value.path.is_none())
    {
        let about = WarningAbout::NoEffect { field: "default", because: "a route is for every host and path" };
        report.push(&default.place, ProblemKind::Warning(about));
    }
    if document.route_metadata.as_ref().is_some_and(|asked| asked.value) {
        return;
    }
    let by_route = routes.iter().filter_map(|route| route.value.policy.as_ref());
    let by_name = by_route.chain(&document.default).filter_map(|name| name.value.as_deref());
    let shadows = named.iter().filter_map(|named| named.policy.value.shadow.as_ref());
    let used: Vec<&str> = by_name.chain(shadows.map(|shadow| shadow.value.as_str())).collect();
    for Named { name, .. } in named.iter().filter(|named| !used.contains(&named.name.value.as_str())) {
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
        assert_eq!(names.len(), 4 * Verdict::ALL.len() + Change::ALL.len());
        for name in [
            "a.preflight.allowed",
            "b.websocket.same-origin",
            "closed.actual.origin-not-allowed",
            "none.actual.no-policy",
            "shadow.a.b.allow_to_deny",
            "shadow.a.b.deny_to_allow",
        ] {
            assert!(names.iter().any(|known| known == name), "{name}");
        }
    }
}
