//! What the engine reads of a request and its response, in Envoy's memory.

use std::borrow::Cow;

use edge_cors::{RequestHead, ResponseHead};

use crate::abi::{Headers, Stream};

/// The request of a stream. Its values are copied: the response needs some when Envoy's are gone.
pub(crate) struct Request<'r, 'hook>(pub(crate) &'r Stream<'hook>);

/// The response of a stream: all of its lines, because one call for them costs as much as two or three for a header.
pub(crate) struct Response<'r>(Vec<(&'r [u8], &'r [u8])>);

/// Of what the engine reads, the one header that Envoy has no place of its own for. To find it, Envoy indexes all
/// headers, which costs more than twice as much as to return them all.
const WITHOUT_A_PLACE: &str = "sec-fetch-site";

impl<'r> Response<'r> {
    pub(crate) fn of(stream: &'r Stream<'_>) -> Self {
        Self(stream.lines(Headers::Response))
    }

    fn values(&self, name: &str) -> impl Iterator<Item = &'r [u8]> {
        values(&self.0, name)
    }
}

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
        if name == WITHOUT_A_PLACE {
            return combined(values(&self.0.lines(Headers::Request), name)).map(Cow::into_owned);
        }
        let (first, lines) = self.0.request_line(name, 0)?;
        let others = (1..lines).filter_map(|line| Some(self.0.request_line(name, line)?.0));
        combined([first].into_iter().chain(others)).map(Cow::into_owned)
    }

    /// Envoy has no way to the metadata of the virtual host.
    fn policy_name(&self) -> Option<Vec<u8>> {
        self.0.route_metadata("edge-cors", "policy").map(<[u8]>::to_vec)
    }
}

impl<'r> ResponseHead for Response<'r> {
    type Value = Cow<'r, [u8]>;

    fn switches_protocols(&self) -> bool {
        self.values(":status").next() == Some(b"101")
    }

    fn combined(&self, name: &'static str) -> Option<Cow<'r, [u8]>> {
        combined(self.values(name))
    }

    fn may_have(&self, name: &'static str) -> bool {
        self.values(name).next().is_some()
    }
}

/// The lines of a header among all.
fn values<'r>(lines: &[(&'r [u8], &'r [u8])], name: &str) -> impl Iterator<Item = &'r [u8]> {
    lines.iter().filter(move |(line, _)| *line == name.as_bytes()).map(|(_, value)| *value)
}

/// All lines of a header as one. Envoy has those of most that the engine reads on one line already.
fn combined<'r>(mut lines: impl Iterator<Item = &'r [u8]>) -> Option<Cow<'r, [u8]>> {
    let mut combined = Cow::Borrowed(lines.next()?);
    for line in lines {
        combined.to_mut().push(b',');
        combined.to_mut().extend(line);
    }
    Some(combined)
}
