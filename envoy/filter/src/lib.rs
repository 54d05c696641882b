//! The proxy-wasm HTTP filter: Envoy, Istio and every other proxy-wasm host.
//!
//! It passes values between the host and the engine. Headers are read and written as bytes, because
//! the SDK's string getters trap the VM if a value is not UTF-8.

#![expect(missing_docs, reason = "the SDK's macro exports a function")]

mod configuration;
mod generation;
mod head;
mod in_force;
mod protobuf_struct;
mod telemetry;

use std::cell::OnceCell;
use std::rc::Rc;

use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::{Action, Bytes, ContextType, LogLevel};

use self::head::{Request, Response};
use self::in_force::Plugin;
use self::telemetry::{Host, Telemetry};
use edge_cors::{Edit, Exchange, PolicySet};
use edge_cors_envoy::Outcome;

proxy_wasm::main! {{
    proxy_wasm::set_log_level(LogLevel::Info);
    proxy_wasm::set_root_context(|_| Box::new(Root::default()));
}}

/// One configuration of a plugin: the host creates a new one for every new text, and comes back to an old one
/// for a text that it had before.
#[derive(Default)]
struct Root {
    plugin: Plugin,
    /// `None` if the configuration has errors.
    loaded: Option<Rc<Loaded>>,
    /// What is in force if there never was a valid configuration.
    closed: OnceCell<Rc<Loaded>>,
}

/// What every stream of a plugin shares.
struct Loaded {
    policies: PolicySet,
    telemetry: Telemetry,
}

impl Loaded {
    fn new(policies: PolicySet) -> Rc<Self> {
        let telemetry = telemetry::define(&policies);
        Rc::new(Self { policies, telemetry })
    }
}

impl Context for Root {}

impl RootContext for Root {
    /// `false` makes the host reject the configuration and keep the previous one.
    fn on_configure(&mut self, _size: usize) -> bool {
        let bytes = self.get_plugin_configuration().unwrap_or_default();
        self.plugin = Plugin::current();
        match configuration::load(&bytes, &self.plugin) {
            Outcome::Valid(policies, _) => {
                let loaded = Loaded::new(*policies);
                self.plugin.note_valid(&loaded);
                self.loaded = Some(loaded);
                true
            }
            Outcome::PassedOver => true,
            Outcome::Refused => false,
        }
    }

    fn create_http_context(&self, _id: u32) -> Option<Box<dyn HttpContext>> {
        let loaded = self.loaded.clone().or_else(|| self.plugin.last_valid());
        let closed = || Rc::clone(self.closed.get_or_init(|| Loaded::new(PolicySet::closed())));
        Some(Box::new(Stream { loaded: loaded.unwrap_or_else(closed), exchange: None }))
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }
}

/// One request and its response.
struct Stream {
    loaded: Rc<Loaded>,
    /// Kept until the response, when the host no longer has the request headers.
    exchange: Option<Exchange<Bytes>>,
}

impl Context for Stream {}

impl HttpContext for Stream {
    fn on_http_request_headers(&mut self, _count: usize, _end_of_stream: bool) -> Action {
        let exchange = self.loaded.policies.decide(&Request);
        self.loaded.telemetry.observe(&exchange, &Request, &mut Host);
        if let Some(answer) = exchange.answer() {
            // The host calls this filter with the response to its own answer too: without an
            // exchange, the filter leaves it alone.
            self.send_http_response(u32::from(answer.status()), answer.headers().collect(), None);
            return Action::Pause;
        }
        self.exchange = Some(exchange).filter(|exchange| !exchange.is_left_alone());
        Action::Continue
    }

    fn on_http_response_headers(&mut self, _count: usize, _end_of_stream: bool) -> Action {
        let Some(exchange) = self.exchange.take() else {
            return Action::Continue;
        };
        for edit in exchange.decorate(&Response) {
            match edit {
                Edit::Remove { name } => self.remove_http_response_header(name),
                Edit::Set { name, value } => self.set_http_response_header(name, Some(value)),
                Edit::Append { name, value } => self.add_http_response_header(name, value),
            }
        }
        Action::Continue
    }
}
