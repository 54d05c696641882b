//! What blocks a page, and what would unblock it.

use super::draft::Rewrite;

/// What blocks the page.
pub(super) struct Cause {
    /// Its stable name.
    pub(super) code: &'static str,
    /// One or two sentences.
    pub(super) message: String,
    pub(super) remedy: Remedy,
}

/// What would unblock the page.
pub(super) enum Remedy {
    /// Another configuration.
    Configure(Rewrite),
    /// Another page.
    Page(String),
    /// A change outside the page and the configuration.
    Elsewhere(String),
    /// No change, or none that is advisable.
    Nothing(String),
}
