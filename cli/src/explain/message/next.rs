//! What a message says about the request, and the command that finds out the rest.

use edge_cors::browser::Url;

use super::kinds::Kind;
use crate::origin;

/// What a message tells about the call of the page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// The URL that the page called.
    pub url: Option<String>,
    /// The page's origin.
    pub origin: Option<String>,
    /// The request's method.
    pub method: Option<String>,
    /// The name of a header that the page set.
    pub header: Option<String>,
    /// Whether the request has credentials.
    pub credentials: bool,
    /// Whether it is an `XMLHttpRequest`.
    pub xhr: bool,
}

impl Asked {
    pub(super) fn of(kind: &Kind, facts: &Facts) -> Self {
        Self {
            url: facts.url.clone(),
            origin: facts.origin.clone().filter(|origin| !(facts.redirected && origin == "null")),
            method: facts.method.clone(),
            header: facts.header.clone(),
            credentials: ["wildcard-with-credentials", "invalid-allow-credentials"].contains(&kind.code),
            xhr: facts.xhr,
        }
    }
}

/// What can be read from a message. Only what is valid counts, because it becomes part of a command.
#[derive(Default)]
pub(super) struct Facts {
    pub(super) url: Option<String>,
    pub(super) origin: Option<String>,
    pub(super) method: Option<String>,
    pub(super) header: Option<String>,
    /// The value of a header that the message quotes.
    pub(super) value: Option<String>,
    pub(super) status: Option<u16>,
    pub(super) redirected: bool,
    pub(super) preflight: bool,
    xhr: bool,
}

impl Facts {
    /// `text` has plain quotation marks.
    pub(super) fn of(text: &str, kind: &Kind) -> Self {
        let url = [
            between(text, "Access to fetch at '", "'"),
            between(text, "Access to XMLHttpRequest at '", "'"),
            between(text, "Access to image at '", "'"),
            between(text, "Access to script at '", "'"),
            between(text, "Access to font at '", "'"),
            between(text, "Access to resource at '", "'"),
            between(text, "WebSocket connection to '", "'"),
            between(text, "requested an insecure resource '", "'"),
            between(text, "remote resource at ", " (Reason").map(|url| {
                let url = url.trim_end_matches('.');
                url.strip_suffix(" soon").unwrap_or(url).trim_matches('\'')
            }),
            between(text, "Fetch API cannot load ", " "),
            between(text, "XMLHttpRequest cannot load ", " "),
            between(text, "EventSource cannot load ", " "),
            between(text, "Cannot load image ", " "),
            between(text, "Cancelled load to ", " "),
            between(text, "The resource at \"", "\""),
        ];
        let url = url.into_iter().flatten().find_map(|url| Url::parse(url.trim_end_matches('.')).ok());
        let origin = [between(text, "from origin '", "'"), between(text, "Origin ", " is not allowed by")];
        let is_token =
            |name: &&str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
        let token = |start, end| between(text, start, end).filter(is_token).map(str::to_owned);
        Self {
            url: url.map(String::from),
            origin: origin.into_iter().flatten().find_map(|origin| origin::parse(origin).ok()),
            method: token("Method ", " is not allowed by").or_else(|| failed_method(text)),
            header: token("Request header field ", " is not allowed")
                .or_else(|| token("header '", "' is not allowed according")),
            value: value(text, kind.code).map(str::to_owned),
            status: between_digits(text, "Status code: ")
                .or_else(|| between_digits(text, "Unexpected response code: ")),
            redirected: text.contains("(redirected from '") || text.contains("Cross-origin redirection to"),
            preflight: text.to_ascii_lowercase().contains("preflight"),
            xhr: text.contains("XMLHttpRequest"),
        }
    }
}

/// The value that a message quotes.
fn value<'t>(text: &'t str, code: &str) -> Option<&'t str> {
    match code {
        "allow-origin-mismatch" => {
            between(text, "header has a value '", "'").or_else(|| between(text, "does not match '", "'"))
        }
        "invalid-allow-origin" => between(text, "invalid value '", "'"),
        "multiple-allow-origin" => between(text, "multiple values '", "'"),
        "invalid-allow-credentials" => between(text, "header in the response is '", "'"),
        "local-network" => between(text, "to access the '", "'"),
        "invalid-allow-methods" | "invalid-allow-headers" => between(text, "invalid token '", "'")
            .or_else(|| between(text, "has an invalid value: ", "\n"))
            .or_else(|| text.split_once("has an invalid value: ").map(|(_, value)| value)),
        _ => None,
    }
}

/// The method in the line that Chromium adds to a failed request: `PUT https://api.example.com/ net::ERR_FAILED`. None if
/// it is the usual one.
fn failed_method(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let is_method = |word: &str| word != "GET" && word.bytes().all(|byte| byte.is_ascii_uppercase());
    words.windows(3).find_map(|line| match line {
        [method, url, error] if is_method(method) && url.contains("://") && error.starts_with("net::ERR_") => {
            Some((*method).to_owned())
        }
        _ => None,
    })
}

fn between<'t>(text: &'t str, start: &str, end: &str) -> Option<&'t str> {
    text.split_once(start)?.1.split_once(end).map(|(found, _)| found)
}

fn between_digits(text: &str, start: &str) -> Option<u16> {
    let (_, rest) = text.split_once(start)?;
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// The command that finds out more, or what to do instead.
pub(super) fn step(kind: &Kind, facts: &Facts, asked: &Asked) -> String {
    match kind.code {
        "blocked-by-extension" => "Try it in a private window without extensions.".to_owned(),
        "forbidden-method" => "Use another method in the page.".to_owned(),
        "local-network" => "Permit the page to access the local network: the browser asks for that.".to_owned(),
        "mixed-content" => "Serve the API over https, and call it by its https URL.".to_owned(),
        "same-origin-mode" => {
            "Remove mode: \"same-origin\" from the page's fetch(), and explain what happens then.".to_owned()
        }
        "resource-policy" => {
            "Change Cross-Origin-Resource-Policy of the response to \"cross-origin\", or load it with CORS \
                              (crossorigin)."
                .to_owned()
        }
        _ => command(kind, facts, asked),
    }
}

fn command(kind: &Kind, facts: &Facts, asked: &Asked) -> String {
    let mut words =
        vec!["edge-cors explain --origin".to_owned(), asked.origin.as_deref().map_or("ORIGIN".to_owned(), quoted)];
    let method = asked.method.clone().or_else(|| (kind.code == "method-not-allowed").then(|| "METHOD".to_owned()));
    words.extend(method.map(|method| format!("-X {method}")));
    words.extend(asked.header.as_ref().map(|name| format!("-H '{name}: x'")));
    if asked.credentials {
        words.push("--credentials".to_owned());
    }
    if asked.xhr {
        words.push("--via xhr".to_owned());
    }
    words.push(asked.url.as_deref().map_or("URL".to_owned(), quoted));
    let mut missing = Vec::new();
    if asked.origin.is_none() {
        missing.push("for ORIGIN, write what location.origin is in the page");
    }
    if words.iter().any(|word| word == "-X METHOD") {
        missing.push("for METHOD, the request's method");
    }
    if asked.url.is_none() {
        missing.push("for URL, the request's URL in the network tab");
    }
    let missing = if missing.is_empty() { String::new() } else { format!("\n      ({})", missing.join("; ")) };
    let also = match facts.preflight
        && facts.method.is_none()
        && facts.header.is_none()
        && kind.code != "method-not-allowed"
    {
        true => "\n      with -X and -H as in the page, so that the preflight is the same",
        false => "",
    };
    format!("ask the server:\n\n    {}{missing}{also}", words.join(" ")).trim_end().to_owned()
}

/// A word of a shell's command line.
fn quoted(word: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~:/@%+=,".contains(&b);
    if word.bytes().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}
