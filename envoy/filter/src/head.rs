//! The heads of the request and the response that the host is handling.
//!
//! A value that the host returns costs several times as much as the answer that there is none, because the host
//! calls back into the VM for memory. A removal costs as little as that answer.

use edge_cors::{RequestHead, ResponseHead};
use proxy_wasm::hostcalls::{get_map_value_bytes, get_property};
use proxy_wasm::types::{Bytes, MapType};

/// The request of the stream whose callback runs.
pub(super) struct Request;

/// The response of the stream whose callback runs.
pub(super) struct Response;

impl RequestHead for Request {
    type Value = Bytes;

    fn method(&self) -> Option<Bytes> {
        self.combined(":method")
    }

    fn scheme(&self) -> Option<Bytes> {
        self.combined(":scheme")
    }

    fn authority(&self) -> Option<Bytes> {
        self.combined(":authority")
    }

    fn path(&self) -> Option<Bytes> {
        self.combined(":path")
    }

    /// Envoy combines the lines of the headers that the engine reads.
    fn combined(&self, name: &'static str) -> Option<Bytes> {
        get_map_value_bytes(MapType::HttpRequestHeaders, name).ok().flatten()
    }

    fn policy_name(&self) -> Option<Bytes> {
        let named = |holder| get_property(vec!["xds", holder, "filter_metadata", "edge-cors", "policy"]).ok().flatten();
        named("route_metadata").or_else(|| named("virtual_host_metadata"))
    }
}

impl ResponseHead for Response {
    type Value = Bytes;

    /// Such a response must have `Upgrade` (RFC 9110, section 15.2.2), and hardly any other has it.
    fn switches_protocols(&self) -> bool {
        self.combined("upgrade").is_some() && self.combined(":status").is_some_and(|status| status == b"101")
    }

    /// Envoy combines the lines of `Vary`. A host that returned the first line only would get a member twice,
    /// and lose none.
    fn combined(&self, name: &'static str) -> Option<Bytes> {
        get_map_value_bytes(MapType::HttpResponseHeaders, name).ok().flatten()
    }

    fn may_have(&self, _name: &'static str) -> bool {
        true
    }
}
