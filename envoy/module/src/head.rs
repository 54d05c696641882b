//! What the engine reads of a request and its response, in Envoy's memory.

use std::borrow::Cow;

use edge_cors::{GOVERNED_IN_RESPONSES, RequestHead, ResponseHead};

use crate::abi::{Header, Headers, Stream};
use crate::lengths::Lengths;

/// The request of a stream. Its values are copied: the response needs some when Envoy's are gone.
pub(crate) struct Request<'r, 'hook>(pub(crate) &'r Stream<'hook>);

/// The response of a stream: all of its lines, because one call for them costs as much as two or three for a header.
pub(crate) struct Response<'r> {
    lines: &'r [Header<'r>],
    /// Of the names that the engine reads or changes. Most responses have none.
    lengths: Lengths,
}

const GOVERNED: Lengths = Lengths::of(GOVERNED_IN_RESPONSES);

/// Of what the engine reads, the one header that Envoy has no place of its own for. To find it, Envoy indexes all
/// headers, which costs more than twice as much as to return them all.
const WITHOUT_A_PLACE: &str = "sec-fetch-site";

impl<'r> Response<'r> {
    pub(crate) fn of(lines: &'r [Header<'r>]) -> Self {
        let is_governed = |name: &[u8]| {
            GOVERNED.may_have(name.len()) && GOVERNED_IN_RESPONSES.iter().any(|governed| governed.as_bytes() == name)
        };
        let governed = lines.iter().map(Header::name).filter(|name| is_governed(name));
        Self { lines, lengths: governed.fold(Lengths::NONE, |lengths, name| lengths.and(name.len())) }
    }

    /// The lengths of the names that [`may_have`](ResponseHead::may_have) finds.
    pub(crate) fn lengths(&self) -> Lengths {
        self.lengths
    }

    fn values(&self, name: &str) -> impl Iterator<Item = &'r [u8]> {
        values(self.lines, name)
    }
}

impl RequestHead for Request<'_, '_> {
    type Value = Box<[u8]>;

    fn method(&self) -> Option<Box<[u8]>> {
        self.combined(":method")
    }

    fn scheme(&self) -> Option<Box<[u8]>> {
        self.combined(":scheme")
    }

    fn authority(&self) -> Option<Box<[u8]>> {
        self.combined(":authority")
    }

    fn path(&self) -> Option<Box<[u8]>> {
        self.combined(":path")
    }

    fn combined(&self, name: &'static str) -> Option<Box<[u8]>> {
        if name == WITHOUT_A_PLACE {
            return self.0.with_lines(Headers::Request, |lines| combined(values(lines, name)).map(boxed));
        }
        let (first, lines) = self.0.request_line(name, 0)?;
        let others = (1..lines).filter_map(|line| Some(self.0.request_line(name, line)?.0));
        combined([first].into_iter().chain(others)).map(boxed)
    }

    /// Envoy has no way to the metadata of the virtual host.
    fn policy_name(&self) -> Option<Box<[u8]>> {
        self.0.route_metadata("edge-cors", "policy").map(Box::from)
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
        self.lengths.may_have(name.len()) && self.values(name).next().is_some()
    }
}

fn boxed(value: Cow<'_, [u8]>) -> Box<[u8]> {
    value.into_owned().into_boxed_slice()
}

/// The lines of a header among all.
fn values<'r>(lines: &[Header<'r>], name: &str) -> impl Iterator<Item = &'r [u8]> {
    lines.iter().filter(move |line| line.name() == name.as_bytes()).map(Header::value)
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
