//! `edge-cors replay`: what a configuration would have answered to the requests in an access log.

mod judge;
mod line;
mod lines;
mod print;
mod tally;

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use clap::Args;
use edge_cors::{Policy, PolicySet, UpstreamHeaders};

use crate::output::print;
use crate::report::Format;
use crate::{Exit, chosen};
pub(crate) use line::Line;
use tally::Tally;

/// Compare what was answered to logged requests with what a configuration would answer.
///
/// Reads Envoy's access log in the format of `envoy/access-log.yaml`, as JSON or as text, and the lines that the Worker
/// logs; of any length, in constant memory.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// The file with the configuration, in any form that `check` reads
    #[arg(long, value_name = "FILE")]
    config: PathBuf,

    /// If the file contains several configurations: part of the place of the one to use
    #[arg(long, value_name = "PLACE")]
    at: Option<String>,

    /// The access log; `-` is the standard input
    #[arg(value_name = "ACCESS_LOG")]
    log: PathBuf,

    /// How to print the counts
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

const AFTER_HELP: &str = "Examples:
  edge-cors replay --config cors.json access.log
  kubectl logs deploy/gateway | edge-cors replay --config cors.json -
  zcat access.log.*.gz | edge-cors replay --config cors.json --format json - | jq '.origins[] | select(.lose > 0)'

A preflight's log line without allow_methods and allow_headers counts as one that allowed what was asked for.

Exit codes: 0 no page loses access, 1 a page does or the edge rejects the configuration, 2 a file could not be read or \
has no such lines.";

pub(crate) fn run(arguments: &Arguments) -> Exit {
    match replay_file(arguments) {
        Ok(exit) => exit,
        Err(message) => {
            anstream::eprintln!("edge-cors: {message}");
            Exit::Unreadable
        }
    }
}

fn replay_file(arguments: &Arguments) -> Result<Exit, String> {
    let parse = |text: &str| PolicySet::from_json(text).map(|(policies, _)| policies);
    let Some(policies) = chosen::load(&arguments.config, arguments.at.as_deref(), parse)? else {
        return Ok(Exit::Refused);
    };
    let mut tally = Tally::default();
    each_line(&arguments.log, |line| tally.add(line, &policies))?;
    if tally.lines == tally.unreadable {
        return Err(no_known_line(&arguments.log));
    }
    let keeps = |policy: &&Policy| policy.upstream_headers() == UpstreamHeaders::Keep;
    for policy in policies.policies().filter(keeps).filter(|policy| tally.losing.contains(policy.name())) {
        anstream::eprintln!(
            "edge-cors: policy {:?} has \"upstreamHeaders\": \"keep\", but a log does not tell what the origin server \
             allows. Pages that it allows count as losing access.",
            policy.name()
        );
    }
    let text = match arguments.format {
        Format::Text => print::text(&tally),
        Format::Json => print::json(&tally),
    };
    let exit = if tally.has_losers() { Exit::Refused } else { Exit::Fine };
    Ok(exit.max(print(&text)))
}

/// Says that a file is no access log.
pub(crate) fn no_known_line(log: &Path) -> String {
    format!(
        "{}: no line of it is one of the access log in envoy/access-log.yaml, or one that the Worker logs. \
         docs/operations.md shows the format",
        log.display()
    )
}

/// What became of the requests in a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replayed {
    /// The lines of the log.
    pub lines: u64,
    /// Those that are in no format that is known.
    pub unreadable: u64,
    /// Requests whose page loses access.
    pub lose: u64,
    /// Requests whose page gains access.
    pub gain: u64,
}

/// Compares what was answered to logged requests with what policies would answer, in constant memory. The formats of the log
/// are those of `edge-cors replay`.
///
/// # Errors
/// If the log cannot be read.
///
/// ```
/// use edge_cors::PolicySet;
///
/// let (policies, _) = PolicySet::from_json(r#"{"allowOrigins": ["https://app.example.com"]}"#)?;
/// let log = r#"{"method":"GET","host":"api.example.com","path":"/","status":200,"origin":"https://old.example.com","allow_origin":"*"}"#;
/// let replayed = edge_cors_cli::replay(&policies, log.as_bytes())?;
/// assert_eq!((replayed.lines, replayed.lose), (1, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn replay(policies: &PolicySet, log: impl BufRead) -> io::Result<Replayed> {
    let mut tally = Tally::default();
    lines::each(log, |line| tally.add(line, policies))?;
    let counts = || tally.origins.values().chain([&tally.others]);
    Ok(Replayed {
        lines: tally.lines,
        unreadable: tally.unreadable,
        lose: counts().map(|count| count.lose).sum(),
        gain: counts().map(|count| count.gain).sum(),
    })
}

/// Calls a function with each line of a log. `Err` is why it cannot be read, in a sentence.
pub(crate) fn each_line(path: &Path, take: impl FnMut(&[u8])) -> Result<(), String> {
    let unreadable = |error: io::Error| format!("{}: {error}", path.display());
    let input: Box<dyn BufRead> = if path == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        Box::new(BufReader::new(File::open(path).map_err(unreadable)?))
    };
    lines::each(input, take).map_err(unreadable)
}
