//! What a page needs a server to permit, apart from what every page may do.

use edge_cors::browser::{Call, PreflightReason};

/// What has to be permitted for a call to succeed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Needs {
    /// The origin of the request.
    pub(crate) origin: String,
    /// Its method, unless that is safelisted.
    pub(crate) method: Option<String>,
    /// The names of its headers that are not safelisted, in lower case.
    pub(crate) headers: Vec<String>,
    pub(crate) credentials: bool,
    /// The names of the response's headers that the page has to read, in lower case.
    pub(crate) reads: Vec<String>,
}

impl Needs {
    pub(crate) fn of(call: &Call, reads: &[String]) -> Self {
        let mut needs = Self {
            origin: call.origin.clone(),
            method: None,
            headers: Vec::new(),
            credentials: call.credentials,
            reads: reads.to_vec(),
        };
        for reason in call.preflight_reasons() {
            match reason {
                PreflightReason::Method(method) => needs.method = Some(method),
                PreflightReason::Headers(names) => needs.headers = names,
                PreflightReason::UploadListener => {}
            }
        }
        needs
    }
}
