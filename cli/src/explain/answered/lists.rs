//! Methods, header names, credentials and exposed headers: what the lists of a response lack.

use edge_cors::browser::{Call, Outcome, Unparsable};

use super::{Answer, Finding, by_settings, elsewhere, page};

fn list(answer: &Answer<'_>, name: &str) -> String {
    match answer.response.get(name) {
        Some(value) if !value.is_empty() => format!("it lists {value}"),
        _ => "it lists nothing".to_owned(),
    }
}

/// Whether the list is `*`, which counts as a name if the page sends credentials.
fn is_useless_wildcard(answer: &Answer<'_>, name: &str) -> bool {
    let value = answer.response.get(name).unwrap_or_default();
    answer.call.credentials && value.split(',').any(|member| member.trim() == "*")
}

const USELESS: &str = "With credentials, \"*\" stands for nothing but itself.";

pub(super) fn method(answer: &Answer<'_>, method: &str) -> Finding {
    let listed = list(answer, "access-control-allow-methods");
    let upper = method.to_ascii_uppercase();
    let value = answer.response.get("access-control-allow-methods").unwrap_or_default();
    if upper != method && value.split(',').any(|member| member.trim() == upper) {
        return page(
            "method-case",
            format!(
                "The server allows {upper}, but the page sends {method}. Methods are case-sensitive, and browsers convert \
                 only DELETE, GET, HEAD, OPTIONS, POST and PUT to upper case."
            ),
            format!("Write {upper:?} in the page's code."),
        );
    }
    let message = format!("The server does not allow the method {method}: {listed}.");
    if is_useless_wildcard(answer, "access-control-allow-methods") {
        let message = format!("{message} {USELESS}");
        return by_settings("method-not-allowed", message, "List the methods by name.");
    }
    by_settings("method-not-allowed", message, &format!("Add {upper} to the methods that the server allows."))
}

pub(super) fn header(answer: &Answer<'_>, name: &str) -> Finding {
    let listed = list(answer, "access-control-allow-headers");
    let message = format!("The server does not allow the header {name}: {listed}.");
    if is_useless_wildcard(answer, "access-control-allow-headers") {
        return by_settings("header-not-allowed", format!("{message} {USELESS}"), "List the headers by name.");
    }
    let fix = format!("Add {name} to the headers that the server allows.");
    if name == "content-type" {
        let message = format!(
            "{message} Without permission, pages can send only the content types of HTML forms: JSON is not one of them."
        );
        return by_settings("content-type-not-allowed", message, &fix);
    }
    by_settings("header-not-allowed", message, &fix)
}

pub(super) fn credentials(answer: &Answer<'_>, value: &str) -> Finding {
    let what = answer.what();
    let (message, fix) = match value {
        "" => (
            format!("The page sends credentials, but the server's response to the {what} does not allow them."),
            "Let the server send Access-Control-Allow-Credentials: true, with the preflight and with the response itself. \
             If the page needs no cookies, leave out credentials: \"include\" instead.",
        ),
        value => (
            format!("The page sends credentials, but Access-Control-Allow-Credentials is {value:?}, and not \"true\"."),
            "Let the server send exactly \"true\", in lower case.",
        ),
    };
    by_settings("credentials-not-allowed", message, fix)
}

pub(super) fn unparsable(header: &str, list: &Unparsable) -> Finding {
    let member = &list.member;
    let fix = match member.contains(' ') {
        true => "Put commas between the names.",
        false => "Write names with commas between them, without brackets or quotation marks.",
    };
    let message = format!("Browsers cannot read {header}, because {member:?} is not a name, and ignore all of it.");
    elsewhere("list-not-readable", message, fix)
}

/// The page can read the response, but not a header that it needs.
pub(super) fn unreadable(call: &Call, outcome: &Outcome, reads: &[String]) -> Option<Finding> {
    let readable = outcome.readable_headers(call.credentials);
    let step = outcome.steps.last()?;
    let name = reads.iter().find(|name| !readable.contains(name))?;
    if name.starts_with("set-cookie") {
        return Some(elsewhere(
            "header-forbidden",
            format!("Browsers do not let pages read {name:?}, even if it is exposed."),
            "Send what the page needs in another header.",
        ));
    }
    if !step.response.headers.iter().any(|(header, _)| header == name) {
        return Some(elsewhere(
            "header-absent",
            format!("The response has no header {name:?}."),
            "Make the server send it, and expose it.",
        ));
    }
    let answer = Answer { call, response: &step.response, preflight: false, after_preflight: false };
    let listed = list(&answer, "access-control-expose-headers");
    let mut message = format!("The page can read the response, but not its header {name:?}: {listed} as exposed.");
    if is_useless_wildcard(&answer, "access-control-expose-headers") {
        message = format!("{message} {USELESS}");
    }
    Some(by_settings("header-not-exposed", message, &format!("Add {name} to the headers that the server exposes.")))
}
