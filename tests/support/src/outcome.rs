//! What a client gets from the engine, in the form in which the model of `tests/model/` tells it.

use edge_cors::{Policy, PolicySet};
use test_model::{Outcome, Request, Upstream, response};

use crate::edit;
use crate::head::{Head, Response};

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
    if let Some(answer) = exchange.answer() {
        let lines: Vec<_> = answer.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        return Outcome { status: answer.status(), forwarded: false, headers: response::by_name(&lines), reason };
    }
    let mut lines: Vec<(String, Vec<u8>)> =
        upstream.headers.iter().map(|(name, value)| (name.clone(), value.clone().into_bytes())).collect();
    for change in exchange.decorate(&Response { status: upstream.status, headers: &upstream.headers }) {
        edit::apply(change, &mut lines);
    }
    let lines: Vec<_> = lines.into_iter().map(|(name, value)| (name, String::from_utf8(value).unwrap())).collect();
    Outcome { status: upstream.status, forwarded: true, headers: response::by_name(&lines), reason }
}

/// The bucket of a request's origin, from 0 to 99: a hash that the documents do not tell, but `edge-cors rollout` shows.
pub fn bucket(request: &Request) -> u64 {
    let origins = request.headers.iter().filter(|(name, _)| name == "origin").map(|(_, value)| value.as_str());
    u64::from(Policy::rollout_share(&origins.collect::<Vec<_>>().join(","))) - 1
}
