//! The Worker's configuration: a variable of `wrangler.toml`, or a key of a KV namespace.

use wasm_bindgen::JsValue;
use worker::js_sys::{JSON, Reflect};
use worker::{Env, console_error, console_log, console_warn};

use crate::PolicySet;

/// The variable: a JSON object, or the text of one.
const VARIABLE: &str = "CORS_CONFIG";
/// The KV namespace that takes the place of the variable where it is bound.
const NAMESPACE: &str = "CORS_CONFIG_KV";
/// The key in the namespace.
const KEY: &str = "cors.json";

/// The configuration of an isolate.
pub(super) struct Configuration {
    in_force: PolicySet,
    /// The text that was looked at last, in force or rejected: the same is not looked at twice.
    seen: Option<String>,
}

/// A configuration, as it was read.
pub(super) struct Read {
    /// The text, or why there is none.
    source: Result<String, String>,
    /// Whether it can change while the Worker runs.
    pub(super) changes: bool,
}

impl Configuration {
    pub(super) fn none() -> Self {
        Self { in_force: PolicySet::closed(), seen: None }
    }

    pub(super) fn policies(&self) -> &PolicySet {
        &self.in_force
    }

    /// Puts a configuration in force. One that cannot be used leaves the last good one there.
    pub(super) fn accept(&mut self, read: Read) {
        let source = match read.source {
            Ok(source) => source,
            Err(reason) => return console_error!("edge-cors: {reason} {}", self.what_holds()),
        };
        if self.seen.as_ref() == Some(&source) {
            return;
        }
        match PolicySet::from_json(&source) {
            Ok((policies, warnings)) => {
                let (count, warned) = (policies.policies().len(), warnings.len());
                console_log!("edge-cors: configuration accepted: policies: {count}, warnings: {warned}");
                warnings.iter().for_each(|warning| console_warn!("edge-cors: {warning}"));
                self.in_force = policies;
            }
            Err(problems) => {
                let count = problems.len();
                console_error!("edge-cors: configuration rejected, problems: {count}. {}", self.what_holds());
                problems.iter().for_each(|problem| console_error!("edge-cors: {problem}"));
            }
        }
        self.seen = Some(source);
    }

    fn what_holds(&self) -> &'static str {
        if self.in_force.policies().is_empty() {
            "No origin is allowed and preflights are refused until there is a good one."
        } else {
            "The one before stays in force."
        }
    }
}

/// Reads the configuration from the Worker's bindings.
pub(super) async fn read(env: &Env) -> Read {
    if let Ok(namespace) = env.kv(NAMESPACE) {
        let source = match namespace.get(KEY).text().await {
            Ok(Some(source)) => Ok(source),
            Ok(None) => Err(format!("The KV namespace {NAMESPACE} has no key {KEY}.")),
            Err(error) => Err(format!("The KV namespace {NAMESPACE} cannot be read: {error}.")),
        };
        return Read { source, changes: true };
    }
    let variable = Reflect::get(env, &JsValue::from_str(VARIABLE)).unwrap_or_default();
    let source =
        text_of(&variable).ok_or_else(|| format!("There is no variable {VARIABLE} and no KV namespace {NAMESPACE}."));
    Read { source, changes: false }
}

/// A text as it is, an object as JSON with line breaks, so that problems have lines.
fn text_of(variable: &JsValue) -> Option<String> {
    let json =
        || JSON::stringify_with_replacer_and_space(variable, &JsValue::NULL, &JsValue::from(2)).ok()?.as_string();
    variable.as_string().or_else(json)
}
