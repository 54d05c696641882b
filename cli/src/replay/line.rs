//! A line of an access log: a request, and what it was answered.

use edge_cors::RequestHead;
use edge_cors::browser::{Call, Response, Url, unsafe_value};
use serde_json::Value;

/// The most bytes of a line that is remembered.
const MAX_REMEMBERED: usize = 1024;

/// A request that was logged.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Line {
    pub(crate) method: String,
    pub(crate) host: String,
    pub(crate) path: String,
    pub(crate) origin: Option<String>,
    pub(crate) requested_method: Option<String>,
    pub(crate) requested_headers: Option<String>,
    pub(super) answer: Answer,
}

/// What a log tells of the answer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Answer {
    /// The status and the CORS headers of the response. Those that the log does not have are `None`.
    Response {
        status: u16,
        allow_origin: Option<String>,
        lists: Option<[Option<String>; 2]>,
        credentials: Option<bool>,
    },
    /// The verdict of a Worker: whether it allowed the request.
    Verdict { allowed: bool },
}

impl Line {
    /// Reads a line of Envoy's access log as `envoy/access-log.yaml` writes it, in JSON or as text, or a line that the
    /// Worker logs. `None` if it is neither.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if !text.starts_with('{') {
            return of_text(text);
        }
        let value: Value = serde_json::from_str(text).ok()?;
        of_json(&value).or_else(|| of_worker(&value)).or_else(|| of_tail(&value))
    }

    /// The same of the bytes of a line. `None` also if they are not UTF-8.
    pub(crate) fn of_bytes(line: &[u8]) -> Option<Self> {
        Self::parse(std::str::from_utf8(line).ok()?)
    }

    /// Whether it may be remembered. Clients choose how long lines are: thousands of long ones take gigabytes. Requests that
    /// come often, for which it pays, are short.
    pub(crate) fn is_short(&self) -> bool {
        let given = [&self.origin, &self.requested_method, &self.requested_headers];
        let of_answer = match &self.answer {
            Answer::Response { allow_origin, lists, .. } => {
                [allow_origin].into_iter().chain(lists.iter().flatten()).flatten().map(String::len).sum()
            }
            Answer::Verdict { .. } => 0,
        };
        let of_request = [&self.method, &self.host, &self.path].into_iter().chain(given.into_iter().flatten());
        of_request.map(String::len).sum::<usize>() + of_answer <= MAX_REMEMBERED
    }

    /// Whether it is a [CORS-preflight request](https://fetch.spec.whatwg.org/#cors-preflight-request).
    pub(crate) fn is_preflight(&self) -> bool {
        self.method == "OPTIONS" && self.origin.is_some() && self.requested_method.is_some()
    }

    /// The call of a page that sends such a request. The names of headers that a preflight asks for have values that
    /// make the browser ask.
    pub(crate) fn call(&self, credentials: bool) -> Option<Call> {
        let path = if self.path.starts_with('/') { self.path.as_str() } else { "/" };
        let url = Url::parse(&format!("https://{}{path}", self.host)).ok()?;
        let names = self.requested_headers.iter().flat_map(|names| names.split(',')).map(str::trim);
        let headers = names
            .filter(|name| !name.is_empty())
            .map(|name| (name.to_owned(), unsafe_value(name).unwrap_or("1").to_owned()));
        let method = self.requested_method.clone().filter(|_| self.is_preflight());
        let method = method.unwrap_or_else(|| if self.method == "HEAD" { "HEAD" } else { "GET" }.to_owned());
        let headers = if self.is_preflight() { headers.collect() } else { Vec::new() };
        Some(Call { method, headers, credentials, ..Call::new(self.origin.as_deref()?, url) })
    }

    /// The response as it was logged, with what its lists would have to be where the log does not have them.
    pub(super) fn response(&self) -> Option<Response> {
        let Answer::Response { status, allow_origin, lists, credentials } = &self.answer else { return None };
        let [methods, headers] =
            lists.clone().unwrap_or([self.requested_method.clone(), self.requested_headers.clone()]);
        let line = |name: &str, value: Option<String>| value.map(|value| (name.to_owned(), value));
        let headers = [
            line("access-control-allow-origin", allow_origin.clone()),
            line("access-control-allow-methods", methods),
            line("access-control-allow-headers", headers),
            line("access-control-allow-credentials", (*credentials == Some(true)).then(|| "true".to_owned())),
        ];
        Some(Response { status: *status, headers: headers.into_iter().flatten().collect() })
    }
}

impl RequestHead for Line {
    type Value = Vec<u8>;

    fn method(&self) -> Option<Vec<u8>> {
        Some(self.method.clone().into_bytes())
    }

    fn scheme(&self) -> Option<Vec<u8>> {
        Some(b"https".to_vec())
    }

    fn authority(&self) -> Option<Vec<u8>> {
        Some(self.host.clone().into_bytes())
    }

    fn path(&self) -> Option<Vec<u8>> {
        Some(self.path.clone().into_bytes())
    }

    fn combined(&self, name: &'static str) -> Option<Vec<u8>> {
        let value = match name {
            "origin" => &self.origin,
            "access-control-request-method" => &self.requested_method,
            "access-control-request-headers" => &self.requested_headers,
            _ => &None,
        };
        value.clone().map(String::into_bytes)
    }

    fn policy_name(&self) -> Option<Vec<u8>> {
        None
    }
}

/// A value that is there: Envoy writes `-` where there is none.
fn given(text: &str) -> Option<String> {
    (text != "-" && !text.is_empty()).then(|| text.to_owned())
}

fn member(object: &Value, name: &str) -> Option<String> {
    object.get(name).and_then(Value::as_str).and_then(given)
}

/// An object of Envoy's access log.
fn of_json(object: &Value) -> Option<Line> {
    let status = object.get("status")?;
    let status = status.as_u64().or_else(|| status.as_str()?.parse().ok())?;
    let has_lists = object.get("allow_methods").is_some();
    Some(Line {
        method: member(object, "method")?,
        host: member(object, "host").unwrap_or_default(),
        path: member(object, "path").unwrap_or_default(),
        origin: member(object, "origin"),
        requested_method: member(object, "requested_method"),
        requested_headers: member(object, "requested_headers"),
        answer: Answer::Response {
            status: u16::try_from(status).ok()?,
            allow_origin: member(object, "allow_origin"),
            lists: has_lists.then(|| [member(object, "allow_methods"), member(object, "allow_headers")]),
            credentials: has_lists.then(|| member(object, "allow_credentials").as_deref() == Some("true")),
        },
    })
}

/// A line of Envoy's access log as text.
fn of_text(text: &str) -> Option<Line> {
    let (head, rest) = text.split_once(" verdict=")?;
    let mut words = head.rsplitn(4, ' ');
    let (status, target, method) = (words.next()?, words.next()?, words.next()?);
    let (host, path) = target.split_at_checked(target.find('/').unwrap_or(target.len()))?;
    // Clients can put quotes into values: those of what the edge answered come last.
    let between = |start: &str, end: &str| {
        let (_, value) = rest.split_once(start)?;
        value.split_once(end).map(|(value, _)| value)
    };
    let lists = rest.rsplit_once(" allow_methods=\"").and_then(|(_, lists)| {
        let (methods, lists) = lists.split_once("\" allow_headers=\"")?;
        let (headers, credentials) = lists.split_once("\" allow_credentials=\"")?;
        Some((methods, headers, credentials.trim_end_matches('"') == "true"))
    });
    let (requested_method, requested_headers) = between(" requested=\"", "\" \"").and_then(|method| {
        let (_, names) = rest.split_once(" requested=\"")?.1.split_once("\" \"")?;
        Some((method, names.split_once('"')?.0))
    })?;
    Some(Line {
        method: method.to_owned(),
        host: host.to_owned(),
        path: path.to_owned(),
        origin: between(" origin=\"", "\" allow_origin=\"").and_then(given),
        requested_method: given(requested_method),
        requested_headers: given(requested_headers),
        answer: Answer::Response {
            status: status.parse().ok()?,
            allow_origin: between("\" allow_origin=\"", "\"").and_then(given),
            lists: lists.map(|(methods, headers, _)| [given(methods), given(headers)]),
            credentials: lists.map(|(_, _, credentials)| credentials),
        },
    })
}

/// What the engine puts at the end of a value that is too long for its log. Clients cannot: only ASCII is logged as it is.
const CUT: char = '…';

/// The names of a list that may have been cut: those in front of the last, of which something is missing. If it is the
/// only one, its start counts as the name: then a policy allows it if it allows every name.
fn complete(names: String) -> String {
    let Some(cut) = names.strip_suffix(CUT) else { return names };
    cut.rsplit_once(',').map_or(cut, |(complete, _)| complete).to_owned()
}

/// An object that the Worker logs.
fn of_worker(object: &Value) -> Option<Line> {
    object.get("class")?;
    Some(Line {
        method: member(object, "method")?,
        host: member(object, "host").unwrap_or_default(),
        path: member(object, "path").map(|path| path.trim_end_matches(CUT).to_owned()).unwrap_or_default(),
        origin: member(object, "origin"),
        requested_method: member(object, "requestedMethod"),
        requested_headers: member(object, "requestedHeaders").map(complete),
        answer: Answer::Verdict { allowed: member(object, "reason")? == "allowed" },
    })
}

/// An event of `wrangler tail --format json`, with the line in its logs.
fn of_tail(event: &Value) -> Option<Line> {
    let messages = event.get("logs")?.as_array()?.iter().filter_map(|log| log.get("message")?.as_array()).flatten();
    messages
        .filter_map(|message| match message {
            Value::String(text) => serde_json::from_str(text).ok(),
            object => Some(object.clone()),
        })
        .find_map(|object: Value| of_worker(&object))
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &str = r#"{"time":"2026-11-26T10:00:00Z","method":"OPTIONS","host":"api.example.com","path":"/v1/users","status":200,"origin":"https://app.example.com","requested_method":"PUT","requested_headers":"x-a,x-b","allow_origin":"https://app.example.com","verdict":null,"allow_methods":"GET, PUT","allow_headers":"x-a, x-b","allow_credentials":"true"}"#;
    const TEXT: &str = r#"2026-11-26T10:00:00Z OPTIONS api.example.com/v1/users 200 verdict=- origin="https://app.example.com" allow_origin="https://app.example.com" requested="PUT" "x-a,x-b" allow_methods="GET, PUT" allow_headers="x-a, x-b" allow_credentials="true""#;

    #[test]
    fn both_forms_of_envoys_log_are_the_same() {
        let line = Line::parse(JSON).unwrap();
        assert_eq!(Line::parse(TEXT).unwrap(), line);
        assert!(line.is_preflight());
        assert_eq!((line.host.as_str(), line.path.as_str()), ("api.example.com", "/v1/users"));
        assert_eq!(line.response().unwrap().get("access-control-allow-methods").as_deref(), Some("GET, PUT"));
        assert_eq!(line.call(true).unwrap().method, "PUT");
    }

    #[test]
    fn a_log_without_the_lists_allows_what_was_asked_for() {
        let cut = TEXT.split(" allow_methods").next().unwrap();
        let line = Line::parse(cut).unwrap();
        assert_eq!(line.response().unwrap().get("access-control-allow-headers").as_deref(), Some("x-a,x-b"));
    }

    #[test]
    fn the_lines_of_a_worker() {
        let object = r#"{"message":"edge-cors: refused","policy":"app","class":"actual","reason":"origin-not-allowed","outcome":"forwarded","enforced":true,"origin":"https://evil.example","method":"GET","host":"api.example.com","path":"/"}"#;
        let line = Line::parse(object).unwrap();
        assert_eq!(line.answer, Answer::Verdict { allowed: false });
        let tail =
            serde_json::json!({ "outcome": "ok", "logs": [{ "message": [object], "level": "log" }] }).to_string();
        assert_eq!(Line::parse(&tail).unwrap(), line);
    }

    #[test]
    fn values_that_were_cut_have_what_is_complete() {
        for (names, read) in [("x-a,x-b", "x-a,x-b"), ("x-a,x-b…", "x-a"), ("x-a, x-b,…", "x-a, x-b"), ("x-a…", "x-a")]
        {
            assert_eq!(complete(names.to_owned()), read);
        }
        let line = r#"{"class":"actual","reason":"origin-not-allowed","method":"GET","path":"/v1/long…"}"#;
        assert_eq!(Line::parse(line).unwrap().path, "/v1/long");
    }

    #[test]
    fn only_short_lines_are_remembered() {
        assert!(Line::parse(JSON).unwrap().is_short());
        for part in ["/v1/users", "x-a,x-b", "x-a, x-b", "GET, PUT"] {
            let long = format!("{part}{}", "x".repeat(MAX_REMEMBERED));
            assert!(!Line::parse(&JSON.replace(part, &long)).unwrap().is_short(), "{part}");
        }
    }

    #[test]
    fn what_is_no_line_is_none() {
        for text in ["", "{", "{}", "[]", "hello", r#"{"method":"GET"}"#, "a verdict=- x", "\u{0}", JSON.split_at(60).0]
        {
            assert!(Line::parse(text).is_none(), "{text}");
        }
    }
}
