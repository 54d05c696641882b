//! Ingresses with annotations for CORS: those of ingress-nginx, and those of Higress, which has both.

use super::loss::Losses;
use super::native::{self, StringMatch};
use super::resource::{self, list, text};
use super::rules::{
    IN_ANY_CASE, Model, OriginMatch, PathMatch, Placed, Route, Rules, Site, list as members, matched_at_start,
    most_specific_first,
};
use crate::input::{Document, Member, Value};

/// What the annotations of ingress-nginx start with.
const NGINX: &str = "nginx.ingress.kubernetes.io/";
/// What those of Higress start with.
const HIGRESS: &str = "higress.io/";

/// The methods that are allowed without an annotation, by both.
const METHODS: &str = "GET, PUT, POST, DELETE, PATCH, OPTIONS";
/// The header names that ingress-nginx allows without an annotation.
const NGINX_HEADERS: &str = "DNT,Keep-Alive,User-Agent,X-Requested-With,If-Modified-Since,Cache-Control,Content-Type,\
                             Range,Authorization";
/// Those of Higress.
const HIGRESS_HEADERS: &str = "DNT,X-CustomHeader,Keep-Alive,User-Agent,X-Requested-With,If-Modified-Since,\
                               Cache-Control,Content-Type,Authorization";
/// Seconds, for both.
const MAX_AGE: u64 = 1_728_000;

/// Reads the Ingresses as ingress-nginx does.
pub(super) fn read_nginx(documents: &[Document], losses: &mut Losses) -> Model {
    let ours: Vec<&Document> = ingresses(documents).filter(|ingress| !is_higress(ingress)).collect();
    let hosts: Vec<&str> = ours.iter().flat_map(|ingress| hosts_with_expressions(ingress)).collect();
    read(&ours, losses, &|host| hosts.contains(&host), &nginx_rules)
}

/// Reads the Ingresses as Higress does.
pub(super) fn read_higress(documents: &[Document], losses: &mut Losses) -> Model {
    let ours: Vec<&Document> = ingresses(documents).filter(|ingress| is_higress(ingress)).collect();
    let model = read(&ours, losses, &|_| false, &|annotations, name, _| higress_rules(annotations, name));
    native::note_forwarding(&model, losses);
    model
}

fn is_higress(ingress: &Document) -> bool {
    let class = ingress.get("spec").and_then(|spec| text(spec, "ingressClassName"));
    let annotations = Annotations::of(ingress);
    class == Some("higress") || annotations.members().iter().any(|member| member.key.starts_with(HIGRESS))
}

fn ingresses(documents: &[Document]) -> impl Iterator<Item = &Document> {
    resource::of_kind(documents, "Ingress").into_iter()
}

/// The rules of an Ingress, each with the paths in it.
fn rules_of(ingress: &Document) -> impl Iterator<Item = (&Document, &[Document])> {
    let rules = ingress.get("spec").map_or(&[][..], |spec| list(spec, "rules"));
    rules.iter().map(|rule| (rule, rule.get("http").map_or(&[][..], |http| list(http, "paths"))))
}

fn host_of(rule: &Document) -> &str {
    text(rule, "host").filter(|host| !host.is_empty()).unwrap_or("*")
}

fn path_of(path: &Document) -> &str {
    text(path, "path").unwrap_or("/")
}

/// The hosts on which ingress-nginx takes every path for an expression, because of one in this Ingress.
fn hosts_with_expressions(ingress: &Document) -> Vec<&str> {
    let annotations = Annotations::of(ingress);
    let target = annotations.text("rewrite-target").map(|target| target.value).filter(|target| !target.is_empty());
    let is_rewritten = |path: &Document| target.as_ref().is_some_and(|target| target != path_of(path));
    let is_one = |paths: &[Document]| annotations.has_expressions() || paths.iter().any(is_rewritten);
    rules_of(ingress).filter(|(_, paths)| is_one(paths)).map(|(rule, _)| host_of(rule)).collect()
}

/// A host whose paths are expressions, and its routes with what is written in each.
type OfHost = (Placed<String>, Vec<(String, Route)>);

fn read(
    ingresses: &[&Document],
    losses: &mut Losses,
    has_expressions: &dyn Fn(&str) -> bool,
    rules: &dyn Fn(&Annotations<'_>, &str, &mut Losses) -> Option<Rules>,
) -> Model {
    let mut model = Model::default();
    let mut hosts = Vec::new();
    let mut by_length: Vec<OfHost> = Vec::new();
    for ingress in ingresses {
        let annotations = Annotations::of(ingress);
        let policy = rules(&annotations, resource::name(ingress), losses).map(|rules| model.add(rules));
        let mut add = |host: Placed<String>, routes: Vec<(String, Route)>| {
            if !has_expressions(&host.value) {
                return hosts.push((host, routes.into_iter().map(|(_, route)| route).collect()));
            }
            match by_length.iter_mut().find(|(known, _)| known.value == host.value) {
                Some((_, known)) => known.extend(routes),
                None => by_length.push((host, routes)),
            }
        };
        if let Some(backend) = ingress.get("spec").and_then(|spec| spec.get("defaultBackend")) {
            let offset = backend.span.start;
            let route = Route { path: PathMatch::everything(), condition: None, policy, offset };
            add(Placed::new("*".to_owned(), offset), vec![("/".to_owned(), route)]);
        }
        for (rule, paths) in rules_of(ingress) {
            let host = host_of(rule);
            let offset = rule.get("host").map_or(rule.span.start, |host| host.span.start);
            let mut routes = Vec::new();
            for path in paths {
                let found = match has_expressions(host) {
                    true => expressions_of(path, losses),
                    false => vec![(path_of(path).to_owned(), of_path(path, annotations.has_expressions(), losses))],
                };
                let offset = path.span.start;
                routes.extend(
                    found.into_iter().map(|(text, path)| (text, Route { path, condition: None, policy, offset })),
                );
            }
            add(Placed::new(host.to_owned(), offset), routes);
        }
    }
    model.sites = most_specific_first(hosts);
    let site = |(host, routes): OfHost| Site { hosts: vec![host], routes: longest_first(routes) };
    model.sites.extend(by_length.into_iter().map(site));
    model
}

/// Routes in the order in which ingress-nginx tries their expressions: by length, then by text, both backwards.
fn longest_first(routes: Vec<(String, Route)>) -> Vec<Route> {
    let mut ordered: Vec<(String, Route)> = Vec::new();
    for (path, route) in routes {
        let at = ordered.partition_point(|(before, _)| (before.len(), before) >= (path.len(), &path));
        ordered.insert(at, (path, route));
    }
    ordered.into_iter().map(|(_, route)| route).collect()
}

/// What ingress-nginx makes of a path on a host with expressions, whatever type it has.
fn expressions_of(path: &Document, losses: &mut Losses) -> Vec<(String, PathMatch)> {
    let given = path_of(path);
    if given.contains(|c: char| c.is_ascii_alphabetic()) {
        losses.narrower(path.span.start, IN_ANY_CASE.to_owned(), "add a route for each spelling that pages use.");
    }
    // A prefix is also a location with a slash at its end, which is tried before others that are as long.
    let whole = (text(path, "pathType") == Some("Prefix") && !given.ends_with('/')).then(|| format!("{given}/"));
    let texts = whole.into_iter().chain([given.to_owned()]);
    texts.map(|text| (text.clone(), PathMatch::Expression(matched_at_start(&text)))).collect()
}

fn of_path(path: &Document, by_expression: bool, losses: &mut Losses) -> PathMatch {
    let given = path_of(path).to_owned();
    if by_expression && text(path, "pathType") == Some("ImplementationSpecific") {
        losses.narrower(path.span.start, IN_ANY_CASE.to_owned(), "add a route for each spelling that pages use.");
    }
    match text(path, "pathType") {
        Some("Exact") => PathMatch::Exact(given),
        Some("Prefix") => PathMatch::Segments(given),
        _ if by_expression => PathMatch::Expression(matched_at_start(&given)),
        _ => PathMatch::Prefix(given),
    }
}

/// The annotations of an Ingress.
struct Annotations<'d>(Option<&'d Document>);

impl<'d> Annotations<'d> {
    fn of(ingress: &'d Document) -> Self {
        Self(ingress.get("metadata").and_then(|metadata| metadata.get("annotations")))
    }

    fn members(&self) -> &'d [Member] {
        match self.0.map(|annotations| &annotations.value) {
            Some(Value::Map(members)) => members,
            _ => &[],
        }
    }

    fn text(&self, name: &str) -> Option<Placed<String>> {
        let find = |start: &str| {
            let value = self.0?.get(&format!("{start}{name}"))?;
            let text = value.text().map_or_else(|| value.to_json().text, str::to_owned);
            Some(Placed::new(text, value.span.start))
        };
        find(HIGRESS).or_else(|| find(NGINX))
    }

    fn is_on(&self, name: &str) -> Option<bool> {
        match self.text(name)?.value.as_str() {
            "true" | "True" | "TRUE" | "t" | "T" | "1" => Some(true),
            "false" | "False" | "FALSE" | "f" | "F" | "0" => Some(false),
            _ => None,
        }
    }

    fn has_expressions(&self) -> bool {
        self.text("use-regex").is_some_and(|value| value.value == "true")
    }

    fn enabled(&self) -> bool {
        self.is_on("enable-cors") == Some(true)
    }

    fn list(&self, name: &str, default: &str, is_valid: fn(&str) -> bool) -> Vec<Placed<String>> {
        let given = self.text(name).filter(|given| is_valid(&given.value));
        given.map_or_else(|| members(default, self.offset()), |given| members(&given.value, given.offset))
    }

    fn offset(&self) -> usize {
        self.0.map_or(0, |annotations| annotations.span.start)
    }

    fn max_age(&self) -> u64 {
        self.text("cors-max-age").and_then(|age| age.value.parse().ok()).unwrap_or(MAX_AGE)
    }
}

fn nginx_rules(annotations: &Annotations<'_>, name: &str, losses: &mut Losses) -> Option<Rules> {
    if !annotations.enabled() {
        return None;
    }
    let origins = annotations.text("cors-allow-origin").unwrap_or(Placed::new("*".to_owned(), annotations.offset()));
    let origins = members(&origins.value, origins.offset);
    let is_any = origins.iter().any(|origin| origin.value == "*");
    let credentials = annotations.is_on("cors-allow-credentials").unwrap_or(true);
    if is_any && credentials {
        let offset = annotations.text("cors-allow-credentials").map_or(annotations.offset(), |given| given.offset);
        let message = "ingress-nginx sends * with Access-Control-Allow-Credentials, which browsers do not accept with cookies. \
                       So credentials are not allowed today, and are not allowed here.";
        let fix = "if pages need cookies, list their origins, and set allowCredentials.";
        losses.note(offset, message.to_owned(), fix);
    }
    let origins = match origins.iter().find(|origin| origin.value == "*") {
        Some(any) => vec![Placed::new(OriginMatch::Any, any.offset)],
        None => origins.iter().filter_map(|origin| nginx_origin(origin, losses)).collect(),
    };
    Some(Rules {
        name: name.to_owned(),
        offset: annotations.offset(),
        origins,
        methods: annotations.list("cors-allow-methods", METHODS, is_list_of_methods),
        headers: annotations.list("cors-allow-headers", NGINX_HEADERS, is_list_of_names),
        exposed: annotations.list("cors-expose-headers", "", |_| true),
        credentials: credentials && !is_any,
        max_age: Some(annotations.max_age()),
        // nginx passes them on, unless every origin is allowed.
        forwards_unmatched: !is_any,
        ..Rules::default()
    })
}

/// What ingress-nginx accepts as methods; it takes its default for everything else.
fn is_list_of_methods(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphabetic() || ", ".contains(c))
}

/// What ingress-nginx accepts as header names; it takes its default for everything else.
fn is_list_of_names(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_, ".contains(c))
}

/// ingress-nginx compares without case, and `*` stands for one label there.
fn nginx_origin(Placed { value, offset }: &Placed<String>, losses: &mut Losses) -> Option<Placed<OriginMatch>> {
    let lower = value.to_ascii_lowercase();
    let is_valid = lower == "null"
        || lower.split_once("://").is_some_and(|(scheme, host)| {
            let host = host.strip_prefix("*.").unwrap_or(host);
            scheme.bytes().all(|byte| byte.is_ascii_lowercase())
                && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.:".contains(&b))
        });
    if !is_valid {
        let message = format!("ingress-nginx skips {value:?}, because it is not an origin. It is left out here too.");
        losses.note(*offset, message, "if it is meant, write it as an origin pattern in allowOrigins.");
        return None;
    }
    let origin = match lower.contains('*') {
        true => OriginMatch::Expression(regex_syntax::escape(&lower).replacen("\\*", "[a-z0-9-]+", 1)),
        false => OriginMatch::Exact(lower),
    };
    Some(Placed::new(origin, *offset))
}

fn higress_rules(annotations: &Annotations<'_>, name: &str) -> Option<Rules> {
    if !annotations.enabled() {
        return None;
    }
    let any = |_: &str| true;
    let whole = |list: Vec<Placed<String>>| match list.iter().find(|member| member.value == "*") {
        Some(star) => vec![star.clone()],
        None => list,
    };
    let origins = whole(annotations.list("cors-allow-origin", "*", any));
    Some(Rules {
        name: name.to_owned(),
        offset: annotations.offset(),
        origins: origins.iter().filter_map(higress_origin).collect(),
        methods: whole(annotations.list("cors-allow-methods", METHODS, any)),
        headers: whole(annotations.list("cors-allow-headers", HIGRESS_HEADERS, any)),
        exposed: whole(annotations.list("cors-expose-headers", "", any)),
        credentials: annotations.is_on("cors-allow-credentials").unwrap_or(true),
        max_age: Some(annotations.max_age()),
        forwards_unmatched: true,
        ..Rules::default()
    })
}

/// Higress writes an expression for a host with a wildcard in front, which says nothing of the scheme.
fn higress_origin(Placed { value, offset }: &Placed<String>) -> Option<Placed<OriginMatch>> {
    let origin = if value == "*" {
        OriginMatch::Any
    } else if value.contains('*') {
        let (_, host) = value.split_once("://")?;
        let host = host.split('/').next()?.strip_prefix('*')?;
        native::origin(&StringMatch::Regex(&format!(".*{}", host.replace('.', "\\."))), false)
    } else {
        native::origin(&StringMatch::Exact(value), false)
    };
    Some(Placed::new(origin, *offset))
}
