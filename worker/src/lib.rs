//! The Cloudflare Worker.
//!
//! The runtime's objects stay in JavaScript: `entry.js` receives the request, forwards it and applies
//! the edits. It calls into wasm once with the request and once with the response, each as one string,
//! because a call for every header would cost more than the decision.

mod configuration;
mod packed;

use std::cell::RefCell;

use wasm_bindgen::prelude::wasm_bindgen;
use worker::js_sys::Promise;
use worker::wasm_bindgen_futures::future_to_promise;
use worker::{Env, console_log};

use configuration::Configuration;
use edge_cors::{READ_FROM_REQUESTS, READ_FROM_RESPONSES};
use packed::{PackedHeaders, PackedRequest, pack_answer, pack_edits};

thread_local! {
    /// The active policies of this isolate.
    static CONFIGURATION: RefCell<Configuration> = RefCell::new(Configuration::none());
}

/// Reads the configuration and activates it. The promise resolves to whether it can change.
#[wasm_bindgen]
pub fn load(env: Env) -> Promise {
    future_to_promise(async move {
        let found = configuration::find(&env).await;
        let changes = found.changes;
        CONFIGURATION.with_borrow_mut(|configuration| {
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

/// The answer of the edge, as status and headers; nothing if the request is to be forwarded.
#[wasm_bindgen]
pub fn decide(request: &str) -> Option<String> {
    CONFIGURATION.with_borrow(|configuration| {
        let exchange = configuration.policies().decide(&PackedRequest::parse(request));
        if let Some(record) = exchange.record() {
            console_log!("{}", record.to_json());
        }
        exchange.answer().map(|answer| pack_answer(&answer))
    })
}

/// The names of the counters that a request increments, one a line: the same as in Envoy.
#[wasm_bindgen]
pub fn counters(request: &str) -> String {
    CONFIGURATION.with_borrow(|configuration| {
        let exchange = configuration.policies().decide(&PackedRequest::parse(request));
        let moved = [Some(exchange.verdict_counter()), exchange.shadow_counter()].into_iter().flatten();
        let names = moved.filter_map(|counter| configuration.counter_name(counter));
        names.collect::<Vec<_>>().join("\n")
    })
}

/// The edits of the headers of the response to a forwarded request.
///
/// The request is decided again rather than stored: an aborted request leaves nothing behind, and a
/// configuration that has become active in between applies to the response.
#[wasm_bindgen]
pub fn decorate(request: &str, status: u16, headers: &str) -> String {
    CONFIGURATION.with_borrow(|configuration| {
        let exchange = configuration.policies().decide(&PackedRequest::parse(request));
        pack_edits(exchange.decorate(status, PackedHeaders::parse(headers).iter()))
    })
}
