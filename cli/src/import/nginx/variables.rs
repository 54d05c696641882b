//! Variables, and conditions on them.

use std::collections::{HashMap, HashSet};

use super::by_origin::ByOrigin;
use super::syntax::Directive;
use crate::expression::language::Language;
use crate::import::rules::{OriginMatch, Placed, in_any_case, searched};

/// The variable with the origin, which stands for itself in values.
pub(super) const ORIGIN: &str = "$http_origin";

/// Variables of nginx that say nothing of the origin; those that end with `_` are the start of names.
const OF_NO_ORIGIN: [&str; 26] = [
    "$arg_",
    "$args",
    "$binary_remote_addr",
    "$cookie_",
    "$document_root",
    "$document_uri",
    "$geoip_",
    "$host",
    "$http_host",
    "$http_upgrade",
    "$http_user_agent",
    "$http_x_forwarded_",
    "$https",
    "$is_args",
    "$query_string",
    "$remote_addr",
    "$remote_user",
    "$request_body",
    "$request_filename",
    "$request_uri",
    "$scheme",
    "$server_addr",
    "$server_name",
    "$server_port",
    "$ssl_",
    "$uri",
];

/// The variables at some place.
#[derive(Clone, Default)]
pub(super) struct Variables {
    /// Their values. A variable that is absent is not known.
    values: HashMap<String, ByOrigin<String>>,
    /// Those that follow from something that no origin depends on, such as the address of a client.
    of_no_origin: HashSet<String>,
}

impl Variables {
    /// Adds the variable of a `map` or a `geo`.
    pub(super) fn define(&mut self, directive: &Directive) {
        if let ("geo", Some(variable)) = (directive.name.as_str(), directive.arguments.last()) {
            self.of_no_origin.insert(plain(&variable.value));
        }
        if let ("map", [source, variable]) = (directive.name.as_str(), directive.arguments.as_slice()) {
            let value = self.expand(&source.value).then(&|value| self.mapped(directive, value));
            // Nor does what is made of it, unless it is made of other variables too.
            if self.is_of_no_origin(&plain(&source.value)) && !has_variables(&directive.block) {
                self.of_no_origin.insert(plain(&variable.value));
            }
            self.values.insert(plain(&variable.value), value);
        }
    }

    fn is_of_no_origin(&self, variable: &str) -> bool {
        let is_it = |known: &&str| if known.ends_with('_') { variable.starts_with(known) } else { variable == *known };
        self.of_no_origin.contains(variable) || OF_NO_ORIGIN.iter().any(is_it)
    }

    /// What a `map` makes of a value: texts come first, then expressions in their order.
    fn mapped(&self, directive: &Directive, value: &str) -> ByOrigin<String> {
        let mut texts = Vec::new();
        let mut expressions = Vec::new();
        let mut otherwise = ByOrigin::always(String::new());
        for entry in &directive.block {
            let given = entry.argument(0).unwrap_or_default();
            let origin = match entry.name.as_str() {
                "default" => {
                    otherwise = self.expand(given);
                    continue;
                }
                // With hostnames, keys can have wildcards.
                "include" | "hostnames" => return ByOrigin::unknown(),
                "volatile" => continue,
                key => match (key.strip_prefix("~*"), key.strip_prefix('~')) {
                    (Some(text), _) => OriginMatch::Expression(in_any_case(&searched(text))),
                    (None, Some(text)) => OriginMatch::Expression(searched(text)),
                    (None, None) => OriginMatch::Exact(key.strip_prefix('\\').unwrap_or(key).to_ascii_lowercase()),
                },
            };
            let list = if matches!(origin, OriginMatch::Exact(_)) { &mut texts } else { &mut expressions };
            list.push((Placed::new(origin, entry.offset), self.expand(given)));
        }
        texts.append(&mut expressions);
        // Each case has a number, and then the value with that number.
        let values: Vec<ByOrigin<String>> = texts.iter().map(|(_, value)| value.clone()).chain([otherwise]).collect();
        let cases = texts.into_iter().zip(0..).map(|((origin, _), number)| (origin, number));
        let number = if value == ORIGIN {
            ByOrigin::first_of(cases.filter(|(origin, _)| !is_empty(&origin.value)).collect(), values.len() - 1)
        } else {
            first_in_text(cases, &value.to_ascii_lowercase(), value, values.len() - 1)
        };
        number.then(&|number| values.get(*number).cloned().unwrap_or_else(ByOrigin::unknown))
    }

    /// Sets a variable where a condition holds. Without an earlier value, it is empty.
    pub(super) fn set(&mut self, variable: &str, value: &str, when: &ByOrigin<bool>) {
        let value = self.expand(value);
        let before = self.values.get(variable).cloned().unwrap_or_else(|| ByOrigin::always(String::new()));
        let value = when.then(&|holds| if *holds { value.clone() } else { before.clone() });
        self.values.insert(plain(variable), value);
    }

    /// From here on, the value of a variable is not known.
    pub(super) fn forget(&mut self, variable: &str) {
        self.values.insert(plain(variable), ByOrigin::unknown());
    }

    /// A text with the values of its variables. What a request says of itself stays as it is.
    pub(super) fn expand(&self, text: &str) -> ByOrigin<String> {
        let whole = plain(text);
        if whole == ORIGIN || whole.starts_with("$http_access_control_request_") {
            return ByOrigin::always(whole);
        }
        let mut parts = text.split('$');
        let mut value = ByOrigin::always(parts.next().unwrap_or_default().to_owned());
        for part in parts {
            let (name, rest) = match part.strip_prefix('{').and_then(|part| part.split_once('}')) {
                Some(found) => found,
                None => {
                    part.split_at(part.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(part.len()))
                }
            };
            let Some(inner) = self.values.get(&format!("${name}")) else { return ByOrigin::unknown() };
            value = value.with(inner, &|before, inner| format!("{before}{inner}{rest}"));
        }
        // The origin is known only where it is the whole value.
        let is_mixed = |value: &String| value.contains(ORIGIN) && value != ORIGIN;
        if value.values().any(is_mixed) { ByOrigin::unknown() } else { value }
    }
}

/// Whether a value in the block of a `map` has variables, or is in another file.
fn has_variables(block: &[Directive]) -> bool {
    block.iter().any(|entry| entry.name == "include" || entry.argument(0).is_some_and(|value| value.contains('$')))
}

/// A variable without the braces that it may have.
fn plain(variable: &str) -> String {
    let inner = variable.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    inner.map_or_else(|| variable.to_owned(), |name| format!("${name}"))
}

/// Requests without an origin are none of ours.
fn is_empty(origin: &OriginMatch) -> bool {
    *origin == OriginMatch::Exact(String::new())
}

/// The number of the first case that matches a text.
fn first_in_text(
    cases: impl Iterator<Item = (Placed<OriginMatch>, usize)>,
    lower: &str,
    text: &str,
    otherwise: usize,
) -> ByOrigin<usize> {
    for (origin, number) in cases {
        let matches = match &origin.value {
            OriginMatch::Expression(expression) => Language::parse(expression).map(|language| language.contains(text)),
            other => Some(*other == OriginMatch::Exact(lower.to_owned())),
        };
        match matches {
            None => return ByOrigin::unknown(),
            Some(true) => return ByOrigin::always(number),
            Some(false) => {}
        }
    }
    ByOrigin::always(otherwise)
}

/// What a condition is about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    Method,
    /// The origin, or a variable.
    Value,
    /// Something that no origin depends on, such as the host.
    Other,
}

/// `if (…)`: what it is about, and for which origins it holds.
pub(super) fn condition(directive: &Directive, variables: &Variables, is_preflight: bool) -> (About, ByOrigin<bool>) {
    let words = words(directive);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (variable, operator, value) = match words.as_slice() {
        [variable] => (*variable, "", ""),
        [variable, operator, value] => (*variable, *operator, *value),
        // Whether there is a file.
        [test, _] if test.trim_start_matches('!').starts_with('-') => return (About::Other, ByOrigin::unknown()),
        _ => return (About::Value, ByOrigin::unknown()),
    };
    if plain(variable) == "$http_access_control_request_method" && operator.is_empty() {
        return (About::Method, ByOrigin::always(is_preflight));
    }
    if plain(variable).starts_with("$http_access_control_request_") {
        return (About::Other, ByOrigin::unknown());
    }
    if plain(variable) == "$request_method" {
        return (About::Method, ByOrigin::always(is_of_method(operator, value, is_preflight)));
    }
    if variables.is_of_no_origin(&plain(variable)) {
        return (About::Other, ByOrigin::unknown());
    }
    (About::Value, variables.expand(variable).then(&|given| test(given, operator, value, directive.offset)))
}

/// The words between the parentheses of a condition.
fn words(directive: &Directive) -> Vec<String> {
    let mut words: Vec<String> = directive.arguments.iter().map(|word| word.value.clone()).collect();
    if let Some(first) = words.first_mut()
        && let Some(rest) = first.strip_prefix('(')
    {
        *first = rest.to_owned();
    }
    if let Some(last) = words.last_mut()
        && let Some(rest) = last.strip_suffix(')')
    {
        *last = rest.to_owned();
    }
    let last = words.len().saturating_sub(1);
    // A parenthesis that stands alone leaves nothing; what is empty in between was quoted.
    let is_word = |at: usize, word: &String| !word.is_empty() || (at != 0 && at != last);
    words.into_iter().enumerate().filter(|(at, word)| is_word(*at, word)).map(|(_, word)| word).collect()
}

/// Whether a condition on the method holds: for preflights, or for some of the other methods.
fn is_of_method(operator: &str, value: &str, is_preflight: bool) -> bool {
    let methods: &[&str] = if is_preflight { &["OPTIONS"] } else { &["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] };
    let expression = expression(operator, value).unwrap_or_else(|| regex_syntax::escape(value));
    let Some(language) = Language::parse(&expression) else { return true };
    methods.iter().any(|method| language.contains(method) != operator.starts_with('!'))
}

/// What the expression of an operator matches as a whole; `None` if the operator has none.
fn expression(operator: &str, value: &str) -> Option<String> {
    match operator {
        "~" | "!~" => Some(searched(value)),
        "~*" | "!~*" => Some(in_any_case(&searched(value))),
        _ => None,
    }
}

fn test(given: &str, operator: &str, value: &str, offset: usize) -> ByOrigin<bool> {
    let is_origin = given == ORIGIN;
    let holds = !operator.starts_with('!');
    let origin = match operator {
        "" => return ByOrigin::always(is_origin || !["", "0"].contains(&given)),
        "=" | "!=" if is_origin && value.is_empty() => return ByOrigin::always(!holds),
        "=" | "!=" if is_origin => OriginMatch::Exact(value.to_owned()),
        "=" | "!=" => return ByOrigin::always((given == value) == holds),
        _ => match expression(operator, value) {
            Some(expression) => OriginMatch::Expression(expression),
            None => return ByOrigin::unknown(),
        },
    };
    let case = (Placed::new(origin, offset), 0);
    let matches = match is_origin {
        true => ByOrigin::first_of(vec![case], 1),
        false => first_in_text([case].into_iter(), given, given, 1),
    };
    matches.map(&|number| (*number == 0) == holds)
}
