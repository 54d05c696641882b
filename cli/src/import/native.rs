//! What Envoy's own CORS filter makes of its values: Istio, Envoy Gateway and Higress hand them to it.

use super::loss::Losses;
use super::rules::{Model, OriginMatch, in_any_case};
use crate::expression::language::Language;

/// How the filter compares an origin with a
/// [StringMatcher](https://www.envoyproxy.io/docs/envoy/latest/api-v3/type/matcher/v3/string.proto).
pub(super) enum StringMatch<'t> {
    Exact(&'t str),
    Prefix(&'t str),
    Suffix(&'t str),
    Contains(&'t str),
    Regex(&'t str),
}

/// A matcher that matches `*` stands for every origin, whatever else it says.
pub(super) fn origin(matcher: &StringMatch<'_>, ignores_case: bool) -> OriginMatch {
    let escape = regex_syntax::escape;
    let (expression, matches_star) = match matcher {
        StringMatch::Exact(text) if !ignores_case => {
            return if *text == "*" { OriginMatch::Any } else { OriginMatch::Exact((*text).to_owned()) };
        }
        StringMatch::Exact(text) => (escape(text), *text == "*"),
        StringMatch::Prefix(text) => (format!("{}.*", escape(text)), "*".starts_with(text)),
        StringMatch::Suffix(text) => (format!(".*{}", escape(text)), "*".ends_with(text)),
        StringMatch::Contains(text) => (format!(".*{}.*", escape(text)), "*".contains(text)),
        StringMatch::Regex(text) => {
            let star = Language::parse(text).is_some_and(|language| language.contains("*"));
            // It says itself whether case counts: Envoy refuses ignore_case beside it.
            return if star { OriginMatch::Any } else { OriginMatch::Expression((*text).to_owned()) };
        }
    };
    match matches_star {
        true => OriginMatch::Any,
        false if ignores_case => OriginMatch::Expression(in_any_case(&expression)),
        false => OriginMatch::Expression(expression),
    }
}

/// `Access-Control-Max-Age` in seconds, as browsers read it.
pub(super) fn max_age(text: &str) -> Option<u64> {
    let text = text.trim();
    match text.strip_prefix('-') {
        Some(digits) => digits.parse::<u64>().ok().map(|_| 0),
        None => text.parse().ok(),
    }
}

/// Says once what becomes of preflights that the filter forwards.
pub(super) fn note_forwarding(model: &Model, losses: &mut Losses) {
    if let Some(rules) = model.policies.iter().find(|rules| rules.forwards_unmatched) {
        let message = "Envoy forwards preflights of origins that are not allowed, and leaves the CORS headers of the \
                       services behind it on their responses. Here such preflights are forwarded too, but those headers \
                       are removed.";
        let fix = "if a service allows more origins than this policy, add them to allowOrigins. If none does, remove \
                   unmatchedPreflights.";
        losses.note(rules.offset, message.to_owned(), fix);
    }
}
