//! Responses from something in front of the edge: what the status tells about it.

use super::remedy::{Cause, Remedy};

/// What gave an answer with this status, and what to do about it.
struct Guess {
    what: &'static str,
    fix: &'static str,
}

const EDGE_FIRST: &str = "Put the edge first: the filter before all others in the chain, or the Worker on the route \
                          that browsers call.";

/// Something in front of the edge answered, so the edge decided nothing.
pub(super) fn cause(status: u16, preflight: bool) -> Cause {
    let Guess { what, fix } = if preflight { to_preflight(status) } else { to_request(status) };
    let (code, answered) = match preflight {
        true => ("answered-in-front", format!("answered the preflight with {status}")),
        false => ("not-decorated", format!("answered with {status}, without CORS headers")),
    };
    let message = format!("Something in front of the edge {answered}. {what}");
    Cause { code, message, remedy: Remedy::Elsewhere(fix.to_owned()) }
}

fn to_preflight(status: u16) -> Guess {
    match status {
        300..=399 => Guess {
            what: "That is a redirect, and browsers do not follow redirects of preflights. Usually the path lacks a \
                   slash at its end or has one too many, the URL begins with http instead of https, or a login is \
                   required.",
            fix: "Call the URL that it redirects to. If that is a login page, let OPTIONS requests through without a \
                  login, or put the edge in front of the login.",
        },
        404 | 405 => Guess {
            what: "The preflight never reached the edge: what is in front of it does not know the path, or not with \
                   the method OPTIONS.",
            fix: "Send OPTIONS requests for this path to the edge too.",
        },
        401 | 403 | 407 => Guess {
            what: "That is authentication or a firewall. Preflights carry no credentials, so \
                   authentication in front of the edge refuses them all.",
            fix: EDGE_FIRST,
        },
        429 => RATE_LIMIT,
        500.. => UNREACHABLE,
        _ => Guess { what: "So another server or filter answers OPTIONS requests by itself.", fix: EDGE_FIRST },
    }
}

fn to_request(status: u16) -> Guess {
    match status {
        300..=399 => Guess {
            what: "That is a redirect, and browsers follow it only if it allows the page's origin itself. Usually the \
                   path lacks a slash at its end or has one too many, the URL begins with http instead of https, or a \
                   login is required.",
            fix: "Call the URL that it redirects to. If that is a login page, put the edge in front of the login.",
        },
        404 | 405 => Guess {
            what: "The request never reached the edge: what is in front of it does not know the path, or not with \
                   this method.",
            fix: "Send the requests for this path to the edge.",
        },
        401 | 403 | 407 => Guess { what: "That is authentication or a firewall.", fix: EDGE_FIRST },
        429 => RATE_LIMIT,
        500.. => UNREACHABLE,
        _ => Guess { what: "So the response did not come through the edge.", fix: EDGE_FIRST },
    }
}

const RATE_LIMIT: Guess = Guess {
    what: "That is a rate limit. Preflights count as requests of their own.",
    fix: "Leave OPTIONS requests out of the limit, or let browsers cache preflights for longer with \"maxAge\".",
};

const UNREACHABLE: Guess = Guess {
    what: "Usually it could not reach the edge, or got no answer in time.",
    fix: "Look for the cause in the log of what is in front of the edge. With the edge first in the chain, pages can \
          read such errors.",
};
