//! The lists that the page offers.

use serde_json::{Value, json};

/// The methods that pages use most. The first three need no permission.
pub(crate) const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// Names, each with what it stands for.
pub(crate) fn named(list: impl Iterator<Item = (String, String)>) -> Value {
    list.map(|(name, about)| json!({ "name": name, "about": about })).collect()
}
