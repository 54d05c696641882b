//! What a host keeps: of one stream, and for all of them.

use std::collections::BTreeMap;

/// Names, in lower case, and values.
pub type Headers = Vec<(String, Vec<u8>)>;

/// A request and the response of its origin server.
#[derive(Clone, Default)]
pub struct Stream {
    pub request: Headers,
    pub response: Headers,
    /// The policy that the metadata of the route names.
    pub policy_name: Option<String>,
}

/// The state of the host.
#[derive(Default)]
pub struct Host {
    pub configuration: Vec<u8>,
    pub stream: Stream,
    /// Whether the request's headers are gone, as they are in the response's callback in Envoy.
    pub responds: bool,
    /// The headers of the filter's own answer, with the status.
    pub answer: Option<Headers>,
    /// The names of the metrics, by their ids.
    pub metrics: Vec<String>,
    pub shared: BTreeMap<Vec<u8>, Vec<u8>>,
    /// The time, in seconds. It passes only if a test says so.
    pub second: u64,
    /// Every call since they were taken last.
    pub calls: Vec<String>,
}

impl Host {
    /// The headers that a number of proxy-wasm stands for, and their name; none if they are not there.
    pub fn headers(&mut self, map: u32) -> Option<(&'static str, &mut Headers)> {
        match (map, self.responds) {
            (0, false) => Some(("request", &mut self.stream.request)),
            (2, true) => Some(("response", &mut self.stream.response)),
            _ => None,
        }
    }

    /// A property, by the parts of its path.
    pub fn property(&self, path: &[&str]) -> Option<Vec<u8>> {
        match path {
            ["plugin_name" | "plugin_root_id"] => Some(b"edge-cors".to_vec()),
            ["xds", "route_metadata", "filter_metadata", "edge-cors", "policy"] => {
                self.stream.policy_name.clone().map(String::into_bytes)
            }
            _ => None,
        }
    }
}

/// The lines of a header, combined as Envoy does it.
pub fn combined(headers: &Headers, name: &str) -> Option<Vec<u8>> {
    let lines: Vec<&[u8]> =
        headers.iter().filter(|(line, _)| line == name).map(|(_, value)| value.as_slice()).collect();
    (!lines.is_empty()).then(|| lines.join(&b','))
}
