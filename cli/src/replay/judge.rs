//! What a page got, and what it would get from a configuration.

use edge_cors::browser::{Call, Response};
use edge_cors::{Edit, PolicySet};

use super::line::{Answer, Line};

/// What a page gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Access {
    /// Why it gets nothing.
    pub(super) blocked: Option<String>,
    /// Whether it can also read the response if it sends cookies. `None` if that is not known.
    pub(super) credentials: Option<bool>,
}

/// What the page got, according to the log.
pub(super) fn before(line: &Line) -> Option<Access> {
    match &line.answer {
        Answer::Verdict { allowed } => {
            let blocked = (!allowed).then(|| "refused".to_owned());
            Some(Access { blocked, credentials: None })
        }
        Answer::Response { credentials, .. } => {
            let access = access(line, &line.response()?)?;
            Some(Access { credentials: credentials.and(access.credentials), ..access })
        }
    }
}

/// What the page would get from a configuration, and the policy that decides.
pub(super) fn after(line: &Line, policies: &PolicySet) -> Option<(Access, Option<String>)> {
    let exchange = policies.decide(line);
    let policy = exchange.policy().map(|policy| policy.name().to_owned());
    let response = match exchange.answer() {
        Some(answer) => {
            let headers = answer.headers().map(|(name, value)| (name.to_owned(), value.to_owned()));
            Response { status: answer.status(), headers: headers.collect() }
        }
        // The origin server sends no CORS headers.
        None => {
            let forwarded = Response { status: 200, headers: Vec::new() };
            let set = exchange.decorate(&forwarded).filter_map(|edit| match edit {
                Edit::Set { name, value } => Some((name.to_owned(), value.to_owned())),
                _ => None,
            });
            Response { status: 200, headers: set.collect() }
        }
    };
    Some((access(line, &response)?, policy))
}

/// What a browser makes of a response.
fn access(line: &Line, response: &Response) -> Option<Access> {
    let calls = [line.call(false)?, line.call(true)?];
    // A page can read its own server's responses. Hosts may be logged with the default port; an origin never has it.
    let is_own = |call: &Call| call.url.origin().ascii_serialization() == call.origin;
    if calls.iter().any(is_own) && !line.is_preflight() {
        return Some(Access { blocked: None, credentials: Some(true) });
    }
    let [without, with] = calls.map(|call| {
        let block = if line.is_preflight() { call.blocked_by_preflight(response) } else { call.blocked_by(response) };
        block.map(|block| block.code().to_owned())
    });
    let credentials = without.is_none().then_some(with.is_none());
    Some(Access { blocked: without, credentials })
}

impl Access {
    /// What this gives and the other does not.
    pub(super) fn beyond(&self, other: &Self) -> Option<String> {
        match (&self.blocked, &other.blocked) {
            (None, Some(code)) => Some(code.clone()),
            (None, None) if self.credentials == Some(true) && other.credentials == Some(false) => {
                Some("no credentials".to_owned())
            }
            _ => None,
        }
    }
}
