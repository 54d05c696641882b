//! A record as JSON, for hosts whose logs can be searched by member.

use std::fmt;

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::Record;

impl Record<'_> {
    /// One line: an object with the record as a sentence, and each of its parts.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl Serialize for Record<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut line = serializer.serialize_map(None)?;
        line.serialize_entry("message", &Shown(format_args!("edge-cors: {self}")))?;
        line.serialize_entry("policy", self.policy())?;
        line.serialize_entry("class", &Shown(self.verdict().class()))?;
        line.serialize_entry("reason", &Shown(self.verdict().reason()))?;
        line.serialize_entry("enforced", &self.is_enforced())?;
        line.serialize_entry("origin", &Shown(self.origin()))?;
        if let Some((candidate, change)) = self.candidate() {
            line.serialize_entry("candidate", candidate)?;
            line.serialize_entry("change", &Shown(change))?;
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
    use crate::shadow::Change;
    use crate::verdict::{OriginVerdict, Verdict};

    fn parsed(record: &Record<'_>) -> Value {
        serde_json::from_str(&record.to_json()).unwrap()
    }

    #[test]
    fn a_refusal() {
        let verdict = Verdict::Actual(OriginVerdict::Malformed);
        let record = Record { policy: "a", verdict, enforced: true, candidate: None, origin: b"x\"\\\n\xff" };
        let expected = json!({
            "message": r#"edge-cors: refused a.actual.origin-malformed, origin "x\"\\\x0a\xff""#,
            "policy": "a", "class": "actual", "reason": "origin-malformed", "enforced": true,
            "origin": r#"x\"\\\x0a\xff"#,
        });
        assert_eq!(parsed(&record), expected);
    }

    #[test]
    fn a_change() {
        let candidate = Some(("b", Change::AllowToDeny));
        let verdict = Verdict::Actual(OriginVerdict::Allowed);
        let record = Record { policy: "a", verdict, enforced: true, candidate, origin: b"https://a.example" };
        let expected = json!({
            "message": r#"edge-cors: allowed a.actual.allowed, origin "https://a.example", candidate b: allow_to_deny"#,
            "policy": "a", "class": "actual", "reason": "allowed", "enforced": true, "origin": "https://a.example",
            "candidate": "b", "change": "allow_to_deny",
        });
        assert_eq!(parsed(&record), expected);
    }
}
