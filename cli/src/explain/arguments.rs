//! What `edge-cors explain` is asked, on the command line.

use std::path::PathBuf;

use clap::{ArgGroup, Args, ValueEnum};
use edge_cors::browser::{Browser, Initiator};
use url::Url;

use crate::choices;
use crate::origin;
use crate::report::Format;

/// Explain what a browser does with a page's request.
///
/// Asks the server at the URL as a browser would, or, with --config, plays what the edge would do. Shows whether the
/// browser sends a preflight, what is answered, whether the page can read the response, what the console shows,
/// and the smallest change that would allow it, or why nothing should be changed.
///
/// With --message, explains a message that was copied from a browser's console; with --har, every cross-origin
/// request in a file that was saved in a browser's network tab.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
#[command(group(ArgGroup::new("subject").required(true).args(["url", "message", "har"])))]
#[command(group(ArgGroup::new("ours").args(["config", "compare"])))]
pub(crate) struct Arguments {
    /// The URL that the page calls
    pub(super) url: Option<Url>,

    /// The page's origin, as `location.origin` shows it; `null` for a file or sandboxed frame
    #[arg(long, value_name = "ORIGIN", value_parser = origin::parse, required_unless_present_any = ["message", "har"])]
    pub(super) origin: Option<String>,

    /// The request's method, as the page spells it
    #[arg(short = 'X', long, value_name = "METHOD", default_value = "GET", value_parser = method)]
    pub(super) method: String,

    /// A header that the page sets
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE", value_parser = header)]
    pub(super) headers: Vec<(String, String)>,

    /// Send cookies: `credentials: "include"`, or `withCredentials`
    #[arg(long)]
    pub(super) credentials: bool,

    /// The page listens to the upload's progress
    #[arg(long)]
    pub(super) upload_listener: bool,

    /// How the page sends the request
    #[arg(long, value_enum, default_value_t = Via::Fetch)]
    pub(super) via: Via,

    /// A response header that the page needs to read
    #[arg(long = "read", value_name = "NAME")]
    pub(super) reads: Vec<String>,

    /// Show the console of this browser only
    #[arg(long, value_enum, value_name = "BROWSER")]
    pub(super) browser: Option<BrowserName>,

    /// How to print the explanation
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,

    /// A message that a browser's console or script shows
    #[arg(long, value_name = "TEXT", help_heading = "Instead of a URL")]
    pub(super) message: Option<String>,

    /// A HAR file from a browser's network tab, `-` for the standard input
    #[arg(long, value_name = "FILE", help_heading = "Instead of a URL")]
    pub(super) har: Option<PathBuf>,

    /// Send the request itself even if it is not GET or HEAD, and so may change something
    #[arg(long, conflicts_with = "config", help_heading = "Asking the server")]
    pub(super) send: bool,

    /// The cookies to send with --credentials, to the server of the URL only; they are not printed
    #[arg(long, value_name = "NAME=VALUE", requires = "credentials", conflicts_with = "config", value_parser = cookie,
          help_heading = "Asking the server")]
    pub(super) cookie: Option<String>,

    /// The longest time for an answer
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=600),
          conflicts_with = "config", help_heading = "Asking the server")]
    pub(super) timeout: u64,

    /// Show beside it what the configuration in this file would do
    #[arg(long, value_name = "FILE", help_heading = "Asking the server")]
    pub(super) compare: Option<PathBuf>,

    /// Do not ask the server, but the file with the configuration, in any form that `check` reads
    #[arg(long, value_name = "FILE", help_heading = "A configuration")]
    pub(super) config: Option<PathBuf>,

    /// If the file contains several configurations: part of the place of the one to use
    #[arg(long, value_name = "PLACE", requires = "ours", help_heading = "A configuration")]
    pub(super) at: Option<String>,

    /// The policy that the host's routing names, for a configuration with `routeMetadata`
    #[arg(long, value_name = "NAME", requires = "ours", help_heading = "A configuration")]
    pub(super) policy: Option<String>,

    /// The status of the origin server's responses
    #[arg(long, value_name = "STATUS", default_value_t = 200, requires = "config", help_heading = "A configuration")]
    pub(super) upstream_status: u16,

    /// A header of the origin server's responses
    #[arg(long = "upstream-header", value_name = "NAME: VALUE", value_parser = header, requires = "config",
          help_heading = "A configuration")]
    pub(super) upstream_headers: Vec<(String, String)>,

    /// The status that a proxy or filter in front of the edge answers with
    #[arg(long, value_name = "STATUS", requires = "config", help_heading = "A configuration")]
    pub(super) in_front: Option<u16>,

    /// The origin of another page, whose response a cache in front of the edge has stored
    #[arg(long, value_name = "ORIGIN", requires = "config", help_heading = "A configuration")]
    pub(super) cached_for: Option<String>,

    /// The user has permitted access to the local network
    #[arg(long)]
    pub(super) local_network_granted: bool,
}

const EXAMPLES: &str = "Examples:
  edge-cors explain --origin https://app.example.com https://api.example.com/data
  edge-cors explain --origin https://app.example.com -X PUT -H 'x-a: 1' --compare cors.json https://api.example.com/
  edge-cors explain --config cors.json --origin https://app.example.com https://api.example.com/data
  edge-cors explain --config envoy.yaml --origin null --credentials https://api.example.com/
  edge-cors explain --message 'Preflight response is not successful. Status code: 403'
  edge-cors explain --har network.har

What a page's script sees is the same whatever the cause: \"Failed to fetch\" in Chromium, \"NetworkError when \
attempting to fetch resource.\" in Firefox, \"Load failed\" in Safari. The console has the cause, and where its words \
mislead:
  Firefox  reports every failed connection as CORS. If \"CORS request did not succeed. Status code: (null)\" is its only \
message about a URL, the connection was refused or reset, or the host is unknown, and no header helps.
  Safari   looks at the status of a preflight's response first: \"Preflight response is not successful. Status code: \
403\" is usually the edge, and it means the origin; 401 is authentication in front of it, 404 or 405 a request that never reached it.
  Safari   loads web fonts without CORS, so a font that works there can still be blocked elsewhere.

Exit codes: 0 the request succeeds, 1 the browser blocks it, or the edge rejects the configuration (with --har: one is \
blocked or has no response), 2 a file could not be read, the server could not be asked, the request was not sent without \
--send, or --message is no message of a console.";

/// A browser, by its name on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum BrowserName {
    /// Chromium, Chrome, Edge
    Chromium,
    /// Firefox
    Firefox,
    /// Safari, and every browser on iOS
    Safari,
}

impl From<BrowserName> for Browser {
    fn from(name: BrowserName) -> Self {
        match name {
            BrowserName::Chromium => Self::Chromium,
            BrowserName::Firefox => Self::Firefox,
            BrowserName::Safari => Self::Safari,
        }
    }
}

/// How the page sends the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Via {
    /// fetch()
    Fetch,
    /// XMLHttpRequest
    Xhr,
    /// fetch() with mode "no-cors", <img>, <script>
    NoCors,
    /// <form>
    Form,
    /// new WebSocket()
    WebSocket,
}

impl Via {
    /// The way with this name, such as `web-socket`.
    pub fn named(name: &str) -> Option<Self> {
        choices::named(name)
    }

    /// Every way: its name, and what it is in a few words.
    pub fn all() -> impl Iterator<Item = (String, String)> {
        choices::all::<Self>()
    }
}

impl From<Via> for Initiator {
    fn from(via: Via) -> Self {
        match via {
            Via::Fetch => Self::Fetch,
            Via::Xhr => Self::XmlHttpRequest,
            Via::NoCors => Self::NoCors,
            Via::Form => Self::Form,
            Via::WebSocket => Self::WebSocket,
        }
    }
}

/// A method, as the page writes it: a [token](https://httpwg.org/specs/rfc9110.html#tokens).
///
/// # Errors
/// A sentence, if browsers refuse it.
pub fn method(text: &str) -> Result<String, String> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    match !text.is_empty() && text.bytes().all(is_token) {
        true => Ok(text.to_owned()),
        false => Err("browsers refuse to send this as a method".to_owned()),
    }
}

/// `name: value`, the name as it is written.
pub(crate) fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("expected a name, a colon and a value")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

/// The value of a `Cookie` header.
fn cookie(text: &str) -> Result<String, String> {
    match text.contains('=') && http::HeaderValue::from_str(text).is_ok() {
        true => Ok(text.to_owned()),
        false => Err("expected a name, = and a value".to_owned()),
    }
}
