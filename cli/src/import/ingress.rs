//! Ingresses with annotations for CORS: those of ingress-nginx, and those of Higress, which has both.

use super::loss::Losses;
use super::native::{self, StringMatch};
use super::resource::{self, list, text};
use super::rules::{
    IN_ANY_CASE, Model, OriginMatch, PathMatch, Placed, Route, Rules, list as members, matched_at_start,
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
    read(documents, losses, |ingress| !is_higress(ingress), nginx_rules)
}

/// Reads the Ingresses as Higress does.
pub(super) fn read_higress(documents: &[Document], losses: &mut Losses) -> Model {
    let model = read(documents, losses, is_higress, |annotations, name, _| higress_rules(annotations, name));
    native::note_forwarding(&model, losses);
    model
}

fn is_higress(ingress: &Document) -> bool {
    let class = ingress.get("spec").and_then(|spec| text(spec, "ingressClassName"));
    let annotations = Annotations::of(ingress);
    class == Some("higress") || annotations.members().iter().any(|member| member.key.starts_with(HIGRESS))
}

fn read(
    documents: &[Document],
    losses: &mut Losses,
    is_ours: impl Fn(&Document) -> bool,
    rules: impl Fn(&Annotations<'_>, &str, &mut Losses) -> Option<Rules>,
) -> Model {
    let mut model = Model::default();
    let mut hosts = Vec::new();
    for ingress in resource::of_kind(documents, "Ingress").into_iter().filter(|ingress| is_ours(ingress)) {
        let annotations = Annotations::of(ingress);
        let policy = rules(&annotations, resource::name(ingress), losses).map(|rules| model.add(rules));
        let by_expression = annotations.text("use-regex").is_some_and(|value| value.value == "true");
        let Some(spec) = ingress.get("spec") else { continue };
        if let Some(backend) = spec.get("defaultBackend") {
            let offset = backend.span.start;
            let route = Route { path: PathMatch::everything(), condition: None, policy, offset };
            hosts.push((Placed::new("*".to_owned(), offset), vec![route]));
        }
        for rule in list(spec, "rules") {
            let host = rule.get("host").filter(|host| host.text().is_some_and(|host| !host.is_empty()));
            let host = host.map_or(Placed::new("*".to_owned(), rule.span.start), |host| {
                Placed::new(host.text().unwrap_or_default().to_owned(), host.span.start)
            });
            let paths = rule.get("http").map_or(&[][..], |http| list(http, "paths"));
            let mut route = |path: &Document| Route {
                path: of_path(path, by_expression, losses),
                condition: None,
                policy,
                offset: path.span.start,
            };
            hosts.push((host, paths.iter().map(&mut route).collect()));
        }
    }
    model.sites = most_specific_first(hosts);
    model
}

fn of_path(path: &Document, by_expression: bool, losses: &mut Losses) -> PathMatch {
    let given = text(path, "path").unwrap_or("/").to_owned();
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
