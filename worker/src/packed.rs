//! Requests, responses and edits as they are passed between the entry and the engine: one string of
//! lines. A header is two lines, its name and its value; neither can contain a line break.

use edge_cors::{Edit, Exchange, RequestHead, ResponseHead};

/// A request: the method, the URL, then the headers.
#[derive(Clone, Copy)]
pub(super) struct PackedRequest<'p> {
    method: &'p str,
    url: Url<'p>,
    headers: PackedHeaders<'p>,
}

impl<'p> PackedRequest<'p> {
    pub(super) fn parse(packed: &'p str) -> Self {
        let (method, rest) = packed.split_once('\n').unwrap_or((packed, ""));
        let (url, headers) = rest.split_once('\n').unwrap_or((rest, ""));
        Self { method, url: Url::parse(url), headers: PackedHeaders::parse(headers) }
    }
}

impl<'p> RequestHead for PackedRequest<'p> {
    type Value = &'p str;

    fn method(&self) -> Option<&'p str> {
        Some(self.method)
    }

    fn scheme(&self) -> Option<&'p str> {
        Some(self.url.scheme)
    }

    fn authority(&self) -> Option<&'p str> {
        Some(self.url.authority)
    }

    fn path(&self) -> Option<&'p str> {
        Some(self.url.path)
    }

    /// The runtime has already combined the lines.
    fn combined(&self, name: &'static str) -> Option<&'p str> {
        self.headers.get(name)
    }

    /// The runtime routes to a Worker; it cannot name a policy.
    fn policy_name(&self) -> Option<&'p str> {
        None
    }
}

/// The parts of an absolute URL, as the runtime serialises it.
#[derive(Clone, Copy)]
struct Url<'p> {
    scheme: &'p str,
    authority: &'p str,
    /// Including the query.
    path: &'p str,
}

impl<'p> Url<'p> {
    fn parse(url: &'p str) -> Self {
        let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
        Self { scheme, authority, path }
    }
}

/// Headers: lower-case names, several lines of one joined by commas.
#[derive(Clone, Copy)]
struct PackedHeaders<'p>(&'p str);

impl<'p> PackedHeaders<'p> {
    fn parse(packed: &'p str) -> Self {
        Self(packed)
    }

    fn lines(self) -> impl Iterator<Item = (&'p str, &'p str)> {
        let mut lines = self.0.split('\n');
        std::iter::from_fn(move || Some((lines.next()?, lines.next()?)))
    }

    fn get(self, name: &str) -> Option<&'p str> {
        self.lines().find(|(line, _)| *line == name).map(|(_, value)| value)
    }
}

/// A response: the status, and the headers.
#[derive(Clone, Copy)]
pub(super) struct PackedResponse<'p> {
    status: u16,
    headers: PackedHeaders<'p>,
}

impl<'p> PackedResponse<'p> {
    pub(super) fn parse(status: u16, headers: &'p str) -> Self {
        Self { status, headers: PackedHeaders::parse(headers) }
    }
}

impl<'p> ResponseHead for PackedResponse<'p> {
    type Value = &'p str;

    fn switches_protocols(&self) -> bool {
        self.status == 101
    }

    /// The runtime has already combined the lines.
    fn combined(&self, name: &'static str) -> Option<&'p str> {
        self.headers.get(name)
    }

    fn may_have(&self, name: &'static str) -> bool {
        self.headers.get(name).is_some()
    }
}

/// What is to be done with a request: `leave` its response alone, `decorate` its response, or `answer` it
/// with the status and the headers that follow, one a line.
pub(super) fn pack_decision<V: AsRef<[u8]>>(exchange: &Exchange<V>) -> String {
    let Some(answer) = exchange.answer() else {
        return if exchange.is_left_alone() { "leave" } else { "decorate" }.to_owned();
    };
    let mut packed = format!("answer\n{}", answer.status());
    for (name, value) in answer.headers() {
        packed.extend(["\n", name, "\n", value]);
    }
    packed
}

/// Edits: a line with a verb and a header's name, then a line with a value. The verb is `-` to remove the
/// header, with an empty value; `=` to set it; or `+` to add a member to a list.
pub(super) fn pack_edits<'e>(edits: impl Iterator<Item = Edit<'e>>) -> String {
    let mut packed = String::new();
    for edit in edits {
        match edit {
            Edit::Remove { name } => packed.extend(["-", name, "\n\n"]),
            Edit::Set { name, value } => packed.extend(["=", name, "\n", value, "\n"]),
            Edit::Append { name, value } => packed.extend(["+", name, "\n", value, "\n"]),
        }
    }
    packed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request() {
        let request = PackedRequest::parse("GET\nhttps://api.example.com:8443/v1?x=/\nfirst\n\nsecond\na, b\n");
        assert_eq!(request.method(), Some("GET"));
        assert_eq!(request.scheme(), Some("https"));
        assert_eq!(request.authority(), Some("api.example.com:8443"));
        assert_eq!(request.path(), Some("/v1?x=/"));
        assert_eq!(request.combined("first"), Some(""));
        assert_eq!(request.combined("second"), Some("a, b"));
        assert_eq!(request.combined("a, b"), None);
    }

    #[test]
    fn a_request_that_is_cut_short() {
        for packed in ["", "\n", "GET", "GET\nhttp:", "GET\nhttp://h\nname"] {
            assert_eq!(PackedRequest::parse(packed).combined("name"), None, "{packed:?}");
        }
    }

    #[test]
    fn edits() {
        let edits = [
            Edit::Remove { name: "gone" },
            Edit::Set { name: "new", value: "1" },
            Edit::Set { name: "empty", value: "" },
            Edit::Append { name: "list", value: "a" },
        ];
        assert_eq!(pack_edits(edits.into_iter()), "-gone\n\n=new\n1\n=empty\n\n+list\na\n");
    }
}
