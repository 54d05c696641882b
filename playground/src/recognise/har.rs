//! HAR files.

use edge_cors::browser::Initiator;
use edge_cors_cli::{HarCall, HarReport};
use serde_json::{Value, json};

use super::nothing;

pub(super) fn is_one(text: &str) -> bool {
    text.starts_with('{') && text.contains("\"log\"") && text.contains("\"entries\"")
}

pub(super) fn recognise(text: &str) -> Value {
    match HarReport::of_text(text) {
        Ok(report) => json!({
            "kind": "har",
            "calls": report.calls().iter().map(call).collect::<Vec<_>>(),
            "configuration": report.configuration(),
        }),
        Err(why) => nothing(format!("{why}.")),
    }
}

fn call(call: &HarCall) -> Value {
    let page = &call.call;
    json!({
        "title": call.title(),
        "verdict": call.outcome(),
        "question": {
            "origin": page.origin,
            "url": page.url.as_str(),
            "method": page.method,
            "headers": page.headers,
            "credentials": page.credentials,
            "uploadListener": page.upload_listener,
            "via": if page.initiator == Initiator::XmlHttpRequest { "xhr" } else { "fetch" },
            "originServer": call.response.as_ref().map(|response| {
                json!({ "status": response.status, "headers": response.headers })
            }),
        },
    })
}
