//! Builds the instrumented program, runs the targets in it, and shows what they find.

#![allow(clippy::unwrap_used, reason = "only developers run it")]

mod run;

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use edge_cors_fuzz::{TARGETS, Target, readable, target};

/// Looks for bytes that break what must hold of any bytes.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run targets with libFuzzer, one on each core
    Run {
        /// The names of the targets; all, if there is none
        targets: Vec<String>,
        /// How long each of them runs
        #[arg(long, default_value_t = 30)]
        seconds: u64,
    },
    /// Run a target on the bytes of a file, without libFuzzer
    Replay {
        /// The name of the target
        target: String,
        /// The file
        file: PathBuf,
    },
    /// Keep the fewest inputs that reach all the code that those in fuzz/corpus/ and those found since reach
    Minimise {
        /// The names of the targets; all, if there is none
        targets: Vec<String>,
    },
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Run { targets, seconds } => chosen(&targets).and_then(|targets| run::fuzz(targets, seconds)),
        Command::Replay { target, file } => replay(&target, &file),
        Command::Minimise { targets } => chosen(&targets).and_then(|targets| run::minimise(&targets)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("fuzz: {why}");
            ExitCode::FAILURE
        }
    }
}

fn chosen(names: &[String]) -> Result<Vec<Target>, String> {
    if names.is_empty() { Ok(TARGETS.to_vec()) } else { names.iter().map(|name| target(name)).collect() }
}

fn replay(name: &str, file: &PathBuf) -> Result<(), String> {
    let target = target(name)?;
    let bytes = fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    println!("{}\n", readable(&bytes));
    (target.check)(&bytes);
    println!("{name}: the property holds.");
    Ok(())
}
