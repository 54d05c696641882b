//! Requests and responses as they are sent.

use url::Url;

use crate::header;
use crate::request::RequestHead;
use crate::response::{Edit, ResponseHead};

/// A request, as the edge sees it.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: String,
    /// The URL.
    pub url: Url,
    /// Names, in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The policy that the host's routing names. It is not sent.
    pub policy_name: Option<String>,
}

/// A response.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Names, in lower case, and values; a name can occur more than once.
    pub headers: Vec<(String, String)>,
}

impl RequestHead for Request {
    type Value = Vec<u8>;

    fn method(&self) -> Option<Vec<u8>> {
        Some(self.method.clone().into_bytes())
    }

    fn scheme(&self) -> Option<Vec<u8>> {
        // The URL of a WebSocket has its own scheme, but its handshake is HTTP.
        Some(self.url.scheme().replace("ws", "http").into_bytes())
    }

    fn authority(&self) -> Option<Vec<u8>> {
        let port = self.url.port().map(|port| format!(":{port}")).unwrap_or_default();
        Some(format!("{}{port}", self.url.host_str().unwrap_or_default()).into_bytes())
    }

    fn path(&self) -> Option<Vec<u8>> {
        let query = self.url.query().map(|query| format!("?{query}")).unwrap_or_default();
        Some(format!("{}{query}", self.url.path()).into_bytes())
    }

    fn combined(&self, name: &'static str) -> Option<Vec<u8>> {
        combined(&self.headers, name, ",").map(String::into_bytes)
    }

    fn policy_name(&self) -> Option<Vec<u8>> {
        self.policy_name.clone().map(String::into_bytes)
    }
}

impl ResponseHead for Response {
    type Value = String;

    fn switches_protocols(&self) -> bool {
        self.status == 101
    }

    fn combined(&self, name: &'static str) -> Option<String> {
        self.get(name)
    }

    fn may_have(&self, name: &'static str) -> bool {
        self.lines(name).next().is_some()
    }
}

impl Response {
    /// Carries out an edit of the edge.
    pub(super) fn apply(&mut self, edit: Edit<'_>) {
        let (name, value) = match edit {
            Edit::Remove { name } => (name, None),
            Edit::Set { name, value } => (name, Some(value.to_owned())),
            Edit::Append { name, value } => {
                let members = self.get(name).into_iter().chain([value.to_owned()]);
                (name, Some(members.collect::<Vec<_>>().join(", ")))
            }
        };
        self.headers.retain(|(line, _)| line != name);
        self.headers.extend(value.map(|value| (name.to_owned(), value)));
    }

    /// The [combined value](https://fetch.spec.whatwg.org/#concept-header-list-get) of a header.
    pub fn get(&self, name: &str) -> Option<String> {
        combined(&self.headers, name, ", ")
    }

    /// The values of a header, line by line.
    pub fn lines(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers.iter().filter(move |(line, _)| line == name).map(|(_, value)| value.as_str())
    }

    /// The [location URL](https://fetch.spec.whatwg.org/#concept-response-location-url) of a redirect to the
    /// call of this URL.
    pub fn redirects_to(&self, url: &Url) -> Option<Url> {
        let is_redirect = [301, 302, 303, 307, 308].contains(&self.status);
        let location = self.get("location").filter(|_| is_redirect)?;
        url.join(&location).ok()
    }

    /// The members of a list header.
    pub fn members(&self, name: &str) -> Vec<String> {
        let value = self.get(name).unwrap_or_default();
        header::list_members(value.as_bytes()).map(|member| String::from_utf8_lossy(member).into_owned()).collect()
    }
}

fn combined(headers: &[(String, String)], name: &str, separator: &str) -> Option<String> {
    let lines: Vec<&str> = headers.iter().filter(|(line, _)| line == name).map(|(_, value)| value.as_str()).collect();
    (!lines.is_empty()).then(|| lines.join(separator))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_leaves_one_line_or_none() {
        let line = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let headers = vec![line("vary", "Accept"), line("age", "1"), line("vary", "Cookie"), line("via", "a")];
        let mut response = Response { status: 200, headers };
        response.apply(Edit::Append { name: "vary", value: "Origin" });
        response.apply(Edit::Remove { name: "age" });
        response.apply(Edit::Set { name: "via", value: "b" });
        assert_eq!(response.headers, [line("vary", "Accept, Cookie, Origin"), line("via", "b")]);
    }
}
