//! One request and its response, from the decision to the last header.

use std::fmt;

use crate::header::requested::{RequestedNames, Scratch};
use crate::policy::Policy;
use crate::policy_set::PolicySet;
use crate::record::Escaped;
use crate::request::Asked;
use crate::response::{Answer, Decoration, Edit};
use crate::route::Target;
use crate::shadow::Change;
use crate::verdict::{Reason, RequestClass};

/// What was decided of one request, with what its response needs of it.
///
/// The host keeps it from the request to the response. It borrows nothing.
#[derive(Debug)]
pub struct Exchange<V> {
    pub(crate) target: Target,
    pub(crate) asked: Asked<V>,
    pub(crate) reason: Reason,
    pub(crate) step: Step,
    /// What the policy's candidate would change.
    pub(crate) change: Option<Change>,
    /// The name that the host's routing gave, where no policy has it.
    pub(crate) unknown_policy: Option<V>,
}

/// What is done about a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Grant the preflight at the edge.
    Grant,
    /// Refuse the preflight at the edge.
    Refuse,
    /// Answer the request with 403 at the edge.
    Reject,
    /// Forward the request and decorate the response.
    Decorate,
    /// Forward the request and say that other origins get other responses.
    VaryOnly,
    /// Forward the request and leave the response alone.
    Leave,
}

impl<V: AsRef<[u8]>> Exchange<V> {
    /// What the request is.
    pub fn class(&self) -> RequestClass {
        self.asked.class
    }

    /// Why it got its verdict.
    pub fn reason(&self) -> Reason {
        self.reason
    }

    /// What the policy's candidate would change.
    pub fn change(&self) -> Option<Change> {
        self.change
    }

    /// The name that the host's routing gave, where no policy has it; escaped and cut.
    pub fn unknown_policy(&self) -> Option<impl fmt::Display> {
        self.unknown_policy.as_ref().map(|name| Escaped(name.as_ref()))
    }

    /// Whether a policy has looked at an `Origin`.
    pub fn is_cors(&self) -> bool {
        self.asked.origin.is_some()
    }

    /// The origin, if it was parsed and matched: nothing else is ever echoed.
    fn allowed_origin(&self) -> Option<&str> {
        let origin = self.asked.origin.as_ref().filter(|_| self.reason.allows_origin())?;
        std::str::from_utf8(origin.as_ref()).ok()
    }

    /// The requested method. Echoed only in a granted preflight, where it is known to be a token.
    fn requested_method(&self) -> Option<&str> {
        std::str::from_utf8(self.asked.method.as_ref()?.as_ref()).ok()
    }

    fn requested_names(&self) -> Option<RequestedNames<'_>> {
        RequestedNames::parse(self.asked.names.as_ref()?.as_ref())
    }
}

/// What hosts do with an exchange.
impl PolicySet {
    /// The policy that an exchange was decided by.
    pub fn policy_of<V: AsRef<[u8]>>(&self, exchange: &Exchange<V>) -> Option<&Policy> {
        self.policy(exchange.target)
    }

    /// What the edge answers in place of the origin server, or `None` where the request is
    /// to be forwarded.
    pub fn answer<'a, V: AsRef<[u8]>>(
        &'a self,
        exchange: &'a Exchange<V>,
        scratch: &'a mut Scratch,
    ) -> Option<Answer<'a>> {
        let policy = self.policy(exchange.target)?;
        let answer = match exchange.step {
            Step::Grant => grant(policy, exchange, scratch),
            Step::Refuse if policy.debug => explain(policy, exchange),
            Step::Refuse => Answer { vary: Some(&policy.preflight_vary), ..Answer::empty(403) },
            Step::Reject => Answer { vary: policy.varies_by_origin().then_some("Origin"), ..Answer::empty(403) },
            Step::Decorate | Step::VaryOnly | Step::Leave => return None,
        };
        Some(Answer { reason: policy.debug.then_some(exchange.reason.as_str()), ..answer })
    }

    /// The edits that make the response of a forwarded request what the policy says, in the
    /// order in which they apply.
    ///
    /// `headers` are those of the response: lower-case names and, line by line, their values.
    pub fn decorate<'a, V, H>(
        &'a self,
        exchange: &'a Exchange<V>,
        status: u16,
        headers: H,
    ) -> impl Iterator<Item = Edit<'a>>
    where
        V: AsRef<[u8]>,
        H: Iterator<Item = (&'a str, &'a [u8])> + Clone + 'a,
    {
        // A switched protocol is no response that a page reads.
        let policy = self.policy(exchange.target).filter(|_| status != 101);
        let decoration = policy.and_then(|policy| match exchange.step {
            // What the edge answers has no response to decorate, unless another configuration
            // was in force when the request was forwarded: then it must not slip through.
            Step::Decorate | Step::Grant | Step::Refuse | Step::Reject => {
                let origin = exchange.allowed_origin();
                Decoration::full(
                    policy,
                    exchange.asked.origin.as_ref().map(AsRef::as_ref),
                    origin,
                    exchange.reason,
                    headers.clone(),
                )
            }
            Step::VaryOnly => Some(Decoration::vary_only(headers.clone())),
            Step::Leave => None,
        });
        decoration.into_iter().flat_map(move |decoration| decoration.edits(headers.clone()))
    }
}

/// The answer that grants a preflight.
fn grant<'a, V: AsRef<[u8]>>(policy: &'a Policy, exchange: &'a Exchange<V>, scratch: &'a mut Scratch) -> Answer<'a> {
    let echo_names = policy.headers.any() && policy.credentials;
    let allow_headers = if echo_names {
        exchange.requested_names().map(|names| names.canonical(scratch))
    } else {
        policy.headers.joined().filter(|_| exchange.asked.names.is_some())
    };
    Answer {
        allow_headers,
        max_age: policy.max_age.as_deref(),
        exposed: policy.exposed.as_deref(),
        private_network: exchange.asked.private_network,
        ..share(policy, exchange)
    }
}

/// The answer that refuses a preflight with the headers that did pass, so that the browser's
/// console names the culprit.
fn explain<'a, V: AsRef<[u8]>>(policy: &'a Policy, exchange: &'a Exchange<V>) -> Answer<'a> {
    let vary = Some(policy.preflight_vary.as_str());
    match exchange.reason {
        Reason::MethodNotAllowed | Reason::MethodMalformed => {
            let listed = policy.methods.joined().filter(|_| !policy.methods.any());
            Answer { allow_methods: listed, ..share(policy, exchange) }
        }
        Reason::HeadersNotAllowed | Reason::HeadersMalformed => {
            // Not `*`: some browsers let it cover what it does not.
            let listed = policy.headers.joined().filter(|_| !policy.headers.any());
            Answer { allow_headers: listed, ..share(policy, exchange) }
        }
        _ => Answer { vary, ..Answer::empty(policy.preflight_status) },
    }
}

/// What every answer to a preflight from an allowed origin has in it.
fn share<'a, V: AsRef<[u8]>>(policy: &'a Policy, exchange: &'a Exchange<V>) -> Answer<'a> {
    let echo_method = policy.methods.any() && policy.credentials;
    Answer {
        allow_origin: if policy.answers_any() { Some("*") } else { exchange.allowed_origin() },
        credentials: policy.credentials,
        allow_methods: if echo_method { exchange.requested_method() } else { policy.methods.joined() },
        vary: Some(&policy.preflight_vary),
        ..Answer::empty(policy.preflight_status)
    }
}
