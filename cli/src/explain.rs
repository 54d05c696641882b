//! `edge-cors explain`: what a browser does with a page's request, and what would change that.

mod advice;
mod cause;
mod draft;
mod in_front;
mod list;
mod near_miss;
mod print;
mod remedy;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use edge_cors::PolicySet;
use edge_cors::browser::{Browser, Call, Initiator, Network, Outcome, Response, fetch};
use url::Url;

use crate::output::print;
use crate::report::Format;
use crate::{Exit, chosen, origin};
use draft::Draft;
use remedy::{Cause, Remedy};

/// Explain what a browser does with a page's request.
///
/// Shows whether the browser sends a preflight, what the edge answers, whether the page can read
/// the response, what the console shows, and the smallest change that would allow it, or why
/// nothing should be changed.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The file with the configuration, in any form that `check` reads
    #[arg(long, value_name = "FILE")]
    config: PathBuf,

    /// If the file contains several configurations: part of the place of the one to use
    #[arg(long, value_name = "PLACE")]
    at: Option<String>,

    /// The page's origin, as `location.origin` shows it; `null` for a file or sandboxed frame
    #[arg(long, value_name = "ORIGIN", value_parser = origin::parse)]
    origin: String,

    /// The request's method, as the page spells it
    #[arg(short = 'X', long, value_name = "METHOD", default_value = "GET", value_parser = method)]
    method: String,

    /// A header that the page sets
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE", value_parser = header)]
    headers: Vec<(String, String)>,

    /// Send cookies: `credentials: "include"`, or `withCredentials`
    #[arg(long)]
    credentials: bool,

    /// The page listens to the upload's progress
    #[arg(long)]
    upload_listener: bool,

    /// How the page sends the request
    #[arg(long, value_enum, default_value_t = Via::Fetch)]
    via: Via,

    /// A response header that the page needs to read
    #[arg(long = "read", value_name = "NAME")]
    reads: Vec<String>,

    /// The policy that the host's routing names, for a configuration with `routeMetadata`
    #[arg(long, value_name = "NAME", help_heading = "The network")]
    policy: Option<String>,

    /// The status of the origin server's responses
    #[arg(long, value_name = "STATUS", default_value_t = 200, help_heading = "The network")]
    upstream_status: u16,

    /// A header of the origin server's responses
    #[arg(long = "upstream-header", value_name = "NAME: VALUE", value_parser = header, help_heading = "The network")]
    upstream_headers: Vec<(String, String)>,

    /// The status that a proxy or filter in front of the edge answers with
    #[arg(long, value_name = "STATUS", help_heading = "The network")]
    in_front: Option<u16>,

    /// The origin of another page, whose response a cache in front of the edge has stored
    #[arg(long, value_name = "ORIGIN", help_heading = "The network")]
    cached_for: Option<String>,

    /// The user has permitted access to the local network
    #[arg(long, help_heading = "The network")]
    local_network_granted: bool,

    /// Show the console of this browser only
    #[arg(long, value_enum, value_name = "BROWSER")]
    browser: Option<BrowserName>,

    /// How to print the explanation
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// The URL that the page calls
    url: Url,
}

const EXAMPLES: &str = "Examples:
  edge-cors explain --config cors.json --origin https://app.example.com https://api.example.com/data
  edge-cors explain --config cors.json --origin https://app.example.com -X PUT -H 'x-a: 1' https://api.example.com/
  edge-cors explain --config envoy.yaml --origin null --credentials https://api.example.com/

What a page's script sees is the same whatever the cause: \"Failed to fetch\" in Chromium, \"NetworkError when \
attempting to fetch resource.\" in Firefox, \"Load failed\" in Safari. The console has the cause, and where its words \
mislead:
  Firefox  reports every failed connection as CORS. If \"CORS request did not succeed. Status code: (null)\" is its only \
message about a URL, the connection was refused or reset, or the host is unknown, and no header helps.
  Safari   looks at the status of a preflight's response first: \"Preflight response is not successful. Status code: \
403\" is usually the edge, and it means the origin; 401 is authentication in front of it, 404 or 405 a request that never reached it.
  Safari   loads web fonts without CORS, so a font that works there can still be blocked elsewhere.

Exit codes: 0 the request succeeds, 1 the browser blocks it, 2 a file could not be read.";

/// A browser, by its name on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum BrowserName {
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
enum Via {
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
pub(crate) fn method(text: &str) -> Result<String, String> {
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

/// What is explained: the call and its surroundings, except the policies.
pub(crate) struct Situation {
    call: Call,
    reads: Vec<String>,
    /// The policy that the host's routing names.
    policy: Option<String>,
    upstream: Response,
    in_front: Option<u16>,
    cached_for: Option<String>,
    local_network_granted: bool,
    /// The browsers whose consoles are shown.
    browsers: Vec<Browser>,
}

/// The outcome, its causes, and what to change.
pub(crate) struct Explanation {
    outcome: Outcome,
    /// The headers that the page can read.
    readable: Vec<String>,
    /// What blocks the page, each found after the previous one was fixed.
    causes: Vec<Cause>,
    /// Whether the request succeeds once all of them are fixed.
    solved: bool,
    /// What is worth knowing even though it blocks nothing.
    advice: Vec<Cause>,
}

impl Situation {
    fn new(arguments: &Arguments) -> Self {
        let call = Call {
            method: arguments.method.clone(),
            headers: arguments.headers.clone(),
            credentials: arguments.credentials,
            upload_listener: arguments.upload_listener,
            initiator: arguments.via.into(),
            ..Call::new(&arguments.origin, arguments.url.clone())
        };
        let lower = |(name, value): &(String, String)| (name.to_ascii_lowercase(), value.clone());
        Self {
            call,
            reads: arguments.reads.iter().map(|name| name.to_ascii_lowercase()).collect(),
            policy: arguments.policy.clone(),
            upstream: Response {
                status: arguments.upstream_status,
                headers: arguments.upstream_headers.iter().map(lower).collect(),
            },
            in_front: arguments.in_front,
            cached_for: arguments.cached_for.clone(),
            local_network_granted: arguments.local_network_granted,
            browsers: arguments.browser.map_or_else(|| Browser::ALL.to_vec(), |name| vec![name.into()]),
        }
    }

    fn play(&self, policies: &PolicySet) -> Outcome {
        let network = Network {
            policies,
            policy_name: self.policy.clone(),
            origin_server: self.upstream.clone(),
            in_front: self.in_front,
            cached_for: self.cached_for.clone(),
            local_network_granted: self.local_network_granted,
        };
        fetch(&self.call, &network)
    }
}

pub(crate) fn run(arguments: &Arguments) -> Exit {
    explain_file(arguments).unwrap_or_else(|message| {
        anstream::eprintln!("edge-cors: {message}");
        Exit::Unreadable
    })
}

fn explain_file(arguments: &Arguments) -> Result<Exit, String> {
    let Some(document) = chosen::load(&arguments.config, arguments.at.as_deref(), Draft::parse)? else {
        return Ok(Exit::Refused);
    };
    if arguments.policy.is_some() && !document.has_route_metadata() {
        return Err("--policy is what the host's routing names, and this configuration ignores that: \
                    write \"routeMetadata\": true in it, or leave out --policy"
            .to_owned());
    }
    let situation = Situation::new(arguments);
    let explanation = explain(&situation, document);
    let text = match arguments.format {
        Format::Text => print::text(&situation, &explanation),
        Format::Json => print::json(&situation, &explanation),
    };
    let exit = if explanation.causes.is_empty() { Exit::Fine } else { Exit::Refused };
    Ok(exit.max(print(&text)))
}

/// The most changes that are tried one after another.
const MAX_CHANGES: usize = 8;

/// Plays the situation. While something that the configuration can change blocks the page, changes
/// it and plays the situation again, so that every suggestion is known to work.
fn explain(situation: &Situation, mut document: Draft) -> Explanation {
    let outcome = situation.play(&document.policies);
    let readable = outcome.readable_headers(situation.call.credentials);
    let advice = advice::find(situation, &document, &outcome);
    let mut causes: Vec<Cause> = Vec::new();
    let mut played = outcome.clone();
    let mut solved = false;
    while causes.len() < MAX_CHANGES {
        let Some(mut cause) = cause::find(situation, &document, &played) else {
            solved = true;
            break;
        };
        let Remedy::Configure(edit) = &cause.remedy else {
            causes.push(cause);
            break;
        };
        match document.with(edit) {
            Ok(changed) => {
                document = changed;
                played = situation.play(&document.policies);
                causes.push(cause);
            }
            Err(error) => {
                let why =
                    error.errors().first().map(|problem| format!("{} Instead, {}", problem.message(), problem.fix()));
                cause.remedy = Remedy::Nothing(why.unwrap_or_default());
                causes.push(cause);
                break;
            }
        }
    }
    Explanation { outcome, readable, causes, solved, advice }
}
