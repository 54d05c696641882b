//! What can be written at a place of a configuration: the names and values of its schema.

mod scan;
mod schema;

use serde_json::{Value, json};

use crate::utf16::{Utf16, byte};
use scan::{Expected, Scan};
use schema::Choice;

/// The options, and which part of the text one of them replaces.
pub(crate) fn at(configuration: &str, position: usize) -> Value {
    let byte = byte(configuration, position);
    let scan = Scan::of(configuration, byte);
    let positions = Utf16::of(configuration);
    let typed = configuration.get(scan.token.start..byte).unwrap_or_default();
    let typed = typed.trim_matches('"').to_lowercase();
    let choices = match &scan.expected {
        Expected::Key => keys(&scan, has_colon(configuration, &scan)),
        Expected::Value => values(&scan),
        Expected::Nothing => Vec::new(),
    };
    let fits = |choice: &Choice| choice.label.to_lowercase().contains(&typed);
    let starts = |choice: &Choice| choice.label.to_lowercase().starts_with(&typed);
    let (first, others): (Vec<Choice>, Vec<Choice>) = choices.into_iter().filter(fits).partition(starts);
    let options = first.into_iter().chain(others).map(
        |choice| json!({ "label": choice.label, "detail": choice.detail, "info": choice.info, "apply": choice.apply }),
    );
    json!({
        "from": positions.units(scan.token.start),
        "to": positions.units(scan.token.end),
        "options": options.collect::<Vec<_>>(),
    })
}

fn has_colon(text: &str, scan: &Scan) -> bool {
    text.get(scan.token.end..).is_some_and(|rest| rest.trim_start().starts_with(':'))
}

fn keys(scan: &Scan, has_colon: bool) -> Vec<Choice> {
    // The key that is being written is not there yet.
    let own = scan.own_key.as_deref();
    let present: Vec<&str> = scan.keys_around().filter(|key| Some(*key) != own).collect();
    let document: Vec<&str> = scan.keys_of_document().collect();
    schema::keys(&scan.path, &present, &document, has_colon)
}

fn values(scan: &Scan) -> Vec<Choice> {
    let names: Vec<String> = scan.names_of_policies().map(str::to_owned).collect();
    let document: Vec<&str> = scan.keys_of_document().collect();
    schema::values(&scan.path, &document, &names)
}
