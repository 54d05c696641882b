//! What somebody has pasted.

mod console;
mod curl;
mod har;
mod secrets;

use std::path::Path;

use edge_cors::PolicySet;
use edge_cors_cli::{Imported, Source, configurations, import};
use serde_json::{Value, json};

/// What can be pasted, for the message that something else was.
const KNOWN: &str = "Paste a message of the console of Chromium, Firefox or Safari, a curl command, a HAR file, a \
                     configuration of edge-cors, or the CORS settings of Envoy, Istio, the Gateway API, Envoy Gateway, \
                     ingress-nginx, Higress, nginx, Express, Flask or Django.";

pub(crate) fn recognise(text: &str) -> Value {
    let text = text.trim_start_matches('\u{feff}').trim();
    if curl::is_one(text) {
        return curl::recognise(text);
    }
    if har::is_one(text) {
        return har::recognise(text);
    }
    let own = own(text);
    let is_accepted = own.as_ref().is_some_and(|own| PolicySet::from_json(own).is_ok());
    let own = own.map(|own| json!({ "kind": "configuration", "configuration": own }));
    // The page shows what is wrong with one that has errors, unless it is something else.
    own.clone()
        .filter(|_| is_accepted)
        .or_else(|| imported(text))
        .or(own)
        .or_else(|| console::recognise(text))
        .unwrap_or_else(|| nothing(KNOWN))
}

fn nothing(message: impl Into<String>) -> Value {
    json!({ "kind": "nothing", "message": message.into() })
}

/// A configuration of edge-cors, by itself or in the file of a host.
fn own(text: &str) -> Option<String> {
    configurations(Path::new("pasted"), text).into_iter().next().or_else(|| of_worker(text))
}

/// The string in a wrangler.toml: what else is in it needs a parser for TOML.
fn of_worker(text: &str) -> Option<String> {
    let (_, behind) = text.split_once("CORS_CONFIG = '''")?;
    let (configuration, _) = behind.split_once("'''")?;
    Some(configuration.trim().to_owned())
}

/// The settings of other software.
fn imported(text: &str) -> Option<Value> {
    let Imported { source, configuration, losses } = import(Source::Auto, Path::new("pasted"), text).ok()?;
    let line = |offset: usize| 1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count();
    let losses = losses.iter().map(|loss| {
        json!({
            "severity": if loss.is_lost() { "warning" } else { "note" },
            "code": loss.code,
            "message": loss.message,
            "help": loss.fix,
            "line": line(loss.offset),
        })
    });
    Some(json!({
        "kind": "import",
        "source": source.title(),
        "configuration": configuration,
        "losses": losses.collect::<Vec<_>>(),
    }))
}
