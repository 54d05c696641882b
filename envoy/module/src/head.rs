//! What the engine reads of a request and its response, in Envoy's memory.

use std::borrow::Cow;

use edge_cors::{RequestHead, ResponseHead};

use crate::abi::{Headers, Stream};

/// The request of a stream. Its values are copied: the response needs some when Envoy's are gone.
pub(crate) struct Request<'r, 'hook>(pub(crate) &'r Stream<'hook>);

/// The response of a stream.
pub(crate) struct Response<'r, 'hook>(pub(crate) &'r Stream<'hook>);

impl RequestHead for Request<'_, '_> {
    type Value = Vec<u8>;

    fn method(&self) -> Option<Vec<u8>> {
        self.combined(":method")
    }

    fn scheme(&self) -> Option<Vec<u8>> {
        self.combined(":scheme")
    }

    fn authority(&self) -> Option<Vec<u8>> {
        self.combined(":authority")
    }

    fn path(&self) -> Option<Vec<u8>> {
        self.combined(":path")
    }

    fn combined(&self, name: &'static str) -> Option<Vec<u8>> {
        combined(self.0, Headers::Request, name).map(Cow::into_owned)
    }

    /// Envoy has no way to the metadata of the virtual host.
    fn policy_name(&self) -> Option<Vec<u8>> {
        self.0.route_metadata("edge-cors", "policy").map(<[u8]>::to_vec)
    }
}

impl<'r> ResponseHead for Response<'r, '_> {
    type Value = Cow<'r, [u8]>;

    fn switches_protocols(&self) -> bool {
        self.0.line(Headers::Response, ":status", 0).is_some_and(|(status, _)| status == b"101")
    }

    fn combined(&self, name: &'static str) -> Option<Cow<'r, [u8]>> {
        combined(self.0, Headers::Response, name)
    }

    /// To look costs as much as to remove.
    fn may_have(&self, _name: &'static str) -> bool {
        true
    }
}

/// All lines of a header. Envoy has those of most that the engine reads on one line already.
fn combined<'r>(stream: &'r Stream<'_>, headers: Headers, name: &str) -> Option<Cow<'r, [u8]>> {
    let (first, lines) = stream.line(headers, name, 0)?;
    let mut combined = Cow::Borrowed(first);
    for (line, _) in (1..lines).filter_map(|at| stream.line(headers, name, at)) {
        combined.to_mut().push(b',');
        combined.to_mut().extend(line);
    }
    Some(combined)
}
