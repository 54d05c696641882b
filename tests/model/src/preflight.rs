//! Preflights: docs/behaviour.md, section 3.

use std::collections::{BTreeMap, BTreeSet};

use crate::Request;
use crate::policy::Policy;

/// Why a preflight is refused, or `allowed`.
pub(crate) fn reason(policy: &Policy, request: &Request, origin: &str) -> &'static str {
    let method = request.combined("access-control-request-method").unwrap();
    if !crate::origin::is_origin(origin) {
        "origin-malformed"
    } else if !policy.allows(origin) {
        "origin-not-allowed"
    } else if !is_token(&method) {
        "method-malformed"
    } else if !is_method_allowed(policy, &method) {
        "method-not-allowed"
    } else {
        match requested(request) {
            None => "headers-malformed",
            Some(names) if names.iter().all(|name| is_name_allowed(policy, name)) => "allowed",
            Some(_) => "headers-not-allowed",
        }
    }
}

/// The headers of the answer to an allowed origin.
pub(crate) fn answer(policy: &Policy, request: &Request, origin: &str, reason: &str) -> BTreeMap<String, String> {
    let mut headers = BTreeMap::new();
    let mut set = |name: &str, value: String| headers.insert(name.to_owned(), value);
    let is_granted = reason == "allowed";
    set("access-control-allow-origin", if policy.answers_any() { "*".to_owned() } else { origin.to_owned() });
    if policy.credentials {
        set("access-control-allow-credentials", "true".to_owned());
    }
    let method = request.combined("access-control-request-method").unwrap();
    let methods = if policy.methods.iter().any(|listed| listed == "*") {
        if is_token(&method) && is_method_allowed(policy, &method) { vec![method] } else { vec![] }
    } else {
        policy.methods.clone()
    };
    if !methods.is_empty() {
        set("access-control-allow-methods", methods.join(", "));
    }
    let names = if policy.headers.iter().any(|listed| listed == "*") {
        let names = requested(request).unwrap_or_default().into_iter();
        names.filter(|name| is_name_allowed(policy, name)).collect::<Vec<_>>().join(",")
    } else if request.combined("access-control-request-headers").is_some() {
        policy.headers.join(", ")
    } else {
        String::new()
    };
    if !names.is_empty() {
        set("access-control-allow-headers", names);
    }
    if is_granted {
        if policy.private_network
            && request.combined("access-control-request-private-network").as_deref() == Some("true")
        {
            set("access-control-allow-private-network", "true".to_owned());
        }
        if let Some(seconds) = policy.max_age {
            set("access-control-max-age", seconds.to_string());
        }
        if let Some(exposed) = crate::response::exposed(policy) {
            set("access-control-expose-headers", exposed);
        }
    }
    headers
}

/// The names that are requested, lower-case, sorted and unique; `None` if they are malformed.
fn requested(request: &Request) -> Option<Vec<String>> {
    let lines: Vec<&String> =
        request.headers.iter().filter(|(name, _)| name == "access-control-request-headers").map(|(_, v)| v).collect();
    let bytes: usize = lines.iter().map(|line| line.len()).sum::<usize>() + lines.len().saturating_sub(1);
    let members: Vec<&str> =
        lines.iter().flat_map(|line| line.split(',')).map(trim).filter(|m| !m.is_empty()).collect();
    if bytes > 4_096 || members.len() > 128 || !members.iter().all(|member| is_token(member)) {
        return None;
    }
    let names: BTreeSet<String> = members.iter().map(|member| member.to_ascii_lowercase()).collect();
    Some(names.into_iter().collect())
}

fn trim(member: &str) -> &str {
    member.trim_matches([' ', '\t'])
}

fn is_method_allowed(policy: &Policy, method: &str) -> bool {
    let forbidden = ["CONNECT", "TRACE", "TRACK"].iter().any(|forbidden| method.eq_ignore_ascii_case(forbidden));
    let any = policy.methods.iter().any(|listed| listed == "*") && method != "*" && !forbidden;
    ["GET", "HEAD", "POST"].contains(&method)
        || any
        || policy.methods.iter().any(|listed| listed == method && listed != "*")
}

fn is_name_allowed(policy: &Policy, name: &str) -> bool {
    let any = policy.headers.iter().any(|listed| listed == "*") && name != "authorization" && name != "*";
    any || policy.headers.iter().any(|listed| listed.eq_ignore_ascii_case(name) && name != "*")
}

/// A [token](https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2).
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}
