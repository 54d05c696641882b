//! Verdicts: what was decided of a request, and why.

/// What a request is, in the Fetch standard's terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RequestClass {
    /// A [CORS-preflight request](https://fetch.spec.whatwg.org/#cors-preflight-request):
    /// `OPTIONS` with `Origin` and `Access-Control-Request-Method`.
    Preflight,
    /// Every other request. It is a [CORS request](https://fetch.spec.whatwg.org/#cors-request)
    /// if it has an `Origin`; where it has none, its reason says so.
    Actual,
    /// A WebSocket handshake, where the policy looks at these. CORS does not cover them.
    WebSocket,
}

impl RequestClass {
    /// The class in one lower-case word, as counters and logs spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Preflight => "preflight",
            Self::Actual => "actual",
            Self::WebSocket => "websocket",
        }
    }
}

/// Why a request got its verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The origin is allowed, and so is everything that a preflight asks for.
    Allowed,
    /// The origin is well-formed and matches no pattern.
    OriginNotAllowed,
    /// The value of `Origin` is no serialised origin.
    OriginMalformed,
    /// The preflight's method is neither safelisted nor listed.
    MethodNotAllowed,
    /// The preflight's method is no token.
    MethodMalformed,
    /// The preflight asks for a header name that is not listed.
    HeadersNotAllowed,
    /// The preflight's list of header names has a member that is no token, or is too long.
    HeadersMalformed,
    /// The origin is not allowed, but it is the one the request was sent to.
    SameOrigin,
    /// The request has no `Origin`.
    NotCors,
    /// No policy applies to the request.
    NoPolicy,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 10] = [
        Self::Allowed,
        Self::OriginNotAllowed,
        Self::OriginMalformed,
        Self::MethodNotAllowed,
        Self::MethodMalformed,
        Self::HeadersNotAllowed,
        Self::HeadersMalformed,
        Self::SameOrigin,
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
            Self::NotCors => "not-cors",
            Self::NoPolicy => "no-policy",
        }
    }

    /// Whether the origin is one that the policy allows. It is judged first.
    pub(crate) fn allows_origin(self) -> bool {
        use Reason as R;
        let of_origin = matches!(self, R::OriginNotAllowed | R::OriginMalformed | R::SameOrigin);
        !of_origin && !matches!(self, R::NotCors | R::NoPolicy)
    }

    /// Whether the reason refuses something.
    pub fn refuses(self) -> bool {
        !matches!(self, Self::Allowed | Self::SameOrigin | Self::NotCors | Self::NoPolicy)
    }
}
