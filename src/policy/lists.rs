//! The lists of a policy: origins, methods and header names, checked entry by entry.

use super::dangers;
use crate::config::{At, OriginConfig, PolicyConfig};
use crate::hash::Rolling;
use crate::header;
use crate::header::set::HeaderSet;
use crate::method::{self, MethodSet};
use crate::origin::pattern::OriginPattern;
use crate::origin::regex::RegexPattern;
use crate::origin::respell::{respell, respell_list};
use crate::origin::set::OriginSet;
use crate::problem::{Place, ProblemKind, Report, WarningAbout};
use crate::table::Table;

/// The most regular expressions in a policy, which are tried one by one.
const MAX_REGEXES: usize = 8;

/// The compiled lists of a policy.
pub(super) struct Lists {
    pub(super) origins: OriginSet,
    pub(super) methods: MethodSet,
    pub(super) headers: HeaderSet,
    pub(super) exposed: Option<String>,
    pub(super) timing: Option<OriginSet>,
}

pub(super) fn compile(config: &PolicyConfig, credentials: bool, report: &mut Report<'_>) -> Lists {
    let origins = config.allow_origins.as_ref().map_or_else(Vec::new, |list| origin_patterns(&list.value, report));
    if let Some(list) = config.allow_origins.as_ref().filter(|list| list.value.is_empty())
        && !report.has_errors_in(&list.place)
    {
        warn(report, &list.place, WarningAbout::NoOrigins);
    }
    dangers::check(config, &origins, credentials, report);
    let set = checked_set(&origins, config.allow_origins.as_ref().map_or(0, |list| list.value.len()), report);
    let timing = config.timing_allow_origins.as_ref().map(|list| {
        let parsed: Vec<_> =
            list.value.iter().filter_map(|At { place, value }| pattern(place, &value.0, report)).collect();
        checked_set(&parsed, list.value.len(), report)
    });
    Lists {
        origins: set,
        methods: MethodSet::new(checked_names(&config.allow_methods, &METHOD_RULES, report)),
        headers: HeaderSet::new(checked_names(&config.allow_headers, &REQUEST_HEADER_RULES, report)),
        exposed: exposed(config, credentials, report),
        timing,
    }
}

fn warn(report: &mut Report<'_>, place: &Place, about: WarningAbout) {
    report.push(place, ProblemKind::Warning(about));
}

/// The patterns of `allowOrigins`. The regular expressions beyond the most that there may be are
/// not compiled: that is what takes long.
fn origin_patterns(list: &[At<OriginConfig>], report: &mut Report<'_>) -> Vec<At<OriginPattern>> {
    let mut regexes = 0;
    let mut patterns = Vec::with_capacity(list.len());
    for origin in list {
        let place = &origin.place;
        let regex = match &origin.value {
            OriginConfig::Pattern(text) => {
                patterns.extend(pattern(place, text, report));
                continue;
            }
            OriginConfig::Regex(regex) => regex,
        };
        regexes += 1;
        if regexes == MAX_REGEXES + 1 {
            report.push(place, ProblemKind::TooManyRegexes { most: MAX_REGEXES });
        }
        if regexes > MAX_REGEXES {
            continue;
        }
        match RegexPattern::parse(&regex.value) {
            Ok(value) => patterns.push(At { place: place.clone(), value: OriginPattern::Regex(value) }),
            Err(reason) => {
                report.push(&regex.place, ProblemKind::InvalidRegex { regex: regex.value.clone(), reason });
            }
        }
    }
    patterns
}

/// The patterns that were meant by a string that is none: often one, sometimes several in one string.
fn meant(text: &str) -> Vec<String> {
    // "null" would be a danger: nobody is led to that.
    let one = respell(text).filter(|one| one != "null").map(|one| vec![one]);
    one.or_else(|| respell_list(text)).unwrap_or_default()
}

fn pattern(place: &Place, text: &str, report: &mut Report<'_>) -> Option<At<OriginPattern>> {
    match OriginPattern::parse(text) {
        Ok(value) => Some(At { place: place.clone(), value }),
        Err(error) => {
            report.push_error(place, || ProblemKind::InvalidOrigin {
                text: text.to_owned(),
                error,
                meant: meant(text),
            });
            None
        }
    }
}

/// The set of a list's patterns, with errors and warnings about the whole list, which had so many
/// members.
fn checked_set(patterns: &[At<OriginPattern>], members: usize, report: &mut Report<'_>) -> OriginSet {
    if members > 1 {
        for any in patterns.iter().filter(|pattern| pattern.value == OriginPattern::Any) {
            report.push(&any.place, ProblemKind::AnyOriginMixed);
        }
    }
    let set = OriginSet::new(patterns.iter().map(|pattern| &pattern.value));
    let mut seen = Table::default();
    for At { place, value: pattern } in patterns {
        let origin = pattern.to_string();
        let by = if seen.insert_text(&origin) {
            set.wider(pattern).map(|wider| wider.to_string())
        } else {
            Some(origin.clone())
        };
        if let Some(by) = by {
            warn(report, place, WarningAbout::OriginCovered { origin, by });
        }
    }
    set
}

/// The differences between lists of methods and lists of header names.
struct NameRules {
    /// What is wrong with an entry.
    check: fn(&str) -> Option<ProblemKind>,
    /// Whether an entry makes sense in a list with `*`.
    beside_any: fn(&str) -> bool,
    /// The key by which entries are compared.
    key: fn(&str) -> String,
}

const METHOD_RULES: NameRules =
    NameRules { check: check_method, beside_any: method_always_allowed, key: str::to_owned };
const REQUEST_HEADER_RULES: NameRules =
    NameRules { check: check_request_header, beside_any: header_never_covered, key: str::to_ascii_lowercase };
const RESPONSE_HEADER_RULES: NameRules =
    NameRules { check: check_response_header, beside_any: response_header_safelisted, key: str::to_ascii_lowercase };

/// The entries of a list of names, without invalid ones and duplicates.
fn checked_names(list: &Option<At<Vec<At<String>>>>, rules: &NameRules, report: &mut Report<'_>) -> Vec<String> {
    let list = list.as_ref().map_or(&[][..], |list| &list.value);
    let any = list.iter().any(|member| member.value == "*");
    let mut seen: Table<(String, String)> = Table::default();
    let mut kept: Vec<String> = Vec::new();
    for At { place, value: name } in list {
        if name != "*"
            && let Some(kind) = (rules.check)(name)
        {
            let fatal = !matches!(kind, ProblemKind::Warning(_));
            report.push(place, kind);
            if fatal {
                continue;
            }
        }
        let key = (rules.key)(name);
        let hash = Rolling::new().with(key.as_bytes());
        let by = if let Some((_, first)) = seen.find(hash, |(known, _)| *known == key) {
            Some(first.clone())
        } else {
            seen.insert(hash, (key, name.clone()));
            (any && name != "*" && !(rules.beside_any)(name)).then(|| "*".to_owned())
        };
        match by {
            Some(by) => warn(report, place, WarningAbout::Redundant { member: name.clone(), by }),
            None => kept.push(name.clone()),
        }
    }
    kept
}

fn check_method(name: &str) -> Option<ProblemKind> {
    if !method::is_method(name.as_bytes()) || name.contains('*') {
        return Some(ProblemKind::InvalidMethod { method: name.to_owned() });
    }
    if method::is_forbidden(name) {
        return Some(ProblemKind::ForbiddenMethod { method: name.to_owned() });
    }
    let patch = || (name != "PATCH" && name.eq_ignore_ascii_case("PATCH")).then_some("PATCH");
    if let Some(meant) = method::normalised(name).or_else(patch) {
        let about = WarningAbout::MethodCase { method: name.to_owned(), meant: meant.to_owned() };
        return Some(ProblemKind::Warning(about));
    }
    let always = method::SAFELISTED.contains(&name);
    always.then(|| ProblemKind::Warning(WarningAbout::MethodAlwaysAllowed { method: name.to_owned() }))
}

/// Safelisted methods already get `method-always-allowed`; do not warn twice.
fn method_always_allowed(name: &str) -> bool {
    method::SAFELISTED.contains(&name)
}

fn check_request_header(name: &str) -> Option<ProblemKind> {
    let lower = name.to_ascii_lowercase();
    let name = name.to_owned();
    if !header::is_token(name.as_bytes()) || name.contains('*') {
        return Some(ProblemKind::InvalidHeaderName { name });
    }
    if header::is_forbidden_request(&lower) {
        return Some(ProblemKind::ForbiddenRequestHeader { name });
    }
    let safelisted = header::is_safelisted_request(&lower);
    safelisted.then_some(ProblemKind::Warning(WarningAbout::HeaderSafelisted { name, response: false }))
}

/// `*` does not cover `authorization`; safelisted names already get `header-safelisted`.
fn header_never_covered(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    lower == header::AUTHORIZATION || header::is_safelisted_request(&lower)
}

fn check_response_header(name: &str) -> Option<ProblemKind> {
    let lower = name.to_ascii_lowercase();
    let name = name.to_owned();
    if !header::is_token(name.as_bytes()) || name.contains('*') {
        return Some(ProblemKind::InvalidHeaderName { name });
    }
    if header::is_forbidden_response(&lower) {
        return Some(ProblemKind::ForbiddenResponseHeader { name });
    }
    let safelisted = header::is_safelisted_response(&lower);
    safelisted.then_some(ProblemKind::Warning(WarningAbout::HeaderSafelisted { name, response: true }))
}

/// Safelisted names already get `header-safelisted`; do not warn twice.
fn response_header_safelisted(name: &str) -> bool {
    header::is_safelisted_response(&name.to_ascii_lowercase())
}

fn exposed(config: &PolicyConfig, credentials: bool, report: &mut Report<'_>) -> Option<String> {
    let list = config.expose_headers.as_ref()?;
    for any in list.value.iter().filter(|name| credentials && name.value == "*") {
        report.push(&any.place, ProblemKind::ExposeAnyWithCredentials);
    }
    let names = checked_names(&config.expose_headers, &RESPONSE_HEADER_RULES, report);
    if names.iter().any(|name| name == "*") {
        return Some("*".to_owned());
    }
    (!names.is_empty()).then(|| names.join(", "))
}
