//! The Cloudflare Worker.
//!
//! The runtime's objects stay in JavaScript: `entry.js` receives the request, forwards it
//! and applies what is said here. It calls once with the request and once with the response,
//! each as one text, because a crossing for every header costs more than the decision.

mod configuration;
mod packed;

use std::cell::RefCell;

use wasm_bindgen::prelude::wasm_bindgen;
use worker::js_sys::Promise;
use worker::wasm_bindgen_futures::future_to_promise;
use worker::{Env, console_log};

use configuration::Configuration;
use edge_cors::{PolicySet, READ_FROM_REQUESTS, READ_FROM_RESPONSES, Scratch};
use packed::{PackedHeaders, PackedRequest, pack_answer, pack_edits};

/// What every request of an isolate shares.
struct Isolate {
    configuration: Configuration,
    scratch: Scratch,
}

thread_local! {
    static ISOLATE: RefCell<Isolate> =
        RefCell::new(Isolate { configuration: Configuration::none(), scratch: Scratch::new() });
}

/// Reads the configuration and puts it in force. The promise says whether it can change.
#[wasm_bindgen]
pub fn load(env: Env) -> Promise {
    future_to_promise(async move {
        let found = configuration::find(&env).await;
        let changes = found.changes;
        ISOLATE.with_borrow_mut(|Isolate { configuration, .. }| {
            let outcome = configuration.accept(found);
            configuration.log(&outcome);
        });
        Ok(changes.into())
    })
}

/// The names of the request headers that [`decide`] and [`decorate`] look at, one a line.
/// Where the first is absent, the others make no difference.
#[wasm_bindgen]
pub fn read_from_requests() -> String {
    READ_FROM_REQUESTS.join("\n")
}

/// A regular expression that matches the names of the response headers that [`decorate`] looks at.
#[wasm_bindgen]
pub fn read_from_responses() -> String {
    format!("^(?:{})$", READ_FROM_RESPONSES.join("|").replace('*', ".*"))
}

/// What the edge answers a request in place of the origin server, or nothing where it is to be
/// forwarded: the status and the headers.
#[wasm_bindgen]
pub fn decide(request: &str) -> Option<String> {
    ISOLATE.with_borrow_mut(|Isolate { configuration, scratch }| {
        let policies = configuration.policies();
        let exchange = policies.decide(&PackedRequest::parse(request));
        if let Some(record) = policies.record(&exchange) {
            console_log!("{}", record.to_json());
        }
        policies.answer(&exchange, scratch).map(|answer| pack_answer(&answer))
    })
}

/// The names of the counters that a request moves, one a line: those that Envoy has.
#[wasm_bindgen]
pub fn counters(request: &str) -> String {
    ISOLATE.with_borrow(|Isolate { configuration, .. }| {
        let policies: &PolicySet = configuration.policies();
        let exchange = policies.decide(&PackedRequest::parse(request));
        let names = policies.counters(&exchange).filter_map(|counter| policies.counter_name(counter));
        names.collect::<Vec<_>>().join("\n")
    })
}

/// What becomes of the headers of the response to a forwarded request.
///
/// The request is decided on once more rather than kept: nothing is left behind by a request
/// that is given up, and a configuration that came in between holds for its response.
#[wasm_bindgen]
pub fn decorate(request: &str, status: u16, headers: &str) -> String {
    ISOLATE.with_borrow(|Isolate { configuration, .. }| {
        let policies: &PolicySet = configuration.policies();
        let exchange = policies.decide(&PackedRequest::parse(request));
        let headers = PackedHeaders::parse(headers);
        pack_edits(policies.decorate(&exchange, status, headers.iter()), headers)
    })
}
