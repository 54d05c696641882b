//! What somebody has pasted.

mod console;
mod curl;
mod har;
mod secrets;

use std::path::Path;

use edge_cors_cli::{Imported, Source, configurations, import};
use serde_json::{Value, json};

/// What can be pasted, for the message that something else was.
const KNOWN: &str = "Paste a message of the console of Chromium, Firefox or Safari, a curl command, a HAR file, a \
                     configuration of edge-cors, or the CORS settings of Envoy, Istio, the Gateway API, Envoy Gateway, \
                     ingress-nginx, Higress, nginx, Express, Flask or Django.";

/// The names of files that tell the format of a text.
const NAMES: [&str; 2] = ["pasted", "wrangler.toml"];

pub(crate) fn recognise(text: &str) -> Value {
    let text = text.trim_start_matches('\u{feff}').trim();
    if curl::is_one(text) {
        return curl::recognise(text);
    }
    if har::is_one(text) {
        return har::recognise(text);
    }
    own(text).or_else(|| imported(text)).or_else(|| console::recognise(text)).unwrap_or_else(|| nothing(KNOWN))
}

fn nothing(message: impl Into<String>) -> Value {
    json!({ "kind": "nothing", "message": message.into() })
}

/// A configuration of edge-cors, by itself or in the file of a host.
fn own(text: &str) -> Option<Value> {
    let configuration = NAMES.iter().find_map(|name| configurations(Path::new(name), text).into_iter().next())?;
    Some(json!({ "kind": "configuration", "configuration": configuration }))
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
