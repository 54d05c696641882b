//! Lists of methods and header names: from what a browser makes of a source's list to ours.

use super::loss::Losses;
use super::rules::{Placed, Rules};

/// Methods that browsers spell in upper case whatever the page writes.
const NORMALISED: [&str; 6] = ["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"];

/// How a source's list is sent, if a `*` is in it.
enum Wildcard {
    /// What is asked for is echoed, or the response is for no credentials: it covers everything.
    All(usize),
    /// It is sent as it is beside credentials: browsers then take it for a wildcard only where a page sends none.
    Literal(usize),
}

fn wildcard(list: &[Placed<String>], credentials: bool, is_echoed: bool) -> Option<Wildcard> {
    let any = list.iter().find(|member| member.value == "*")?;
    let covers = !credentials || is_echoed;
    Some(if covers { Wildcard::All(any.offset) } else { Wildcard::Literal(any.offset) })
}

/// Beside credentials, a literal `*` cannot be expressed.
fn without_literal(list: &[Placed<String>], wildcard: Option<&Wildcard>, losses: &mut Losses) -> Vec<Placed<String>> {
    if let Some(Wildcard::Literal(offset)) = wildcard {
        let message = "Beside credentials, browsers take this * for a wildcard only in requests without cookies. It is left \
                       out, so those lose what it covered.";
        losses.narrower(*offset, message.to_owned(), "list the names that pages use.");
    }
    list.iter().filter(|member| member.value != "*").cloned().collect()
}

/// The methods that browsers find in a source's list. A source may echo the requested one for a `*` alone.
pub(super) fn methods(rules: &Rules, losses: &mut Losses) -> Vec<Placed<String>> {
    // No browser sends one of these in lower case.
    let is_sent = |method: &Placed<String>| {
        let upper = method.value.to_ascii_uppercase();
        !NORMALISED.contains(&upper.as_str()) || method.value == upper
    };
    let Rules { methods: list, credentials, .. } = rules;
    match wildcard(list, *credentials, !rules.sends_any_method && list.len() == 1) {
        Some(Wildcard::All(offset)) => vec![Placed::new("*".to_owned(), offset)],
        other => without_literal(list, other.as_ref(), losses).into_iter().filter(is_sent).collect(),
    }
}

/// The request-header names that browsers find in a source's list.
///
/// `*` covers `authorization` there: sources echo the requested names, and today's browsers let a literal `*` cover
/// it too, against the standard.
pub(super) fn headers(rules: &Rules, losses: &mut Losses) -> Vec<Placed<String>> {
    let Rules { headers: list, credentials, .. } = rules;
    match wildcard(list, *credentials, !rules.sends_any_header && list.len() == 1) {
        Some(Wildcard::All(offset)) => ["*", "authorization"].map(|name| Placed::new(name.to_owned(), offset)).to_vec(),
        other => without_literal(list, other.as_ref(), losses),
    }
}

/// The response-header names that pages can read.
pub(super) fn exposed(rules: &Rules, losses: &mut Losses) -> Vec<Placed<String>> {
    let Rules { exposed: list, credentials, .. } = rules;
    match wildcard(list, *credentials, false) {
        Some(Wildcard::All(offset)) => vec![Placed::new("*".to_owned(), offset)],
        other => without_literal(list, other.as_ref(), losses),
    }
}
