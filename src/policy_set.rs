//! A whole configuration, compiled: policies, routes, and the decision on one request.

use crate::config::{At, DisallowedRequests, Document, Mode, Named, UnmatchedPreflights, WebSockets};
use crate::exchange::{Exchange, Step};
use crate::policy::{Policy, Reach, compile as compile_policy};
use crate::problem::{Place, ProblemKind, Problems, Report, WarningAbout};
use crate::request::{AUTHORITY, Asked, PATH, Request, is_same_origin};
use crate::route::{RouteTable, Target, compile as compile_routes};
use crate::shadow::Change;
use crate::verdict::{Reason, RequestClass};

/// The compiled configuration of one edge.
///
/// It exists, so every policy in it is coherent and safe; it never changes, so a new
/// configuration is a new value beside the old one.
#[derive(Debug)]
pub struct PolicySet {
    policies: Vec<Policy>,
    /// What is used where no origin may be allowed, whatever the policies say.
    closed: Policy,
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
            closed: Policy::closed(),
            routes: compile_routes(&[], Target::Closed, no_policy, &mut Report::on("")),
            route_metadata: false,
        }
    }

    fn compile(document: &Document, report: &mut Report<'_>) -> Self {
        let named = document.policies.as_ref().map_or(&[][..], |policies| &policies.value);
        warn_of_unused(document, named, report);
        let mut policies: Vec<Policy> = named
            .iter()
            .map(|Named { name, policy }| {
                check_name(name, report);
                compile_policy(&name.value, &policy.value, report)
            })
            .collect();
        link_shadows(named, &mut policies, report);
        let target = |name: &At<Option<String>>, report: &mut Report<'_>| find_target(&policies, name, report);
        let default = document.default.as_ref().and_then(|name| target(name, report));
        let default = default.unwrap_or(Target::Transparent);
        let routes = document.routes.as_ref().map_or(&[][..], |routes| &routes.value);
        let routes = compile_routes(routes, default, target, report);
        let route_metadata = document.route_metadata.as_ref().is_some_and(|asked| asked.value);
        Self { policies, closed: Policy::closed(), routes, route_metadata }
    }

    /// The policies, in the order of the configuration.
    pub fn policies(&self) -> &[Policy] {
        &self.policies
    }

    /// The policies that have a candidate, with it.
    pub(crate) fn shadows(&self) -> impl Iterator<Item = (&Policy, &Policy)> {
        let candidate = |policy: &Policy| self.policies.get(policy.shadow?);
        self.policies.iter().filter_map(move |policy| Some((policy, candidate(policy)?)))
    }

    #[cfg(test)]
    pub(crate) fn routes(&self) -> &RouteTable {
        &self.routes
    }

    pub(crate) fn policy(&self, target: Target) -> Option<&Policy> {
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
    /// Allocates nothing, but for what the host's [`Request`] does to hand over a value.
    pub fn decide<R: Request>(&self, request: &R) -> Exchange<R::Value> {
        let (target, unknown_policy) = self.select(request);
        let Some(policy) = self.policy(target).filter(|policy| policy.mode != Mode::Off) else {
            let (asked, reason, step) = (Asked::nothing(), Reason::NoPolicy, Step::Leave);
            return Exchange { target, asked, reason, step, change: None, unknown_policy };
        };
        let asked = Asked::read(request, policy);
        let judge = |policy: &Policy| policy.judge(&asked, |origin| is_same_origin(request, origin));
        let reason = judge(policy);
        let candidate = policy.shadow.and_then(|index| self.policies.get(index));
        let change = candidate.and_then(|candidate| Change::between(reason, judge(candidate)));
        let step = match policy.reach(asked.origin.as_ref().map(AsRef::as_ref)) {
            Reach::Enforced => step(policy, asked.class, reason),
            Reach::Reported => Step::Leave,
            Reach::ReportedBesideOthers => Step::VaryOnly,
        };
        Exchange { target, asked, reason, step, change, unknown_policy }
    }

    /// The policy that applies: the one the host's routing names, where it may and does; else
    /// that of the most specific route, else the default. With it, a name that is no policy.
    fn select<R: Request>(&self, request: &R) -> (Target, Option<R::Value>) {
        let name = if self.route_metadata { request.policy_name() } else { None };
        let named = |name: &R::Value| self.policies.iter().position(|policy| policy.name.as_bytes() == name.as_ref());
        if let Some(index) = name.as_ref().and_then(named) {
            return (Target::Policy(index), None);
        }
        let authority = if self.routes.uses_host() { request.header(AUTHORITY) } else { None };
        let path = if self.routes.uses_path() { request.header(PATH) } else { None };
        (self.routes.select(authority.as_ref().map(AsRef::as_ref), path.as_ref().map(AsRef::as_ref)), name)
    }
}

/// What an enforced policy does about a request.
fn step(policy: &Policy, class: RequestClass, reason: Reason) -> Step {
    let rejects = match class {
        RequestClass::Preflight if !reason.refuses() => return Step::Grant,
        RequestClass::Preflight if policy.unmatched_preflights == UnmatchedPreflights::Refuse => return Step::Refuse,
        RequestClass::Preflight => false,
        RequestClass::WebSocket => policy.web_sockets == WebSockets::Reject,
        RequestClass::Actual => policy.disallowed_requests == DisallowedRequests::Reject,
    };
    if rejects && reason.refuses() { Step::Reject } else { Step::Decorate }
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
    for (own, Named { policy, .. }) in named.iter().enumerate() {
        let Some(At { place, value: name }) = &policy.value.shadow else {
            continue;
        };
        let candidate = find_policy(policies, place, name, report);
        if candidate == Some(own) {
            let about = WarningAbout::NoEffect { field: "shadow", because: "it names its own policy" };
            report.push(place, ProblemKind::Warning(about));
        }
        if let Some(policy) = policies.get_mut(own) {
            policy.shadow = candidate;
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
        && !report.has_errors()
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
