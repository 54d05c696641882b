//! What becomes of a configuration that cannot be used.

use super::WhenInvalid;
use super::source::Node;

/// The name of the field, which is valid beside the fields of both forms.
pub(crate) const WHEN_INVALID: &str = "whenInvalid";

impl WhenInvalid {
    /// What a text asks for, whatever else is wrong with it. A text that is not JSON, or that does not say,
    /// is to be rejected.
    ///
    /// ```
    /// use edge_cors::WhenInvalid;
    ///
    /// assert_eq!(WhenInvalid::of(r#"{ "whenInvalid": "close", "allowOrigin": 7 }"#), WhenInvalid::Close);
    /// assert_eq!(WhenInvalid::of(r#"{ "allowOrigin": 7 }"#), WhenInvalid::Reject);
    /// assert_eq!(WhenInvalid::of(r#"{ "whenInvalid": "close", "#), WhenInvalid::Reject);
    /// ```
    pub fn of(source: &str) -> Self {
        let members = Node::root(source).ok().and_then(|root| root.members(source)).unwrap_or_default();
        let given = members.into_iter().find(|member| member.key == WHEN_INVALID);
        match given.and_then(|member| member.node.string()).as_deref() {
            Some(text) if text == Self::Close.as_str() => Self::Close,
            _ => Self::Reject,
        }
    }
}
