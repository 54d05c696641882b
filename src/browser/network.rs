//! What is between the browser and the origin server: the edge, and what can go wrong around it.

use super::message::{Request, Response};
use crate::header::VARY;
use crate::policy_set::PolicySet;
use crate::vary;
use crate::verdict::Reason;

/// The network between a browser and an origin server, with the edge in it.
#[derive(Clone, Debug)]
pub struct Network<'p> {
    /// The policies of the edge.
    pub policies: &'p PolicySet,
    /// The policy that the host's routing names, for configurations with `routeMetadata`.
    pub policy_name: Option<String>,
    /// What the origin server answers to every request that reaches it.
    pub origin_server: Response,
    /// The status that a proxy or filter in front of the edge answers with, if one does.
    pub in_front: Option<u16>,
    /// The origin of another page, whose response a shared cache in front of the edge has stored.
    pub cached_for: Option<String>,
    /// Whether the user permits the page to access the local network.
    pub local_network_granted: bool,
}

/// A request and its response.
#[derive(Clone, Debug)]
pub struct Step {
    /// The request.
    pub request: Request,
    /// The response.
    pub response: Response,
    /// Who answered.
    pub by: AnsweredBy,
    /// The policy that decided.
    pub policy: Option<String>,
    /// The policies that were asked, in this order. It is more than one if a route has a list.
    pub asked: Vec<String>,
    /// Why the edge decided as it did; `None` if the request did not reach it.
    pub reason: Option<Reason>,
}

/// Who answered a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnsweredBy {
    /// The edge itself.
    Edge,
    /// The origin server, through the edge.
    OriginServer,
    /// Something in front of the edge.
    InFront,
    /// A shared cache in front of the edge, with the response to another page.
    Cache,
    /// A server that was really asked. Whether there is an edge in front of it is not known.
    Server,
}

impl AnsweredBy {
    /// Its stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Edge => "edge",
            Self::OriginServer => "origin-server",
            Self::InFront => "in-front",
            Self::Cache => "cache",
            Self::Server => "server",
        }
    }
}

impl<'p> Network<'p> {
    /// A network in which nothing interferes and the origin server answers 200.
    pub fn new(policies: &'p PolicySet) -> Self {
        Self {
            policies,
            policy_name: None,
            origin_server: Response { status: 200, headers: Vec::new() },
            in_front: None,
            cached_for: None,
            local_network_granted: false,
        }
    }

    pub(super) fn decide(&self, mut request: Request) -> Step {
        request.policy_name.clone_from(&self.policy_name);
        if let Some(status) = self.in_front {
            let response = Response { status, headers: Vec::new() };
            return Step { request, response, by: AnsweredBy::InFront, policy: None, asked: Vec::new(), reason: None };
        }
        let exchange = self.policies.decide(&request);
        let (response, by) = match exchange.answer() {
            Some(answer) => {
                let headers = answer.headers().map(|(name, value)| (name.to_owned(), value.to_owned()));
                (Response { status: answer.status(), headers: headers.collect() }, AnsweredBy::Edge)
            }
            None => {
                let mut response = self.origin_server.clone();
                exchange.decorate(&self.origin_server).for_each(|edit| response.apply(edit));
                (response, AnsweredBy::OriginServer)
            }
        };
        let policy = exchange.policy().map(|policy| policy.name().to_owned());
        let asked = self.policies.policies_asked(&request).map(|policy| policy.name().to_owned()).collect();
        let reason = Some(exchange.verdict().reason());
        Step { request, response, by, policy, asked, reason }
    }

    /// Sends a request through a shared cache, which answers with the response to another page, unless
    /// that response varies by `Origin`.
    pub(super) fn decide_through_cache(&self, request: Request) -> Step {
        let cacheable = request.method == "GET" || request.method == "HEAD";
        if let Some(origin) = self.cached_for.as_ref().filter(|_| cacheable) {
            let mut first = request.clone();
            for (_, value) in first.headers.iter_mut().filter(|(name, _)| name == "origin") {
                value.clone_from(origin);
            }
            let stored = self.decide(first);
            let vary = stored.response.get(VARY).unwrap_or_default();
            if !vary::has_member(vary.as_bytes(), "Origin") {
                return Step { request, by: AnsweredBy::Cache, ..stored };
            }
        }
        self.decide(request)
    }
}
