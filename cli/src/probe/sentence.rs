//! All words about findings and guesses.

use super::finding::{Finding, Sloppy, To};
use super::infer::GuessKind;

/// What a server sends is cut after so many characters.
const MAX_SHOWN: usize = 120;

/// What is said of a finding.
pub(super) struct Sentences {
    /// One sentence: what is wrong.
    pub(super) message: String,
    /// Why it matters.
    pub(super) reason: String,
    /// What to do.
    pub(super) fix: String,
}

/// What a server has sent, in quotes, without control characters, and not too long.
pub(super) fn quoted(text: &str) -> String {
    let mut cut: String = text.chars().take(MAX_SHOWN).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    format!("{cut:?}")
}

const STRANGERS_READ: &str =
    "Every website can send requests as its visitor, with the visitor's cookies, and read the answers.";
const STRANGERS_READ_PUBLIC: &str = "Every website can read the responses that the server gives to its visitors without cookies, also on networks that \
     only the visitor can reach.";

fn with_cookies(credentials: bool) -> &'static str {
    if credentials { ", with credentials" } else { "" }
}

fn list(origins: &[String]) -> String {
    origins.iter().map(|origin| quoted(origin)).collect::<Vec<_>>().join(", ")
}

impl Finding {
    /// What is said of it.
    pub(super) fn sentences(&self) -> Sentences {
        let (message, reason, fix): (String, &str, String) = match self {
            Self::AnyOrigin => (
                "Every origin is allowed, without credentials.".into(),
                STRANGERS_READ_PUBLIC,
                "allow \"*\" only for what is public. Otherwise, list the origins of your pages.".into(),
            ),
            Self::OriginReflected { credentials } => (
                format!("Every origin is allowed{}: the response contains whatever origin asks.", with_cookies(*credentials)),
                if *credentials { STRANGERS_READ } else { STRANGERS_READ_PUBLIC },
                "list the origins of your pages and compare them as a whole.".into(),
            ),
            Self::WildcardWithCredentials => (
                "A response has both Access-Control-Allow-Origin: * and Access-Control-Allow-Credentials: true.".into(),
                "Browsers refuse this combination for every request with cookies, so it does not do what it seems to.",
                "list the origins that need cookies, or remove Access-Control-Allow-Credentials.".into(),
            ),
            Self::NullOrigin { credentials } => (
                format!("The origin null is allowed{}.", with_cookies(*credentials)),
                "Every website can create a sandboxed frame, which has this origin.",
                "remove \"null\" from the origins, and serve the page that needs it from a real origin.".into(),
            ),
            Self::Sloppy { how, origins, credentials } => (
                format!("{}: {}{}.", sloppy(*how), list(origins), with_cookies(*credentials)),
                "Somebody else can register such a name, and then reads what only your pages should.",
                "compare whole origins. In a regular expression, escape the dots and anchor both ends.".into(),
            ),
            Self::AnySubdomain { origins, credentials } => (
                format!("Names that do not exist are allowed: {}{}.", list(origins), with_cookies(*credentials)),
                "One forgotten or hacked subdomain, or a script injected into any of them, reads the responses too.",
                "list the subdomains that need access, unless all of them are trusted.".into(),
            ),
            Self::InsecureOrigin { origins, credentials } => (
                format!("Pages without TLS are allowed: {}{}.", list(origins), with_cookies(*credentials)),
                "Everyone on the visitor's network can forge such a page, and then reads what TLS should protect.",
                "allow only https origins.".into(),
            ),
            Self::AnyPort { origins, credentials } => (
                format!("Any port is allowed: {}{}.", list(origins), with_cookies(*credentials)),
                "Another service on the same host, such as a test server, can read the responses.",
                "list the ports. A page on the default port has none in its origin.".into(),
            ),
            Self::PublicSite { origins, credentials } => (
                format!("Sites where everyone can run scripts are allowed: {}{}.", list(origins), with_cookies(*credentials)),
                "Everyone who can publish there can read the responses.",
                "remove these origins.".into(),
            ),
            Self::LocalOrigin { origins, credentials } => (
                format!("Pages on the visitor's own machine are allowed: {}{}.", list(origins), with_cookies(*credentials)),
                "Every program on the visitor's machine can serve such a page. It is usually a leftover of development.",
                "allow these origins only in the configuration for development.".into(),
            ),
            Self::ThirdParty { origin } => (
                format!("The responses name a site of somebody else: {}.", quoted(origin)),
                "Whoever controls that site, or injects a script into it, reads the responses.",
                "remove the origin if it is not meant.".into(),
            ),
            Self::InvalidAllowOrigin { value } => (
                format!("Access-Control-Allow-Origin has a value that matches no page: {}.", quoted(value)),
                "Browsers compare the whole value with the page's origin: one origin, without a path, or \"*\".",
                "send back the one origin that asks, if it is allowed.".into(),
            ),
            Self::InvalidAllowCredentials { value } => (
                format!("Access-Control-Allow-Credentials is {}.", quoted(value)),
                "Browsers ignore every value but \"true\", in lower case.",
                "write \"true\", or remove the header.".into(),
            ),
            Self::InvalidList { name, value, member } => (
                format!("{name} cannot be read: {} contains {}.", quoted(value), quoted(member)),
                "One member that is not a token makes browsers refuse the whole preflight.",
                "write names with commas between them.".into(),
            ),
            Self::DuplicateHeader { name, value } => (
                format!("{name} is sent more than once: {}.", quoted(value)),
                "Browsers join the values, and then none of them matches. Usually the service and a proxy both add it.",
                "let only one of them add CORS headers.".into(),
            ),
            Self::MissingVary { on } => (
                format!("Responses differ by origin, but Vary: Origin is missing {}.", responses(on)),
                "A cache can serve one page's response to another page, which is then blocked, or may read what it should not.",
                "send Vary: Origin with every response, also to requests without Origin.".into(),
            ),
            Self::PreflightAuthentication { status } => (
                format!("Preflights are answered with {status}: they would need credentials."),
                "Browsers never send cookies or Authorization with a preflight, so every request that needs one fails.",
                "answer preflights before authentication.".into(),
            ),
            Self::PreflightRedirect { status, location } => (
                format!("Preflights are answered with {status}: they are redirected to {}.", quoted(location)),
                "Browsers do not follow a redirect of a preflight, so every request that needs one fails.",
                "answer preflights before redirecting, and let pages call the final URL.".into(),
            ),
            Self::PreflightStatus { status } => (
                format!("Pages may read responses, but no preflight passes: the status is {status}."),
                "Every request with another method than GET, HEAD or POST, or with headers of its own, fails.",
                "answer OPTIONS with a status from 200 to 299 and CORS headers.".into(),
            ),
            Self::ResponseWithoutHeaders { origin } => (
                format!("Preflights of {} pass, but the response has no matching Access-Control-Allow-Origin.", quoted(origin)),
                "The browser sends the request, and then hides the response from the page.",
                "send the CORS headers with responses too.".into(),
            ),
            Self::Redirect { status, location } => (
                format!("The URL redirects with {status}, to {}.", quoted(location)),
                "A redirect needs CORS headers too, and behind one to another origin, the page's origin is null.",
                "let pages call the final URL, and probe that one.".into(),
            ),
            Self::ErrorWithoutHeaders { status } => (
                format!("A response with status {status} has no CORS headers."),
                "The page cannot read the error; its console blames CORS instead.",
                "add CORS headers to every response, whatever its status. In nginx, write \"always\" behind add_header.".into(),
            ),
            Self::CredentialsDiffer { preflight } => (
                match preflight {
                    true => "Preflights allow credentials, but responses do not.".into(),
                    false => "Responses allow credentials, but preflights do not.".into(),
                },
                "A request with cookies that needs a preflight needs Access-Control-Allow-Credentials in both.",
                "send the header with both.".into(),
            ),
            Self::WildcardHeaders => (
                "Access-Control-Allow-Headers is \"*\".".into(),
                "It never covers Authorization, and nothing in requests with cookies. Browsers differ about both.",
                "list the names of the headers.".into(),
            ),
            Self::RefusedPreflightLeaks { names } => (
                format!("A preflight from an origin that is not allowed is answered with {}.", names.join(" and ")),
                "Strangers learn what the server accepts from your pages.",
                "answer preflights from other origins without CORS headers.".into(),
            ),
        };
        Sentences { message, reason: reason.to_owned(), fix }
    }
}

fn sloppy(how: Sloppy) -> &'static str {
    match how {
        Sloppy::Prefix => "Origins that begin with one of yours are allowed",
        Sloppy::Suffix => "Origins that end with one of your names are allowed",
        Sloppy::Part => "A part of one of your names is allowed as an origin",
        Sloppy::Dot => "A dot in an origin matches every character",
        Sloppy::Character => "A character that host names do not have hides a stranger's domain",
    }
}

fn responses(on: &[To]) -> String {
    let what = on.iter().map(|to| match to {
        To::Allowed => "in those to allowed origins",
        To::Denied => "in those to other origins",
        To::NotCors => "in those to requests without Origin",
    });
    what.collect::<Vec<_>>().join(" and ")
}

impl GuessKind {
    /// What is not certain, in a sentence or two.
    pub(super) fn sentence(&self) -> String {
        match self {
            Self::Pattern { pattern, asked } if asked.len() == 1 => {
                format!("{} was found by one origin: {}.", quoted(pattern), list(asked))
            }
            Self::Pattern { pattern, asked } => {
                format!("{} was found by {} origins: {}.", quoted(pattern), asked.len(), list(asked))
            }
            Self::OneByOne { asked } => format!(
                "The server shows no list. These were found by asking: {}. Add others with --method or --header-name.",
                list(asked)
            ),
            Self::AfterPreflight { origin, status } => format!(
                "The response to {} has status {status} and no CORS headers, so only the answers to preflights count.",
                quoted(origin)
            ),
            Self::Credentials => {
                "Preflights and responses do not agree about credentials. Here the response counts.".to_owned()
            }
            Self::LeftOut { value, why } => format!("Left out: {}. {why}", quoted(value)),
            Self::MaxAge { sent } => format!("The server sends {sent} seconds; no browser uses more than a day."),
            Self::Unasked { count } => {
                format!(
                    "There were too many questions, and at least {count} were not asked. Set --max-requests higher."
                )
            }
        }
    }
}
