//! What is worth knowing though nothing is in the page's way.

use edge_cors::Reason;
use edge_cors::browser::{Outcome, PreflightReason, Verdict};

use super::Situation;
use super::cause::{Cause, Remedy};
use super::document::Document;

pub(super) fn find(situation: &Situation, document: &Document, outcome: &Outcome) -> Vec<Cause> {
    let advice = [
        dropped_headers(situation),
        upload_listener(outcome),
        web_socket(document, outcome),
        form(document, outcome),
        redirect(outcome),
        every_origin(outcome),
    ];
    advice.into_iter().flatten().collect()
}

fn dropped_headers(situation: &Situation) -> Option<Cause> {
    let names: Vec<&str> = situation.call.forbidden_headers().collect();
    (!names.is_empty()).then(|| Cause {
        code: "headers-dropped",
        message: format!("The browser does not send what it sets itself: {}.", names.join(", ")),
        remedy: Remedy::Page("Do not set them in the page.".to_owned()),
    })
}

fn upload_listener(outcome: &Outcome) -> Option<Cause> {
    let alone = outcome.preflight_reasons == [PreflightReason::UploadListener];
    (alone && matches!(outcome.verdict, Verdict::Readable)).then(|| Cause {
        code: "upload-listener",
        message: "The request is a plain one, and preflighted only because the page listens to the upload's progress."
            .to_owned(),
        remedy: Remedy::Nothing("There is nothing to do: POST needs no listing.".to_owned()),
    })
}

fn is_foreign(outcome: &Outcome) -> bool {
    outcome.steps.last().is_some_and(|step| step.reason == Some(Reason::OriginNotAllowed))
}

fn web_socket(document: &Document, outcome: &Outcome) -> Option<Cause> {
    let connected = matches!(outcome.verdict, Verdict::Connected) && is_foreign(outcome);
    let policy = outcome.steps.last().filter(|_| connected)?.policy.as_ref()?;
    Some(Cause {
        code: "web-socket-not-covered",
        message: "The origin is not allowed, and the socket opens all the same: CORS does not cover WebSockets, which \
                  carry the user's cookies."
            .to_owned(),
        remedy: Remedy::Configure(document.policy(policy).set(vec![("webSockets", "reject".into())])),
    })
}

/// A form of a foreign site, whose effect is on the server, whether its response is read or not.
fn form(document: &Document, outcome: &Outcome) -> Option<Cause> {
    let step = outcome.steps.last().filter(|_| matches!(outcome.verdict, Verdict::Opaque) && is_foreign(outcome))?;
    let policy = document.policy(step.policy.as_ref()?);
    let rejects = policy.text("disallowedRequests") == Some("reject");
    let message = "CORS keeps responses from pages, not requests from servers: it is no protection against forged \
                   requests. Tokens and SameSite cookies are."
        .to_owned();
    let remedy = match rejects {
        true => Remedy::Nothing("The edge refused this request before it reached the origin server.".to_owned()),
        false => Remedy::Configure(policy.set(vec![("disallowedRequests", "reject".into())])),
    };
    Some(Cause { code: "forms-not-covered", message, remedy })
}

fn redirect(outcome: &Outcome) -> Option<Cause> {
    let Verdict::Redirected { url, origin } = &outcome.verdict else {
        return None;
    };
    Some(Cause {
        code: "redirected",
        message: format!("The browser goes on to {url}, with the origin {origin}, and checks that response too."),
        remedy: Remedy::Elsewhere(format!("Explain that request next, with --origin {origin}.")),
    })
}

fn every_origin(outcome: &Outcome) -> Option<Cause> {
    let step = outcome.steps.last().filter(|_| matches!(outcome.verdict, Verdict::Readable))?;
    let any = step.response.get("access-control-allow-origin").as_deref() == Some("*");
    any.then(|| Cause {
        code: "every-origin",
        message: "Every page of every site can read this response.".to_owned(),
        remedy: Remedy::Nothing("That is right for public data; for anything else, name the origins.".to_owned()),
    })
}
