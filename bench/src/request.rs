//! What is sent: requests as a browser makes them.

/// A request, by what it is to a CORS policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// What tables call it.
    pub name: &'static str,
    /// The method.
    pub method: &'static str,
    /// The headers beside those of every request.
    pub headers: &'static [(&'static str, &'static str)],
    /// Whether a policy allows it.
    pub is_allowed: bool,
}

/// The origin that the policy allows.
pub const ALLOWED: &str = "https://app.example.com";
/// The target of every request.
pub const PATH: &str = "/v1/items?page=2";
/// The host of every request.
pub const HOST: &str = "api.example.com";

/// Every kind of request that is measured.
pub const REQUESTS: [Request; 5] = [
    Request { name: "no Origin", method: "GET", headers: &[], is_allowed: false },
    Request { name: "actual", method: "GET", headers: &[("origin", ALLOWED)], is_allowed: true },
    Request {
        name: "actual, denied",
        method: "GET",
        headers: &[("origin", "https://evil.example")],
        is_allowed: false,
    },
    Request {
        name: "preflight",
        method: "OPTIONS",
        headers: &[
            ("origin", ALLOWED),
            ("access-control-request-method", "PUT"),
            ("access-control-request-headers", "authorization,content-type"),
        ],
        is_allowed: true,
    },
    Request {
        name: "preflight, refused",
        method: "OPTIONS",
        headers: &[
            ("origin", "https://evil.example"),
            ("access-control-request-method", "PUT"),
            ("access-control-request-headers", "authorization,content-type"),
        ],
        is_allowed: false,
    },
];

/// The headers of every request, beside its host.
pub const BROWSER: [(&str, &str); 8] = [
    ("accept", "application/json"),
    ("accept-encoding", "gzip, deflate, br, zstd"),
    ("accept-language", "en-GB,en;q=0.9"),
    ("referer", "https://app.example.com/"),
    ("sec-fetch-dest", "empty"),
    ("sec-fetch-mode", "cors"),
    ("sec-fetch-site", "same-site"),
    ("user-agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36"),
];

impl Request {
    /// The bytes of the request in HTTP/1.1.
    pub fn bytes(&self) -> Vec<u8> {
        let mut text = format!("{} {PATH} HTTP/1.1\r\nhost: {HOST}\r\n", self.method);
        for (name, value) in BROWSER.iter().chain(self.headers) {
            text.extend([name, ": ", value, "\r\n"]);
        }
        text.push_str("\r\n");
        text.into_bytes()
    }

    /// The request for HTTP/2.
    pub fn head(&self) -> http::Request<()> {
        let builder = http::Request::builder().method(self.method).uri(format!("http://{HOST}{PATH}"));
        let all = BROWSER.iter().chain(self.headers);
        all.fold(builder, |builder, (name, value)| builder.header(*name, *value)).body(()).unwrap()
    }
}
