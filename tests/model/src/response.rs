//! What the client gets under a policy: docs/behaviour.md, sections 2 to 5 and 7.

use std::collections::{BTreeMap, BTreeSet};

use crate::policy::{Policy, is_any};
use crate::{Outcome, Request, Upstream, combined, origin, preflight};

/// The CORS headers that are taken off an origin server's response.
const REMOVED: [&str; 7] = [
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "access-control-allow-methods",
    "access-control-allow-headers",
    "access-control-allow-private-network",
    "access-control-expose-headers",
    "access-control-max-age",
];

pub(crate) fn outcome(
    policy: &Policy,
    request: &Request,
    upstream: &Upstream,
    bucket: u64,
    varies_by_list: bool,
) -> Outcome {
    let sent = request.combined("origin");
    let is_preflight =
        sent.is_some() && request.method == "OPTIONS" && request.combined("access-control-request-method").is_some();
    let reason = match &sent {
        None => "not-cors",
        Some(_) if policy.name == "closed" && is_preflight => "path-ambiguous",
        Some(origin) if is_preflight => preflight::reason(policy, request, origin),
        Some(origin) => actual(policy, request, origin),
    };
    let varies = varies_by_list || policy.is_partial();
    if !policy.is_enforced(sent.as_ref().map(|_| bucket)) {
        let mut headers = by_name(&upstream.headers);
        if varies && upstream.status != 101 {
            add_vary(&mut headers, &["origin"]);
        }
        return Outcome { status: upstream.status, forwarded: true, headers, reason };
    }
    let depends = varies || policy.depends_on_origin();
    if is_preflight && !(policy.forwards_unmatched && reason != "allowed") {
        let origin = sent.unwrap();
        let is_explained = policy.explains && ["method-not-allowed", "headers-not-allowed"].contains(&reason);
        let tells = reason == "allowed" || is_explained;
        let mut headers = if tells { preflight::answer(policy, request, &origin, reason) } else { BTreeMap::new() };
        let mut vary = vec!["access-control-request-method", "access-control-request-headers"];
        if depends {
            vary.push("origin");
        }
        if policy.private_network {
            vary.push("access-control-request-private-network");
        }
        add_vary(&mut headers, &vary);
        add_reason(&mut headers, policy, reason);
        return Outcome {
            status: if tells { policy.preflight_status } else { 403 },
            forwarded: false,
            headers,
            reason,
        };
    }
    let is_stranger = sent.is_some() && !["allowed", "same-origin"].contains(&reason);
    let is_handshake = request.combined("upgrade").is_some_and(|protocols| has_member(&protocols, "websocket"));
    if is_stranger && !is_preflight && (policy.rejects || policy.web_sockets == "reject" && is_handshake) {
        let mut headers = BTreeMap::new();
        add_vary(&mut headers, &["origin"]);
        add_reason(&mut headers, policy, reason);
        return Outcome { status: 403, forwarded: false, headers, reason };
    }
    let headers = decorated(policy, sent.as_deref(), upstream, depends, reason);
    Outcome { status: upstream.status, forwarded: true, headers, reason }
}

fn actual(policy: &Policy, request: &Request, sent: &str) -> &'static str {
    let is_same = match request.combined("sec-fetch-site") {
        Some(site) => site == "same-origin",
        None => origin::is_same(sent, &request.scheme, &request.authority),
    };
    if policy.allows(sent) {
        "allowed"
    } else if is_same {
        "same-origin"
    } else if policy.name == "closed" {
        "path-ambiguous"
    } else if !origin::is_origin(sent) {
        "origin-malformed"
    } else {
        "origin-not-allowed"
    }
}

/// Section 4.
fn decorated(
    policy: &Policy,
    sent: Option<&str>,
    upstream: &Upstream,
    depends: bool,
    reason: &str,
) -> BTreeMap<String, String> {
    let mut headers = by_name(&upstream.headers);
    if upstream.status == 101 || policy.keeps && headers.contains_key("access-control-allow-origin") {
        return headers;
    }
    headers.retain(|name, _| !REMOVED.contains(&name.as_str()));
    let allowed = sent.filter(|origin| policy.allows(origin));
    let allow_origin = if policy.answers_any() { Some("*") } else { allowed };
    if let Some(allow_origin) = allow_origin {
        headers.insert("access-control-allow-origin".to_owned(), allow_origin.to_owned());
        if policy.credentials {
            headers.insert("access-control-allow-credentials".to_owned(), "true".to_owned());
        }
        if let Some(exposed) = exposed(policy) {
            headers.insert("access-control-expose-headers".to_owned(), exposed);
        }
    }
    if let Some(timing) = &policy.timing {
        headers.remove("timing-allow-origin");
        let matching = sent.filter(|origin| timing.iter().any(|entry| entry.matches(origin)));
        let value = if is_any(timing) { Some("*") } else { matching };
        headers.extend(value.map(|value| ("timing-allow-origin".to_owned(), value.to_owned())));
    }
    if let Some(value) = &policy.resource_policy {
        headers.insert("cross-origin-resource-policy".to_owned(), value.clone());
    }
    if depends {
        add_vary(&mut headers, &["origin"]);
    }
    add_reason(&mut headers, policy, reason);
    headers
}

/// The value of `Access-Control-Expose-Headers`: the wildcard alone, if it is listed.
pub(crate) fn exposed(policy: &Policy) -> Option<String> {
    let any = policy.exposed.iter().any(|name| name == "*");
    (!policy.exposed.is_empty()).then(|| if any { "*".to_owned() } else { policy.exposed.join(", ") })
}

fn add_reason(headers: &mut BTreeMap<String, String>, policy: &Policy, reason: &str) {
    if policy.debug {
        headers.insert("edge-cors-reason".to_owned(), reason.to_owned());
    }
}

/// Adds members to `Vary`, unless one of them is `*`.
fn add_vary(headers: &mut BTreeMap<String, String>, members: &[&str]) {
    let before = headers.get("vary").cloned().unwrap_or_default();
    if !has_member(&before, "*") {
        let members = members.iter().map(|member| (*member).to_owned());
        let all: BTreeSet<String> = members.chain(listed(&before)).collect();
        headers.insert("vary".to_owned(), all.into_iter().collect::<Vec<_>>().join(", "));
    }
}

fn listed(value: &str) -> Vec<String> {
    let members = value.split(',').map(|member| member.trim_matches([' ', '\t']).to_ascii_lowercase());
    members.filter(|member| !member.is_empty()).collect()
}

fn has_member(value: &str, member: &str) -> bool {
    listed(value).iter().any(|listed| listed == member)
}

/// The headers of a response as an outcome has them.
pub fn by_name(lines: &[(String, String)]) -> BTreeMap<String, String> {
    let mut headers: BTreeMap<String, String> =
        lines.iter().map(|(name, _)| (name.clone(), combined(lines, name).unwrap())).collect();
    if let Some(vary) = headers.get_mut("vary") {
        let members: BTreeSet<String> = listed(vary).into_iter().collect();
        *vary = members.into_iter().collect::<Vec<_>>().join(", ");
    }
    headers
}
