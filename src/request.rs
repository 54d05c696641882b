//! What the engine reads of a request.

/// The head of a request, as its host sees it: the method, the target, and the headers.
///
/// Every call can cross into the host and copy, so the engine reads as few values as possible, and
/// each at most once in a decision.
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
    /// if it has several lines, all of them, joined by commas. An empty header is `Some`. `name` is in
    /// lower case.
    ///
    /// All lines matter: if a host returned only the first of two `Origin` lines, a client could choose
    /// which one is judged.
    fn combined(&self, name: &'static str) -> Option<Self::Value>;

    /// The name of the policy that the host's own routing has selected; `None` for hosts without such
    /// routing. Read only if the configuration sets `routeMetadata`.
    fn policy_name(&self) -> Option<Self::Value>;
}
