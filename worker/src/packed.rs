//! Requests, responses and edits as the entry and the engine hand them to each other: one text,
//! of lines. A header is two of them, name and value; neither can have a line break in it.

use edge_cors::{Answer, Edit, Request};

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

impl<'p> Request for PackedRequest<'p> {
    type Value = &'p [u8];

    fn header(&self, name: &'static str) -> Option<&'p [u8]> {
        let value = match name {
            ":method" => Some(self.method),
            ":scheme" => Some(self.url.scheme),
            ":authority" => Some(self.url.authority),
            ":path" => Some(self.url.path),
            name => self.headers.lines().find(|(line, _)| *line == name).map(|(_, value)| value),
        };
        value.map(str::as_bytes)
    }
}

/// The parts of an absolute URL, as the runtime serialises it.
#[derive(Clone, Copy)]
struct Url<'p> {
    scheme: &'p str,
    authority: &'p str,
    /// With the query.
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
pub(super) struct PackedHeaders<'p>(&'p str);

impl<'p> PackedHeaders<'p> {
    pub(super) fn parse(packed: &'p str) -> Self {
        Self(packed)
    }

    fn lines(self) -> impl Iterator<Item = (&'p str, &'p str)> + Clone {
        let mut lines = self.0.split('\n');
        std::iter::from_fn(move || Some((lines.next()?, lines.next()?)))
    }

    pub(super) fn iter(self) -> impl Iterator<Item = (&'p str, &'p [u8])> + Clone {
        self.lines().map(|(name, value)| (name, value.as_bytes()))
    }
}

/// The status, then the headers.
pub(super) fn pack_answer(answer: &Answer<'_>) -> String {
    let mut packed = answer.status().to_string();
    for (name, value) in answer.headers() {
        push(&mut packed, &["\n", name, "\n", value]);
    }
    packed
}

/// The headers that are set; an empty value takes a header off, since no policy sets one.
pub(super) fn pack_edits<'e>(edits: impl Iterator<Item = Edit<'e>>, headers: PackedHeaders<'_>) -> String {
    let mut packed = String::new();
    for edit in edits {
        match edit {
            Edit::Remove { name } => push(&mut packed, &[name, "\n\n"]),
            Edit::Set { name, value } => push(&mut packed, &[name, "\n", value, "\n"]),
            Edit::Append { name, value } => {
                push(&mut packed, &[name, "\n"]);
                for (_, line) in headers.lines().filter(|(line, _)| *line == name) {
                    push(&mut packed, &[line, ", "]);
                }
                push(&mut packed, &[value, "\n"]);
            }
        }
    }
    packed
}

fn push(packed: &mut String, parts: &[&str]) {
    parts.iter().for_each(|part| packed.push_str(part));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request() {
        let request = PackedRequest::parse("GET\nhttps://api.example.com:8443/v1?x=/\nfirst\n\nsecond\na, b\n");
        let value = |name| request.header(name).map(|value| std::str::from_utf8(value).unwrap());
        assert_eq!(value(":method"), Some("GET"));
        assert_eq!(value(":scheme"), Some("https"));
        assert_eq!(value(":authority"), Some("api.example.com:8443"));
        assert_eq!(value(":path"), Some("/v1?x=/"));
        assert_eq!(value("first"), Some(""));
        assert_eq!(value("second"), Some("a, b"));
        assert_eq!(value("a, b"), None);
    }

    #[test]
    fn a_request_that_is_cut_short() {
        for packed in ["", "\n", "GET", "GET\nhttp:", "GET\nhttp://h\nname"] {
            assert_eq!(PackedRequest::parse(packed).header("name"), None, "{packed:?}");
        }
    }

    #[test]
    fn edits() {
        let headers = PackedHeaders::parse("list\na, b\n");
        let edits = [
            Edit::Remove { name: "gone" },
            Edit::Set { name: "new", value: "1" },
            Edit::Append { name: "list", value: "c" },
            Edit::Append { name: "absent", value: "c" },
        ];
        let packed = pack_edits(edits.into_iter(), headers);
        assert_eq!(packed, "gone\n\nnew\n1\nlist\na, b, c\nabsent\nc\n");
    }
}
