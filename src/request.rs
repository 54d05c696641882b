//! What the engine asks of a request.

/// The head of a request, as its host sees it: the method, the target, and the headers.
///
/// Every call may cross into the host and copy, so the engine asks for one value at a time, for
/// as few as it can, and for each at most once in a decision.
pub trait RequestHead {
    /// A value: bytes, which need not be UTF-8.
    type Value: AsRef<[u8]>;

    /// The [method](https://fetch.spec.whatwg.org/#concept-method): `:method` in HTTP/2.
    fn method(&self) -> Option<Self::Value>;

    /// The scheme that the client used, `http` or `https`: `:scheme` in HTTP/2.
    fn scheme(&self) -> Option<Self::Value>;

    /// The host and, unless it is the scheme's default, the port that the request was sent to:
    /// `:authority` in HTTP/2, `Host` in HTTP/1.1.
    fn authority(&self) -> Option<Self::Value>;

    /// The path with the query, as it came: `:path` in HTTP/2. `CONNECT` has none.
    fn path(&self) -> Option<Self::Value>;

    /// The [combined value](https://fetch.spec.whatwg.org/#concept-header-list-get) of a header:
    /// where it has several lines, all of them, joined by commas. A header that is there and
    /// empty is `Some`. `name` is in lower case.
    ///
    /// All lines matter: a host that gives the first of two `Origin` lines lets a client choose
    /// which of them is judged.
    fn combined(&self, name: &'static str) -> Option<Self::Value>;

    /// The name of the policy that the host's own routing picked; `None` for hosts without
    /// such routing. Asked for only where the configuration sets `routeMetadata`.
    fn policy_name(&self) -> Option<Self::Value>;
}
