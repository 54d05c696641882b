//! Istio: the `corsPolicy` of the HTTP routes of a VirtualService.

use super::loss::Losses;
use super::native::{self, StringMatch};
use super::resource::{self, list, text};
use super::rules::{IN_ANY_CASE, Model, OriginMatch, PathMatch, Placed, Route, Rules, Site};
use crate::input::{Document, Value};

/// What a match can ask of a request besides its path: the fields, and what they are for people.
const CONDITIONS: [(&str, &str); 10] = [
    ("method", "the method"),
    ("headers", "the request headers"),
    ("withoutHeaders", "the request headers"),
    ("queryParams", "the query parameters"),
    ("scheme", "the scheme"),
    ("authority", "the host"),
    ("port", "the port"),
    ("sourceLabels", "the labels of the client"),
    ("sourceNamespace", "the namespace of the client"),
    ("gateways", "the gateway"),
];

/// Reads every VirtualService.
pub(super) fn read(documents: &[Document], losses: &mut Losses) -> Model {
    let mut model = Model::default();
    for resource in resource::of_kind(documents, "VirtualService") {
        let name = resource::name(resource);
        let Some(spec) = resource.get("spec") else { continue };
        let hosts = list(spec, "hosts").iter();
        let hosts = hosts.filter_map(|host| Some(Placed::new(host.text()?.to_owned(), host.span.start))).collect();
        let mut routes = Vec::new();
        for (number, http) in (1..).zip(list(spec, "http")) {
            let name = text(http, "name").map_or_else(|| format!("{name}-{number}"), |route| format!("{name}-{route}"));
            let forwards = http.get("redirect").is_none() && http.get("directResponse").is_none();
            let policy = http.get("corsPolicy").filter(|policy| matches!(policy.value, Value::Map(_)));
            let policy = policy.filter(|_| forwards).map(|policy| rules(policy, &name, losses));
            let policy = policy.map(|rules| model.add(rules));
            if let Some(delegate) = http.get("delegate") {
                let message =
                    "The routes of a delegate are in another VirtualService, and are not followed.".to_owned();
                losses.different(delegate.span.start, message, "copy the routes of the delegate to this place.");
            }
            let matches = list(http, "match");
            if matches.is_empty() {
                let offset = http.span.start;
                routes.push(Route { path: PathMatch::everything(), condition: None, policy, offset });
            }
            for matching in matches {
                let (path, condition) = of_match(matching, losses);
                routes.push(Route { path, condition, policy, offset: matching.span.start });
            }
        }
        model.sites.push(Site { hosts, routes });
    }
    native::note_forwarding(&model, losses);
    model
}

fn of_match(matching: &Document, losses: &mut Losses) -> (PathMatch, Option<String>) {
    let conditions = CONDITIONS.iter().filter(|(name, _)| matching.get(name).is_some()).map(|(_, what)| *what);
    let conditions: Vec<&str> = conditions.collect();
    let condition = (!conditions.is_empty()).then(|| conditions.join(" and "));
    let Some(uri) = matching.get("uri") else {
        return (PathMatch::everything(), condition);
    };
    if matches!(matching.get("ignoreUriCase").map(|value| &value.value), Some(Value::Bool(true))) {
        losses.narrower(uri.span.start, IN_ANY_CASE.to_owned(), "add a route for each spelling that pages use.");
    }
    let paths = [
        text(uri, "exact").map(|text| PathMatch::Exact(text.to_owned())),
        text(uri, "prefix").map(|text| PathMatch::Prefix(text.to_owned())),
        text(uri, "regex").map(|text| PathMatch::Expression(text.to_owned())),
    ];
    (paths.into_iter().flatten().next().unwrap_or_else(PathMatch::everything), condition)
}

fn rules(policy: &Document, name: &str, losses: &mut Losses) -> Rules {
    let exact = list(policy, "allowOrigin").iter().filter_map(|origin| {
        let matching = native::origin(&StringMatch::Exact(origin.text()?), false);
        Some(Placed::new(matching, origin.span.start))
    });
    let matchers = list(policy, "allowOrigins");
    let origins = if matchers.is_empty() {
        exact.collect()
    } else {
        matchers.iter().filter_map(|matcher| origin(matcher, losses)).collect()
    };
    let max_age = policy.get("maxAge");
    let seconds = max_age.and_then(Document::text).and_then(resource::seconds);
    if let Some(max_age) = max_age.filter(|_| seconds.is_none()) {
        let message = "This maxAge is not a duration, and is left out.".to_owned();
        losses.note(max_age.span.start, message, "write a duration such as \"24h\" in maxAge.");
    }
    Rules {
        name: name.to_owned(),
        offset: policy.span.start,
        origins,
        methods: resource::names(policy, "allowMethods"),
        headers: resource::names(policy, "allowHeaders"),
        exposed: resource::names(policy, "exposeHeaders"),
        credentials: resource::is_true(policy, "allowCredentials"),
        max_age: seconds,
        forwards_unmatched: text(policy, "unmatchedPreflights") != Some("IGNORE"),
        ..Rules::default()
    }
}

fn origin(matcher: &Document, losses: &mut Losses) -> Option<Placed<OriginMatch>> {
    let kinds = [
        text(matcher, "exact").map(StringMatch::Exact),
        text(matcher, "prefix").map(StringMatch::Prefix),
        text(matcher, "regex").map(StringMatch::Regex),
    ];
    let Some(kind) = kinds.into_iter().flatten().next() else {
        let message = "This matcher of origins cannot be read, so its origins are not allowed.".to_owned();
        losses.narrower(matcher.span.start, message, "list its origins in allowOrigins.");
        return None;
    };
    Some(Placed::new(native::origin(&kind, false), matcher.span.start))
}
