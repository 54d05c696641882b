//! Lists of policies, of which the first that allows the page's origin decides.

use edge_cors::Reason;
use edge_cors::browser::Step;

use super::draft::PolicyDraft;
use super::remedy::{Cause, Remedy};
use super::{Draft, Situation, near_miss};

/// Whether nothing is in the way under a configuration.
pub(super) type Solves = fn(&Situation, &Draft) -> bool;

/// The policies that were asked, if there were several.
pub(super) fn of<'d>(step: &Step, document: &'d Draft) -> Option<Vec<PolicyDraft<'d>>> {
    let policies: Vec<PolicyDraft<'d>> = step.asked.iter().filter_map(|name| document.policy(name)).collect();
    (policies.len() > 1).then_some(policies)
}

/// Which policy of the list decided, and why.
pub(super) fn why(step: &Step) -> Option<String> {
    let decided = step.policy.as_ref().filter(|_| step.asked.len() > 1)?;
    let names = quoted(&step.asked, "and");
    match step.reason? {
        Reason::NotCors | Reason::NoPolicy | Reason::PathAmbiguous => None,
        Reason::OriginNotAllowed | Reason::OriginMalformed | Reason::SameOrigin => {
            Some(format!("none of the policies {names} allows the origin, so the last one decides"))
        }
        _ => Some(format!("of the policies {names}, {decided:?} is the first that allows the origin")),
    }
}

/// No policy of the list allows the origin. The one to change is the one with an origin like it.
pub(super) fn origin_not_allowed(
    situation: &Situation,
    document: &Draft,
    policies: &[PolicyDraft<'_>],
    solves: Solves,
) -> Cause {
    if near_miss::is_opaque(&situation.call) {
        return near_miss::opaque();
    }
    if let Some(cause) = meant(situation, policies) {
        return cause;
    }
    let (names, origin) = (quoted(names(policies), "and"), &situation.call.origin);
    Cause {
        code: "origin-not-allowed",
        message: format!(
            "None of the policies {names} allows the origin {origin}, and nothing in them shows which one is meant for \
             it."
        ),
        remedy: choice(situation, document, policies, solves),
    }
}

/// The page sends credentials, and the first policy that allows its origin allows every origin. Credentials need
/// another policy, in front of that one.
pub(super) fn wildcard_with_credentials(
    situation: &Situation,
    document: &Draft,
    policies: &[PolicyDraft<'_>],
    decided: &str,
    solves: Solves,
) -> Cause {
    let code = "wildcard-with-credentials";
    let earlier = policies.iter().take_while(|policy| policy.compiled.name() != decided);
    let with_credentials: Vec<PolicyDraft<'_>> =
        earlier.filter(|policy| policy.compiled.allows_credentials()).cloned().collect();
    let origin = &situation.call.origin;
    let because = format!(
        "The page sends credentials, but {decided:?} decides, which allows every origin and so cannot allow credentials."
    );
    if with_credentials.is_empty() {
        let remedy = Remedy::Elsewhere(format!(
            "Write a policy with \"allowCredentials\": true for {origin}, and name it in front of {decided:?} in the list."
        ));
        return Cause { code, message: because, remedy };
    }
    if let Some(cause) = meant(situation, &with_credentials) {
        return Cause { code, message: format!("{because} {}", cause.message), ..cause };
    }
    let names = quoted(names(&with_credentials), "and");
    Cause {
        code,
        message: format!("{because} Credentials are allowed by {names}, but not for {origin}."),
        remedy: choice(situation, document, &with_credentials, solves),
    }
}

/// The one policy that allows an origin like the page's, with the change of that policy.
fn meant(situation: &Situation, policies: &[PolicyDraft<'_>]) -> Option<Cause> {
    let resembling =
        policies.iter().filter_map(|policy| Some((policy, near_miss::resembling(&situation.call, policy)?)));
    let mut resembling: Vec<_> = resembling.collect();
    let (policy, cause) = resembling.pop().filter(|_| resembling.is_empty())?;
    let message = format!("{} The policy with a similar origin is {:?}.", cause.message, policy.compiled.name());
    Some(Cause { message, ..cause })
}

/// Whoever knows the page has to choose. Says with which of the policies it would work, by trying each.
fn choice(situation: &Situation, document: &Draft, policies: &[PolicyDraft<'_>], solves: Solves) -> Remedy {
    let works = |policy: &&PolicyDraft<'_>| {
        let changed = near_miss::allow(&situation.call, policy).and_then(|edit| document.with(&edit).ok());
        changed.is_some_and(|changed| solves(situation, &changed))
    };
    let working: Vec<&str> = policies.iter().filter(works).map(|policy| policy.compiled.name()).collect();
    let tried = match working.is_empty() {
        true => "With none of them alone, this request succeeds.".to_owned(),
        false => format!("With {}, this request succeeds: this was tried.", quoted(&working, "or")),
    };
    Remedy::Elsewhere(format!(
        "Add the origin to \"allowOrigins\" of the policy whose permissions the page should have. {tried}"
    ))
}

fn names<'p>(policies: &'p [PolicyDraft<'_>]) -> Vec<&'p str> {
    policies.iter().map(|policy| policy.compiled.name()).collect()
}

/// Names in quotation marks, with a word in front of the last one.
pub(super) fn quoted(names: impl IntoIterator<Item = impl AsRef<str>>, word: &str) -> String {
    let mut names: Vec<String> = names.into_iter().map(|name| format!("{:?}", name.as_ref())).collect();
    match names.pop() {
        Some(last) if !names.is_empty() => format!("{} {word} {last}", names.join(", ")),
        last => last.unwrap_or_default(),
    }
}
