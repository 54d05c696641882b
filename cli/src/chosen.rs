//! The one configuration of a file that a command works with.

use std::path::Path;

use edge_cors::ConfigError;

use crate::input::{Configuration, Input, InputError};
use crate::report::Finding;

/// Reads the configuration and parses it. `None` if the edge rejects it.
///
/// On the standard error, it prints what is notable about the file, and every error of the configuration.
pub(crate) fn load<T>(
    path: &Path,
    at: Option<&str>,
    parse: impl FnOnce(&str) -> Result<T, ConfigError>,
) -> Result<Option<T>, String> {
    of_input(&read(Input::read(path))?, at, parse)
}

/// The input, or why there is none, in a sentence.
pub(crate) fn read(input: Result<Input, InputError>) -> Result<Input, String> {
    input.map_err(|error| match error {
        InputError::Unreadable(message) => message,
        InputError::Syntax { path, reason, .. } => format!("{path}: {reason}; `edge-cors check` shows where"),
    })
}

/// The same for a file that was read already.
pub(crate) fn of_input<T>(
    input: &Input,
    at: Option<&str>,
    parse: impl FnOnce(&str) -> Result<T, ConfigError>,
) -> Result<Option<T>, String> {
    let configuration = choose(input, at)?;
    for notice in &input.notices {
        let finding = Finding::of_file(notice.clone(), &input.text);
        anstream::eprintln!("{}\n", finding.render(&input.path, &input.text));
    }
    match parse(&configuration.source) {
        Ok(parsed) => Ok(Some(parsed)),
        Err(error) => {
            for problem in error.errors() {
                let finding = Finding::new(problem, configuration, &input.text);
                anstream::eprintln!("{}\n", finding.render(&input.path, &input.text));
            }
            anstream::eprintln!(
                "The edge rejects this configuration. The previous one stays active; if there is none, no origin is \
                 allowed."
            );
            Ok(None)
        }
    }
}

/// The one configuration to use, if that is clear.
fn choose<'i>(input: &'i Input, at: Option<&str>) -> Result<&'i Configuration, String> {
    let matching = input.configurations.iter().filter(|found| at.is_none_or(|at| found.label.contains(at)));
    match matching.collect::<Vec<_>>().as_slice() {
        [one] => Ok(one),
        [] if input.in_kv => Err(format!(
            "{}: the policy is in KV, where this command cannot see it. Save it to a file first: npx wrangler kv key \
             get cors.json --binding CORS_CONFIG_KV --remote --text > cors.json",
            input.path
        )),
        [] if input.configurations.is_empty() => Err(format!(
            "{}: this file contains no configuration of edge-cors; `edge-cors check` explains more",
            input.path
        )),
        [] => Err(format!("{}: there is no configuration at {:?}", input.path, at.unwrap_or_default())),
        several => {
            let labels: Vec<&str> = several.iter().map(|found| found.label.as_str()).collect();
            Err(format!(
                "{}: the file contains several configurations; choose one with --at:\n  {}",
                input.path,
                labels.join("\n  ")
            ))
        }
    }
}
