//! The Access-Control headers that nginx adds at some place, and when.

use std::collections::HashMap;

use super::syntax::Directive;
use crate::import::loss::Losses;
use crate::import::rules::{OriginMatch, Placed, searched};

/// What variables say of the origin: for each, the origins for which it has a value.
pub(super) type Variables = HashMap<String, Vec<Placed<OriginMatch>>>;

/// A header, and what has to hold for it to be added.
#[derive(Clone, Debug)]
pub(super) struct Header {
    /// In lower case.
    pub(super) name: String,
    pub(super) value: String,
    pub(super) always: bool,
    pub(super) offset: usize,
    /// The origins that get it; `None` for all.
    pub(super) origins: Option<Vec<Placed<OriginMatch>>>,
}

/// The origins for which a `map $http_origin $variable` has a value.
pub(super) fn map(directive: &Directive) -> Option<(String, Vec<Placed<OriginMatch>>)> {
    let is_of_origin = directive.name == "map" && directive.argument(0) == Some("$http_origin");
    let variable = directive.argument(1).filter(|_| is_of_origin)?;
    let mut origins = Vec::new();
    for entry in &directive.block {
        if entry.argument(0).is_none_or(|value| ["", "0", "false"].contains(&value)) {
            continue;
        }
        let origin = match entry.name.as_str() {
            "default" => OriginMatch::Any,
            "hostnames" | "volatile" | "include" => continue,
            key => match (key.strip_prefix("~*"), key.strip_prefix('~')) {
                (Some(expression), _) => OriginMatch::Expression(format!("(?i:{})", searched(expression))),
                (None, Some(expression)) => OriginMatch::Expression(searched(expression)),
                (None, None) => OriginMatch::Exact(key.to_ascii_lowercase()),
            },
        };
        origins.push(Placed::new(origin, entry.offset));
    }
    Some((variable.to_owned(), origins))
}

/// Adds the variables that a level sets for some origins.
pub(super) fn set(level: &[Directive], variables: &mut Variables, losses: &mut Losses) {
    let only: Vec<&Directive> =
        level.iter().filter(|directive| ["set", "if"].contains(&directive.name.as_str())).collect();
    collect(only.into_iter(), &None, variables, &mut (Vec::new(), false), losses);
}

/// The headers that are added at a level, in it and in its conditions. Also whether preflights are answered there.
pub(super) fn of_level(level: &[Directive], variables: &Variables, losses: &mut Losses) -> (Vec<Header>, bool) {
    let mut found = (Vec::new(), false);
    let mut variables = variables.clone();
    collect(level.iter(), &None, &mut variables, &mut found, losses);
    found
}

/// The origins of a condition.
enum Condition {
    /// It says nothing of the origin.
    Always,
    /// It holds for preflights.
    Preflight,
    Origins(Vec<Placed<OriginMatch>>),
    Unknown,
}

fn collect<'d>(
    level: impl Iterator<Item = &'d Directive>,
    origins: &Option<Vec<Placed<OriginMatch>>>,
    variables: &mut Variables,
    found: &mut (Vec<Header>, bool),
    losses: &mut Losses,
) {
    for directive in level {
        match directive.name.as_str() {
            "add_header" => found.0.extend(header(directive, origins)),
            "more_set_headers" => found.0.extend(directive.arguments.iter().filter_map(|line| {
                let (name, value) = line.value.split_once(':')?;
                let (name, value) = (name.trim().to_ascii_lowercase(), value.trim().to_owned());
                let header = Header { name, value, always: true, offset: line.offset, origins: origins.clone() };
                header.name.starts_with("access-control-").then_some(header)
            })),
            "set" => {
                if let (Some(variable), Some(value)) = (directive.argument(0), directive.argument(1)) {
                    let set = origins.clone().filter(|_| !["", "0", "false"].contains(&value));
                    variables.entry(variable.to_owned()).or_default().extend(set.into_iter().flatten());
                }
            }
            "if" => match condition(directive, variables) {
                Condition::Always => collect(directive.block.iter(), origins, variables, found, losses),
                Condition::Preflight => {
                    found.1 |= directive.block.iter().any(|inner| inner.name == "return");
                    collect(directive.block.iter(), origins, variables, found, losses);
                }
                Condition::Origins(only) => collect(directive.block.iter(), &Some(only), variables, found, losses),
                Condition::Unknown if mentions(&directive.block) => {
                    let message = "This condition cannot be expressed, so what nginx adds under it is left out.";
                    losses.different(directive.offset, message.to_owned(), "write a policy for it by hand.");
                }
                Condition::Unknown => {}
            },
            _ => {}
        }
    }
}

fn mentions(block: &[Directive]) -> bool {
    block.iter().any(|directive| {
        let names = directive.arguments.iter().any(|word| word.value.to_ascii_lowercase().contains("access-control-"));
        names || mentions(&directive.block)
    })
}

pub(super) fn header(directive: &Directive, origins: &Option<Vec<Placed<OriginMatch>>>) -> Option<Header> {
    let name = directive.argument(0)?.to_ascii_lowercase();
    let value = directive.argument(1)?.to_owned();
    let always = directive.argument(2) == Some("always");
    let is_cors = name.starts_with("access-control-");
    is_cors.then(|| Header { name, value, always, offset: directive.offset, origins: origins.clone() })
}

/// `if ($variable operator value)`.
fn condition(directive: &Directive, variables: &Variables) -> Condition {
    let words: Vec<&str> = directive.arguments.iter().map(|word| word.value.trim_matches(['(', ')'])).collect();
    let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
    let offset = directive.offset;
    let one = |origin| Condition::Origins(vec![Placed::new(origin, offset)]);
    match words.as_slice() {
        ["$request_method", "=" | "~" | "~*", method] if method.contains("OPTIONS") => Condition::Preflight,
        ["$request_method", ..] | ["$http_origin"] => Condition::Always,
        ["$http_origin", "=", origin] => one(OriginMatch::Exact(origin.to_ascii_lowercase())),
        ["$http_origin", operator @ ("~" | "~*"), ..] => {
            let given = directive.arguments.iter().skip_while(|word| word.value != *operator).nth(1);
            let given = given.map(|word| word.value.as_str()).unwrap_or_default();
            // The parenthesis behind the expression closes the condition.
            let expression = given.strip_suffix(')').filter(|rest| is_balanced(rest)).unwrap_or(given);
            if expression.is_empty() {
                return Condition::Unknown;
            }
            let searched = searched(expression);
            one(OriginMatch::Expression(if *operator == "~*" { format!("(?i:{searched})") } else { searched }))
        }
        ["$http_origin", "!=", ""] => Condition::Always,
        [variable] | [variable, "=", _] | [variable, "!=", ""] => {
            variables.get(*variable).map_or(Condition::Unknown, |origins| Condition::Origins(origins.clone()))
        }
        _ => Condition::Unknown,
    }
}

fn is_balanced(expression: &str) -> bool {
    expression.matches('(').count() == expression.matches(')').count()
}
