//! What a client gets from the engine, in the form in which the model of `tests/model/` tells it.

use edge_cors::{Policy, PolicySet};
use test_model::{Outcome, Request, Upstream, response};

use crate::case::Observed;
use crate::head::Head;
use crate::native;

/// What the client of a request gets if the origin server, if asked, answers so.
pub fn of(policies: &PolicySet, request: &Request, upstream: &Upstream) -> Outcome {
    let head = Head {
        method: &request.method,
        scheme: &request.scheme,
        authority: Some(request.authority.as_bytes()),
        path: Some(request.path.as_bytes()),
        headers: &request.headers,
        policy_name: request.policy_name.as_deref().map(str::as_bytes),
    };
    let exchange = policies.decide(&head);
    let reason = exchange.verdict().reason().as_str();
    let lines: Vec<(String, Vec<u8>)> =
        upstream.headers.iter().map(|(name, value)| (name.clone(), value.clone().into_bytes())).collect();
    let Observed { status, forwarded, headers, .. } = native::respond(&exchange, upstream.status, &lines);
    let lines: Vec<_> = headers.into_iter().map(|(name, value)| (name, String::from_utf8(value).unwrap())).collect();
    Outcome { status, forwarded, headers: response::by_name(&lines), reason }
}

/// The bucket of a request's origin, from 0 to 99: a hash that the documents do not tell, but `edge-cors rollout` shows.
pub fn bucket(request: &Request) -> u64 {
    let origins = request.headers.iter().filter(|(name, _)| name == "origin").map(|(_, value)| value.as_str());
    u64::from(Policy::rollout_share(&origins.collect::<Vec<_>>().join(","))) - 1
}
