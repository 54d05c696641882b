//! Notices about a file, apart from its configurations.

/// One notice, and its place.
#[derive(Clone)]
pub(crate) struct Notice {
    /// The stable name of the kind.
    pub(crate) code: &'static str,
    /// Whether this is an error; otherwise it is a warning.
    pub(crate) is_error: bool,
    /// Offset in the file, in bytes.
    pub(crate) offset: usize,
    /// One sentence: what is wrong.
    pub(crate) message: String,
    /// What to write or do instead.
    pub(crate) fix: String,
}

impl Notice {
    pub(super) fn warning(code: &'static str, offset: usize, message: String, fix: &str) -> Self {
        Self { code, is_error: false, offset, message, fix: fix.to_owned() }
    }

    pub(super) fn error(code: &'static str, offset: usize, message: String, fix: &str) -> Self {
        Self { code, is_error: true, offset, message, fix: fix.to_owned() }
    }
}
