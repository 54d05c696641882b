//! Redirects that browsers do not follow.

use edge_cors::browser::RedirectFailure;

use super::remedy::{Cause, Remedy};

pub(super) fn not_followed(failure: &RedirectFailure) -> Cause {
    let (code, message, fix) = match failure {
        RedirectFailure::TooMany => (
            "too-many-redirects",
            "The server redirects again and again, and browsers give up after 20 redirects.".to_owned(),
            "Look for two redirects that contradict each other, such as one to https and one to http, or one that adds a \
             slash and one that removes it.",
        ),
        RedirectFailure::Credentials(_) => (
            "redirect-credentials",
            "The redirect leads to a URL with a user name or a password, and browsers do not follow such a redirect \
             across origins."
                .to_owned(),
            "Redirect to a URL without them, and send what the server needs in a header.",
        ),
        RedirectFailure::Scheme(url) => (
            "redirect-scheme",
            format!(
                "The redirect leads to a {}: URL, and browsers follow redirects only to http and https.",
                url.scheme()
            ),
            "Send the content itself, or redirect to an https URL.",
        ),
    };
    Cause { code, message, remedy: Remedy::Elsewhere(fix.to_owned()) }
}
