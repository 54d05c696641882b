//! `edge-cors diff`: which pages a change of the configuration takes access from, and which it gives access to.

mod examples;
mod matrix;
mod page;
mod print;
mod side;

use std::collections::HashSet;
use std::path::PathBuf;

use clap::Args;

use crate::Exit;
use crate::output::print;
use crate::replay::{self, Line};
use crate::report::Format;
pub use matrix::calls;
use page::Comparison;
use side::Side;

/// Show which requests two configurations answer differently: which pages lose, and which gain.
///
/// Both are asked about every origin pattern, method and header name on every route of either, and about what is next to
/// them; what counts is what a browser makes of the answers. Each can also be a file with the CORS settings of other
/// software, which `import` reads.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// The file with the settings of today
    #[arg(value_name = "OLD")]
    old: PathBuf,

    /// The file with the configuration of tomorrow
    #[arg(value_name = "NEW")]
    new: PathBuf,

    /// Compare these requests instead: an access log, as `replay` reads it
    #[arg(long, value_name = "ACCESS_LOG")]
    requests: Option<PathBuf>,

    /// How to print the difference
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// The most requests of a log that are remembered. Beyond them, one that comes again is compared again.
const MAX_KNOWN: usize = 100_000;

const AFTER_HELP: &str = "Examples:
  edge-cors diff cors.json new.json
  edge-cors diff envoy.yaml cors.json
  git show HEAD:cors.json | edge-cors diff - cors.json
  edge-cors diff cors.json new.json --requests access.log

Exit codes: 0 nobody loses, 1 somebody loses or the edge rejects a configuration, 2 a file could not be read.";

pub(crate) fn run(arguments: &Arguments) -> Exit {
    match compare_files(arguments) {
        Ok(exit) => exit,
        Err(message) => {
            anstream::eprintln!("edge-cors: {message}");
            Exit::Unreadable
        }
    }
}

fn compare_files(arguments: &Arguments) -> Result<Exit, String> {
    let (Some(old), Some(new)) = (Side::read(&arguments.old)?, Side::read(&arguments.new)?) else {
        return Ok(Exit::Refused);
    };
    let mut comparison = Comparison::new(&old, &new);
    match &arguments.requests {
        None => comparison.add_all(&old, &new),
        Some(log) => {
            let mut requests = Requests::default();
            replay::each_line(log, |line| {
                let Some(request) = requests.read(line) else { return };
                for call in [false, true].into_iter().filter_map(|credentials| request.call(credentials)) {
                    comparison.add(&call, None, &old, &new);
                }
            })?;
            if !requests.is_log {
                return Err(replay::no_known_line(log));
            }
        }
    }
    let text = match arguments.format {
        Format::Text => print::text(&comparison),
        Format::Json => print::json(&comparison),
    };
    let exit = if comparison.losers.is_empty() { Exit::Fine } else { Exit::Refused };
    Ok(exit.max(print(&text)))
}

/// The requests of a log that have an origin, each once as far as they are remembered.
#[derive(Default)]
struct Requests {
    known: HashSet<Line>,
    /// Whether any line was one of an access log.
    is_log: bool,
}

impl Requests {
    /// The request in a line, unless it has come before.
    fn read(&mut self, line: &[u8]) -> Option<Line> {
        let line = Line::of_bytes(line)?;
        self.is_log = true;
        if line.origin.is_none() || self.known.contains(&line) {
            return None;
        }
        if self.known.len() < MAX_KNOWN && line.is_short() {
            self.known.insert(line.clone());
        }
        Some(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_compared_however_many_come_before_it() {
        let mut requests = Requests::default();
        let mut read = |number: usize| {
            let line = format!(r#"{{"method":"GET","status":200,"origin":"https://{number}.example"}}"#);
            requests.read(line.as_bytes()).is_some()
        };
        assert!((0..=MAX_KNOWN).all(&mut read));
        assert!(!read(0));
    }

    #[test]
    fn a_long_request_is_not_remembered() {
        let mut requests = Requests::default();
        let line = format!(r#"{{"method":"GET","status":200,"origin":"https://a.example","path":"/{:050000}"}}"#, 0);
        assert!(requests.read(line.as_bytes()).is_some() && requests.read(line.as_bytes()).is_some());
        assert!(requests.known.is_empty());
    }
}
