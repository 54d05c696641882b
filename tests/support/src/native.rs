//! A case on the engine itself, which is asked and obeyed as the hosts do it.

use edge_cors::{Exchange, PolicySet, RequestHead};

use crate::case::{Case, Observed, RequestEntry, Told};
use crate::edit;
use crate::head::{Head, Response};

/// The lines of a request or response: names in lower case, and values.
type Lines = [(String, Vec<u8>)];

/// Hands over what a case is made of: the policies, the request, and the headers of the origin server's response.
pub fn with<T>(case: &Case, then: impl FnOnce(&PolicySet, &Head<'_, String, Vec<u8>>, &Lines) -> T) -> T {
    let (policies, _) = PolicySet::from_json(&case.configuration.to_string())
        .unwrap_or_else(|problems| panic!("the configuration of {}:\n{problems}", case.id));
    let RequestEntry { method, host, path, headers, policy_name } = &case.request;
    let (host, path) = (host.as_deref().map(Case::bytes), Case::bytes(path));
    let lines = |headers: &[(String, String)]| -> Vec<(String, Vec<u8>)> {
        headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), Case::bytes(value))).collect()
    };
    let sent = lines(headers);
    let head = Head {
        method,
        authority: host.as_deref(),
        path: (method != "CONNECT").then_some(path.as_slice()),
        headers: &sent,
        policy_name: policy_name.as_deref().map(str::as_bytes),
        ..Head::default()
    };
    then(&policies, &head, &lines(&case.origin_server.headers))
}

/// Runs a case on the engine.
pub fn run(case: &Case) -> Observed {
    with(case, |policies, head, upstream| {
        let exchange = policies.decide(head);
        let told = Some(told(policies, &exchange, head));
        Observed { told, ..respond(&exchange, case.origin_server.status, upstream) }
    })
}

/// What a client gets, if the origin server responds with this status and these headers to what reaches it.
pub fn respond<V: AsRef<[u8]>>(exchange: &Exchange<V>, status: u16, upstream: &Lines) -> Observed {
    let reason = Some(exchange.verdict().reason().as_str());
    if let Some(answer) = exchange.answer() {
        let headers = answer.headers().map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec()));
        return Observed { reason, ..Observed::response(answer.status(), false, headers.collect()) };
    }
    let mut headers = upstream.to_vec();
    for change in exchange.decorate(&Response { status, headers: upstream }) {
        edit::apply(change, &mut headers);
    }
    Observed { reason, ..Observed::response(status, true, headers) }
}

/// What the filter counts and logs: its levels are those that docs/behaviour.md names.
fn told<R: RequestHead>(policies: &PolicySet, exchange: &Exchange<R::Value>, request: &R) -> Told {
    let moved = [Some(exchange.verdict_counter()), exchange.shadow_counter()].into_iter().flatten();
    let names = moved.map(|counter| policies.counter_names().nth(counter).expect("every counter has a name"));
    let unknown = exchange.unknown_policy().map(|_| "route_metadata.unknown_policy".to_owned());
    let record = exchange.record(request).filter(|record| !record.is_enforced() || record.candidate().is_some());
    let log = record.map(|record| record.of(policies.fingerprint()).to_string());
    Told { counters: names.chain(unknown).collect(), log }
}
