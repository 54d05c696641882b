//! The filter: what it does about a request and its response.

use std::cell::Cell;
use std::sync::Arc;

use edge_cors::{Edit, PolicySet};
use edge_cors_envoy::{Outcome, Telemetry, load};

use crate::abi::{Configuration, Headers, Metric, Status, Stream};
use crate::head::{Request, Response};
use crate::in_force::{self, InForce, Plugin};
use crate::per_route::PerRoute;
use crate::telemetry::{self, Notices, OfFilter, OfRoute, PerRouteCounters};

/// What the response needs of the request is copied: Envoy's values are gone when the hook ends.
type Exchange = edge_cors::Exchange<Box<[u8]>>;

/// One configuration of the filter, which all worker threads share.
pub(crate) struct Filter {
    policies: PolicySet,
    telemetry: Telemetry<Option<Metric>>,
    per_route: PerRouteCounters,
    notices: Notices,
    /// `None` if the policies only close the edge.
    _in_force: Option<InForce>,
}

impl Filter {
    /// `None` makes Envoy refuse the configuration and keep the previous one.
    pub(crate) fn configure(host: &Configuration<'_>, name: &[u8], text: &[u8]) -> Option<Self> {
        let notices = Notices::define(host);
        let plugin = Plugin::named(name);
        let outcome = load(&String::from_utf8_lossy(text), &plugin);
        if !matches!(outcome, Outcome::Valid(..)) {
            in_force::reject();
        }
        let (policies, in_force) = match outcome {
            Outcome::Valid(policies, fingerprint) => (*policies, Some(plugin.accept(fingerprint))),
            Outcome::PassedOver => (PolicySet::closed(), None),
            Outcome::Refused => return None,
        };
        let telemetry = telemetry::define(host, &policies);
        Some(Self { policies, telemetry, per_route: PerRouteCounters::define(host), notices, _in_force: in_force })
    }

    /// Decides, counts and logs: by what the route has for itself, or else by the filter's own configuration.
    fn decide(&self, stream: &Stream<'_>) -> Exchange {
        let request = Request(stream);
        let per_route = stream.per_route();
        if let Some(PerRoute::Own(own)) = per_route.as_deref() {
            let exchange = own.policies.decide(&request);
            let mut meter = OfRoute { stream, counters: &self.per_route, labels: &own.labels };
            own.telemetry.observe(&exchange, &request, &mut meter);
            return exchange;
        }
        let exchange = match per_route.as_deref() {
            Some(PerRoute::Named(name)) => self.policies.decide_by_name(Some(name.as_bytes().into()), &request),
            _ => self.policies.decide(&request),
        };
        self.telemetry.observe(&exchange, &request, &mut OfFilter(stream));
        exchange
    }
}

/// One request and its response.
#[derive(Default)]
pub(crate) struct Exchanging {
    /// `None` if the hook that makes this has panicked.
    filter: Option<Arc<Filter>>,
    /// Kept until the response. Empty if that is to be left alone.
    exchange: Cell<Option<Exchange>>,
}

impl Exchanging {
    pub(crate) fn new(filter: Arc<Filter>) -> Self {
        Self { filter: Some(filter), ..Self::default() }
    }

    /// Decides, and answers at the edge or lets the request pass.
    pub(crate) fn on_request(&self, stream: &mut Stream<'_>) -> Status {
        let Some(filter) = &self.filter else {
            return stream.fail();
        };
        filter.notices.pass_on(stream);
        let exchange = filter.decide(stream);
        if let Some(answer) = exchange.answer() {
            // Envoy calls the response's hook with this answer: without an exchange, it is left alone.
            return match answer.status() {
                status @ 400.. => stream.refuse(status, answer.headers()),
                status => stream.answer(status, answer.headers()),
            };
        }
        if !exchange.is_left_alone() {
            self.exchange.set(Some(exchange));
        }
        Status::Continue
    }

    /// Makes the response conform to the policy.
    pub(crate) fn on_response(&self, stream: &mut Stream<'_>) -> Status {
        let Some(exchange) = self.exchange.take() else {
            return Status::Continue;
        };
        // Read as a whole before the first change, with which Envoy's values are gone.
        let (edits, lengths) = stream.with_lines(Headers::Response, |lines| {
            let response = Response::of(lines);
            (exchange.decorate(&response), response.lengths())
        });
        for edit in edits {
            match edit {
                Edit::Remove { name } => stream.remove_response_header(name),
                Edit::Set { name, value } if lengths.may_have(name.len()) => {
                    stream.set_response_header(name, value);
                }
                // To add a header costs Envoy less than to replace one.
                Edit::Set { name, value } | Edit::Append { name, value } => stream.add_response_header(name, value),
            }
        }
        Status::Continue
    }
}
