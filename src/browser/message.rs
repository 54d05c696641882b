//! Requests and responses on the wire.

use url::Url;

use crate::header;
use crate::request::{AUTHORITY, METHOD, PATH, SCHEME};

/// A request, as the edge sees it.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: String,
    /// Where it goes.
    pub url: Url,
    /// Names, in lower case, and values.
    pub headers: Vec<(String, String)>,
}

/// A response.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Names, in lower case, and values; a name may come twice.
    pub headers: Vec<(String, String)>,
}

impl crate::Request for Request {
    type Value = Vec<u8>;

    fn header(&self, name: &'static str) -> Option<Vec<u8>> {
        let text = match name {
            METHOD => self.method.clone(),
            // The URL of a WebSocket has a scheme of its own; its handshake is HTTP.
            SCHEME => self.url.scheme().replace("ws", "http"),
            AUTHORITY => {
                let port = self.url.port().map(|port| format!(":{port}")).unwrap_or_default();
                format!("{}{port}", self.url.host_str().unwrap_or_default())
            }
            PATH => {
                let query = self.url.query().map(|query| format!("?{query}")).unwrap_or_default();
                format!("{}{query}", self.url.path())
            }
            _ => combined(&self.headers, name, ",")?,
        };
        Some(text.into_bytes())
    }
}

impl Response {
    /// The [combined value](https://fetch.spec.whatwg.org/#concept-header-list-get) of a header.
    pub fn get(&self, name: &str) -> Option<String> {
        combined(&self.headers, name, ", ")
    }

    /// The members of a list header.
    pub(super) fn members(&self, name: &str) -> Vec<String> {
        let value = self.get(name).unwrap_or_default();
        header::list_members(value.as_bytes()).map(|member| String::from_utf8_lossy(member).into_owned()).collect()
    }
}

fn combined(headers: &[(String, String)], name: &str, separator: &str) -> Option<String> {
    let lines: Vec<&str> = headers.iter().filter(|(line, _)| line == name).map(|(_, value)| value.as_str()).collect();
    (!lines.is_empty()).then(|| lines.join(separator))
}
