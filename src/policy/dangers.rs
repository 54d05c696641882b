//! The dangers of a policy's origins, and whether the policy names them.

use crate::config::At;
use crate::config::PolicyConfig;
use crate::danger::Danger;
use crate::origin::host::is_loopback;
use crate::origin::is_special;
use crate::origin::pattern::{HostPattern, OriginPattern, TuplePattern};
use crate::origin::public_suffix::PublicSuffixes;
use crate::origin::witness::{self, Witness};
use crate::problem::{ProblemKind, Report, WarningAbout};

/// Reports dangers that the policy does not name, and named dangers that it does not need.
pub(super) fn check(config: &PolicyConfig, origins: &[At<OriginPattern>], credentials: bool, report: &mut Report<'_>) {
    let listed = config.dangerously_allow.as_ref().map_or(&[][..], |list| &list.value);
    let named: Vec<Danger> = Danger::ALL.iter().copied().filter(|d| listed.iter().any(|l| l.value == *d)).collect();
    let unsure = config.allow_origins.as_ref().is_none_or(|list| report.has_errors_in(&list.place));
    let mut done = Vec::new();
    let mut suffixes = PublicSuffixes::default();
    for At { place, value: pattern } in origins {
        for (danger, such_as) in dangers(pattern, credentials, &mut suffixes) {
            if !done.contains(&danger) {
                done.push(danger);
            }
            if !named.contains(&danger) {
                report.push(place, ProblemKind::Dangerous { danger, origin: pattern.to_string(), such_as });
            }
        }
    }
    for At { place, value: danger } in listed.iter().filter(|listed| !unsure && !done.contains(&listed.value)) {
        report.push(place, ProblemKind::Warning(WarningAbout::DangerUnused { danger: *danger }));
    }
}

/// The dangers of a pattern, in the order of the documentation; with an origin that shows it,
/// where the pattern alone does not.
fn dangers(pattern: &OriginPattern, credentials: bool, suffixes: &mut PublicSuffixes) -> Vec<(Danger, Option<String>)> {
    match pattern {
        OriginPattern::Any if credentials => vec![(Danger::AnyOriginWithCredentials, None)],
        OriginPattern::Any => Vec::new(),
        OriginPattern::Opaque => vec![(Danger::NullOrigin, None)],
        OriginPattern::Tuple(_) if !credentials => Vec::new(),
        OriginPattern::Tuple(tuple) => {
            let found = [
                (Danger::AnyOriginWithCredentials, tuple.host == HostPattern::Any && is_special(&tuple.scheme)),
                (Danger::AnyAppWithCredentials, is_any_app(tuple)),
                (Danger::InsecureOrigins, is_insecure(tuple)),
                (Danger::PublicSuffixSubdomains, is_shared_suffix(tuple, suffixes)),
            ];
            found.into_iter().filter(|(_, done)| *done).map(|(danger, _)| (danger, None)).collect()
        }
        OriginPattern::Regex(regex) => {
            let witnesses = if credentials { witness::of(regex, suffixes) } else { Vec::new() };
            let shown = |danger: Danger| witnesses.iter().find(|witness| witness.danger == danger);
            let found = Danger::ALL.iter().filter_map(|danger| match danger {
                Danger::RegexOrigins => Some((Danger::RegexOrigins, None)),
                danger => shown(*danger).map(|Witness { origin, .. }| (*danger, Some(origin.clone()))),
            });
            found.collect()
        }
    }
}

/// Whether the pattern matches every app or extension of its scheme, or every one with an
/// identifier of some form.
fn is_any_app(TuplePattern { scheme, host, .. }: &TuplePattern) -> bool {
    !is_special(scheme) && host.suffix() == Some("")
}

/// Whether the pattern matches origins of unrelated parties.
fn is_shared_suffix(TuplePattern { scheme, host, .. }: &TuplePattern, suffixes: &mut PublicSuffixes) -> bool {
    is_special(scheme) && host.suffix().is_some_and(|suffix| !suffix.is_empty() && suffixes.is_shared(suffix))
}

/// Whether the pattern matches `http://` origins that somebody on the network can forge.
fn is_insecure(TuplePattern { scheme, host, .. }: &TuplePattern) -> bool {
    let loopback = match host {
        HostPattern::Exact(host) => is_loopback(host),
        _ => host.suffix().is_some_and(is_loopback),
    };
    scheme == "http" && !loopback
}
