//! What the engine reads of the response to a forwarded request.

/// The head of an origin server's response, as its host sees it: the status and the headers.
///
/// Every call can cross into the host and copy, so the engine reads as few values as possible.
pub trait ResponseHead {
    /// A value: bytes, which need not be UTF-8.
    type Value: AsRef<[u8]>;

    /// Whether the status is [`101 Switching Protocols`](https://www.rfc-editor.org/rfc/rfc9110#status.101).
    fn switches_protocols(&self) -> bool;

    /// The [combined value](https://fetch.spec.whatwg.org/#concept-header-list-get) of a header:
    /// if it has several lines, all of them, joined by commas. An empty header is `Some`. `name` is in
    /// lower case.
    fn combined(&self, name: &'static str) -> Option<Self::Value>;

    /// Whether a header may be there, and has to be removed. A host in which a look-up costs as much as a
    /// removal returns `true`. `name` is in lower case.
    fn may_have(&self, name: &'static str) -> bool;
}
