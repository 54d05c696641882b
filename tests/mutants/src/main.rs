//! Makes each mistake of `mutants.json` in a copy of the project, and runs `tests/model.rs` there: it must fail.
//!
//! Not cargo-mutants: that makes every small change of a few kinds, most of which are about words and limits, and takes
//! hours for this engine. This list has the mistakes that would open something or break a page.

#![allow(clippy::unwrap_used, reason = "only developers run it")]

mod copy;

use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use serde::Deserialize;

use copy::Copy;

/// Checks that the model notices mistakes in the engine.
#[derive(Parser)]
struct Arguments {
    /// Only mutants with this in their name or file
    part: Option<String>,
    /// Only so many, spread over the list
    #[arg(long)]
    sample: Option<usize>,
    /// Within how many decisions the model must notice
    #[arg(long, default_value_t = 50_000)]
    decisions: u32,
}

/// A mistake.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mutant {
    /// What the engine does wrong.
    name: String,
    /// From the root of the project.
    file: String,
    /// What is there, once in the file.
    find: String,
    /// What is there instead.
    replace: String,
    /// Why nothing can notice it.
    equivalent: Option<String>,
}

impl Mutant {
    /// The file with the mistake in it.
    fn apply(&self, text: &str) -> Result<String, String> {
        match text.matches(&self.find).count() {
            1 => Ok(text.replacen(&self.find, &self.replace, 1)),
            count => Err(format!(
                "{:?}: {} has {count} times what it looks for. Change its \"find\" in tests/mutants/mutants.json",
                self.name, self.file
            )),
        }
    }
}

fn mutants() -> Vec<Mutant> {
    serde_json::from_str(include_str!("../mutants.json")).unwrap()
}

/// What becomes of the engine with a mistake.
enum End {
    Noticed,
    Survived,
    /// It could not be tried.
    Broken(String),
}

/// Decisions that show that the copy works.
const FEW: u32 = 10_000;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let chosen = |mutant: &Mutant| {
        arguments.part.as_ref().is_none_or(|part| mutant.name.contains(part) || mutant.file.contains(part))
    };
    let mut chosen: Vec<Mutant> = mutants().into_iter().filter(chosen).collect();
    if let Some(sample) = arguments.sample {
        chosen.retain(|mutant| mutant.equivalent.is_none());
        let step = chosen.len().div_ceil(sample.max(1));
        chosen = chosen.into_iter().step_by(step.max(1)).collect();
    }
    let copy = match Copy::new() {
        Ok(copy) => copy,
        Err(why) => return fail(&format!("the project cannot be copied: {why}")),
    };
    match model(&copy, FEW) {
        End::Survived => {}
        End::Noticed => return fail("the model finds a difference without any mutant: run `cargo test --test model`"),
        End::Broken(why) => return fail(&why),
    }
    let mut failed = 0;
    for mutant in &chosen {
        let start = Instant::now();
        let end = run(&copy, mutant, arguments.decisions);
        let told = match (&end, &mutant.equivalent) {
            (End::Noticed, None) => "noticed".to_owned(),
            (End::Survived, Some(why)) => format!("not noticed, as expected: {why}"),
            (End::Survived, None) => {
                failed += 1;
                "SURVIVED: make the model or its generators notice it".to_owned()
            }
            (End::Noticed, Some(_)) => {
                failed += 1;
                "NOTICED, although the list says that nothing can: remove its \"equivalent\"".to_owned()
            }
            (End::Broken(why), _) => {
                failed += 1;
                format!("BROKEN: {why}")
            }
        };
        println!("{} ({}, {} s): {told}", mutant.name, mutant.file, start.elapsed().as_secs());
    }
    println!("mutants: {} passed, {failed} failed", chosen.len() - failed);
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn fail(why: &str) -> ExitCode {
    eprintln!("mutants: {why}");
    ExitCode::FAILURE
}

fn run(copy: &Copy, mutant: &Mutant, decisions: u32) -> End {
    let tried = copy.read(&mutant.file).map_err(|error| format!("{}: {error}", mutant.file)).and_then(|original| {
        let changed = mutant.apply(&original)?;
        let end = copy.write(&mutant.file, &changed).map(|()| model(copy, decisions));
        copy.write(&mutant.file, &original).and(end).map_err(|error| format!("{}: {error}", mutant.file))
    });
    tried.unwrap_or_else(End::Broken)
}

/// Builds the engine in the copy and compares it with the model.
fn model(copy: &Copy, decisions: u32) -> End {
    let cargo = |arguments: &[&str]| {
        let mut command = copy.cargo();
        command.args(["test", "--package", "edge-cors", "--test", "model"]).args(arguments);
        // Of the two tests that share them, one runs.
        command.env("MODEL_CASES", (2 * decisions).to_string()).env("MODEL_SHRINK", "0").output()
    };
    match cargo(&["--no-run"]) {
        Ok(built) if built.status.success() => {}
        Ok(built) => return End::Broken(format!("it does not compile:\n{}", String::from_utf8_lossy(&built.stderr))),
        Err(error) => return End::Broken(format!("cargo: {error}")),
    }
    match cargo(&["--", "--exact", "the_engine_decides_as_the_documents_say"]) {
        Ok(tested) if tested.status.success() => End::Survived,
        Ok(_) => End::Noticed,
        Err(error) => End::Broken(format!("cargo: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mutant_changes_one_place() {
        let mutants = mutants();
        assert!(mutants.len() >= 40);
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
        for mutant in &mutants {
            let text = std::fs::read_to_string(format!("{root}/{}", mutant.file)).unwrap();
            let changed = mutant.apply(&text).unwrap();
            assert_ne!(changed, text, "{:?} changes nothing", mutant.name);
        }
    }
}
