//! The three judgements of a policy: the origin, the method, the header names.

use super::{Asked, Policy, SentTo};
use crate::header::requested::RequestedNames;
use crate::method;
use crate::origin::Origin;
use crate::request::RequestHead;
use crate::verdict::{OriginVerdict, PreflightVerdict, Verdict};

impl Policy {
    /// Judges a request. Where it was sent to matters only if its origin is refused.
    pub(crate) fn judge<R: RequestHead>(&self, asked: &Asked<R::Value>, sent_to: &SentTo<'_, R>) -> Verdict {
        let of_origin = |origin: &[u8]| match self.judge_origin(origin) {
            verdict if verdict.refuses() && sent_to.is_same_origin(origin) => OriginVerdict::SameOrigin,
            verdict => verdict,
        };
        match asked {
            Asked::NotCors => Verdict::NotCors,
            Asked::Actual { origin } => Verdict::Actual(of_origin(origin.as_ref())),
            Asked::WebSocket { origin } => Verdict::WebSocket(of_origin(origin.as_ref())),
            Asked::Preflight { origin, method, names, .. } => {
                let names = names.as_ref().map(AsRef::as_ref);
                Verdict::Preflight(self.judge_preflight(origin.as_ref(), method.as_ref(), names))
            }
        }
    }

    /// The edge's side of the [CORS check](https://fetch.spec.whatwg.org/#concept-cors-check):
    /// an origin that passes here is named in the response.
    fn judge_origin(&self, origin: &[u8]) -> OriginVerdict {
        if self.origins.names(origin) {
            return OriginVerdict::Allowed;
        }
        match Origin::parse(origin) {
            None => OriginVerdict::Malformed,
            Some(origin) if self.origins.matches(&origin) => OriginVerdict::Allowed,
            Some(_) => OriginVerdict::NotAllowed,
        }
    }

    /// The edge's side of the [CORS-preflight fetch](https://fetch.spec.whatwg.org/#cors-preflight-fetch):
    /// the CORS check of step 7, then the method and the header names as the browser will compare them.
    fn judge_preflight(&self, origin: &[u8], method: &[u8], names: Option<&[u8]>) -> PreflightVerdict {
        match self.judge_origin(origin) {
            OriginVerdict::Malformed => PreflightVerdict::OriginMalformed,
            OriginVerdict::PathAmbiguous => PreflightVerdict::PathAmbiguous,
            OriginVerdict::NotAllowed | OriginVerdict::SameOrigin => PreflightVerdict::OriginNotAllowed,
            OriginVerdict::Allowed => match std::str::from_utf8(method).ok().filter(|_| method::is_method(method)) {
                None => PreflightVerdict::MethodMalformed,
                Some(method) if !self.methods.allows(method) => PreflightVerdict::MethodNotAllowed,
                Some(_) => names.map_or(PreflightVerdict::Allowed, |names| self.judge_names(names)),
            },
        }
    }

    fn judge_names(&self, requested: &[u8]) -> PreflightVerdict {
        match RequestedNames::parse(requested) {
            None => PreflightVerdict::HeadersMalformed,
            Some(names) if names.iter().all(|name| self.headers.allows(name)) => PreflightVerdict::Allowed,
            Some(_) => PreflightVerdict::HeadersNotAllowed,
        }
    }
}
