//! A record as JSON, for hosts whose logs can be searched by member.

use super::Record;

impl Record<'_> {
    /// One line: an object with the record as a sentence and each of its parts.
    ///
    /// Names of policies, classes and reasons have no characters that JSON escapes.
    pub fn to_json(&self) -> String {
        let (policy, class, reason) = (self.policy(), self.class().as_str(), self.reason().as_str());
        let (message, origin) = (quoted(&format!("edge-cors: {self}")), quoted(&self.origin().to_string()));
        let candidate = self.candidate().map(|(candidate, change)| {
            let change = change.as_str();
            format!(r#","candidate":"{candidate}","change":"{change}""#)
        });
        let (enforced, candidate) = (self.is_enforced(), candidate.unwrap_or_default());
        format!(
            r#"{{"message":{message},"policy":"{policy}","class":"{class}","reason":"{reason}","enforced":{enforced},"origin":{origin}{candidate}}}"#
        )
    }
}

/// A text that is printable ASCII already, as JSON.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::{PolicySet, Request};

    struct From(&'static [u8]);

    impl Request for From {
        type Value = &'static [u8];

        fn header(&self, name: &'static str) -> Option<&'static [u8]> {
            (name == "origin").then_some(self.0)
        }
    }

    #[test]
    fn a_line_is_json() {
        let source = r#"{"policies": {"a": {"allowOrigins": ["https://a.example"], "shadow": "b"}, "b": {"allowOrigins": ["https://b.example"]}}, "default": "a"}"#;
        let (policies, _) = PolicySet::from_json(source).unwrap();
        let line = |origin| {
            let exchange = policies.decide(&From(origin));
            policies.record(&exchange).map(|record| serde_json::from_str::<Value>(&record.to_json()).unwrap())
        };
        let logged = |origin, reason, more: Value| {
            let message =
                |verb: &str, rest: &str| format!("edge-cors: {verb} a.actual.{reason}, origin \"{origin}\"{rest}");
            let mut expected =
                json!({ "policy": "a", "class": "actual", "reason": reason, "enforced": true, "origin": origin });
            let rest = more.as_object().unwrap();
            let told = rest
                .get("change")
                .map_or(String::new(), |change| format!(", candidate b: {}", change.as_str().unwrap()));
            expected["message"] = message(if reason == "allowed" { "allowed" } else { "refused" }, &told).into();
            expected.as_object_mut().unwrap().extend(rest.clone());
            Some(expected)
        };
        assert_eq!(line(b"x\"\\\n\xff"), logged("x\\\"\\\\\\x0a\\xff", "origin-malformed", json!({})));
        let change = |change: &str| json!({ "candidate": "b", "change": change });
        assert_eq!(line(b"https://a.example"), logged("https://a.example", "allowed", change("allow_to_deny")));
        assert_eq!(
            line(b"https://b.example"),
            logged("https://b.example", "origin-not-allowed", change("deny_to_allow"))
        );
    }
}
