//! Compiles a policy from its configuration.

use super::lists::{self, Lists};
use super::{Policy, PreflightVary};
use crate::config::{
    At, DisallowedRequests, Mode, PolicyConfig, RefusedPreflights, UnmatchedPreflights, UpstreamHeaders, WebSockets,
};
use crate::header::{ORIGIN, REQUEST_HEADERS, REQUEST_METHOD, REQUEST_PRIVATE_NETWORK};
use crate::problem::{ProblemKind, Report, WarningAbout};

/// The limit of Safari, the lowest of all browsers, in seconds.
const MAX_AGE_EVERYWHERE: u64 = 600;

/// Compiles a policy and reports every problem.
///
/// Always returns a policy, which the caller uses only if the report has no error. Its `shadow` is
/// resolved later, because it refers to another policy.
pub(crate) fn compile(name: &str, block: usize, config: &PolicyConfig, report: &mut Report<'_>) -> Policy {
    let credentials = value_or(&config.allow_credentials, false);
    let Lists { origins, methods, headers, exposed, timing } = lists::compile(config, credentials, report);
    let mode = value_or(&config.mode, Mode::Enforce);
    let mut policy = Policy {
        name: name.to_owned(),
        mode,
        rollout: rollout(config, mode, report),
        block,
        shadow: None,
        origins,
        credentials,
        methods,
        headers,
        exposed,
        max_age: max_age(config, report),
        preflight_status: preflight_status(config, report),
        preflight_vary: PreflightVary::default(),
        unmatched_preflights: value_or(&config.unmatched_preflights, UnmatchedPreflights::Refuse),
        upstream_headers: upstream_headers(config, credentials, report),
        disallowed_requests: value_or(&config.disallowed_requests, DisallowedRequests::Forward),
        web_sockets: value_or(&config.web_sockets, WebSockets::Ignore),
        timing,
        resource_policy: config.cross_origin_resource_policy.as_ref().map(|given| given.value),
        allow_private_network: value_or(&config.allow_private_network, false),
        refused_preflights: value_or(&config.refused_preflights, RefusedPreflights::Explain),
        debug: value_or(&config.debug, false),
    };
    let alone = preflight_vary(&policy, policy.varies_by_origin());
    policy.preflight_vary = PreflightVary { alone, beside_others: preflight_vary(&policy, true) };
    policy
}

fn value_or<T: Copy>(given: &Option<At<T>>, default: T) -> T {
    given.as_ref().map_or(default, |given| given.value)
}

fn upstream_headers(config: &PolicyConfig, credentials: bool, report: &mut Report<'_>) -> UpstreamHeaders {
    let Some(given) = &config.upstream_headers else {
        return UpstreamHeaders::Replace;
    };
    if credentials && given.value == UpstreamHeaders::Keep {
        report.push(&given.place, ProblemKind::Warning(WarningAbout::TrustsOriginServer));
    }
    given.value
}

fn rollout(config: &PolicyConfig, mode: Mode, report: &mut Report<'_>) -> u8 {
    let Some(given) = &config.rollout else {
        return 100;
    };
    if mode != Mode::Enforce {
        let because = "only a policy in mode \"enforce\" is rolled out";
        let about = WarningAbout::NoEffect { field: "rollout", because };
        report.push(&given.place, ProblemKind::Warning(about));
    }
    match u8::try_from(given.value) {
        Ok(percent @ 0..=100) => percent,
        _ => {
            report.push(&given.place, ProblemKind::OutOfRange { least: 0, most: 100, unit: "percent" });
            0
        }
    }
}

fn max_age(config: &PolicyConfig, report: &mut Report<'_>) -> Option<String> {
    let given = config.max_age.as_ref()?;
    let seconds = given.value.0;
    if seconds > Policy::MAX_AGE {
        report.push(&given.place, ProblemKind::OutOfRange { least: 0, most: Policy::MAX_AGE, unit: "seconds" });
    } else if seconds > MAX_AGE_EVERYWHERE {
        report.push(&given.place, ProblemKind::Warning(WarningAbout::MaxAgeCapped { seconds }));
    }
    Some(seconds.to_string())
}

fn preflight_status(config: &PolicyConfig, report: &mut Report<'_>) -> u16 {
    match config.preflight_status.as_ref().map(|given| (given, given.value)) {
        None | Some((_, 204)) => 204,
        Some((_, 200)) => 200,
        Some((given, _)) => {
            report.push(&given.place, ProblemKind::UnknownNumber { known: &[204, 200] });
            204
        }
    }
}

/// The request headers that two preflights can differ in and get different answers.
fn preflight_vary(policy: &Policy, by_origin: bool) -> String {
    let names = [
        (by_origin, ORIGIN),
        (true, REQUEST_METHOD),
        (true, REQUEST_HEADERS),
        (policy.allow_private_network, REQUEST_PRIVATE_NETWORK),
    ];
    let names: Vec<String> = names.iter().filter(|(varies, _)| *varies).map(|(_, name)| title_case(name)).collect();
    names.join(", ")
}

/// `access-control-request-method` in the spelling of the standard.
fn title_case(name: &str) -> String {
    let mut before = '-';
    let spelled = name.chars().map(|c| {
        let starts_word = before == '-';
        before = c;
        if starts_word { c.to_ascii_uppercase() } else { c }
    });
    spelled.collect()
}
