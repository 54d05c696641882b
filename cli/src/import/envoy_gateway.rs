//! Envoy Gateway: `cors` in a SecurityPolicy, for the HTTPRoutes that it targets.

use super::gateway_api;
use super::loss::Losses;
use super::native::{self, StringMatch};
use super::resource::{self, list, text};
use super::rules::{Model, OriginMatch, PathMatch, Placed, Route, Rules, Site};
use crate::input::{Document, Value};

/// A SecurityPolicy, and what it is attached to.
struct Attached<'d> {
    /// `None` if it says nothing of CORS.
    policy: Option<usize>,
    /// Whether what it does not say comes from a policy that is less specific.
    is_merged: bool,
    namespace: Option<&'d str>,
    targets: Vec<&'d Document>,
    offset: usize,
}

/// How specific a target is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    Rule,
    Route,
    Listener,
    Gateway,
}

/// Reads every SecurityPolicy, and the HTTPRoutes in the same file.
pub(super) fn read(documents: &[Document], losses: &mut Losses) -> Model {
    let mut model = Model::default();
    let mut attached = Vec::new();
    for resource in resource::of_kind(documents, "SecurityPolicy") {
        let Some(spec) = resource.get("spec") else { continue };
        let cors = spec.get("cors").filter(|cors| matches!(cors.value, Value::Map(_)));
        let policy = cors.map(|cors| rules(cors, resource::name(resource), losses)).map(|rules| model.add(rules));
        let targets = list(spec, "targetRefs").iter().chain(spec.get("targetRef")).collect();
        if let Some(selectors) = spec.get("targetSelectors") {
            let message = "What targetSelectors select is not looked up.".to_owned();
            losses.different(selectors.span.start, message, "name the targets in targetRefs.");
        }
        let is_merged = spec.get("mergeType").is_some();
        let offset = cors.unwrap_or(spec).span.start;
        attached.push(Attached { policy, is_merged, namespace: resource::namespace(resource), targets, offset });
    }
    model.sites =
        gateway_api::sites(documents, losses, |route, _, rule, losses| select(&attached, route, rule, losses));
    // Where nothing says which requests a target has, the policy is for all.
    let routes = resource::of_kind(documents, "HTTPRoute");
    let is_known = |attached: &Attached<'_>| routes.iter().any(|route| attached.is_of(route));
    for Attached { policy, offset, .. } in attached.iter().filter(|attached| !is_known(attached)) {
        let Some(policy) = *policy else { continue };
        let message = "The routes that this policy targets are not in the file, so it applies to every host and path.";
        losses.wider(*offset, message.to_owned(), "add the HTTPRoutes to the file, and import it again.");
        let route = Route { path: PathMatch::everything(), condition: None, policy: Some(policy), offset: *offset };
        model.sites.push(Site { hosts: vec![Placed::new("*".to_owned(), *offset)], routes: vec![route] });
    }
    native::note_forwarding(&model, losses);
    model
}

/// Whether two namespaces are the same, as far as both are given.
fn is_same(first: Option<&str>, second: Option<&str>) -> bool {
    first.zip(second).is_none_or(|(first, second)| first == second)
}

impl Attached<'_> {
    /// Whether a target is an HTTPRoute, or a part of it.
    fn names(&self, target: &Document, route: &Document) -> bool {
        text(target, "kind") == Some("HTTPRoute")
            && text(target, "name") == Some(resource::name(route))
            && is_same(text(target, "namespace").or(self.namespace), resource::namespace(route))
    }

    /// The parent of an HTTPRoute that a target is.
    fn parent<'r>(&self, target: &Document, route: &'r Document) -> Option<&'r Document> {
        let parents = route.get("spec").map_or(&[][..], |spec| list(spec, "parentRefs"));
        let is_parent = |parent: &&Document| {
            let namespace = text(parent, "namespace").or(resource::namespace(route));
            text(parent, "name") == text(target, "name")
                && is_same(text(target, "namespace").or(self.namespace), namespace)
        };
        parents.iter().find(|parent| text(target, "kind") == Some("Gateway") && is_parent(parent))
    }

    /// Whether it is for an HTTPRoute, or for a gateway that it belongs to.
    fn is_of(&self, route: &Document) -> bool {
        self.targets.iter().any(|target| self.names(target, route) || self.parent(target, route).is_some())
    }

    fn reaches(&self, reach: Reach, route: &Document, rule: &Document) -> bool {
        self.targets.iter().any(|target| {
            let section = text(target, "sectionName");
            let of_gateway = |matches: &dyn Fn(Option<&str>) -> bool| {
                self.parent(target, route).is_some_and(|parent| matches(text(parent, "sectionName")))
            };
            match reach {
                Reach::Rule => section.is_some() && section == text(rule, "name") && self.names(target, route),
                Reach::Route => section.is_none() && self.names(target, route),
                // A route without a listener belongs to all of them.
                Reach::Listener => section.is_some() && of_gateway(&|name| name.is_none() || name == section),
                Reach::Gateway => section.is_none() && of_gateway(&|_| true),
            }
        })
    }
}

/// The policy of a rule. The most specific one counts, also if it says nothing of CORS: it replaces the others,
/// unless it is merged with them.
fn select(attached: &[Attached<'_>], route: &Document, rule: &Document, losses: &mut Losses) -> Option<usize> {
    let order = [Reach::Rule, Reach::Route, Reach::Listener, Reach::Gateway];
    let find = |reach: Reach| attached.iter().find(|attached| attached.reaches(reach, route, rule));
    let mut found = order.into_iter().filter_map(find);
    let mut next = || found.find(|attached| attached.policy.is_some() || !attached.is_merged);
    let first = next()?;
    if first.policy.is_some() && first.is_merged && next().is_some_and(|other| other.policy.is_some()) {
        let message =
            "Envoy Gateway merges this cors with that of a policy that is less specific. Here it is used alone.";
        losses.different(first.offset, message.to_owned(), "write all fields in this policy, and remove mergeType.");
    }
    first.policy
}

fn rules(cors: &Document, name: &str, losses: &mut Losses) -> Rules {
    let origin = |Placed { value, offset }: Placed<String>| {
        // As Envoy Gateway hands it to Envoy.
        let expression = value.replace('.', "\\.").replace('*', ".*");
        let is_exact = !value.contains('*');
        let matcher = if is_exact { StringMatch::Exact(&value) } else { StringMatch::Regex(&expression) };
        let origin: OriginMatch = native::origin(&matcher, false);
        Placed::new(origin, offset)
    };
    let max_age = cors.get("maxAge").map(|value| (value, value.text().and_then(resource::seconds)));
    if let Some((value, None)) = max_age {
        let message = "This maxAge is not a duration, and is left out.".to_owned();
        losses.note(value.span.start, message, "write a duration such as \"24h\" in maxAge.");
    }
    Rules {
        name: name.to_owned(),
        offset: cors.span.start,
        origins: resource::names(cors, "allowOrigins").into_iter().map(origin).collect(),
        methods: resource::names(cors, "allowMethods"),
        headers: resource::names(cors, "allowHeaders"),
        exposed: resource::names(cors, "exposeHeaders"),
        credentials: resource::is_true(cors, "allowCredentials"),
        max_age: max_age.and_then(|(_, seconds)| seconds),
        forwards_unmatched: true,
        ..Rules::default()
    }
}
