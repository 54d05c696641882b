//! What the page asks: a configuration, a call, and what is around it.

use edge_cors::ConfigError;
use edge_cors::browser::{Call, Response, Url};
use edge_cors_cli::{Situation, Via, parse_method, parse_origin};
use serde::Deserialize;
use serde_json::{Value, json};

/// A question as JSON. Fields that are left out have their usual values.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Question {
    pub(crate) configuration: String,
    origin: String,
    url: String,
    method: String,
    headers: Vec<(String, String)>,
    credentials: bool,
    upload_listener: bool,
    via: String,
    reads: Vec<String>,
    policy: Option<String>,
    origin_server: OriginServer,
    in_front: Option<u16>,
    cached_for: Option<String>,
    local_network_granted: bool,
}

#[derive(Deserialize)]
#[serde(default)]
struct OriginServer {
    status: u16,
    headers: Vec<(String, String)>,
}

impl Default for Question {
    fn default() -> Self {
        Self {
            configuration: String::new(),
            origin: String::new(),
            url: String::new(),
            method: "GET".to_owned(),
            headers: Vec::new(),
            credentials: false,
            upload_listener: false,
            via: "fetch".to_owned(),
            reads: Vec::new(),
            policy: None,
            origin_server: OriginServer::default(),
            in_front: None,
            cached_for: None,
            local_network_granted: false,
        }
    }
}

impl Default for OriginServer {
    fn default() -> Self {
        Self { status: 200, headers: Vec::new() }
    }
}

/// For a page that is not known yet: not every message of a console names it.
const ORIGIN: &str = "Write the origin of your page: what location.origin shows in the console of the page, such as \
                      https://app.example.com.";

/// What is wrong with a question, and with which of its fields.
#[derive(Debug)]
pub(crate) struct Invalid {
    field: &'static str,
    message: String,
}

impl Invalid {
    pub(crate) fn new(field: &'static str, message: impl Into<String>) -> Self {
        Self { field, message: message.into() }
    }

    /// The edge rejects the configuration.
    pub(crate) fn configuration(error: &ConfigError) -> Self {
        let first = error.errors().first();
        let first = first.map(|problem| format!("{} To correct it: {}", problem.message(), problem.fix()));
        let others = match error.errors().len() {
            0 | 1 => String::new(),
            2 => " There is 1 more error.".to_owned(),
            all => format!(" There are {} more errors.", all - 1),
        };
        Self::new("configuration", first.unwrap_or_default() + &others)
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({ "error": { "field": self.field, "message": self.message } })
    }
}

impl Question {
    pub(crate) fn parse(json: &str) -> Result<Self, Invalid> {
        serde_json::from_str(json).map_err(|error| Invalid::new("question", error.to_string()))
    }

    /// The call and its surroundings.
    pub(crate) fn situation(&self) -> Result<Situation, Invalid> {
        let sentence = |field| move |why: String| Invalid::new(field, sentence(&why));
        if self.origin.trim().is_empty() {
            return Err(Invalid::new("origin", ORIGIN));
        }
        let origin = parse_origin(self.origin.trim()).map_err(sentence("origin"))?;
        let via = Via::named(&self.via).ok_or_else(|| Invalid::new("via", "There is no such way to call."))?;
        let cached_for = self.cached_for.as_deref().map(parse_origin).transpose().map_err(sentence("cachedFor"))?;
        let call = Call {
            method: parse_method(&self.method).map_err(sentence("method"))?,
            headers: headers("headers", &self.headers)?,
            credentials: self.credentials,
            upload_listener: self.upload_listener,
            initiator: via.into(),
            ..Call::new(&origin, self.url()?)
        };
        let lower = |(name, value): (String, String)| (name.to_ascii_lowercase(), value);
        let upstream = headers("originServer", &self.origin_server.headers)?.into_iter().map(lower).collect();
        Ok(Situation {
            reads: self.reads.iter().map(|name| name.to_ascii_lowercase()).collect(),
            policy: self.policy()?,
            upstream: Response { status: status("originServer", self.origin_server.status)?, headers: upstream },
            in_front: self.in_front.map(|code| status("inFront", code)).transpose()?,
            cached_for,
            local_network_granted: self.local_network_granted,
            ..Situation::new(call)
        })
    }

    fn url(&self) -> Result<Url, Invalid> {
        let url = Url::parse(self.url.trim()).ok().filter(|url| ["http", "https", "ws", "wss"].contains(&url.scheme()));
        let url = url.ok_or_else(|| {
            Invalid::new(
                "url",
                "This is not a URL that a page can call. Write it as a whole: https://api.example.com/data",
            )
        })?;
        if url.username().is_empty() && url.password().is_none() {
            return Ok(url);
        }
        Err(Invalid::new("url", "Browsers refuse a URL with a user name or a password in it. Remove them."))
    }

    /// A name from the host's routing counts only if the configuration says so.
    fn policy(&self) -> Result<Option<String>, Invalid> {
        let document: Value = serde_json::from_str(&self.configuration).unwrap_or_default();
        match self.policy.as_ref().filter(|name| !name.is_empty()) {
            Some(_) if document.get("routeMetadata") != Some(&Value::Bool(true)) => Err(Invalid::new(
                "policy",
                "The configuration ignores the policy that the host's routing names. Write \"routeMetadata\": true in it, or \
                 name no policy.",
            )),
            name => Ok(name.cloned()),
        }
    }
}

/// The first letter in upper case, and a full stop at the end.
fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_uppercase().collect::<String>()).unwrap_or_default();
    format!("{first}{}.", characters.as_str())
}

fn status(field: &'static str, code: u16) -> Result<u16, Invalid> {
    match code {
        100..=599 => Ok(code),
        _ => Err(Invalid::new(field, "A status is a number from 100 to 599.")),
    }
}

/// Headers that can be sent. Lines without a name are passed over.
fn headers(field: &'static str, lines: &[(String, String)]) -> Result<Vec<(String, String)>, Invalid> {
    let lines = lines.iter().map(|(name, value)| (name.trim(), value.trim())).filter(|(name, _)| !name.is_empty());
    let header = |(name, value): (&str, &str)| {
        if parse_method(name).is_err() {
            return Err(Invalid::new(field, format!("{name:?} is not the name of a header.")));
        }
        if value.chars().any(|c| c.is_control() && c != '\t') {
            return Err(Invalid::new(
                field,
                format!("The value of {name} has a line end or another control character."),
            ));
        }
        Ok((name.to_owned(), value.to_owned()))
    };
    lines.map(header).collect()
}
