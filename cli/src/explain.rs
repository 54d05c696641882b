//! `edge-cors explain`: what a browser does with a page's request, and what would change that.

mod advice;
mod answered;
mod arguments;
mod cause;
mod compare;
mod draft;
mod edit;
mod har;
mod in_front;
mod list;
mod live;
mod message;
mod near_miss;
mod needs;
mod print;
mod reason;
mod redirect;
mod remedy;
mod server;
pub(crate) mod shown;
mod smallest;

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

pub(crate) use arguments::{Arguments, header};
pub use arguments::{Via, method};
use edge_cors::browser::{Block, Browser, Call, Network, Outcome, Response, fetch};
use edge_cors::{ConfigError, PolicySet};
pub use har::{Report as HarReport, Row as HarCall, is_by_page};
pub use message::{Asked, Message, explain as console_messages};

use crate::output::print;
use crate::report::Format;
use crate::{Exit, chosen};
use draft::Draft;
pub(crate) use print::policy_text;
use remedy::{Cause, Remedy};
use serde_json::Value;
use url::Url;

/// What is explained: the call and its surroundings, except the policies.
#[derive(Clone, Debug)]
pub struct Situation {
    /// What the page asks its browser to do.
    pub call: Call,
    /// The response's headers that the page has to read, in lower case.
    pub reads: Vec<String>,
    /// The policy that the host's routing names.
    pub policy: Option<String>,
    /// What the origin server answers; the names of headers in lower case.
    pub upstream: Response,
    /// The status that a proxy or filter in front of the edge answers with, if one does.
    pub in_front: Option<u16>,
    /// The origin of another page, whose response a cache in front of the edge has stored.
    pub cached_for: Option<String>,
    /// Whether the user has permitted access to the local network.
    pub local_network_granted: bool,
    /// The browsers whose consoles are shown.
    pub browsers: Vec<Browser>,
}

/// The outcome, its causes, and what to change.
pub struct Explanation {
    outcome: Outcome,
    /// The headers that the page can read.
    readable: Vec<String>,
    /// What blocks the page, each found after the previous one was fixed.
    causes: Vec<Cause>,
    /// The configuration after the first change, after the second, and so on.
    configurations: Vec<String>,
    /// Whether the request succeeds once all of them are fixed.
    solved: bool,
    /// What is worth knowing even though it blocks nothing.
    advice: Vec<Cause>,
    /// The configuration with the change that an advice suggests, if that is one.
    advised: Vec<Option<String>>,
}

impl Situation {
    /// A call to which an origin server answers 200, with nothing around it.
    pub fn new(call: Call) -> Self {
        Self {
            call,
            reads: Vec::new(),
            policy: None,
            upstream: Response { status: 200, headers: Vec::new() },
            in_front: None,
            cached_for: None,
            local_network_granted: false,
            browsers: Browser::ALL.to_vec(),
        }
    }

    fn of(arguments: &Arguments, url: &Url) -> Self {
        let origin = arguments.origin.as_deref().unwrap_or_default();
        let call = Call {
            method: arguments.method.clone(),
            headers: arguments.headers.clone(),
            credentials: arguments.credentials,
            upload_listener: arguments.upload_listener,
            initiator: arguments.via.into(),
            ..Call::new(origin, url.clone())
        };
        let lower = |(name, value): &(String, String)| (name.to_ascii_lowercase(), value.clone());
        Self {
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
            ..Self::new(call)
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
    let explained = match (&arguments.har, &arguments.url, &arguments.config) {
        (Some(file), ..) => explain_har(arguments, file),
        (None, None, _) => explain_message(arguments, arguments.message.as_deref().unwrap_or_default()),
        (None, Some(url), Some(config)) => explain_file(arguments, url, config),
        (None, Some(url), None) => live::run(arguments, url),
    };
    explained.unwrap_or_else(|message| {
        anstream::eprintln!("edge-cors: {message}");
        Exit::Unreadable
    })
}

fn explain_message(arguments: &Arguments, text: &str) -> Result<Exit, String> {
    let told = message::explain(text);
    if told.is_empty() {
        return Err(
            "this is not a message of Chromium, Firefox or Safari about CORS, or not in English. Copy the whole \
                    message from the console, or ask the server: edge-cors explain --origin ORIGIN URL"
                .to_owned(),
        );
    }
    Ok(print(&match arguments.format {
        Format::Text => shown::printable(&message::text(&told)),
        Format::Json => message::json(&told),
    }))
}

fn explain_har(arguments: &Arguments, file: &Path) -> Result<Exit, String> {
    let is_stdin = file == Path::new("-");
    let name = if is_stdin { "the standard input".to_owned() } else { file.display().to_string() };
    let opened: Box<dyn Read> = match is_stdin {
        true => Box::new(io::stdin().lock()),
        false => Box::new(File::open(file).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => format!("{name}: the file does not exist."),
            _ => format!("{name}: {error}"),
        })?),
    };
    let report = HarReport::read(opened).map_err(|why| format!("{name}: {why}"))?;
    let exit = if report.is_blocked() { Exit::Refused } else { Exit::Fine };
    Ok(exit.max(print(&match arguments.format {
        Format::Text => report.text(&name),
        Format::Json => report.json(),
    })))
}

fn explain_file(arguments: &Arguments, url: &Url, config: &Path) -> Result<Exit, String> {
    let Some(document) = load(arguments, config)? else {
        return Ok(Exit::Refused);
    };
    let situation = Situation::of(arguments, url);
    let explanation = Explanation::of(&situation, document);
    let text = match arguments.format {
        Format::Text => print::text(&situation, &explanation),
        Format::Json => pretty(&explanation.to_json(&situation)),
    };
    let exit = if explanation.causes.is_empty() { Exit::Fine } else { Exit::Refused };
    Ok(exit.max(print(&text)))
}

fn pretty(json: &Value) -> String {
    serde_json::to_string_pretty(json).unwrap_or_default() + "\n"
}

/// The configuration in a file. `None` if the edge rejects it.
fn load(arguments: &Arguments, config: &Path) -> Result<Option<Draft>, String> {
    let document = chosen::load(config, arguments.at.as_deref(), Draft::parse)?;
    if arguments.policy.is_some() && document.as_ref().is_some_and(|document| !document.has_route_metadata()) {
        return Err("--policy is what the host's routing names, and this configuration ignores that: \
                    write \"routeMetadata\": true in it, or leave out --policy"
            .to_owned());
    }
    Ok(document)
}

/// Why the browser does not even send the request, whoever would answer it.
fn before_the_wire(block: &Block) -> Option<Cause> {
    Some(match block {
        Block::ForbiddenMethod(method) => Cause {
            code: "forbidden-method",
            message: format!("Browsers do not let pages send {method} requests."),
            remedy: Remedy::Page("Use another method.".to_owned()),
        },
        Block::MixedContent => Cause {
            code: "mixed-content",
            message: "The page is secure and the URL is not, so the browser does not send the request.".to_owned(),
            remedy: Remedy::Elsewhere("Serve the API over https.".to_owned()),
        },
        Block::LocalNetwork(space) => Cause {
            code: "local-network",
            message: format!(
                "The page is on the internet and the URL is in the {space} address space. The browser asks the user for \
                 permission first, and sends nothing without it, not even a preflight."
            ),
            remedy: Remedy::Nothing(
                "No configuration can change this, because it is a permission of the user. To see what happens once it is \
                 granted, add --local-network-granted."
                    .to_owned(),
            ),
        },
        _ => return None,
    })
}

/// The most changes that are tried one after another.
const MAX_CHANGES: usize = 8;

/// Explains what a browser does with a call if this configuration is in force, and finds the smallest change that
/// helps: each that is suggested was tried.
///
/// # Errors
/// The problems of the configuration, if the edge rejects it.
///
/// ```
/// use edge_cors::browser::Call;
/// use edge_cors_cli::{Situation, explain};
///
/// let call = Call::new("https://app.example.com", "https://api.example.com/".parse().unwrap());
/// let explanation = explain(&Situation::new(call), r#"{ "allowOrigins": [] }"#)?;
/// assert_eq!(explanation.configurations(), [r#"{ "allowOrigins": ["https://app.example.com"] }"#]);
/// # Ok::<(), edge_cors::ConfigError>(())
/// ```
pub fn explain(situation: &Situation, configuration: &str) -> Result<Explanation, ConfigError> {
    Draft::parse(configuration).map(|document| Explanation::of(situation, document))
}

impl Explanation {
    /// Plays the situation. While something that the configuration can change blocks the page, changes
    /// it and plays the situation again, so that every suggestion is known to work.
    fn of(situation: &Situation, mut document: Draft) -> Self {
        let outcome = situation.play(&document.policies);
        let readable = outcome.readable_headers(situation.call.credentials);
        let advice = advice::find(situation, &document, &outcome);
        let advised = advice.iter().map(|cause| match &cause.remedy {
            Remedy::Configure(edit) => document.with(edit).ok().map(|changed| changed.source),
            _ => None,
        });
        let advised = advised.collect();
        let (mut causes, mut configurations) = (Vec::<Cause>::new(), Vec::new());
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
                    configurations.push(document.source.clone());
                    causes.push(cause);
                }
                Err(error) => {
                    let why = error
                        .errors()
                        .first()
                        .map(|problem| format!("{} Instead, {}", problem.message(), problem.fix()));
                    cause.remedy = Remedy::Nothing(why.unwrap_or_default());
                    causes.push(cause);
                    break;
                }
            }
        }
        Self { outcome, readable, causes, configurations, solved, advice, advised }
    }

    /// What `edge-cors explain --format json` prints.
    pub fn to_json(&self, situation: &Situation) -> Value {
        print::json(situation, self)
    }

    /// The text of the configuration after the change for the first cause, after that for the second, and so on.
    /// Causes that no configuration changes come last, and have none.
    pub fn configurations(&self) -> &[String] {
        &self.configurations
    }

    /// For each advice, the text of the configuration with the change that it suggests, if it suggests one.
    pub fn advised(&self) -> &[Option<String>] {
        &self.advised
    }
}
