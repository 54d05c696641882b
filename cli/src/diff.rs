//! `edge-cors diff`: which pages a change of the configuration takes access from, and which it gives access to.

mod examples;
mod matrix;
mod page;
mod print;
mod side;

use std::path::PathBuf;

use clap::Args;

use crate::Exit;
use crate::output::print;
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

    /// How to print the difference
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

const AFTER_HELP: &str = "Examples:
  edge-cors diff cors.json new.json
  edge-cors diff envoy.yaml cors.json
  git show HEAD:cors.json | edge-cors diff - cors.json

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
    let mut comparison = Comparison::new(&old.text, &new.text);
    for call in calls(&[&old.text, &new.text]) {
        comparison.add(&call, &old.policies, &new.policies);
    }
    let text = match arguments.format {
        Format::Text => print::text(&comparison),
        Format::Json => print::json(&comparison),
    };
    let exit = if comparison.losers.is_empty() { Exit::Fine } else { Exit::Refused };
    Ok(exit.max(print(&text)))
}
