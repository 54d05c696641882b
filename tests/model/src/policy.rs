//! A policy: docs/configuration.md, section "A policy".

use serde_json::Value;

use crate::origin::{Pattern, is_origin};

#[derive(Debug)]
pub(crate) struct Policy {
    pub(crate) name: String,
    pub(crate) origins: Vec<Pattern>,
    pub(crate) methods: Vec<String>,
    pub(crate) headers: Vec<String>,
    pub(crate) exposed: Vec<String>,
    pub(crate) credentials: bool,
    pub(crate) max_age: Option<u64>,
    pub(crate) preflight_status: u16,
    pub(crate) mode: &'static str,
    pub(crate) rollout: u64,
    pub(crate) explains: bool,
    pub(crate) forwards_unmatched: bool,
    pub(crate) keeps: bool,
    pub(crate) rejects: bool,
    pub(crate) web_sockets: &'static str,
    pub(crate) timing: Option<Vec<Pattern>>,
    pub(crate) resource_policy: Option<String>,
    pub(crate) private_network: bool,
    pub(crate) debug: bool,
}

impl Policy {
    pub(crate) fn new(name: &str, policy: &Value) -> Self {
        let text = |field: &str| policy.get(field).and_then(Value::as_str).unwrap_or_default();
        let is = |field: &str| policy.get(field) == Some(&Value::Bool(true));
        let texts = |field: &str| -> Vec<String> {
            let list = policy.get(field).and_then(Value::as_array).into_iter().flatten();
            list.map(|entry| entry.as_str().unwrap().to_owned()).collect()
        };
        Self {
            name: name.to_owned(),
            origins: patterns(&policy["allowOrigins"]),
            methods: texts("allowMethods"),
            headers: texts("allowHeaders"),
            exposed: texts("exposeHeaders"),
            credentials: is("allowCredentials"),
            max_age: policy.get("maxAge").map(seconds),
            preflight_status: if policy.get("preflightStatus").and_then(Value::as_u64) == Some(200) {
                200
            } else {
                204
            },
            mode: match text("mode") {
                "off" => "off",
                "report" => "report",
                _ => "enforce",
            },
            rollout: policy.get("rollout").map_or(100, |share| share.as_u64().unwrap()),
            explains: text("refusedPreflights") != "silent",
            forwards_unmatched: text("unmatchedPreflights") == "forward",
            keeps: text("upstreamHeaders") == "keep",
            rejects: text("disallowedRequests") == "reject",
            web_sockets: match text("webSockets") {
                "report" => "report",
                "reject" => "reject",
                _ => "ignore",
            },
            timing: policy.get("timingAllowOrigins").map(patterns),
            resource_policy: policy.get("crossOriginResourcePolicy").map(|value| value.as_str().unwrap().to_owned()),
            private_network: is("allowPrivateNetwork"),
            debug: is("debug"),
        }
    }

    /// Allows no origin.
    pub(crate) fn closed() -> Self {
        Self::new("closed", &serde_json::json!({ "allowOrigins": [] }))
    }

    pub(crate) fn allows(&self, origin: &str) -> bool {
        is_origin(origin) && self.origins.iter().any(|pattern| pattern.matches(origin))
    }

    /// Whether every origin gets `*`.
    pub(crate) fn answers_any(&self) -> bool {
        !self.credentials && is_any(&self.origins)
    }

    /// Whether the status or some header depends on the origin.
    pub(crate) fn depends_on_origin(&self) -> bool {
        let by_timing = self.timing.as_ref().is_some_and(|timing| !timing.is_empty() && !is_any(timing));
        !self.answers_any() || by_timing || self.debug || self.rejects
    }

    /// Whether it is enforced for an origin in this bucket, from 0 to 99, or for a request without one.
    pub(crate) fn is_enforced(&self, bucket: Option<u64>) -> bool {
        self.mode == "enforce" && bucket.unwrap_or(99) < self.rollout
    }

    /// Whether it is enforced for some origin.
    pub(crate) fn can_be_enforced(&self) -> bool {
        self.mode == "enforce" && self.rollout > 0
    }

    /// Whether it is enforced for some origins only.
    pub(crate) fn is_partial(&self) -> bool {
        self.mode == "enforce" && (1..100).contains(&self.rollout)
    }
}

/// Whether a list is `*`.
pub(crate) fn is_any(patterns: &[Pattern]) -> bool {
    matches!(patterns, [Pattern::Text(any)] if any == "*")
}

fn patterns(list: &Value) -> Vec<Pattern> {
    let pattern = |entry: &Value| match entry.get("regex") {
        Some(regex) => Pattern::Regex(regex::Regex::new(&format!("^(?:{})$", regex.as_str().unwrap())).unwrap()),
        None => Pattern::Text(entry.as_str().unwrap().to_owned()),
    };
    list.as_array().unwrap().iter().map(pattern).collect()
}

/// Seconds, or a text such as `1h30m`.
fn seconds(value: &Value) -> u64 {
    let Some(text) = value.as_str() else {
        return format!("{}", value.as_f64().unwrap()).parse().unwrap();
    };
    let (mut total, mut number) = (0, 0);
    for c in text.chars() {
        match c.to_digit(10) {
            Some(digit) => number = number * 10 + u64::from(digit),
            None => {
                total += number
                    * match c {
                        'h' => 3600,
                        'm' => 60,
                        _ => 1,
                    };
                number = 0;
            }
        }
    }
    total
}
