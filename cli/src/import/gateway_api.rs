//! The Gateway API: filters of the type CORS in HTTPRoutes.

use super::loss::Losses;
use super::resource::{self, list, text};
use super::rules::{Model, OriginMatch, PathMatch, Placed, Route, Rules, Site, most_specific_first};
use crate::input::{Document, Value};

/// Reads every HTTPRoute.
pub(super) fn read(documents: &[Document], losses: &mut Losses) -> Model {
    let mut model = Model::default();
    let sites = sites(documents, losses, |route, number, rule, losses| {
        let name = text(rule, "name").map_or_else(|| number.to_string(), str::to_owned);
        let filter = list(rule, "filters").iter().find_map(|filter| filter.get("cors"))?;
        Some(model.add(rules(filter, &format!("{}-{name}", resource::name(route)), losses)))
    });
    model.sites = sites;
    model
}

/// The hosts and paths of every HTTPRoute. `policy_of` is asked for the policy of each rule, by the HTTPRoute, the
/// number of the rule, and the rule.
pub(super) fn sites(
    documents: &[Document],
    losses: &mut Losses,
    mut policy_of: impl FnMut(&Document, usize, &Document, &mut Losses) -> Option<usize>,
) -> Vec<Site> {
    let mut hosts = Vec::new();
    for resource in resource::of_kind(documents, "HTTPRoute") {
        let Some(spec) = resource.get("spec") else { continue };
        let mut routes = Vec::new();
        for (number, rule) in (1..).zip(list(spec, "rules")) {
            let policy = policy_of(resource, number, rule, losses);
            name_backend_filters(rule, losses);
            let matches = list(rule, "matches");
            if matches.is_empty() {
                let offset = rule.span.start;
                routes.push(Route { path: PathMatch::Segments("/".to_owned()), condition: None, policy, offset });
            }
            routes.extend(matches.iter().map(|matching| {
                let (path, condition) = of_match(matching);
                Route { path, condition, policy, offset: matching.span.start }
            }));
        }
        let names = resource::names(spec, "hostnames");
        let any = names.is_empty().then(|| Placed::new("*".to_owned(), resource.span.start));
        hosts.extend(names.into_iter().chain(any).map(|host| (host, routes.clone())));
    }
    most_specific_first(hosts)
}

fn name_backend_filters(rule: &Document, losses: &mut Losses) {
    for backend in list(rule, "backendRefs") {
        if let Some(filter) = list(backend, "filters").iter().find(|filter| filter.get("cors").is_some()) {
            let message = "The CORS filter of one of several backends cannot be carried over.".to_owned();
            losses.different(filter.span.start, message, "move the filter to the rule.");
        }
    }
}

fn of_match(matching: &Document) -> (PathMatch, Option<String>) {
    let conditions =
        [("method", "the method"), ("headers", "the request headers"), ("queryParams", "the query parameters")];
    let conditions: Vec<&str> =
        conditions.iter().filter(|(name, _)| matching.get(name).is_some()).map(|(_, what)| *what).collect();
    let path = matching.get("path");
    let value = path.and_then(|path| text(path, "value")).unwrap_or("/").to_owned();
    let path = match path.and_then(|path| text(path, "type")) {
        None | Some("PathPrefix") => PathMatch::Segments(value),
        Some("Exact") => PathMatch::Exact(value),
        Some("RegularExpression") => PathMatch::Expression(value),
        Some(other) => PathMatch::Other(format!("a path of the type {other}")),
    };
    (path, (!conditions.is_empty()).then(|| conditions.join(" and ")))
}

fn rules(filter: &Document, name: &str, losses: &mut Losses) -> Rules {
    let origin = |origin: Placed<String>| {
        let value = match origin.value.as_str() {
            "*" => OriginMatch::Any,
            // Without a port, the default one is meant.
            pattern => OriginMatch::Pattern(pattern.to_owned()),
        };
        Placed::new(value, origin.offset)
    };
    let max_age = filter.get("maxAge").map(|value| (value, whole_number(value)));
    if let Some((value, None)) = max_age {
        let message = "This maxAge is not a number of seconds, and is left out.".to_owned();
        losses.note(value.span.start, message, "write a number of seconds in maxAge.");
    }
    let credentials = resource::is_true(filter, "allowCredentials");
    let exposed = resource::names(filter, "exposeHeaders");
    Rules {
        name: name.to_owned(),
        offset: filter.span.start,
        origins: resource::names(filter, "allowOrigins").into_iter().map(origin).collect(),
        methods: resource::names(filter, "allowMethods"),
        headers: resource::names(filter, "allowHeaders"),
        // A gateway does not send it beside credentials.
        exposed: exposed.into_iter().filter(|name| !credentials || name.value != "*").collect(),
        credentials,
        max_age: max_age.and_then(|(_, seconds)| seconds),
        ..Rules::default()
    }
}

/// A number that is not negative and has no fraction.
fn whole_number(value: &Document) -> Option<u64> {
    match &value.value {
        Value::Number(number) => number.as_u64(),
        Value::Text(text) => text.parse().ok(),
        _ => None,
    }
}
