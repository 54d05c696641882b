//! A record as JSON, for hosts whose logs can be searched by member.

use std::fmt;

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::Record;
use crate::request::RequestHead;

impl<R: RequestHead> Record<'_, R> {
    /// One line: an object with the record as a sentence, and each of its parts.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl<R: RequestHead> Serialize for Record<'_, R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut line = serializer.serialize_map(None)?;
        line.serialize_entry("message", &Shown(format_args!("edge-cors: {self}")))?;
        line.serialize_entry("policy", self.policy())?;
        line.serialize_entry("class", &Shown(self.verdict().class()))?;
        line.serialize_entry("reason", &Shown(self.verdict().reason()))?;
        line.serialize_entry("outcome", &Shown(self.outcome()))?;
        line.serialize_entry("enforced", &self.is_enforced())?;
        line.serialize_entry("origin", &Shown(self.origin()))?;
        line.serialize_entry("method", &Shown(self.method()))?;
        line.serialize_entry("host", &Shown(self.host()))?;
        line.serialize_entry("path", &Shown(self.path()))?;
        if let Some(method) = self.requested_method() {
            line.serialize_entry("requestedMethod", &Shown(method))?;
        }
        if let Some(names) = self.requested_headers() {
            line.serialize_entry("requestedHeaders", &Shown(names))?;
        }
        if let Some((candidate, change)) = self.candidate() {
            line.serialize_entry("candidate", candidate)?;
            line.serialize_entry("change", &Shown(change))?;
        }
        if let Some(fingerprint) = self.configuration() {
            line.serialize_entry("configuration", &Shown(fingerprint))?;
        }
        line.end()
    }
}

/// What a value displays, as a string.
struct Shown<T>(T);

impl<T: fmt::Display> Serialize for Shown<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::policy_set::PolicySet;

    /// A request to `https://api.example.com/v1?token=1`.
    struct Sent(&'static str, &'static [(&'static str, &'static [u8])]);

    impl RequestHead for Sent {
        type Value = &'static [u8];
        fn method(&self) -> Option<&'static [u8]> {
            Some(self.0.as_bytes())
        }
        fn scheme(&self) -> Option<&'static [u8]> {
            Some(b"https")
        }
        fn authority(&self) -> Option<&'static [u8]> {
            Some(b"api.example.com")
        }
        fn path(&self) -> Option<&'static [u8]> {
            Some(b"/v1?token=1")
        }
        fn combined(&self, name: &'static str) -> Option<&'static [u8]> {
            self.1.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
        }
        fn policy_name(&self) -> Option<&'static [u8]> {
            None
        }
    }

    fn logged(request: &Sent) -> Value {
        let (policies, _) = PolicySet::from_json(
            r#"{ "policies": { "a": { "allowOrigins": ["https://a.example"], "shadow": "b" },
                 "b": { "allowOrigins": ["https://b.example"] } }, "default": "a" }"#,
        )
        .unwrap();
        serde_json::from_str(&policies.decide(request).record(request).unwrap().to_json()).unwrap()
    }

    #[test]
    fn a_request_that_was_forwarded() {
        let expected = json!({
            "message": r#"edge-cors: forwarded a.actual.origin-malformed, origin "x\"\\\x0a\xff", GET "api.example.com/v1""#,
            "policy": "a", "class": "actual", "reason": "origin-malformed", "outcome": "forwarded", "enforced": true,
            "origin": r#"x\"\\\x0a\xff"#, "method": "GET", "host": "api.example.com", "path": "/v1",
        });
        assert_eq!(logged(&Sent("GET", &[("origin", b"x\"\\\n\xff")])), expected);
    }

    #[test]
    fn a_preflight_that_was_refused() {
        let headers: &[(&str, &[u8])] = &[
            ("origin", b"https://a.example"),
            ("access-control-request-method", b"PUT"),
            ("access-control-request-headers", b"x-a"),
        ];
        let expected = json!({
            "message": r#"edge-cors: refused a.preflight.method-not-allowed, origin "https://a.example", OPTIONS "api.example.com/v1", requested method "PUT", requested headers "x-a""#,
            "policy": "a", "class": "preflight", "reason": "method-not-allowed", "outcome": "refused", "enforced": true,
            "origin": "https://a.example", "method": "OPTIONS", "host": "api.example.com", "path": "/v1",
            "requestedMethod": "PUT", "requestedHeaders": "x-a",
        });
        assert_eq!(logged(&Sent("OPTIONS", headers)), expected);
    }

    #[test]
    fn a_change() {
        let expected = json!({
            "message": r#"edge-cors: allowed a.actual.allowed, origin "https://a.example", GET "api.example.com/v1", candidate b: allow_to_deny"#,
            "policy": "a", "class": "actual", "reason": "allowed", "outcome": "forwarded", "enforced": true,
            "origin": "https://a.example", "method": "GET", "host": "api.example.com", "path": "/v1",
            "candidate": "b", "change": "allow_to_deny",
        });
        assert_eq!(logged(&Sent("GET", &[("origin", b"https://a.example")])), expected);
    }
}
