//! curl commands, as people write them and as network tabs copy them.

mod options;

use edge_cors::browser::{Url, unsafe_value};
use edge_cors_cli::{is_by_page, parse_origin};
use serde_json::{Map, Value, json};

use super::nothing;
use options::{Given, Options};

pub(super) fn is_one(text: &str) -> bool {
    let first = text.trim_start_matches(['$', '>', '#']).split_whitespace().next();
    first.is_some_and(|word| ["curl", "curl.exe"].contains(&word))
}

pub(super) fn recognise(text: &str) -> Value {
    let command = unix(text.trim_start_matches(['$', '>', '#']));
    let Some(words) = shlex::split(&command) else {
        return nothing("This curl command is not complete: a quotation mark is missing. Copy it again.");
    };
    let mut call = Call::default();
    for given in Options::of(words.into_iter().skip(1)) {
        call.take(given);
    }
    call.into_json()
}

/// What Windows' command prompt needs carets for, as a shell would have it.
fn unix(command: &str) -> String {
    if !command.contains("^\"") {
        // `$'…'` has escapes of its own, of which curl commands rarely have any.
        return command.replace("\\\r\n", " ").replace(" $'", " '");
    }
    let mut plain = String::with_capacity(command.len());
    let mut characters = command.chars();
    while let Some(c) = characters.next() {
        match c {
            '^' => plain.extend(characters.next().map(|next| if next == '\n' || next == '\r' { ' ' } else { next })),
            c => plain.push(c),
        }
    }
    plain
}

/// What a command says of a call.
#[derive(Default)]
struct Call {
    url: Option<Url>,
    origin: Option<String>,
    /// The origin of the page that `Referer` names.
    page: Option<String>,
    method: Option<String>,
    /// The method that an option without one implies.
    implied: Option<&'static str>,
    headers: Vec<(String, String)>,
    credentials: bool,
    /// The names of the headers whose values are left out.
    hidden: Vec<String>,
    notes: Vec<String>,
}

impl Call {
    fn take(&mut self, given: Given) {
        match given {
            Given::Url(text) => self.set_url(&text),
            Given::Method(method) => self.method = Some(method),
            // With `--get`, the data is in the query.
            Given::Implied(method @ ("GET" | "HEAD")) => self.implied = Some(method),
            Given::Implied(method) => {
                self.implied.get_or_insert(method);
            }
            Given::Header(line) => self.add_header(&line),
            Given::Json => {
                self.implied.get_or_insert("POST");
                for name in ["content-type", "accept"] {
                    self.set(name, "application/json");
                }
            }
            Given::User => self.set("authorization", ""),
            Given::Cookie => self.credentials = true,
            Given::Referer(url) => self.page = Url::parse(&url).ok().map(|url| url.origin().ascii_serialization()),
            Given::Nothing => {}
        }
    }

    fn set_url(&mut self, text: &str) {
        // Without a scheme, curl takes http.
        let text = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
        let Some(mut url) = Url::parse(&text).ok().filter(|url| url.has_host()) else {
            return;
        };
        if self.url.is_some() {
            let note = "Only the first URL of the command is used.";
            if !self.notes.iter().any(|known| known == note) {
                self.notes.push(note.to_owned());
            }
            return;
        }
        if !url.username().is_empty() || url.password().is_some() {
            self.set("authorization", "");
            // They fail for URLs without a host only.
            let _ = url.set_username("");
            let _ = url.set_password(None);
        }
        if url.query().is_some() {
            self.notes.push("The query of the URL is left out: CORS does not look at it.".to_owned());
        }
        url.set_query(None);
        url.set_fragment(None);
        self.url = Some(url);
    }

    /// `Name: value`, or `Name;` for a header without a value. With `Name:`, curl sends no such header.
    fn add_header(&mut self, line: &str) {
        let (name, value) = match line.split_once(':') {
            Some((_, value)) if value.trim().is_empty() => return,
            Some((name, value)) => (name.trim(), value.trim()),
            None => (line.trim_end_matches(';').trim(), ""),
        };
        match name.to_ascii_lowercase().as_str() {
            "origin" => self.origin = parse_origin(value).ok(),
            "referer" => self.take(Given::Referer(value.to_owned())),
            "cookie" => self.credentials = true,
            "accept" if value == "*/*" => {}
            // The browser sets it from the user's settings.
            "accept-language" => {}
            lower if is_by_page(lower) => self.set(name, value),
            _ => {}
        }
    }

    fn set(&mut self, name: &str, value: &str) {
        let lower = name.to_ascii_lowercase();
        // CORS looks at no other values, and any of them may be a secret.
        let is_kept = unsafe_value(&lower).is_some();
        if !is_kept && !self.hidden.contains(&lower) {
            self.hidden.push(lower.clone());
        }
        self.headers.retain(|(known, _)| known.to_ascii_lowercase() != lower);
        self.headers.push((name.to_owned(), if is_kept { value.to_owned() } else { String::new() }));
    }

    fn into_json(mut self) -> Value {
        let Some(url) = &self.url else {
            return nothing("This curl command has no URL. Copy it again from the network tab of the browser.");
        };
        let mut question = Map::new();
        let method = self.method.as_deref().or(self.implied).unwrap_or("GET");
        question.insert("url".to_owned(), json!(url.as_str()));
        question.insert("method".to_owned(), json!(method));
        question.insert("headers".to_owned(), json!(self.headers));
        question.insert("credentials".to_owned(), json!(self.credentials));
        match self.origin.as_ref().or(self.page.as_ref()) {
            Some(origin) => drop(question.insert("origin".to_owned(), json!(origin))),
            None => self.notes.push("curl sends no origin. Write the one of your page.".to_owned()),
        }
        if !self.hidden.is_empty() {
            let names = self.hidden.join(", ");
            self.notes.push(format!(
                "The values of these headers are left out, because CORS does not look at them: {names}."
            ));
        }
        if self.credentials {
            self.notes.push("The cookies are left out. The call is explained as one with credentials.".to_owned());
        }
        json!({ "kind": "curl", "question": question, "notes": self.notes })
    }
}
