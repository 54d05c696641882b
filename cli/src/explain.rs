//! `edge-cors explain`: what a browser makes of a page's request, and what would change that.

mod advice;
mod cause;
mod document;
mod near_miss;
mod print;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use edge_cors::browser::{Call, Initiator, Network, Outcome, Response, fetch};
use edge_cors::{Origin, PolicySet, Severity, respell};
use url::Url;

use crate::Exit;
use crate::input::{Configuration, Input, InputError};
use crate::output::print;
use crate::report::{Finding, Format};
use cause::{Cause, Remedy};
use document::Document;

/// Explain what a browser makes of a page's request: whether it sends a preflight, what the
/// edge answers, whether the page can read the response, what the console says, and the
/// smallest change that would allow it, or why there should be none.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The file with the configuration; everything that `check` reads
    #[arg(long, value_name = "FILE")]
    config: PathBuf,

    /// Which configuration of the file, by a part of its place, if there are several
    #[arg(long, value_name = "PLACE")]
    at: Option<String>,

    /// The page's origin, as `location.origin` shows it; `null` for a file or a sandboxed frame
    #[arg(long, value_name = "ORIGIN")]
    origin: String,

    /// The request's method, as the page writes it
    #[arg(short = 'X', long, value_name = "METHOD", default_value = "GET")]
    method: String,

    /// A header that the page sets
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE", value_parser = header)]
    headers: Vec<(String, String)>,

    /// With cookies: `credentials: "include"`, or `withCredentials`
    #[arg(long)]
    credentials: bool,

    /// With a listener to the upload's progress
    #[arg(long)]
    upload_listener: bool,

    /// How the page calls
    #[arg(long, value_enum, default_value_t = Via::Fetch)]
    via: Via,

    /// A response header that the page wants to read
    #[arg(long = "read", value_name = "NAME")]
    reads: Vec<String>,

    /// The status of the origin server's responses
    #[arg(long, value_name = "STATUS", default_value_t = 200, help_heading = "The network")]
    upstream_status: u16,

    /// A header of the origin server's responses
    #[arg(long = "upstream-header", value_name = "NAME: VALUE", value_parser = header, help_heading = "The network")]
    upstream_headers: Vec<(String, String)>,

    /// The status of a proxy or filter that answers in front of the edge
    #[arg(long, value_name = "STATUS", help_heading = "The network")]
    in_front: Option<u16>,

    /// The origin of the page whose response a cache in front of the edge has kept
    #[arg(long, value_name = "ORIGIN", help_heading = "The network")]
    cached_for: Option<String>,

    /// The user permits access to the local network
    #[arg(long, help_heading = "The network")]
    local_network_granted: bool,

    /// How to print the explanation
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// What the page calls
    url: Url,
}

const EXAMPLES: &str = "Examples:
  edge-cors explain --config cors.json --origin https://app.example.com https://api.example.com/data
  edge-cors explain --config cors.json --origin https://app.example.com -X PUT \\
      -H 'content-type: application/json' -H 'authorization: Bearer x' --credentials https://api.example.com/data
  edge-cors explain --config envoy.yaml --origin null --read x-request-id https://api.example.com/data

Exit codes: 0 the page gets what it wants, 1 the browser keeps it from the page, 2 a file could not be read.";

/// How the page calls.
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

/// `name: value`, the name in lower case.
fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("write a name, a colon and a value")?;
    Ok((name.trim().to_ascii_lowercase(), value.trim().to_owned()))
}

/// What is explained: the call, and all around it but the policies.
pub(crate) struct Situation {
    call: Call,
    reads: Vec<String>,
    upstream: Response,
    in_front: Option<u16>,
    cached_for: Option<String>,
    local_network_granted: bool,
}

/// What came of it, why, and what to do.
pub(crate) struct Explanation {
    outcome: Outcome,
    /// The headers that the page can read.
    readable: Vec<String>,
    /// What is in the page's way, each found after the one before was out of it.
    causes: Vec<Cause>,
    /// Whether the page gets what it wants once that is done.
    solved: bool,
    /// What is worth knowing though nothing is in the way.
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
        Self {
            call,
            reads: arguments.reads.iter().map(|name| name.to_ascii_lowercase()).collect(),
            upstream: Response { status: arguments.upstream_status, headers: arguments.upstream_headers.clone() },
            in_front: arguments.in_front,
            cached_for: arguments.cached_for.clone(),
            local_network_granted: arguments.local_network_granted,
        }
    }

    fn play(&self, policies: &PolicySet) -> Outcome {
        let network = Network {
            policies,
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
    let input = Input::read(&arguments.config).map_err(|error| match error {
        InputError::Unreadable(message) => message,
        InputError::Syntax { path, reason, .. } => format!("{path}: {reason}; `edge-cors check` says where"),
    })?;
    let configuration = choose(&input, arguments.at.as_deref())?;
    if Origin::parse(arguments.origin.as_bytes()).is_none() {
        let meant = respell(&arguments.origin).map(|meant| format!(": it would send {meant:?}")).unwrap_or_default();
        return Err(format!("no browser sends the origin {:?}{meant}", arguments.origin));
    }
    let policies = match PolicySet::from_json(&configuration.source) {
        Ok((policies, _)) => policies,
        Err(problems) => {
            let findings = problems.iter().map(|problem| Finding::new(problem, configuration, &input.text));
            for finding in findings.filter(Finding::is_error) {
                anstream::eprintln!("{}\n", finding.render(&input.path, &input.text));
            }
            anstream::eprintln!(
                "The edge refuses this configuration: the one before stays in force, and with none, no page can \
                 read anything."
            );
            return Ok(Exit::Refused);
        }
    };
    let situation = Situation::new(arguments);
    let explanation = explain(&situation, &Document::parse(&configuration.source), &policies);
    let text = match arguments.format {
        Format::Text => print::text(&situation, &explanation),
        Format::Json => print::json(&situation, &explanation),
    };
    let exit = if explanation.causes.is_empty() { Exit::Fine } else { Exit::Refused };
    Ok(exit.max(print(&text)))
}

/// The configuration that is meant, if the file leaves no doubt.
fn choose<'i>(input: &'i Input, at: Option<&str>) -> Result<&'i Configuration, String> {
    let matching = input.configurations.iter().filter(|found| at.is_none_or(|at| found.label.contains(at)));
    match matching.collect::<Vec<_>>().as_slice() {
        [one] => Ok(one),
        [] if input.configurations.is_empty() => {
            Err(format!("{}: no configuration of edge-cors in here; `edge-cors check` says more", input.path))
        }
        [] => Err(format!("{}: no configuration is at {:?}", input.path, at.unwrap_or_default())),
        several => {
            let labels: Vec<&str> = several.iter().map(|found| found.label.as_str()).collect();
            Err(format!("{}: there are several; say which with --at:\n  {}", input.path, labels.join("\n  ")))
        }
    }
}

/// How many changes are tried one after the other.
const MAX_CHANGES: usize = 8;

/// Plays the situation, and as long as something is in the way that the configuration can
/// change, changes that and plays it again: what is suggested is known to work.
fn explain(situation: &Situation, document: &Document, policies: &PolicySet) -> Explanation {
    let outcome = situation.play(policies);
    let readable = outcome.readable_headers(situation.call.credentials);
    let advice = advice::find(situation, document, &outcome);
    let mut causes: Vec<Cause> = Vec::new();
    let mut document = document.clone();
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
        document = document.with(edit);
        match PolicySet::from_json(&document.source()) {
            Ok((policies, _)) => {
                played = situation.play(&policies);
                causes.push(cause);
            }
            Err(problems) => {
                let error = problems.iter().find(|problem| problem.severity() == Severity::Error);
                let why = error.map(|problem| format!("{} Instead, {}", problem.message(), problem.fix()));
                cause.remedy = Remedy::Nothing(why.unwrap_or_default());
                causes.push(cause);
                break;
            }
        }
    }
    Explanation { outcome, readable, causes, solved, advice }
}
