//! Why a page is blocked by a server of which nothing is known but its responses.

mod lists;
mod origin;
mod status;

use edge_cors::browser::{Block, Call, Failure, Outcome, Response, Verdict};

use super::remedy::{Cause, Remedy};
use super::{before_the_wire, redirect};

/// A cause, and what would remove it.
pub(crate) struct Finding {
    pub(crate) cause: Cause,
    /// Whether the server's CORS settings would, if they had what the page needs.
    pub(crate) by_settings: bool,
}

/// What a response tells about its server's CORS settings.
struct Answer<'a> {
    call: &'a Call,
    response: &'a Response,
    /// Whether it is the response to the preflight.
    preflight: bool,
    /// Whether a preflight was sent before it, and succeeded.
    after_preflight: bool,
}

impl Answer<'_> {
    fn status(&self) -> u16 {
        self.response.status
    }

    /// Whether anything in the response has to do with CORS.
    fn has_cors(&self) -> bool {
        let headers = &self.response.headers;
        self.varies_by_origin() || headers.iter().any(|(name, _)| name.starts_with("access-control-"))
    }

    fn varies_by_origin(&self) -> bool {
        let members = self.response.get("vary").unwrap_or_default();
        members.split(',').any(|member| ["origin", "*"].contains(&member.trim().to_ascii_lowercase().as_str()))
    }

    /// What was answered, as the subject of a sentence.
    fn what(&self) -> &'static str {
        if self.preflight { "preflight" } else { "request" }
    }
}

/// What blocks the page, or hides from it a header that it has to read.
pub(crate) fn find(call: &Call, outcome: &Outcome, reads: &[String]) -> Option<Finding> {
    match &outcome.verdict {
        Verdict::Blocked(block) => blocked(call, outcome, block),
        Verdict::Readable => lists::unreadable(call, outcome, reads),
        _ => None,
    }
}

fn blocked(call: &Call, outcome: &Outcome, block: &Block) -> Option<Finding> {
    let (failure, preflight) = match block {
        Block::Cors { failure, preflight, .. } => (failure, *preflight),
        Block::Redirect(failure) => return Some(other(redirect::not_followed(failure))),
        block => return before_the_wire(block).map(other),
    };
    let step = outcome.steps.last()?;
    let answer = Answer { call, response: &step.response, preflight, after_preflight: outcome.steps.len() > 1 };
    Some(match failure {
        Failure::MissingAllowOrigin => origin::missing(&answer),
        Failure::MultipleAllowOrigin { values, in_one_line } => origin::multiple(values, *in_one_line),
        Failure::InvalidAllowOrigin(value) => origin::invalid(&answer, value),
        Failure::AllowOriginMismatch(value) => origin::mismatch(&answer, value),
        Failure::WildcardWithCredentials => by_settings(
            "wildcard-with-credentials",
            "The server allows every origin with \"*\", but the page sends credentials, and browsers accept \"*\" only \
             without them."
                .to_owned(),
            "Let the server answer with the origin of the page itself, from a list of those that may send credentials, \
             and with Access-Control-Allow-Credentials: true. If the page needs no cookies, leave out credentials: \
             \"include\" instead.",
        ),
        Failure::InvalidAllowCredentials(value) => lists::credentials(&answer, value),
        Failure::Status(status) => status::not_ok(*status),
        Failure::Redirect(_) => status::redirected(&answer),
        Failure::InvalidAllowMethods(list) => lists::unparsable("Access-Control-Allow-Methods", list),
        Failure::InvalidAllowHeaders(list) => lists::unparsable("Access-Control-Allow-Headers", list),
        Failure::MethodNotAllowed(method) => lists::method(&answer, method),
        Failure::HeaderNotAllowed(names) => lists::header(&answer, names.first().map_or("", String::as_str)),
        Failure::AuthorizationUnderWildcard => by_settings(
            "authorization-not-covered",
            "The server allows every header with \"*\", which does not cover authorization. Browsers still let it \
             through, but Firefox warns that it will stop."
                .to_owned(),
            "List authorization by name in the server's allowed headers.",
        ),
    })
}

fn by_settings(code: &'static str, message: String, fix: &str) -> Finding {
    Finding { cause: Cause { code, message, remedy: Remedy::Elsewhere(fix.to_owned()) }, by_settings: true }
}

fn elsewhere(code: &'static str, message: String, fix: &str) -> Finding {
    other(Cause { code, message, remedy: Remedy::Elsewhere(fix.to_owned()) })
}

fn page(code: &'static str, message: String, fix: String) -> Finding {
    other(Cause { code, message, remedy: Remedy::Page(fix) })
}

fn other(cause: Cause) -> Finding {
    Finding { cause, by_settings: false }
}

/// What is worth knowing about responses that block nothing.
pub(crate) fn advice(call: &Call, outcome: &Outcome) -> Vec<Cause> {
    let Some(step) = outcome.steps.last().filter(|_| matches!(outcome.verdict, Verdict::Readable)) else {
        return Vec::new();
    };
    let answer = Answer { call, response: &step.response, preflight: false, after_preflight: false };
    let mut advice = Vec::new();
    let allowed = step.response.get("access-control-allow-origin").unwrap_or_default();
    if allowed == "*" {
        advice.push(Cause {
            code: "every-origin",
            message: "Every website can read this response.".to_owned(),
            remedy: Remedy::Nothing("That is right for public data. For anything else, list the origins.".to_owned()),
        });
    } else if !answer.varies_by_origin() {
        advice.push(Cause {
            code: "vary-missing",
            message:
                "The response names the page's origin, but has no \"Vary: Origin\". A cache can give it to the page \
                      of another origin, which is then blocked."
                    .to_owned(),
            remedy: Remedy::Elsewhere(
                "Add \"Vary: Origin\" to every response of this path, also to those without an origin.".to_owned(),
            ),
        });
    }
    advice
}
