//! What a policy tells about itself, for tools and logs. Decisions do not need it.

use super::Policy;
use crate::config::{
    DisallowedRequests, Mode, RefusedPreflights, ResourcePolicy, UnmatchedPreflights, UpstreamHeaders, WebSockets,
};
use crate::header::requested::RequestedNames;
use crate::method;
use crate::origin::OriginSet;

/// Questions about the policy itself.
impl Policy {
    /// Whether the policy acts: `mode`.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// The share of origins, in per cent, for which the policy acts if its mode is
    /// [`Mode::Enforce`]: `rollout`.
    pub fn rollout(&self) -> u8 {
        self.rollout
    }

    /// The origins that it allows: `allowOrigins`.
    pub fn origins(&self) -> &OriginSet {
        &self.origins
    }

    /// The origins that are named in `Timing-Allow-Origin`: `timingAllowOrigins`. `None` if the
    /// policy leaves that header to the origin server.
    pub fn timing_origins(&self) -> Option<&OriginSet> {
        self.timing.as_ref()
    }

    /// Whether pages may send and receive credentials: `allowCredentials`.
    pub fn allows_credentials(&self) -> bool {
        self.credentials
    }

    /// Whether a request with this method is allowed, compared byte for byte as
    /// [browsers do](https://fetch.spec.whatwg.org/#cors-preflight-fetch). GET, HEAD and POST always are.
    ///
    /// ```
    /// use edge_cors::PolicySet;
    ///
    /// let source = r#"{"allowOrigins": ["https://app.example.com"], "allowMethods": ["PUT"]}"#;
    /// let (policies, _) = PolicySet::from_json(source)?;
    /// let policy = policies.policies().next().unwrap();
    /// assert!(policy.allows_method("PUT") && policy.allows_method("GET"));
    /// assert!(!policy.allows_method("put"));
    /// # Ok::<(), edge_cors::ConfigError>(())
    /// ```
    pub fn allows_method(&self, method: &str) -> bool {
        method::is_method(method.as_bytes()) && self.methods.allows(method)
    }

    /// Those names of an `Access-Control-Request-Headers` value that the policy does not allow, as
    /// they came. `None` if the value is malformed or too long, so that it is refused as a whole.
    ///
    /// ```
    /// use edge_cors::PolicySet;
    ///
    /// let source = r#"{"allowOrigins": ["https://app.example.com"], "allowHeaders": ["*"]}"#;
    /// let (policies, _) = PolicySet::from_json(source)?;
    /// let policy = policies.policies().next().unwrap();
    /// // The wildcard never covers `authorization`.
    /// let refused: Vec<&[u8]> = policy.refused_headers(b"authorization,x-api-key").unwrap().collect();
    /// assert_eq!(refused, [b"authorization"]);
    /// # Ok::<(), edge_cors::ConfigError>(())
    /// ```
    pub fn refused_headers<'a>(&'a self, requested: &'a [u8]) -> Option<impl Iterator<Item = &'a [u8]>> {
        let names = RequestedNames::parse(requested)?;
        Some(names.iter().filter(|name| !self.headers.allows(name)))
    }

    /// Whether `allowHeaders` contains `*`.
    pub fn allows_any_header(&self) -> bool {
        self.headers.any()
    }

    /// The value of `Access-Control-Expose-Headers`: `exposeHeaders`.
    pub fn exposed_headers(&self) -> Option<&str> {
        self.exposed.as_deref()
    }

    /// The value of `Access-Control-Max-Age`, in seconds: `maxAge`.
    pub fn max_age(&self) -> Option<&str> {
        self.max_age.as_deref()
    }

    /// The status of a granted preflight: `preflightStatus`.
    pub fn preflight_status(&self) -> u16 {
        self.preflight_status
    }

    /// What happens to preflights that are not granted: `unmatchedPreflights`.
    pub fn unmatched_preflights(&self) -> UnmatchedPreflights {
        self.unmatched_preflights
    }

    /// How preflights are refused: `refusedPreflights`.
    pub fn refused_preflights(&self) -> RefusedPreflights {
        self.refused_preflights
    }

    /// Whose CORS headers a response has: `upstreamHeaders`.
    pub fn upstream_headers(&self) -> UpstreamHeaders {
        self.upstream_headers
    }

    /// What happens to actual requests from origins that are not allowed: `disallowedRequests`.
    pub fn disallowed_requests(&self) -> DisallowedRequests {
        self.disallowed_requests
    }

    /// What happens to WebSocket handshakes from origins that are not allowed: `webSockets`.
    pub fn web_sockets(&self) -> WebSockets {
        self.web_sockets
    }

    /// The value of `Cross-Origin-Resource-Policy`: `crossOriginResourcePolicy`.
    pub fn resource_policy(&self) -> Option<ResourcePolicy> {
        self.resource_policy
    }

    /// Whether it grants `Access-Control-Request-Private-Network`: `allowPrivateNetwork`.
    pub fn allows_private_network(&self) -> bool {
        self.allow_private_network
    }

    /// Whether responses say why they are as they are: `debug`.
    pub fn is_debug(&self) -> bool {
        self.debug
    }
}
