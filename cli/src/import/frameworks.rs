//! The options of frameworks' CORS libraries, as JSON objects.

use std::cmp::Reverse;

use super::loss::Losses;
use super::resource::is_true;
use super::rules::{
    Model, OriginMatch, PathMatch, Placed, Rank, Route, Rules, Site, in_any_case, in_order, list, matched_at_start,
    searched,
};
use crate::input::{Document, Value};

/// The one object with options, if it has any of these fields.
fn options<'d>(documents: &'d [Document], fields: &[&str]) -> Option<&'d Document> {
    documents.iter().find(|document| fields.iter().any(|field| document.get(field).is_some()))
}

/// A string, or each of a list of strings; a string may have several, separated by commas.
fn names(options: &Document, field: &str, default: &str) -> Vec<Placed<String>> {
    match options.get(field) {
        None => list(default, options.span.start),
        Some(value) => match &value.value {
            Value::Text(text) => list(text, value.span.start),
            Value::List(elements) => {
                let text = |element: &Document| Some(Placed::new(element.text()?.to_owned(), element.span.start));
                elements.iter().filter_map(text).collect()
            }
            _ => Vec::new(),
        },
    }
}

/// The strings of a list, or one string as it is.
fn texts(value: &Document) -> Vec<(&str, usize)> {
    match &value.value {
        Value::Text(text) => vec![(text, value.span.start)],
        Value::List(elements) => {
            elements.iter().filter_map(|element| Some((element.text()?, element.span.start))).collect()
        }
        _ => Vec::new(),
    }
}

fn seconds(options: &Document, field: &str) -> Option<u64> {
    match &options.get(field)?.value {
        Value::Number(number) => number.as_u64(),
        Value::Text(text) => text.parse().ok(),
        _ => None,
    }
}

/// Says that cookies do not work with a `*` today, and returns whether they do.
fn without_star(credentials: bool, sends_star: bool, offset: usize, losses: &mut Losses) -> bool {
    if credentials && sends_star {
        let message =
            "Browsers do not accept * with cookies, so credentials are not allowed today, and are not allowed here.";
        let fix = "if pages need cookies, list their origins, and set allowCredentials.";
        losses.note(offset, message.to_owned(), fix);
    }
    credentials && !sends_star
}

/// Reads the options of [cors](https://github.com/expressjs/cors) for Express.
pub(super) fn express(documents: &[Document], losses: &mut Losses) -> Model {
    let fields = ["origin", "allowedHeaders", "exposedHeaders", "optionsSuccessStatus", "preflightContinue"];
    let Some(options) = options(documents, &fields) else { return Model::default() };
    let offset = options.span.start;
    let mut sends_star = false;
    let origins = match options.get("origin").map(|origin| (origin, &origin.value)) {
        None => {
            sends_star = true;
            vec![Placed::new(OriginMatch::Any, offset)]
        }
        Some((origin, Value::Bool(true))) => vec![Placed::new(OriginMatch::Any, origin.span.start)],
        Some((origin, Value::Text(text))) if text == "*" => {
            sends_star = true;
            vec![Placed::new(OriginMatch::Any, origin.span.start)]
        }
        Some((origin, _)) => {
            texts(origin).into_iter().map(|(text, offset)| Placed::new(express_origin(text), offset)).collect()
        }
    };
    if let Some(value) = options.get("preflightContinue").filter(|_| is_true(options, "preflightContinue")) {
        let message =
            "With preflightContinue, the application answers preflights. Here the edge answers those that it allows.";
        losses.different(value.span.start, message.to_owned(), "remove preflightContinue from what is meant.");
    }
    // An empty text counts as none, in both of its names.
    let given = ["allowedHeaders", "headers"].into_iter().find(|name| {
        let value = options.get(name).map(|value| &value.value);
        value.is_some_and(|value| {
            !matches!(value, Value::Null) && !matches!(value, Value::Text(text) if text.is_empty())
        })
    });
    let echoes_names = given.is_none();
    let headers = given.map_or_else(|| list("*", offset), |name| names(options, name, ""));
    Model::everywhere(Rules {
        name: "express".to_owned(),
        offset,
        origins,
        methods: names(options, "methods", "GET,HEAD,PUT,PATCH,POST,DELETE"),
        headers,
        exposed: names(options, "exposedHeaders", ""),
        credentials: without_star(is_true(options, "credentials"), sends_star, offset, losses),
        max_age: seconds(options, "maxAge"),
        sends_any_method: true,
        sends_any_header: !echoes_names,
        ..Rules::default()
    })
}

/// JSON has no regular expressions: a string between slashes stands for one.
fn express_origin(text: &str) -> OriginMatch {
    let slashes = text.strip_prefix('/').and_then(|rest| rest.rsplit_once('/'));
    match slashes.filter(|(_, flags)| flags.bytes().all(|byte| byte.is_ascii_lowercase())) {
        Some((expression, flags)) if flags.contains('i') => OriginMatch::Expression(in_any_case(&searched(expression))),
        Some((expression, _)) => OriginMatch::Expression(searched(expression)),
        None => OriginMatch::Exact(text.to_owned()),
    }
}

/// Reads the options of [flask-cors](https://flask-cors.readthedocs.io).
pub(super) fn flask(documents: &[Document], losses: &mut Losses) -> Model {
    let fields = ["origins", "supports_credentials", "resources", "allow_headers", "expose_headers", "send_wildcard"];
    let Some(options) = options(documents, &fields) else { return Model::default() };
    // Each expression, its place, and options of its own.
    let resources: Vec<(&str, usize, Option<&Document>)> = match options.get("resources") {
        None | Some(Document { value: Value::Null, .. }) => {
            return Model::everywhere(flask_rules(options, None, "flask", losses));
        }
        Some(Document { value: Value::Map(members), .. }) => {
            members.iter().map(|member| (member.key.as_str(), member.key_offset, Some(&member.value))).collect()
        }
        Some(paths) => texts(paths).into_iter().map(|(path, offset)| (path, offset, None)).collect(),
    };
    let mut model = Model::default();
    let mut order: Vec<(Rank, Route)> = Vec::new();
    for (path, offset, own) in resources {
        let rules = match own {
            Some(own) => flask_rules(own, Some(options), path, losses),
            None => flask_rules(options, None, "flask", losses),
        };
        let policy = Some(model.add(rules));
        order.push(((0, Reverse(path.len())), Route { path: flask_path(path), condition: None, policy, offset }));
    }
    // The longest expression is tried first.
    let routes = in_order(order);
    model.sites.push(Site { hosts: vec![Placed::new("*".to_owned(), options.span.start)], routes });
    model
}

/// Whether flask-cors takes a string for a regular expression.
fn is_flask_expression(text: &str) -> bool {
    text.contains(['*', '\\', ']', '?', '$', '^', '[', '(', ')'])
}

fn flask_path(text: &str) -> PathMatch {
    match text {
        "*" => PathMatch::everything(),
        _ if is_flask_expression(text) => PathMatch::Expression(matched_at_start(text)),
        _ => PathMatch::Exact(text.to_owned()),
    }
}

fn flask_rules(options: &Document, common: Option<&Document>, name: &str, losses: &mut Losses) -> Rules {
    let offset = options.span.start;
    let holder = |field: &str| match common {
        Some(common) if options.get(field).is_none() => common,
        _ => options,
    };
    let given = holder("origins").get("origins");
    let all = given.map_or_else(|| vec![("*", offset)], texts);
    let is_any = all.iter().any(|(text, _)| ["*", ".*"].contains(text));
    let sends_star = is_any && is_true(holder("send_wildcard"), "send_wildcard");
    let origin = |(text, offset): &(&str, usize)| {
        let origin = match *text {
            "*" | ".*" => OriginMatch::Any,
            text if is_flask_expression(text) => OriginMatch::Expression(in_any_case(&matched_at_start(text))),
            text => OriginMatch::Exact(text.to_ascii_lowercase()),
        };
        Placed::new(origin, *offset)
    };
    let credentials = is_true(holder("supports_credentials"), "supports_credentials");
    Rules {
        name: name.to_owned(),
        offset,
        origins: all.iter().map(origin).collect(),
        methods: names(holder("methods"), "methods", "GET, HEAD, POST, OPTIONS, PUT, PATCH, DELETE"),
        headers: names(holder("allow_headers"), "allow_headers", "*"),
        exposed: names(holder("expose_headers"), "expose_headers", ""),
        credentials: without_star(credentials, sends_star, offset, losses),
        max_age: seconds(holder("max_age"), "max_age"),
        private_network: is_true(holder("allow_private_network"), "allow_private_network"),
        ..Rules::default()
    }
}

/// What the settings are called: now, and before version 3.5.
const DJANGO: [(&str, &str); 3] = [
    ("CORS_ALLOWED_ORIGINS", "CORS_ORIGIN_WHITELIST"),
    ("CORS_ALLOWED_ORIGIN_REGEXES", "CORS_ORIGIN_REGEX_WHITELIST"),
    ("CORS_ALLOW_ALL_ORIGINS", "CORS_ORIGIN_ALLOW_ALL"),
];

/// Reads the settings of [django-cors-headers](https://github.com/adamchainz/django-cors-headers).
pub(super) fn django(documents: &[Document]) -> Model {
    let all: Vec<&str> = DJANGO.iter().flat_map(|(new, old)| [*new, *old]).collect();
    let Some(settings) = options(documents, &all) else { return Model::default() };
    let [origins, expressions, every] = DJANGO.map(|(new, old)| settings.get(new).or(settings.get(old)));
    let offset = settings.span.start;
    let mut matches = Vec::new();
    if let Some(every) = every.filter(|every| matches!(every.value, Value::Bool(true))) {
        matches.push(Placed::new(OriginMatch::Any, every.span.start));
    }
    for (text, offset) in origins.map(texts).unwrap_or_default() {
        matches.push(Placed::new(OriginMatch::Exact(text.to_ascii_lowercase()), offset));
    }
    for (text, offset) in expressions.map(texts).unwrap_or_default() {
        matches.push(Placed::new(OriginMatch::Expression(matched_at_start(text)), offset));
    }
    let headers = "accept, authorization, content-type, user-agent, x-csrftoken, x-requested-with";
    let rules = Rules {
        name: "django".to_owned(),
        offset,
        origins: matches,
        methods: names(settings, "CORS_ALLOW_METHODS", "DELETE, GET, OPTIONS, PATCH, POST, PUT"),
        headers: names(settings, "CORS_ALLOW_HEADERS", headers),
        exposed: names(settings, "CORS_EXPOSE_HEADERS", ""),
        credentials: is_true(settings, "CORS_ALLOW_CREDENTIALS"),
        max_age: Some(seconds(settings, "CORS_PREFLIGHT_MAX_AGE").unwrap_or(86_400)).filter(|seconds| *seconds > 0),
        private_network: is_true(settings, "CORS_ALLOW_PRIVATE_NETWORK"),
        sends_any_method: true,
        sends_any_header: true,
        ..Rules::default()
    };
    let mut model = Model::everywhere(rules);
    if let Some((text, path)) = settings.get("CORS_URLS_REGEX").and_then(|path| Some((path.text()?, path))) {
        let route = Route {
            path: PathMatch::Expression(matched_at_start(text)),
            condition: None,
            policy: Some(0),
            offset: path.span.start,
        };
        model.sites.iter_mut().for_each(|site| site.routes = vec![route.clone()]);
    }
    model
}
