//! What the playground shows: the engine and the command line tool, for a page in a browser.
//!
//! Every function takes text and returns JSON, and accepts whatever text that is. Positions are UTF-16 code units, as
//! editors in browsers count. `README.md` above this folder says what is in the JSON.

mod completion;
mod explanation;
mod lists;
mod problems;
mod question;
mod recognise;
mod utf16;

use edge_cors_cli::{Exported, Target};
use serde_json::{Value, json};
use wasm_bindgen::prelude::wasm_bindgen;

/// Every problem of a configuration, with its place, and the names of the policies if there is no error.
#[wasm_bindgen]
pub fn check(configuration: &str) -> String {
    problems::check(configuration).to_string()
}

/// What a browser does with a page's call: what is sent and answered, what the consoles show, and what to change.
#[wasm_bindgen]
pub fn explain(question: &str) -> String {
    explanation::explain(question).unwrap_or_else(|invalid| invalid.to_json()).to_string()
}

/// What somebody has pasted: a message of a console, a curl command, a HAR file, the settings of other software, or a
/// configuration.
#[wasm_bindgen]
pub fn recognise(text: &str) -> String {
    recognise::recognise(text).to_string()
}

/// The configuration in the file that a host reads: `format` is the name of one of [`formats`].
#[wasm_bindgen]
pub fn export_as(configuration: &str, format: &str) -> String {
    exported(configuration, format).unwrap_or_else(|invalid| invalid.to_json()).to_string()
}

fn exported(configuration: &str, format: &str) -> Result<Value, question::Invalid> {
    let target = Target::named(format)
        .ok_or_else(|| question::Invalid::new("format", format!("There is no format {format:?}.")))?;
    let Exported { text, file, note } =
        edge_cors_cli::export(target, configuration).map_err(|error| question::Invalid::configuration(&error))?;
    Ok(json!({ "text": text, "file": file, "note": note }))
}

/// What can be written at a position of a configuration.
#[wasm_bindgen]
pub fn completions(configuration: &str, position: usize) -> String {
    completion::at(configuration, position).to_string()
}

/// The formats of [`export_as`]: an array of objects with `name` and `about`.
#[wasm_bindgen]
pub fn formats() -> String {
    lists::named(Target::all()).to_string()
}

/// The ways in which a page can call: an array of objects with `name` and `about`.
#[wasm_bindgen]
pub fn vias() -> String {
    lists::named(edge_cors_cli::Via::all()).to_string()
}

/// The methods that pages use most: an array of strings.
#[wasm_bindgen]
pub fn methods() -> String {
    json!(lists::METHODS).to_string()
}
