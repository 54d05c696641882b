//! A whole configuration, compiled: policies, routes, and the decision on one request.

use crate::config::{At, DisallowedRequests, Document, Mode, Named, UnmatchedPreflights, WebSockets};
use crate::exchange::{Exchange, Step};
use crate::header::{ORIGIN, REQUEST_HEADERS};
use crate::origin::Origin;
use crate::policy::{Policy, Reach, compile as compile_policy};
use crate::problem::{ProblemKind, Problems, Report, WarningAbout};
use crate::request::{AUTHORITY, PATH, Request, SCHEME, asks_for_private_network, is_web_socket, preflight_method};
use crate::route::{RouteTable, Target, compile as compile_routes};
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
        let policies: Vec<Policy> = named
            .iter()
            .map(|Named { name, policy }| {
                check_name(name, report);
                compile_policy(&name.value, &policy.value, report)
            })
            .collect();
        let target = |name: &At<Option<String>>, report: &mut Report<'_>| find_target(&policies, name, report);
        let default = document.default.as_ref().and_then(|name| target(name, report));
        let default = default.unwrap_or(Target::Transparent);
        let routes = document.routes.as_ref().map_or(&[][..], |routes| &routes.value);
        warn_of_unused(document, named, report);
        let routes = compile_routes(routes, default, target, report);
        let route_metadata = document.route_metadata.as_ref().is_some_and(|asked| asked.value);
        Self { policies, closed: Policy::closed(), routes, route_metadata }
    }

    /// The policies, in the order of the configuration.
    pub fn policies(&self) -> &[Policy] {
        &self.policies
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
        let target = self.select(request);
        let Some(policy) = self.policy(target).filter(|policy| policy.mode != Mode::Off) else {
            return Exchange::new(target, RequestClass::NotCors, Reason::NoPolicy, Step::Leave);
        };
        let Some(origin) = request.header(ORIGIN) else {
            let step = step(policy, None, Step::Decorate);
            return Exchange::new(target, RequestClass::NotCors, Reason::NotCors, step);
        };
        let origin_reason = policy.judge_origin(origin.as_ref());
        if let Some(method) = preflight_method(request) {
            let names = request.header(REQUEST_HEADERS);
            let reason = judge_preflight(policy, origin_reason, &method, names.as_ref());
            let step = step(policy, Some(origin.as_ref()), preflight_step(policy, reason));
            let exchange = Exchange::new(target, RequestClass::Preflight, reason, step);
            let private_network = policy.allow_private_network && asks_for_private_network(request);
            return exchange.with_origin(origin, origin_reason).with_requested(method, names, private_network);
        }
        let web_socket = policy.web_sockets != WebSockets::Ignore && is_web_socket(request);
        let class = if web_socket { RequestClass::WebSocket } else { RequestClass::Actual };
        let refused = origin_reason.refuses();
        let reason =
            if refused && is_same_origin(request, origin.as_ref()) { Reason::SameOrigin } else { origin_reason };
        let wanted = if reason.refuses() && rejects(policy, class) { Step::Reject } else { Step::Decorate };
        let step = step(policy, Some(origin.as_ref()), wanted);
        Exchange::new(target, class, reason, step).with_origin(origin, origin_reason)
    }

    /// The policy that applies: the one the host's routing names, where it may and does; else
    /// that of the most specific route, else the default.
    fn select<R: Request>(&self, request: &R) -> Target {
        if self.route_metadata
            && let Some(name) = request.policy_name()
        {
            let named = |policy: &Policy| policy.name.as_bytes() == name.as_ref();
            if let Some(index) = self.policies.iter().position(named) {
                return Target::Policy(index);
            }
        }
        let authority = if self.routes.uses_host() { request.header(AUTHORITY) } else { None };
        let path = if self.routes.uses_path() { request.header(PATH) } else { None };
        self.routes.select(authority.as_ref().map(AsRef::as_ref), path.as_ref().map(AsRef::as_ref))
    }
}

/// What is done, where the policy wants to do `wanted` and is enforced only so far.
fn step(policy: &Policy, origin: Option<&[u8]>, wanted: Step) -> Step {
    match policy.reach(origin) {
        Reach::Enforced => wanted,
        Reach::Reported => Step::Leave,
        Reach::ReportedBesideOthers => Step::VaryOnly,
    }
}

fn judge_preflight<V: AsRef<[u8]>>(policy: &Policy, origin: Reason, method: &V, names: Option<&V>) -> Reason {
    match (origin, policy.judge_method(method.as_ref())) {
        (Reason::Allowed, Reason::Allowed) => policy.judge_headers(names.map(AsRef::as_ref)),
        (Reason::Allowed, method) => method,
        (origin, _) => origin,
    }
}

fn preflight_step(policy: &Policy, reason: Reason) -> Step {
    match (reason, policy.unmatched_preflights) {
        (Reason::Allowed, _) => Step::Grant,
        (_, UnmatchedPreflights::Refuse) => Step::Refuse,
        (_, UnmatchedPreflights::Forward) => Step::Decorate,
    }
}

fn rejects(policy: &Policy, class: RequestClass) -> bool {
    match class {
        RequestClass::WebSocket => policy.web_sockets == WebSockets::Reject,
        _ => policy.disallowed_requests == DisallowedRequests::Reject,
    }
}

/// Browsers send `Origin` on same-origin writes too. Asked for only where it matters.
fn is_same_origin<R: Request>(request: &R, origin: &[u8]) -> bool {
    let Some(origin) = Origin::parse(origin) else {
        return false;
    };
    let (Some(scheme), Some(authority)) = (request.header(SCHEME), request.header(AUTHORITY)) else {
        return false;
    };
    origin.is_same(scheme.as_ref(), authority.as_ref())
}

/// The longest name of a policy.
const MAX_NAME: usize = 64;

fn check_name(name: &At<String>, report: &mut Report<'_>) {
    let plain = name.value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if !plain || !(1..=MAX_NAME).contains(&name.value.len()) {
        report.push(&name.place, ProblemKind::InvalidPolicyName { name: name.value.clone() });
    }
}

fn find_target(policies: &[Policy], name: &At<Option<String>>, report: &mut Report<'_>) -> Option<Target> {
    let Some(wanted) = &name.value else {
        return Some(Target::Transparent);
    };
    let found = policies.iter().position(|policy| policy.name == *wanted).map(Target::Policy);
    if found.is_none() {
        let known = policies.iter().map(|policy| policy.name.clone()).collect();
        report.push(&name.place, ProblemKind::UnknownPolicy { name: wanted.clone(), known });
    }
    found
}

fn warn_of_unused(document: &Document, named: &[Named], report: &mut Report<'_>) {
    if document.route_metadata.as_ref().is_some_and(|asked| asked.value) {
        return;
    }
    let routes = document.routes.as_ref().map_or(&[][..], |routes| &routes.value);
    let by_route = routes.iter().filter_map(|route| route.value.policy.as_ref());
    let used: Vec<&str> = by_route.chain(&document.default).filter_map(|name| name.value.as_deref()).collect();
    for Named { name, .. } in named.iter().filter(|named| !used.contains(&named.name.value.as_str())) {
        let about = WarningAbout::PolicyUnused { name: name.value.clone() };
        report.push(&name.place, ProblemKind::Warning(about));
    }
}
