//! What is done about a verdict, once it is enforced.
//!
//! The standard leaves it to the server whether to answer a request at all: a response
//! [without CORS headers](https://fetch.spec.whatwg.org/#http-responses) is a refusal to share it. So an
//! actual request is forwarded unless the policy says otherwise, and only a preflight is refused here.

use crate::config::{DisallowedRequests, RefusedPreflights, UnmatchedPreflights, WebSockets};
use crate::exchange::Action;
use crate::policy::Policy;
use crate::verdict::{PreflightVerdict, Verdict};

/// How strict an enforced policy is with what it refuses.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Strictness {
    refuses_preflights: bool,
    explains_preflights: bool,
    rejects_requests: bool,
    rejects_web_sockets: bool,
}

impl Strictness {
    pub(super) fn of(policy: &Policy) -> Self {
        let rejects_requests = policy.disallowed_requests == DisallowedRequests::Reject;
        Self {
            refuses_preflights: policy.unmatched_preflights == UnmatchedPreflights::Refuse,
            explains_preflights: policy.refused_preflights == RefusedPreflights::Explain,
            rejects_requests,
            // They are requests.
            rejects_web_sockets: rejects_requests || policy.web_sockets == WebSockets::Reject,
        }
    }

    /// As strict as either.
    #[must_use]
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            refuses_preflights: self.refuses_preflights || other.refuses_preflights,
            explains_preflights: self.explains_preflights && other.explains_preflights,
            rejects_requests: self.rejects_requests || other.rejects_requests,
            rejects_web_sockets: self.rejects_web_sockets || other.rejects_web_sockets,
        }
    }

    pub(super) fn action(self, verdict: Verdict) -> Action {
        let rejects = match verdict {
            Verdict::Preflight(PreflightVerdict::Allowed) => return Action::Grant,
            Verdict::Preflight(verdict) if self.refuses_preflights => {
                // Only for what browsers can send: no console shows an answer to a malformed request.
                let of_page =
                    matches!(verdict, PreflightVerdict::MethodNotAllowed | PreflightVerdict::HeadersNotAllowed);
                return if of_page && self.explains_preflights { Action::Explain } else { Action::Refuse };
            }
            Verdict::Actual(verdict) => self.rejects_requests && verdict.refuses(),
            Verdict::WebSocket(verdict) => self.rejects_web_sockets && verdict.refuses(),
            Verdict::Preflight(_) | Verdict::NotCors | Verdict::NoPolicy => false,
        };
        if rejects { Action::Reject } else { Action::Decorate }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::OriginVerdict;

    #[test]
    fn only_what_is_refused_is_rejected() {
        let strict = Strictness {
            refuses_preflights: true,
            rejects_requests: true,
            rejects_web_sockets: true,
            ..Strictness::default()
        };
        for verdict in [OriginVerdict::Allowed, OriginVerdict::SameOrigin] {
            assert_eq!(strict.action(Verdict::Actual(verdict)), Action::Decorate);
            assert_eq!(strict.action(Verdict::WebSocket(verdict)), Action::Decorate);
        }
        assert_eq!(strict.action(Verdict::NotCors), Action::Decorate);
        assert_eq!(strict.action(Verdict::Actual(OriginVerdict::PathAmbiguous)), Action::Reject);
        assert_eq!(Strictness::default().action(Verdict::Actual(OriginVerdict::PathAmbiguous)), Action::Decorate);
    }
}
