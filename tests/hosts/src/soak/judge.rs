//! What a response must be. The engine says so, run here without a host: whether it is right, other tests decide.
//! Here a host must give its answers whatever happens around it.

use edge_cors::PolicySet;
use test_support::case::{Expectation, Observed, OriginServer as Answer, RequestEntry};
use test_support::head::Head;
use test_support::native;

use super::origin_server;

/// What one configuration makes of a request.
pub struct Outcome {
    pub expectation: Expectation,
    /// The counter that it moves.
    pub counter: String,
}

/// What answers behind the engine.
pub struct Behind {
    pub answer: Answer,
    /// The length of the body, if it is the origin server's.
    pub length: Option<usize>,
}

/// What answers a request that the engine lets pass. `unreachable` is the status of a host that gets no response.
pub fn behind(path: &str, unreachable: u16) -> Behind {
    let status = match path {
        "/dead" => unreachable,
        "/denied" => 403,
        "/direct" => 418,
        path => {
            let (answer, length) = origin_server::answer(path);
            let cut = Answer { status: unreachable, headers: Vec::new() };
            return if path.ends_with("/cut") {
                Behind { answer: cut, length: None }
            } else {
                Behind { answer, length: Some(length) }
            };
        }
    };
    Behind { answer: Answer { status, headers: Vec::new() }, length: None }
}

/// Whether a request to this path arrives at the origin server, if the engine lets it pass.
fn arrives(path: &str) -> bool {
    !["/dead", "/denied", "/direct"].contains(&path)
}

pub fn outcome(policies: &PolicySet, request: &RequestEntry, behind: &Answer) -> Outcome {
    let head = Head {
        method: &request.method,
        authority: request.host.as_deref().map(str::as_bytes),
        path: Some(request.path.as_bytes()),
        headers: &request.headers,
        ..Head::default()
    };
    let exchange = policies.decide(&head);
    let counter = policies.counter_names().nth(exchange.verdict_counter()).expect("every counter has a name");
    let lines: Vec<(String, Vec<u8>)> =
        behind.headers.iter().map(|(name, value)| (name.clone(), value.clone().into_bytes())).collect();
    let observed = native::respond(&exchange, behind.status, &lines);
    let observed = Observed { forwarded: observed.forwarded && arrives(&request.path), ..observed };
    Outcome { expectation: observed.expectation(), counter }
}
