//! Envoy Gateway: `cors` in a SecurityPolicy, for the HTTPRoutes that it targets.

use super::gateway_api;
use super::loss::Losses;
use super::native::{self, StringMatch};
use super::resource::{self, list, text};
use super::rules::{Model, OriginMatch, PathMatch, Placed, Route, Rules, Site};
use crate::input::Document;

/// A policy, and what it is attached to.
struct Attached<'d> {
    policy: usize,
    targets: Vec<&'d Document>,
    offset: usize,
}

/// Reads every SecurityPolicy, and the HTTPRoutes in the same file.
pub(super) fn read(documents: &[Document], losses: &mut Losses) -> Model {
    let mut model = Model::default();
    let mut attached = Vec::new();
    for resource in resource::of_kind(documents, "SecurityPolicy") {
        let Some(spec) = resource.get("spec") else { continue };
        let Some(cors) = spec.get("cors") else { continue };
        let policy = model.add(rules(cors, resource::name(resource), losses));
        let targets = list(spec, "targetRefs").iter().chain(spec.get("targetRef")).collect();
        if let Some(selectors) = spec.get("targetSelectors") {
            let message = "What targetSelectors select is not looked up.".to_owned();
            losses.different(selectors.span.start, message, "name the targets in targetRefs.");
        }
        attached.push(Attached { policy, targets, offset: cors.span.start });
    }
    model.sites = gateway_api::sites(documents, losses, |route, _, rule, _| select(&attached, route, rule));
    // Where nothing says which requests a target has, the policy is for all.
    let is_used = |policy: usize| {
        let mut routes = model.sites.iter().flat_map(|site: &Site| &site.routes);
        routes.any(|route| route.policy == Some(policy))
    };
    let unused: Vec<&Attached<'_>> = attached.iter().filter(|attached| !is_used(attached.policy)).collect();
    for Attached { policy, offset, .. } in unused {
        let message = "The routes that this policy targets are not in the file, so it applies to every host and path.";
        losses.wider(*offset, message.to_owned(), "add the HTTPRoutes to the file, and import it again.");
        let route = Route { path: PathMatch::everything(), condition: None, policy: Some(*policy), offset: *offset };
        model.sites.push(Site { hosts: vec![Placed::new("*".to_owned(), *offset)], routes: vec![route] });
    }
    native::note_forwarding(&model, losses);
    model
}

/// The policy of a rule: of the rule itself, then of its HTTPRoute, then of a gateway that it belongs to.
fn select(attached: &[Attached<'_>], route: &Document, rule: &Document) -> Option<usize> {
    let of_route = |target: &Document| {
        text(target, "kind") == Some("HTTPRoute") && text(target, "name") == Some(resource::name(route))
    };
    let of_rule = |target: &Document| {
        of_route(target) && target.get("sectionName").is_some() && text(target, "sectionName") == text(rule, "name")
    };
    let whole = |target: &Document| of_route(target) && target.get("sectionName").is_none();
    let parents = route.get("spec").map_or(&[][..], |spec| list(spec, "parentRefs"));
    let of_gateway = |target: &Document| {
        let is_parent = |parent: &Document| text(parent, "name") == text(target, "name");
        text(target, "kind") == Some("Gateway") && parents.iter().any(is_parent)
    };
    let find = |matches: &dyn Fn(&Document) -> bool| {
        attached.iter().find(|attached| attached.targets.iter().any(|target| matches(target)))
    };
    find(&of_rule).or_else(|| find(&whole)).or_else(|| find(&of_gateway)).map(|attached| attached.policy)
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
