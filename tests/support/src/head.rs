//! The one request and the one response of all tests: plain parts, handed to the engine as a host would.

use std::borrow::Cow;

use edge_cors::{RequestHead, ResponseHead};

/// The head of a request. Nothing of it is copied, unless a header has several lines.
#[derive(Clone, Copy, Debug)]
pub struct Head<'a, N, V> {
    /// The method.
    pub method: &'a str,
    /// `http` or `https`.
    pub scheme: &'a str,
    /// The host, with a port if there is one.
    pub authority: Option<&'a [u8]>,
    /// The path, with the query.
    pub path: Option<&'a [u8]>,
    /// Name and value of every line.
    pub headers: &'a [(N, V)],
    /// The policy that the host's own routing names.
    pub policy_name: Option<&'a [u8]>,
}

impl<N, V> Default for Head<'_, N, V> {
    /// `GET http://api.example.com/`
    fn default() -> Self {
        Self {
            method: "GET",
            scheme: "http",
            authority: Some(b"api.example.com"),
            path: Some(b"/"),
            headers: &[],
            policy_name: None,
        }
    }
}

impl<'a, N: AsRef<str>, V: AsRef<[u8]>> RequestHead for Head<'a, N, V> {
    type Value = Cow<'a, [u8]>;

    fn method(&self) -> Option<Cow<'a, [u8]>> {
        Some(self.method.as_bytes().into())
    }

    fn scheme(&self) -> Option<Cow<'a, [u8]>> {
        Some(self.scheme.as_bytes().into())
    }

    fn authority(&self) -> Option<Cow<'a, [u8]>> {
        self.authority.map(Cow::Borrowed)
    }

    fn path(&self) -> Option<Cow<'a, [u8]>> {
        self.path.map(Cow::Borrowed)
    }

    fn combined(&self, name: &'static str) -> Option<Cow<'a, [u8]>> {
        combined(self.headers, name)
    }

    fn policy_name(&self) -> Option<Cow<'a, [u8]>> {
        self.policy_name.map(Cow::Borrowed)
    }
}

/// The head of a response. Nothing of it is copied, unless a header has several lines.
#[derive(Clone, Copy, Debug)]
pub struct Response<'a, N, V> {
    /// The status code.
    pub status: u16,
    /// Name and value of every line.
    pub headers: &'a [(N, V)],
}

impl<'a, N: AsRef<str>, V: AsRef<[u8]>> ResponseHead for Response<'a, N, V> {
    type Value = Cow<'a, [u8]>;

    fn switches_protocols(&self) -> bool {
        self.status == 101
    }

    fn combined(&self, name: &'static str) -> Option<Cow<'a, [u8]>> {
        combined(self.headers, name)
    }

    fn may_have(&self, name: &'static str) -> bool {
        self.headers.iter().any(|(line, _)| line.as_ref().eq_ignore_ascii_case(name))
    }
}

fn combined<'a, N: AsRef<str>, V: AsRef<[u8]>>(headers: &'a [(N, V)], name: &str) -> Option<Cow<'a, [u8]>> {
    // Most are in lower case: benchmarks measure the engine, and not this.
    let is = |line: &str| line == name || line.eq_ignore_ascii_case(name);
    let mut lines = headers.iter().filter(|(line, _)| is(line.as_ref()));
    let first = lines.next()?.1.as_ref();
    let joined = lines.fold(Cow::Borrowed(first), |mut joined, (_, line)| {
        joined.to_mut().extend([b",", line.as_ref()].concat());
        joined
    });
    Some(joined)
}
