//! The lists of a policy: origins, methods and header names, checked member by member.

use crate::config::{At, PolicyConfig};
use crate::header;
use crate::header::set::HeaderSet;
use crate::method::{self, MethodSet};
use crate::origin::host::is_loopback;
use crate::origin::pattern::{HostPattern, OriginPattern, TuplePattern, respell};
use crate::origin::public_suffix::is_shared;
use crate::origin::set::OriginSet;
use crate::problem::{Danger, Place, ProblemKind, Report, WarningAbout};
use crate::table::Table;

/// The compiled lists of a policy.
pub(super) struct Lists {
    pub(super) origins: OriginSet,
    pub(super) methods: MethodSet,
    pub(super) headers: HeaderSet,
    pub(super) exposed: Option<String>,
    pub(super) timing: Option<OriginSet>,
}

pub(super) fn compile(config: &PolicyConfig, credentials: bool, report: &mut Report<'_>) -> Lists {
    let origins = config.allow_origins.as_ref().map_or_else(Vec::new, |list| patterns(&list.value, report));
    if let Some(list) = config.allow_origins.as_ref().filter(|list| list.value.is_empty()) {
        warn(report, &list.place, WarningAbout::NoOrigins);
    }
    check_dangers(config, &origins, credentials, report);
    let timing = config.timing_allow_origins.as_ref().map(|list| patterns(&list.value, report));
    Lists {
        origins: origin_set(&origins),
        methods: MethodSet::new(members(&config.allow_methods, &METHODS, report)),
        headers: HeaderSet::new(members(&config.allow_headers, &REQUEST_HEADERS, report)),
        exposed: exposed(config, credentials, report),
        timing: timing.as_deref().map(origin_set),
    }
}

fn warn(report: &mut Report<'_>, place: &Place, about: WarningAbout) {
    report.push(place, ProblemKind::Warning(about));
}

fn origin_set(patterns: &[At<OriginPattern>]) -> OriginSet {
    OriginSet::new(patterns.iter().map(|pattern| &pattern.value))
}

/// The patterns of a list, without those that are none.
fn patterns(list: &[At<String>], report: &mut Report<'_>) -> Vec<At<OriginPattern>> {
    let mut patterns = Vec::with_capacity(list.len());
    for At { place, value: text } in list {
        match OriginPattern::parse(text) {
            Ok(value) => patterns.push(At { place: place.clone(), value }),
            Err(error) => {
                let kind = ProblemKind::InvalidOrigin { text: text.clone(), error, meant: respell(text) };
                report.push(place, kind);
            }
        }
    }
    if list.len() > 1 {
        for any in patterns.iter().filter(|pattern| pattern.value == OriginPattern::Any) {
            report.push(&any.place, ProblemKind::AnyOriginMixed);
        }
    }
    warn_of_covered(&patterns, report);
    patterns
}

fn warn_of_covered(patterns: &[At<OriginPattern>], report: &mut Report<'_>) {
    let set = origin_set(patterns);
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
}

/// Refuses what is dangerous and not named, and warns of what is named and not done.
fn check_dangers(config: &PolicyConfig, origins: &[At<OriginPattern>], credentials: bool, report: &mut Report<'_>) {
    let named = config.dangerously_allow.as_ref().map_or(&[][..], |list| &list.value);
    let mut done = Vec::new();
    for At { place, value: pattern } in origins {
        for danger in Danger::ALL.into_iter().filter(|danger| danger.is_in(pattern, credentials)) {
            if !done.contains(&danger) {
                done.push(danger);
            }
            if !named.iter().any(|named| named.value == danger) {
                report.push(place, ProblemKind::Dangerous { danger, origin: pattern.to_string() });
            }
        }
    }
    for At { place, value: danger } in named.iter().filter(|named| !done.contains(&named.value)) {
        warn(report, place, WarningAbout::DangerUnused { danger: *danger });
    }
}

impl Danger {
    /// Whether a policy that allows `pattern` does this.
    fn is_in(self, pattern: &OriginPattern, credentials: bool) -> bool {
        let whole_scheme = matches!(pattern, OriginPattern::Tuple(TuplePattern { host: HostPattern::Any, .. }));
        match self {
            Self::AnyOriginWithCredentials => credentials && (*pattern == OriginPattern::Any || whole_scheme),
            Self::InsecureOrigins => credentials && is_insecure(pattern),
            Self::PublicSuffixSubdomains => credentials && is_shared_suffix(pattern),
            Self::NullOrigin => *pattern == OriginPattern::Opaque,
        }
    }
}

/// Whether the pattern matches origins of parties that have nothing to do with each other.
fn is_shared_suffix(pattern: &OriginPattern) -> bool {
    let OriginPattern::Tuple(TuplePattern { host, .. }) = pattern else {
        return false;
    };
    match host {
        HostPattern::Any | HostPattern::Exact(_) => false,
        HostPattern::Subdomains(parent) => is_shared(parent),
        HostPattern::Labels(labels) => is_shared(labels.suffix()),
    }
}

/// Whether the pattern matches `http://` origins that the network can speak for.
fn is_insecure(pattern: &OriginPattern) -> bool {
    let OriginPattern::Tuple(TuplePattern { scheme, host, .. }) = pattern else {
        return false;
    };
    let loopback = match host {
        HostPattern::Any => false,
        HostPattern::Exact(host) | HostPattern::Subdomains(host) => is_loopback(host),
        HostPattern::Labels(labels) => is_loopback(labels.suffix()),
    };
    scheme == "http" && !loopback
}

/// What makes a list of methods differ from one of header names.
struct Names {
    /// What is wrong with a member.
    check: fn(&str) -> Option<ProblemKind>,
    /// Whether a member has its place beside `*`.
    beside_any: fn(&str) -> bool,
    /// What members are compared by.
    key: fn(&str) -> String,
}

const METHODS: Names = Names { check: check_method, beside_any: method_always_allowed, key: str::to_owned };
const REQUEST_HEADERS: Names =
    Names { check: check_request_header, beside_any: header_never_covered, key: str::to_ascii_lowercase };
const RESPONSE_HEADERS: Names =
    Names { check: check_response_header, beside_any: response_header_safelisted, key: str::to_ascii_lowercase };

/// The members of a list of names, without those that are none and those that come twice.
fn members(list: &Option<At<Vec<At<String>>>>, names: &Names, report: &mut Report<'_>) -> Vec<String> {
    let list = list.as_ref().map_or(&[][..], |list| &list.value);
    let any = list.iter().any(|member| member.value == "*");
    let mut seen = Table::default();
    let mut kept: Vec<String> = Vec::new();
    for At { place, value: name } in list {
        if name != "*"
            && let Some(kind) = (names.check)(name)
        {
            let fatal = !matches!(kind, ProblemKind::Warning(_));
            report.push(place, kind);
            if fatal {
                continue;
            }
        }
        let key = (names.key)(name);
        let by = if !seen.insert_text(&key) {
            kept.iter().find(|kept| (names.key)(kept) == key).cloned().or(Some("*".to_owned()))
        } else {
            (any && name != "*" && !(names.beside_any)(name)).then(|| "*".to_owned())
        };
        match by {
            Some(by) => warn(report, place, WarningAbout::Redundant { member: name.clone(), by }),
            None => kept.push(name.clone()),
        }
    }
    kept
}

fn check_method(name: &str) -> Option<ProblemKind> {
    if !method::is_method(name.as_bytes()) {
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

/// Of the safelisted methods another warning is given already.
fn method_always_allowed(name: &str) -> bool {
    method::SAFELISTED.contains(&name)
}

fn check_request_header(name: &str) -> Option<ProblemKind> {
    let lower = name.to_ascii_lowercase();
    let name = name.to_owned();
    if !header::is_token(name.as_bytes()) {
        return Some(ProblemKind::InvalidHeaderName { name });
    }
    if header::is_forbidden_request(&lower) {
        return Some(ProblemKind::ForbiddenRequestHeader { name });
    }
    let safelisted = header::is_safelisted_request(&lower);
    safelisted.then_some(ProblemKind::Warning(WarningAbout::HeaderSafelisted { name, response: false }))
}

/// `*` does not cover `authorization`, and of the safelisted names another warning is given.
fn header_never_covered(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    lower == header::AUTHORIZATION || header::is_safelisted_request(&lower)
}

fn check_response_header(name: &str) -> Option<ProblemKind> {
    let lower = name.to_ascii_lowercase();
    let name = name.to_owned();
    if !header::is_token(name.as_bytes()) {
        return Some(ProblemKind::InvalidHeaderName { name });
    }
    if header::is_forbidden_response(&lower) {
        return Some(ProblemKind::ForbiddenResponseHeader { name });
    }
    let safelisted = header::is_safelisted_response(&lower);
    safelisted.then_some(ProblemKind::Warning(WarningAbout::HeaderSafelisted { name, response: true }))
}

/// Of the safelisted names another warning is given.
fn response_header_safelisted(name: &str) -> bool {
    header::is_safelisted_response(&name.to_ascii_lowercase())
}

fn exposed(config: &PolicyConfig, credentials: bool, report: &mut Report<'_>) -> Option<String> {
    let list = config.expose_headers.as_ref()?;
    for any in list.value.iter().filter(|name| credentials && name.value == "*") {
        report.push(&any.place, ProblemKind::ExposeAnyWithCredentials);
    }
    let names = members(&config.expose_headers, &RESPONSE_HEADERS, report);
    (!names.is_empty()).then(|| names.join(", "))
}
