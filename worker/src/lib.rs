//! The Cloudflare Worker.
//!
//! The runtime's objects stay in JavaScript: `exchange.js` calls into wasm once with the request and once
//! with the response, each as one string, because a call for every header would cost more than the decision.
//!
//! An instance has at most one configuration. `engine.js` makes a new instance for each, so that a
//! configuration that traps while it is compiled cannot damage the instance that answers requests. The
//! middleware of the npm package, in `npm/`, is the same module.

mod configuration;
mod console;
mod packed;

use std::cell::{Cell, OnceCell};

use wasm_bindgen::prelude::wasm_bindgen;

use configuration::Configuration;
use edge_cors::{LogLimit, READ_FIRST, READ_FROM_REQUESTS, READ_FROM_RESPONSES, Record, Warnings};
use packed::{PackedRequest, PackedResponse, pack_decision, pack_edits};

thread_local! {
    /// The active configuration. It is set once: nothing is borrowed while one is compiled.
    static CONFIGURATION: OnceCell<Configuration> = const { OnceCell::new() };
    static LIMIT: Cell<LogLimit> = Cell::default();
}

fn with_configuration<T>(use_it: impl FnOnce(&Configuration) -> T) -> T {
    CONFIGURATION.with(|configuration| use_it(configuration.get_or_init(Configuration::closed)))
}

/// Compiles the configuration of this instance, and logs its problems. `place` is where it was found,
/// for the log. False if it was rejected.
#[wasm_bindgen]
pub fn load(source: &str, place: &str) -> bool {
    match Configuration::compile(source) {
        Ok((configuration, warnings)) => {
            let (count, warned) = (configuration.policies().policies().len(), warnings.len());
            console::log(&format!(
                "edge-cors: configuration accepted, from {place}: policies: {count}, warnings: {warned}"
            ));
            warn_of(&warnings);
            CONFIGURATION.with(|cell| cell.set(configuration).is_ok())
        }
        Err(error) => {
            let (errors, warned) = (error.len(), error.warnings().len());
            console::error(&format!(
                "edge-cors: configuration rejected, from {place}: errors: {errors}, warnings: {warned}"
            ));
            for line in error.error_lines() {
                console::error(&format!("edge-cors: {line}"));
            }
            warn_of(error.warnings());
            false
        }
    }
}

/// Compiles the configuration of this instance, and logs its warnings. Returns the problems of one that is
/// rejected, one a line, and an empty string for one that is accepted. An instance keeps its first one.
#[wasm_bindgen]
pub fn compile(source: &str) -> String {
    match Configuration::compile(source) {
        Ok((configuration, warnings)) => {
            warn_of(&warnings);
            CONFIGURATION.with(|cell| drop(cell.set(configuration)));
            String::new()
        }
        Err(error) => error.to_string(),
    }
}

fn warn_of(warnings: &Warnings) {
    for line in warnings.log_lines() {
        console::warn(&format!("edge-cors: {line}"));
    }
}

/// The name of the request header without which [`decide`] and [`decorate`] look at no other, and a request is
/// forwarded.
#[wasm_bindgen]
pub fn read_first() -> String {
    READ_FIRST.to_owned()
}

/// The names of the request headers that [`decide`] and [`decorate`] look at, one a line.
#[wasm_bindgen]
pub fn read_from_requests() -> String {
    READ_FROM_REQUESTS.join("\n")
}

/// The names of the response headers that [`decorate`] looks at, one a line.
#[wasm_bindgen]
pub fn read_from_responses() -> String {
    READ_FROM_RESPONSES.join("\n")
}

/// What is to be done with a request: see [`pack_decision`].
///
/// `second` is a number that is another one in each second: it limits what is logged.
#[wasm_bindgen]
pub fn decide(request: &str, second: u32) -> String {
    with_configuration(|configuration| {
        let request = PackedRequest::parse(request);
        let exchange = configuration.policies().decide(&request);
        if let Some(record) = exchange.record(&request) {
            log(&record.of(configuration.policies().fingerprint()), second);
        }
        pack_decision(&exchange)
    })
}

/// Logs a record as a line of JSON, unless there are too many in this second. How many were omitted
/// is logged before the next one.
fn log(record: &Record<'_, PackedRequest<'_>>, second: u32) {
    let mut limit = LIMIT.get();
    let admitted = limit.admit(second.into());
    LIMIT.set(limit);
    let Some(omitted) = admitted else { return };
    if omitted.count() > 0 {
        console::log(&format!(r#"{{"message":"edge-cors: {omitted}","omitted":{}}}"#, omitted.count()));
    }
    console::log(&record.to_json());
}

/// The names of the counters that a request increments, one a line: the same as in Envoy.
#[wasm_bindgen]
pub fn counters(request: &str) -> String {
    with_configuration(|configuration| {
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
    with_configuration(|configuration| {
        let exchange = configuration.policies().decide(&PackedRequest::parse(request));
        pack_edits(exchange.decorate(&PackedResponse::parse(status, headers)))
    })
}
