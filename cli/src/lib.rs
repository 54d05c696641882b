//! `edge-cors`: what is wrong with a configuration, and why a browser blocks a page.
//!
//! The commands read files and print. What they find out is public too, as functions that do neither: the playground
//! shows the same in a browser.

mod ask;
mod check;
mod choices;
mod chosen;
mod diff;
mod explain;
mod export;
mod expression;
mod import;
mod input;
mod manual;
mod origin;
mod output;
mod policy_name;
mod pretty;
mod probe;
mod replay;
mod report;
mod rollout;
mod schema;

pub use check::problems as check;
pub use diff::calls;
pub use explain::{
    Asked, Explanation, HarCall, HarReport, Message, Situation, Via, console_messages, explain, is_by_page,
    method as parse_method,
};
pub use export::{Exported, Target, export};
pub use import::{ImportError, Imported, Loss, Source, import};
pub use input::configurations;
pub use origin::parse as parse_origin;
pub use replay::{Replayed, replay};
pub use report::Finding;

use std::process::ExitCode;
use std::sync::LazyLock;

use clap::{Parser, Subcommand};
use edge_cors::PUBLIC_SUFFIX_LIST_DATE;

/// Checks configurations of edge-cors, and explains what browsers do with them.
///
/// The configuration is read wherever it is: as a JSON file of its own, in an Envoy bootstrap,
/// listener or extension configuration, in a WasmPlugin or TrafficExtension of Istio or Higress, in
/// an EnvoyExtensionPolicy of Envoy Gateway, in a ConfigMap that holds one of these, or in a
/// wrangler.toml, wrangler.jsonc or .dev.vars.
#[derive(Parser)]
#[command(name = "edge-cors", version = VERSION.as_str(), arg_required_else_help = true, after_help = EXIT_CODES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Check(check::Arguments),
    Diff(diff::Arguments),
    Explain(Box<explain::Arguments>),
    Export(export::Arguments),
    Import(import::Arguments),
    Probe(Box<probe::Arguments>),
    Replay(replay::Arguments),
    Rollout(rollout::Arguments),
    Schema(schema::Arguments),
    Completions(manual::Completions),
    Man(manual::Man),
}

static VERSION: LazyLock<String> =
    LazyLock::new(|| format!("{} (public suffix list of {PUBLIC_SUFFIX_LIST_DATE})", env!("CARGO_PKG_VERSION")));

const EXIT_CODES: &str = "Exit codes: 0 all is well, 1 the configuration or the request is refused, or there are findings, \
                          2 something could not be read or asked; of `check` also: 3 there is no configuration, 4 the policy is in KV.";

/// How a command ended; of several ends, the greatest counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Exit {
    /// All is well.
    #[default]
    Fine,
    /// The policy of a Worker is in KV, out of sight.
    InKv,
    /// There is no configuration of edge-cors.
    Nothing,
    /// A configuration has an error, or the browser blocks the request.
    Refused,
    /// Something could not be read.
    Unreadable,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Fine => 0,
            Exit::Refused => 1,
            Exit::Unreadable => 2,
            Exit::Nothing => 3,
            Exit::InKv => 4,
        })
    }
}

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    let exit = match Arguments::parse().command {
        Command::Check(arguments) => check::run(&arguments),
        Command::Diff(arguments) => diff::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Export(arguments) => export::run(&arguments),
        Command::Import(arguments) => import::run(&arguments),
        Command::Probe(arguments) => probe::run(&arguments),
        Command::Replay(arguments) => replay::run(&arguments),
        Command::Rollout(arguments) => rollout::run(&arguments),
        Command::Schema(arguments) => schema::run(&arguments),
        Command::Completions(arguments) => manual::completions(&arguments),
        Command::Man(arguments) => manual::man(&arguments),
    };
    exit.into()
}
