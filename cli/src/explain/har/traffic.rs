//! The cross-origin requests of a HAR file, grouped: the same page's origin, method, server and path.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use edge_cors::Origin;
use edge_cors::browser::{Call, Response, Url, unsafe_value};

use super::entry::{Entry, Header, Page};

/// The most groups, and the most different responses, headers and errors in each.
const MAX_GROUPS: usize = 2000;
const MAX_VARIANTS: usize = 8;
const MAX_NAMES: usize = 100;

/// What has been read of a HAR file.
#[derive(Default)]
pub(crate) struct Traffic {
    /// Who has written the file, in its own words.
    pub(super) creator: String,
    pub(super) entries: usize,
    /// The origin of each page.
    pages: HashMap<String, String>,
    pub(super) groups: BTreeMap<Key, Group>,
    /// Cross-origin requests that are in none of the groups, because there are too many.
    pub(super) ungrouped: usize,
}

/// What the requests of a group have in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) origin: String,
    /// Scheme, host and port.
    pub(super) server: String,
    /// Without what may be an identifier or a secret.
    pub(super) path: String,
    pub(super) method: String,
}

/// The requests of a group.
pub(super) struct Group {
    /// The URL of the first one, without its query.
    url: Url,
    /// How many there are, apart from preflights.
    pub(super) count: usize,
    credentials: bool,
    /// The headers that the page seems to have set.
    headers: BTreeMap<String, String>,
    /// The names that preflights asked for.
    requested: BTreeSet<String>,
    /// The names that the server exposes and sends.
    pub(super) exposed: BTreeSet<String>,
    pub(super) preflights: Vec<Variant>,
    pub(super) responses: Vec<Variant>,
    /// Why there is no response, in the browser's words; empty if it has none.
    pub(super) errors: BTreeMap<String, usize>,
}

/// A response, and how often it was given.
pub(super) struct Variant {
    pub(super) response: Response,
    pub(super) count: usize,
}

impl Traffic {
    pub(super) fn set_pages(&mut self, pages: Vec<Page>) {
        let origin = |page: Page| {
            let url = Url::parse(&page.title?).ok().filter(|url| ["http", "https"].contains(&url.scheme()))?;
            Some((page.id?, url.origin().ascii_serialization()))
        };
        self.pages = pages.into_iter().filter_map(origin).collect();
    }

    pub(super) fn add(&mut self, entry: Entry) {
        self.entries += 1;
        let Some(mut url) = Url::parse(&entry.request.url).ok().filter(|url| ["http", "https"].contains(&url.scheme()))
        else {
            return;
        };
        url.set_query(None);
        url.set_fragment(None);
        // Secrets of Basic authentication are in some URLs.
        if url.set_username("").and_then(|()| url.set_password(None)).is_err() {
            return;
        }
        let Some(origin) = self.origin(&entry).filter(|origin| *origin != url.origin().ascii_serialization()) else {
            return;
        };
        let requested_method = value(&entry.request.headers, "access-control-request-method");
        let preflight = requested_method.filter(|_| entry.request.method == "OPTIONS");
        let key = Key {
            origin,
            server: url.origin().ascii_serialization(),
            path: shown_path(&url),
            method: preflight.unwrap_or(&entry.request.method).to_owned(),
        };
        if self.groups.len() >= MAX_GROUPS && !self.groups.contains_key(&key) {
            self.ungrouped += 1;
            return;
        }
        let is_preflight = preflight.is_some();
        self.groups.entry(key).or_insert_with(|| Group::new(url)).add(entry, is_preflight);
    }

    /// The origin of a request that CORS checks.
    fn origin(&self, entry: &Entry) -> Option<String> {
        let headers = &entry.request.headers;
        let mode = value(headers, "sec-fetch-mode");
        let kind = entry.resource_type.as_deref().unwrap_or_default();
        if mode.is_some_and(|mode| mode != "cors") || ["document", "websocket"].contains(&kind) {
            return None;
        }
        let own = value(headers, "origin").filter(|origin| Origin::parse(origin.as_bytes()).is_some());
        if let Some(origin) = own {
            return Some(origin.to_owned());
        }
        // If a request has failed, some browsers save only the headers that the page knew of.
        let failed = entry.response.status().is_none() && (["fetch", "xhr"].contains(&kind) || mode == Some("cors"));
        let page = || self.pages.get(entry.pageref.as_deref()?).cloned();
        value(headers, "referer")
            .map(str::to_owned)
            .filter(|origin| !origin.is_empty())
            .or_else(page)
            .filter(|_| failed)
    }
}

fn value<'h>(headers: &'h [Header], name: &str) -> Option<&'h str> {
    headers.iter().find(|header| header.name == name).map(|header| header.value.as_str())
}

/// A path without the segments that may be identifiers or secrets: numbers, and what is long or encoded.
fn shown_path(url: &Url) -> String {
    let is_plain = |segment: &str| {
        let digits = segment.bytes().all(|b| b.is_ascii_digit());
        let plain = segment.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.~".contains(&b));
        segment.is_empty() || (segment.len() <= 24 && plain && !digits)
    };
    let segments = url.path().split('/').take(12).map(|segment| if is_plain(segment) { segment } else { "…" });
    segments.collect::<Vec<_>>().join("/")
}

/// Headers that browsers set themselves, or that an open network tab adds.
const BY_BROWSERS: [&str; 31] = [
    "accept-charset",
    "accept-encoding",
    "alt-used",
    "cache-control",
    "connection",
    "content-length",
    "cookie",
    "dnt",
    "downlink",
    "dpr",
    "ect",
    "expect",
    "host",
    "if-modified-since",
    "if-none-match",
    "keep-alive",
    "origin",
    "pragma",
    "priority",
    "purpose",
    "referer",
    "rtt",
    "save-data",
    "te",
    "transfer-encoding",
    "upgrade",
    "upgrade-insecure-requests",
    "user-agent",
    "via",
    "x-client-data",
    "access-control-request-method",
];

/// Whether it is a page that sets a request header, whose name is in lower case, rather than the browser.
pub fn is_by_page(name: &str) -> bool {
    let token = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    token
        && !["sec-", "proxy-", "access-control-"].iter().any(|start| name.starts_with(start))
        && !BY_BROWSERS.contains(&name)
}

impl Group {
    fn new(url: Url) -> Self {
        Self {
            url,
            count: 0,
            credentials: false,
            headers: BTreeMap::new(),
            requested: BTreeSet::new(),
            exposed: BTreeSet::new(),
            preflights: Vec::new(),
            responses: Vec::new(),
            errors: BTreeMap::new(),
        }
    }

    fn add(&mut self, entry: Entry, is_preflight: bool) {
        let Entry { request, response, .. } = entry;
        let answered = response.status().map(|status| kept(status, &response.headers, response.location()));
        if is_preflight {
            let names = value(&request.headers, "access-control-request-headers").unwrap_or_default();
            let names = names.split(',').map(|name| name.trim().to_ascii_lowercase()).filter(|name| !name.is_empty());
            self.requested.extend(names.take(MAX_NAMES.saturating_sub(self.requested.len())));
            match answered {
                Some(response) => count(&mut self.preflights, response),
                None => self.fail(response.error),
            }
            return;
        }
        self.count += 1;
        self.credentials |= !request.cookies.is_empty() || value(&request.headers, "cookie").is_some();
        for Header { name, value } in request.headers.into_iter().filter(|header| is_by_page(&header.name)) {
            if self.headers.len() < MAX_NAMES {
                self.headers.insert(name, value);
            }
        }
        match answered {
            Some(answered) => {
                let exposed = answered.get("access-control-expose-headers").unwrap_or_default();
                let exposed = exposed.split(',').map(|name| name.trim().to_ascii_lowercase());
                let sent = |name: &String| response.headers.iter().any(|header| header.name == *name);
                self.exposed.extend(exposed.filter(sent).take(MAX_NAMES.saturating_sub(self.exposed.len())));
                count(&mut self.responses, answered);
            }
            None => self.fail(response.error),
        }
    }

    fn fail(&mut self, error: Option<String>) {
        let error: String = without_secrets(&error.unwrap_or_default()).chars().take(300).collect();
        if self.errors.len() < MAX_VARIANTS || self.errors.contains_key(&error) {
            *self.errors.entry(error).or_default() += 1;
        }
    }

    /// The call of the page, as far as the file tells.
    pub(super) fn call(&self, key: &Key) -> Call {
        let headers: Vec<(String, String)> = match self.preflights.is_empty() && self.requested.is_empty() {
            // Their values are not in a preflight.
            false => {
                let value = |name| unsafe_value(name).unwrap_or_default().to_owned();
                self.requested.iter().map(|name| (name.clone(), value(name))).collect()
            }
            true => self.headers.clone().into_iter().collect(),
        };
        let call = Call {
            method: key.method.clone(),
            headers,
            credentials: self.credentials,
            ..Call::new(&key.origin, self.url.clone())
        };
        let upload_listener = !self.preflights.is_empty() && call.preflight_reasons().is_empty();
        Call { upload_listener, ..call }
    }
}

/// The browser's words, with the URLs in them up to the path.
fn without_secrets(error: &str) -> String {
    let word = |word: &str| match word.contains("://").then(|| Url::parse(word)) {
        None => word.to_owned(),
        Some(Ok(url)) => format!("{}{}", url.origin().ascii_serialization(), shown_path(&url)),
        Some(Err(_)) => "…".to_owned(),
    };
    error.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// What counts of a response.
fn kept(status: u16, headers: &[Header], location: Option<&str>) -> Response {
    let kept = headers.iter().filter(|header| !header.value.is_empty() || header.name.starts_with("access-control-"));
    let mut headers: Vec<(String, String)> =
        kept.map(|header| (header.name.clone(), header.value.clone())).take(MAX_NAMES).collect();
    headers.extend(location.map(|location| ("location".to_owned(), location.split(['?', '#']).take(1).collect())));
    Response { status, headers }
}

/// Counts a response with others that have the same status and CORS headers.
fn count(variants: &mut Vec<Variant>, response: Response) {
    let cors = |response: &Response| {
        let headers = response.headers.iter().filter(|(name, _)| name.starts_with("access-control-") || name == "vary");
        (response.status, headers.cloned().collect::<Vec<_>>())
    };
    let has_place = variants.len() < MAX_VARIANTS;
    match variants.iter_mut().find(|known| cors(&known.response) == cors(&response)) {
        Some(known) => known.count += 1,
        None if has_place => variants.push(Variant { response, count: 1 }),
        None => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_browsers_without_secrets() {
        for (error, shown) in [
            ("net::ERR_FAILED", "net::ERR_FAILED"),
            (
                "redirection to https://me:s3cret@a.example/x?token=s3cret denied: no",
                "redirection to https://a.example/x denied: no",
            ),
            ("https://[s3cret", "…"),
        ] {
            assert_eq!(without_secrets(error), shown);
        }
    }

    #[test]
    fn paths_without_identifiers() {
        for (url, path) in [
            ("https://a.example/", "/"),
            ("https://a.example/v1/users/12345/orders", "/v1/users/…/orders"),
            ("https://a.example/reset/eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9", "/reset/…"),
            ("https://a.example/me%40example.com/x.js", "/…/x.js"),
        ] {
            assert_eq!(shown_path(&Url::parse(url).unwrap()), path, "{url}");
        }
    }
}
