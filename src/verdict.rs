//! Verdicts: what a policy decides about a request, and why.

use std::fmt;

/// What was decided about a request.
///
/// Every value can occur: a preflight is never same-origin, and nothing but a preflight is
/// refused for its method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Verdict {
    /// No policy applies to the request.
    NoPolicy,
    /// The request has no `Origin`, so it is not a
    /// [CORS request](https://fetch.spec.whatwg.org/#cors-request).
    NotCors,
    /// A [CORS-preflight request](https://fetch.spec.whatwg.org/#cors-preflight-request):
    /// `OPTIONS` with `Origin` and `Access-Control-Request-Method`.
    Preflight(PreflightVerdict),
    /// Any other CORS request.
    Actual(OriginVerdict),
    /// A WebSocket handshake, unless the policy ignores them. CORS does not cover handshakes.
    WebSocket(OriginVerdict),
}

/// What was decided about the origin of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OriginVerdict {
    /// The origin matches a pattern.
    Allowed,
    /// The origin is well-formed and matches no pattern.
    NotAllowed,
    /// The value of `Origin` is not a serialized origin.
    Malformed,
    /// The origin is not allowed, but it is the one the request was sent to.
    SameOrigin,
    /// No origin is allowed, because servers read the path in different ways, and routes
    /// say something else of one than of another.
    PathAmbiguous,
}

/// What was decided about a preflight: its origin is judged first, then its method, then its
/// header names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PreflightVerdict {
    /// The origin, the method and every header name are allowed.
    Allowed,
    /// The origin is well-formed and matches no pattern.
    OriginNotAllowed,
    /// The value of `Origin` is not a serialized origin.
    OriginMalformed,
    /// The method is neither safelisted nor listed.
    MethodNotAllowed,
    /// The method is not a token.
    MethodMalformed,
    /// A requested header name is not listed.
    HeadersNotAllowed,
    /// The list of header names is too long, or one of its members is not a token.
    HeadersMalformed,
    /// As for [any other request](OriginVerdict::PathAmbiguous).
    PathAmbiguous,
}

/// Of [`Verdict::ALL`], the last ones, which are those on paths and not on what policies say.
const OF_PATHS: usize = 3;

impl Verdict {
    /// Every verdict, in the order of the counters: first those that policies give.
    pub const ALL: &[Self] = &{
        use OriginVerdict as O;
        use PreflightVerdict as P;
        [
            Self::Preflight(P::Allowed),
            Self::Preflight(P::OriginNotAllowed),
            Self::Preflight(P::OriginMalformed),
            Self::Preflight(P::MethodNotAllowed),
            Self::Preflight(P::MethodMalformed),
            Self::Preflight(P::HeadersNotAllowed),
            Self::Preflight(P::HeadersMalformed),
            Self::Actual(O::Allowed),
            Self::Actual(O::NotAllowed),
            Self::Actual(O::Malformed),
            Self::Actual(O::SameOrigin),
            Self::WebSocket(O::Allowed),
            Self::WebSocket(O::NotAllowed),
            Self::WebSocket(O::Malformed),
            Self::WebSocket(O::SameOrigin),
            Self::NotCors,
            Self::NoPolicy,
            Self::Preflight(P::PathAmbiguous),
            Self::Actual(O::PathAmbiguous),
            Self::WebSocket(O::PathAmbiguous),
        ]
    };

    /// The verdicts that a policy gives.
    pub(crate) const OF_POLICIES: &[Self] = Self::ALL.split_at(Self::ALL.len() - OF_PATHS).0;

    /// The place of this verdict in [`Verdict::ALL`].
    pub(crate) fn position(self) -> usize {
        // The first of each group is `Allowed`, the first variant of its enum.
        match self {
            Self::Preflight(PreflightVerdict::PathAmbiguous) => 17,
            Self::Actual(OriginVerdict::PathAmbiguous) => 18,
            Self::WebSocket(OriginVerdict::PathAmbiguous) => 19,
            Self::Preflight(verdict) => verdict as usize,
            Self::Actual(verdict) => 7 + verdict as usize,
            Self::WebSocket(verdict) => 11 + verdict as usize,
            Self::NotCors => 15,
            Self::NoPolicy => 16,
        }
    }

    /// What the request is, as counters and logs name it.
    pub fn class(self) -> RequestClass {
        match self {
            Self::Preflight(_) => RequestClass::Preflight,
            Self::WebSocket(_) => RequestClass::WebSocket,
            Self::Actual(_) | Self::NotCors | Self::NoPolicy => RequestClass::Actual,
        }
    }

    /// The reason of the verdict.
    pub fn reason(self) -> Reason {
        match self {
            Self::NoPolicy => Reason::NoPolicy,
            Self::NotCors => Reason::NotCors,
            Self::Actual(verdict) | Self::WebSocket(verdict) => verdict.reason(),
            Self::Preflight(verdict) => verdict.reason(),
        }
    }

    /// Whether something is refused: the origin, or what a preflight asks for.
    pub fn refuses(self) -> bool {
        match self {
            Self::NoPolicy | Self::NotCors => false,
            Self::Actual(verdict) | Self::WebSocket(verdict) => verdict.refuses(),
            Self::Preflight(verdict) => verdict != PreflightVerdict::Allowed,
        }
    }

    /// What becomes of this verdict of a policy that allows no origin, where the path is the cause.
    pub(crate) fn for_an_ambiguous_path(self) -> Self {
        match self {
            Self::Preflight(_) => Self::Preflight(PreflightVerdict::PathAmbiguous),
            Self::Actual(verdict) if verdict.refuses() => Self::Actual(OriginVerdict::PathAmbiguous),
            Self::WebSocket(verdict) if verdict.refuses() => Self::WebSocket(OriginVerdict::PathAmbiguous),
            Self::Actual(_) | Self::WebSocket(_) | Self::NotCors | Self::NoPolicy => self,
        }
    }

    /// Whether the policy allows the origin. Only then may a response name it.
    pub(crate) fn allows_origin(self) -> bool {
        match self {
            Self::NoPolicy | Self::NotCors => false,
            Self::Actual(verdict) | Self::WebSocket(verdict) => verdict == OriginVerdict::Allowed,
            Self::Preflight(verdict) => match verdict {
                PreflightVerdict::OriginNotAllowed
                | PreflightVerdict::OriginMalformed
                | PreflightVerdict::PathAmbiguous => false,
                PreflightVerdict::Allowed
                | PreflightVerdict::MethodNotAllowed
                | PreflightVerdict::MethodMalformed
                | PreflightVerdict::HeadersNotAllowed
                | PreflightVerdict::HeadersMalformed => true,
            },
        }
    }
}

impl OriginVerdict {
    fn reason(self) -> Reason {
        match self {
            Self::Allowed => Reason::Allowed,
            Self::NotAllowed => Reason::OriginNotAllowed,
            Self::Malformed => Reason::OriginMalformed,
            Self::SameOrigin => Reason::SameOrigin,
            Self::PathAmbiguous => Reason::PathAmbiguous,
        }
    }

    pub(crate) fn refuses(self) -> bool {
        match self {
            Self::Allowed | Self::SameOrigin => false,
            Self::NotAllowed | Self::Malformed | Self::PathAmbiguous => true,
        }
    }
}

impl PreflightVerdict {
    fn reason(self) -> Reason {
        match self {
            Self::Allowed => Reason::Allowed,
            Self::OriginNotAllowed => Reason::OriginNotAllowed,
            Self::OriginMalformed => Reason::OriginMalformed,
            Self::MethodNotAllowed => Reason::MethodNotAllowed,
            Self::MethodMalformed => Reason::MethodMalformed,
            Self::HeadersNotAllowed => Reason::HeadersNotAllowed,
            Self::HeadersMalformed => Reason::HeadersMalformed,
            Self::PathAmbiguous => Reason::PathAmbiguous,
        }
    }
}

/// `preflight.allowed`: the class and the reason, as counters and logs spell them.
impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.class(), self.reason())
    }
}

/// What a request is, as counters and logs name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RequestClass {
    /// A [CORS-preflight request](https://fetch.spec.whatwg.org/#cors-preflight-request).
    Preflight,
    /// Every other request. One without `Origin` has the reason [`Reason::NotCors`].
    Actual,
    /// A WebSocket handshake, unless the policy ignores them.
    WebSocket,
}

impl RequestClass {
    /// The class in one lower-case word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Preflight => "preflight",
            Self::Actual => "actual",
            Self::WebSocket => "websocket",
        }
    }
}

impl fmt::Display for RequestClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a request got its verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// The origin is allowed, and so is everything that a preflight asks for.
    Allowed,
    /// The origin is well-formed and matches no pattern.
    OriginNotAllowed,
    /// The value of `Origin` is not a serialized origin.
    OriginMalformed,
    /// The preflight's method is neither safelisted nor listed.
    MethodNotAllowed,
    /// The preflight's method is not a token.
    MethodMalformed,
    /// The preflight asks for a header name that is not listed.
    HeadersNotAllowed,
    /// The preflight's list of header names is too long, or has a member that is not a token.
    HeadersMalformed,
    /// The origin is not allowed, but it is the one the request was sent to.
    SameOrigin,
    /// Servers read the path in different ways, and routes say something else of one than of another.
    PathAmbiguous,
    /// The request has no `Origin`.
    NotCors,
    /// No policy applies to the request.
    NoPolicy,
}

impl Reason {
    /// Every reason.
    pub const ALL: &[Self] = &[
        Self::Allowed,
        Self::OriginNotAllowed,
        Self::OriginMalformed,
        Self::MethodNotAllowed,
        Self::MethodMalformed,
        Self::HeadersNotAllowed,
        Self::HeadersMalformed,
        Self::SameOrigin,
        Self::PathAmbiguous,
        Self::NotCors,
        Self::NoPolicy,
    ];

    /// The reason as counters, logs and `edge-cors-reason` spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::OriginNotAllowed => "origin-not-allowed",
            Self::OriginMalformed => "origin-malformed",
            Self::MethodNotAllowed => "method-not-allowed",
            Self::MethodMalformed => "method-malformed",
            Self::HeadersNotAllowed => "headers-not-allowed",
            Self::HeadersMalformed => "headers-malformed",
            Self::SameOrigin => "same-origin",
            Self::PathAmbiguous => "path-ambiguous",
            Self::NotCors => "not-cors",
            Self::NoPolicy => "no-policy",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verdict_knows_its_place() {
        for (position, verdict) in Verdict::ALL.iter().enumerate() {
            assert_eq!(verdict.position(), position, "{verdict}");
        }
    }

    #[test]
    fn every_reason_belongs_to_a_verdict() {
        for reason in Reason::ALL {
            assert!(Verdict::ALL.iter().any(|verdict| verdict.reason() == *reason), "{reason}");
        }
    }

    #[test]
    fn no_origin_is_named_that_was_refused() {
        for verdict in Verdict::ALL {
            let of_origin = verdict.reason().as_str().starts_with("origin-");
            assert!(!(of_origin && verdict.allows_origin()), "{verdict}");
            assert!(!of_origin || verdict.refuses(), "{verdict}");
        }
    }
}
