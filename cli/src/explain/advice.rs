//! What is worth knowing even though nothing blocks the page.

use edge_cors::browser::{Outcome, PreflightReason, Verdict};
use edge_cors::{DisallowedRequests, Reason};

use super::draft::Draft;
use super::remedy::{Cause, Remedy};
use super::{Situation, list};

pub(super) fn find(situation: &Situation, document: &Draft, outcome: &Outcome) -> Vec<Cause> {
    let advice = [
        unknown_policy(situation, document),
        dropped_headers(situation),
        upload_listener(outcome),
        web_socket(document, outcome),
        form(document, outcome),
        redirect(outcome),
        every_origin(outcome),
    ];
    advice.into_iter().flatten().collect()
}

/// The host's routing names a policy that does not exist.
fn unknown_policy(situation: &Situation, document: &Draft) -> Option<Cause> {
    let names = document.names();
    let name = situation.policy.as_deref().filter(|name| !names.contains(name))?;
    Some(Cause {
        code: "unknown-policy",
        message: format!("There is no policy {name:?}, so the edge ignores what the host's routing names."),
        remedy: Remedy::Elsewhere(format!(
            "In the metadata of the host's route, name one of these: {}.",
            list::quoted(names, "or")
        )),
    })
}

fn dropped_headers(situation: &Situation) -> Option<Cause> {
    let names: Vec<&str> = situation.call.forbidden_headers().collect();
    (!names.is_empty()).then(|| Cause {
        code: "headers-dropped",
        message: format!("The browser ignores headers that only it may set: {}.", names.join(", ")),
        remedy: Remedy::Page("Remove them from the page's code.".to_owned()),
    })
}

fn upload_listener(outcome: &Outcome) -> Option<Cause> {
    let alone = outcome.preflight_reasons == [PreflightReason::UploadListener];
    (alone && matches!(outcome.verdict, Verdict::Readable)).then(|| Cause {
        code: "upload-listener",
        message: "The request needs a preflight only because the page listens to the upload's progress.".to_owned(),
        remedy: Remedy::Nothing("There is nothing to change: the policy allows it.".to_owned()),
    })
}

fn is_foreign(outcome: &Outcome) -> bool {
    outcome.steps.last().is_some_and(|step| step.reason == Some(Reason::OriginNotAllowed))
}

fn web_socket(document: &Draft, outcome: &Outcome) -> Option<Cause> {
    let connected = matches!(outcome.verdict, Verdict::Connected) && is_foreign(outcome);
    let policy = document.policy(outcome.steps.last().filter(|_| connected)?.policy.as_ref()?)?;
    Some(Cause {
        code: "web-socket-not-covered",
        message: "The origin is not allowed, but the socket opens anyway: CORS does not cover WebSockets, and their \
                  handshakes carry the user's cookies."
            .to_owned(),
        remedy: Remedy::Configure(policy.set(vec![("webSockets", "reject".into())])),
    })
}

/// A form of another site: it affects the server even if nobody can read the response.
fn form(document: &Draft, outcome: &Outcome) -> Option<Cause> {
    let step = outcome.steps.last().filter(|_| matches!(outcome.verdict, Verdict::Opaque) && is_foreign(outcome))?;
    let policy = document.policy(step.policy.as_ref()?)?;
    let message = "CORS stops pages from reading responses, not from sending requests. Against forged requests, use \
                   tokens and SameSite cookies."
        .to_owned();
    let (message, remedy) = match policy.compiled.disallowed_requests() {
        DisallowedRequests::Reject => (
            message,
            Remedy::Nothing(format!("The edge refused this request before it reached the origin server. {LOGINS}")),
        ),
        _ => (
            format!("{message} The edge can also refuse such requests. {LOGINS}"),
            Remedy::Configure(policy.set(vec![("disallowedRequests", "reject".into())])),
        ),
    };
    Some(Cause { code: "forms-not-covered", message, remedy })
}

/// What `"disallowedRequests": "reject"` refuses that is meant.
const LOGINS: &str = "\"disallowedRequests\": \"reject\" also refuses logins in which another site posts a form to \
                      yours, as SAML and OpenID Connect's form_post do: give their path a route with \"policy\": null. \
                      Your own forms still work, because browsers mark them with Sec-Fetch-Site: same-origin.";

fn redirect(outcome: &Outcome) -> Option<Cause> {
    let Verdict::Redirected { url, origin } = &outcome.verdict else {
        return None;
    };
    Some(Cause {
        code: "redirected",
        message: format!(
            "The browser follows the redirect to {url} with the origin {origin}, and checks that response too."
        ),
        remedy: Remedy::Elsewhere(format!("Next, explain that request, with --origin {origin}.")),
    })
}

fn every_origin(outcome: &Outcome) -> Option<Cause> {
    let step = outcome.steps.last().filter(|_| matches!(outcome.verdict, Verdict::Readable))?;
    let any = step.response.get("access-control-allow-origin").as_deref() == Some("*");
    any.then(|| Cause {
        code: "every-origin",
        message: "Every website can read this response.".to_owned(),
        remedy: Remedy::Nothing("That is right for public data. For anything else, list the origins.".to_owned()),
    })
}
