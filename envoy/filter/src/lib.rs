//! The proxy-wasm HTTP filter: Envoy, Istio and every other proxy-wasm host.
//!
//! It carries values between the host and the engine. Headers are read and written as bytes:
//! the SDK's text getters trap the VM on a value that is not UTF-8.

#![expect(missing_docs, reason = "the SDK's macro exports a function")]

mod configuration;
mod generation;
mod protobuf_struct;
mod telemetry;

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::{Action, Bytes, ContextType, LogLevel};

use self::telemetry::Telemetry;
use edge_cors::{Edit, Exchange, PolicySet, Request, Scratch};

proxy_wasm::main! {{
    proxy_wasm::set_log_level(LogLevel::Info);
    proxy_wasm::set_root_context(|_| Box::new(Root::default()));
}}

/// One plugin: the host makes a new one for every new configuration.
#[derive(Default)]
struct Root {
    loaded: OnceCell<Loaded>,
}

/// What every stream of a plugin shares.
#[derive(Clone)]
struct Loaded {
    policies: Rc<PolicySet>,
    telemetry: Rc<Telemetry>,
    scratch: Rc<RefCell<Scratch>>,
}

impl Loaded {
    fn new(policies: PolicySet) -> Self {
        let telemetry = Telemetry::define(&policies);
        Self { policies: Rc::new(policies), telemetry: Rc::new(telemetry), scratch: Rc::default() }
    }
}

impl Context for Root {}

impl RootContext for Root {
    /// False is what makes the host reject the configuration and keep the one before.
    fn on_configure(&mut self, _size: usize) -> bool {
        let bytes = self.get_plugin_configuration().unwrap_or_default();
        let policies = configuration::load(&bytes);
        let accepted = policies.is_some();
        self.loaded = policies.map(Loaded::new).map_or_else(OnceCell::new, OnceCell::from);
        accepted
    }

    fn create_http_context(&self, _id: u32) -> Option<Box<dyn HttpContext>> {
        let loaded = self.loaded.get_or_init(|| Loaded::new(PolicySet::closed())).clone();
        Some(Box::new(Stream { loaded, exchange: None }))
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }
}

/// One request and its response.
struct Stream {
    loaded: Loaded,
    /// Kept from the request to the response: there, the host has no request headers any more.
    exchange: Option<Exchange<Bytes>>,
}

impl Request for Stream {
    type Value = Bytes;

    fn header(&self, name: &'static str) -> Option<Bytes> {
        self.get_http_request_header_bytes(name)
    }

    fn policy_name(&self) -> Option<Bytes> {
        let named = |holder| self.get_property(vec!["xds", holder, "filter_metadata", "edge-cors", "policy"]);
        named("route_metadata").or_else(|| named("virtual_host_metadata"))
    }
}

impl Context for Stream {}

impl HttpContext for Stream {
    fn on_http_request_headers(&mut self, _count: usize, _end_of_stream: bool) -> Action {
        let exchange = self.loaded.policies.decide(self);
        self.loaded.telemetry.observe(&self.loaded.policies, &exchange);
        if let Ok(mut scratch) = self.loaded.scratch.try_borrow_mut()
            && let Some(answer) = self.loaded.policies.answer(&exchange, &mut scratch)
        {
            // The host runs this filter's response callback on the answer too: without an
            // exchange, it leaves the answer alone.
            self.send_http_response(u32::from(answer.status()), answer.headers().collect(), None);
            return Action::Pause;
        }
        self.exchange = Some(exchange);
        Action::Continue
    }

    fn on_http_response_headers(&mut self, _count: usize, _end_of_stream: bool) -> Action {
        let Some(exchange) = self.exchange.take() else {
            return Action::Continue;
        };
        let headers = self.get_http_response_headers_bytes();
        let lines = || headers.iter().map(|(name, value)| (name.as_str(), value.as_slice()));
        for edit in self.loaded.policies.decorate(&exchange, status(lines()), lines()) {
            match edit {
                Edit::Remove { name } => self.remove_http_response_header(name),
                Edit::Set { name, value } => self.set_http_response_header(name, Some(value)),
                Edit::Append { name, value } => {
                    let lines = lines().filter(|(line, _)| *line == name).map(|(_, line)| line);
                    let lines: Vec<&[u8]> = lines.chain([value.as_bytes()]).collect();
                    self.set_http_response_header_bytes(name, Some(&lines.join(b", ".as_slice())));
                }
            }
        }
        Action::Continue
    }
}

/// The status code among the headers of a response.
fn status<'a>(mut headers: impl Iterator<Item = (&'a str, &'a [u8])>) -> u16 {
    let status = headers.find(|(name, _)| *name == ":status").map(|(_, value)| value);
    status.and_then(|value| std::str::from_utf8(value).ok()?.parse().ok()).unwrap_or_default()
}
