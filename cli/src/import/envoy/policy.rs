//! The CorsPolicy of a route, field by field from the most specific message that has the field.

use std::collections::HashMap;

use super::{field, is_a, list, text};
use crate::import::loss::Losses;
use crate::import::native::{self, StringMatch};
use crate::import::rules::{Enforcement, OriginMatch, Placed, Rules, list as members};
use crate::input::{Document, Value};

/// A CorsPolicy, and the name of the route, virtual host or route configuration that has it.
#[derive(Clone, Copy)]
pub(super) struct Layer<'t> {
    pub(super) message: &'t Document,
    pub(super) name: &'t str,
}

/// What is known of CORS at some place, the most specific first.
#[derive(Clone, Default)]
pub(super) struct Policies<'t> {
    layers: Vec<Layer<'t>>,
    /// Those of the fields that routes had before the filter's own configuration; they count only without any of it.
    old: Vec<Layer<'t>>,
    /// Whether the filter is switched off there.
    disabled: bool,
    /// What the place is called.
    name: &'t str,
}

/// What the fields of a CorsPolicy are called.
const FIELDS: [&str; 10] = [
    "allow_origin_string_match",
    "allow_methods",
    "allow_headers",
    "expose_headers",
    "max_age",
    "allow_credentials",
    "filter_enabled",
    "shadow_enabled",
    "allow_private_network_access",
    "forward_not_matching_preflights",
];

impl<'t> Policies<'t> {
    /// A CorsPolicy that stands alone.
    pub(super) fn alone(message: &'t Document) -> Self {
        Self { layers: vec![Layer { message, name: "default" }], ..Self::default() }
    }

    /// With what a route configuration, virtual host or route says of it.
    pub(super) fn with(&self, holder: &'t Document) -> Self {
        let name =
            text(holder, "name").filter(|name| !name.is_empty()).or_else(|| path_of(holder)).unwrap_or(self.name);
        let mut with = Self { name, ..self.clone() };
        let configs = field(holder, "typed_per_filter_config").map(|configs| &configs.value);
        if let Some(Value::Map(configs)) = configs {
            for config in configs {
                let is_ours = config.key.contains("cors");
                let inner = if is_a(&config.value, ".FilterConfig") { field(&config.value, "config") } else { None };
                let message = inner.unwrap_or(&config.value);
                let is_disabled = matches!(field(&config.value, "disabled").map(|d| &d.value), Some(Value::Bool(true)));
                if is_disabled && is_ours {
                    with.disabled = true;
                } else if is_a(message, ".CorsPolicy") {
                    with.disabled = false;
                    with.layers.insert(0, Layer { message, name });
                }
            }
        }
        let action = field(holder, "route").unwrap_or(holder);
        if let Some(message) = field(action, "cors").filter(|cors| matches!(cors.value, Value::Map(_))) {
            with.old.insert(0, Layer { message, name });
        }
        with
    }

    fn in_force(&self) -> &[Layer<'t>] {
        if self.layers.is_empty() { &self.old } else { &self.layers }
    }

    /// What tells these layers from others.
    pub(super) fn key(&self) -> Vec<usize> {
        let layers = if self.disabled { &[][..] } else { self.in_force() };
        layers.iter().map(|layer| layer.message.span.start).collect()
    }

    /// The policy, if there is any.
    pub(super) fn rules(&self, losses: &mut Losses) -> Option<Rules> {
        let layers = if self.disabled { &[][..] } else { self.in_force() };
        let first = layers.first()?;
        let mut seen = HashMap::new();
        for layer in layers {
            name_unknown_fields(layer.message, losses);
            for name in FIELDS {
                if let Some(value) = field(layer.message, name).filter(|value| is_set(value)) {
                    seen.entry(name).or_insert(value);
                }
            }
        }
        let names = |name: &str| {
            let value = seen.get(name)?;
            Some(members(value.text()?, value.span.start))
        };
        let flag = |name: &str| match seen.get(name).map(|value| &value.value) {
            Some(Value::Bool(value)) => Some(*value),
            _ => None,
        };
        let origins = layers.iter().map(|layer| list(layer.message, "allow_origin_string_match"));
        let origins = origins.into_iter().find(|origins| !origins.is_empty()).unwrap_or_default();
        let origins: Vec<_> = origins.iter().filter_map(|matcher| origin(matcher, losses)).collect();
        let max_age = seen.get("max_age").map(|value| (value, as_text(value)));
        if let Some((value, text)) = max_age.as_ref().filter(|(_, text)| native::max_age(text).is_none()) {
            let message = format!("Browsers cannot read {text:?} as Access-Control-Max-Age, so it is left out.");
            losses.note(value.span.start, message, "write a number of seconds in maxAge.");
        }
        Some(Rules {
            name: first.name.to_owned(),
            offset: first.message.span.start,
            origins,
            methods: names("allow_methods").unwrap_or_default(),
            headers: names("allow_headers").unwrap_or_default(),
            exposed: names("expose_headers").unwrap_or_default(),
            credentials: flag("allow_credentials").unwrap_or(false),
            max_age: max_age.and_then(|(_, text)| native::max_age(&text)),
            // Only the most specific message says whether the filter acts.
            enforcement: enforcement(first.message, losses),
            forwards_unmatched: flag("forward_not_matching_preflights").unwrap_or(true),
            private_network: flag("allow_private_network_access").unwrap_or(false),
            sends_any_method: false,
            sends_any_header: false,
        })
    }
}

/// The path of a route, as a name for what it has.
fn path_of(route: &Document) -> Option<&str> {
    let matching = field(route, "match")?;
    text(matching, "prefix").or_else(|| text(matching, "path")).filter(|path| *path != "/")
}

/// An empty string or list is inherited, as an absent one.
fn is_set(value: &Document) -> bool {
    match &value.value {
        Value::Text(text) => !text.is_empty(),
        Value::List(elements) => !elements.is_empty(),
        Value::Null => false,
        _ => true,
    }
}

fn as_text(value: &Document) -> String {
    value.text().map_or_else(|| value.to_json().text, str::to_owned)
}

fn name_unknown_fields(message: &Document, losses: &mut Losses) {
    let Value::Map(fields) = &message.value else { return };
    let is_known =
        |key: &str| key == "@type" || FIELDS.iter().any(|name| *name == key || super::camel_case(name) == key);
    for member in fields.iter().filter(|member| !is_known(&member.key)) {
        let message = format!("The field {:?} of a CorsPolicy is not known here, and is left out.", member.key);
        losses.different(member.key_offset, message, "look up what it does in Envoy's documentation.");
    }
}

fn origin(matcher: &Document, losses: &mut Losses) -> Option<Placed<OriginMatch>> {
    let offset = matcher.span.start;
    let regex = field(matcher, "safe_regex").and_then(|regex| text(regex, "regex")).or_else(|| text(matcher, "regex"));
    let kinds = [
        text(matcher, "exact").map(StringMatch::Exact),
        text(matcher, "prefix").map(StringMatch::Prefix),
        text(matcher, "suffix").map(StringMatch::Suffix),
        text(matcher, "contains").map(StringMatch::Contains),
        regex.map(StringMatch::Regex),
    ];
    let Some(kind) = kinds.into_iter().flatten().next() else {
        let message = "This matcher of origins cannot be read, so its origins are not allowed.".to_owned();
        losses.narrower(offset, message, "list its origins in allowOrigins.");
        return None;
    };
    let ignores_case = matches!(field(matcher, "ignore_case").map(|value| &value.value), Some(Value::Bool(true)));
    Some(Placed::new(native::origin(&kind, ignores_case), offset))
}

fn enforcement(message: &Document, losses: &mut Losses) -> Enforcement {
    let Some(enabled) = field(message, "filter_enabled") else {
        return Enforcement::Always;
    };
    let offset = enabled.span.start;
    let is_at_runtime = text(enabled, "runtime_key").is_some_and(|key| !key.is_empty());
    if is_at_runtime {
        let message = "A runtime key can change this percentage while Envoy runs; this is its default.".to_owned();
        losses.note(offset, message, "if the runtime sets it, write that percentage in rollout.");
    }
    let percent = percent(enabled);
    if percent >= 100.0 {
        return Enforcement::Always;
    }
    if percent <= 0.0 {
        let shadow = field(message, "shadow_enabled");
        return if shadow.is_some_and(|shadow| self::percent(shadow) > 0.0) {
            Enforcement::Report
        } else {
            Enforcement::Off
        };
    }
    let message = format!(
        "Envoy enforces this policy for {percent} % of the requests. Here the same percentage counts origins, each with \
         all its requests."
    );
    losses.different(offset, message, "remove rollout to enforce it for all.");
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is between 0 and 100")]
    Enforcement::Partly(percent as u8)
}

/// The default of a RuntimeFractionalPercent.
fn percent(message: &Document) -> f64 {
    let Some(default) = field(message, "default_value") else { return 0.0 };
    let number = |name: &str| match field(default, name).map(|value| &value.value) {
        Some(Value::Number(number)) => number.as_f64(),
        Some(Value::Text(text)) => text.parse().ok(),
        _ => None,
    };
    let of = match text(default, "denominator") {
        Some("TEN_THOUSAND") => 10_000.0,
        Some("MILLION") => 1_000_000.0,
        Some(_) => 100.0,
        None => match number("denominator") {
            Some(1.0) => 10_000.0,
            Some(2.0) => 1_000_000.0,
            _ => 100.0,
        },
    };
    number("numerator").unwrap_or(0.0) * 100.0 / of
}
