//! Why a page is blocked: the step that failed, and what the policy has to do with it.

use edge_cors::browser::{AnsweredBy, Block, Failure, Outcome, Step, Verdict};
use edge_cors::{Mode, Reason, UpstreamHeaders};
use serde_json::Value;

use super::draft::{Draft, PolicyDraft, Rewrite};
use super::remedy::{Cause, Remedy};
use super::{Situation, before_the_wire, in_front, list, near_miss, redirect};

/// The first thing that blocks the page.
pub(super) fn find(situation: &Situation, document: &Draft, outcome: &Outcome) -> Option<Cause> {
    match &outcome.verdict {
        Verdict::Blocked(block) => Some(blocked(situation, document, outcome, block)),
        Verdict::Readable => unreadable_header(situation, document, outcome),
        Verdict::SameOrigin | Verdict::Redirected { .. } | Verdict::Opaque | Verdict::Connected => None,
    }
}

/// Whether nothing is in the way under this configuration.
fn is_clear(situation: &Situation, document: &Draft) -> bool {
    find(situation, document, &situation.play(&document.policies)).is_none()
}

fn blocked(situation: &Situation, document: &Draft, outcome: &Outcome, block: &Block) -> Cause {
    if let Some(cause) = before_the_wire(block) {
        return cause;
    }
    match (block, outcome.steps.last()) {
        (Block::Redirect(failure), _) => redirect::not_followed(failure),
        (_, Some(step)) => at_step(situation, document, step, block),
        (_, None) => unexpected(block),
    }
}

fn at_step(situation: &Situation, document: &Draft, step: &Step, block: &Block) -> Cause {
    let preflight = step.request.method == "OPTIONS";
    let status = step.response.status;
    if step.by == AnsweredBy::InFront {
        return in_front::cause(status, preflight);
    }
    let Some(name) = &step.policy else {
        return no_policy(situation, document, step);
    };
    if step.reason == Some(Reason::PathAmbiguous) {
        return path_ambiguous(step.request.url.path());
    }
    let Some(policy) = document.policy(name) else {
        return unexpected(block);
    };
    if step.by == AnsweredBy::Cache {
        return stale(situation, &policy);
    }
    if let Some(cause) = not_enforced(&situation.call.origin, step, &policy, block) {
        return cause;
    }
    let mut cause = match step.reason {
        Some(Reason::OriginNotAllowed) => match list::of(step, document) {
            Some(policies) => list::origin_not_allowed(situation, document, &policies, is_clear),
            None => near_miss::cause(&situation.call, &policy),
        },
        Some(Reason::MethodNotAllowed) => method_not_allowed(situation, &policy),
        Some(Reason::HeadersNotAllowed) => headers_not_allowed(situation, step, &policy),
        Some(Reason::HeadersMalformed) => Cause {
            code: "too-many-headers",
            message:
                "The page sends too many headers that need permission: the edge reads at most 128 names, and 4096 \
                      bytes of them."
                    .to_owned(),
            remedy: Remedy::Page("Send fewer headers of your own.".to_owned()),
        },
        _ => match (list::of(step, document), block) {
            (Some(policies), Block::Cors { failure: Failure::WildcardWithCredentials, .. }) => {
                list::wildcard_with_credentials(situation, document, &policies, name, is_clear)
            }
            _ => allowed_and_blocked(situation, &policy, block),
        },
    };
    if preflight && step.by == AnsweredBy::OriginServer {
        let answered =
            if (300..400).contains(&status) { "with a redirect".to_owned() } else { format!("with {status}") };
        let message = format!(
            "The policy forwards preflights that it does not grant to the origin server, which answered {answered}. {}",
            cause.message
        );
        cause = Cause { code: "preflight-forwarded", message, ..cause };
    }
    cause
}

/// No policy is to blame: the page spells the path in a way that leaves open which one applies.
fn path_ambiguous(path: &str) -> Cause {
    Cause {
        code: "path-ambiguous",
        message: format!(
            "Servers read the path {path:?} in different ways, and the policy depends on which. So no origin is \
             allowed there."
        ),
        remedy: Remedy::Page(
            "Write the path as the route in the configuration has it: in the same case, and without encoded letters \
             or slashes, \";\", \"\\\", \"//\" and \"..\"."
                .to_owned(),
        ),
    }
}

/// Tries which policy would help, as the `default` or in a route that names none.
fn no_policy(situation: &Situation, document: &Draft, step: &Step) -> Cause {
    let path = step.request.url.path();
    let code = "no-policy";
    if document.has_route_metadata() && situation.policy.is_none() {
        let names = list::quoted(document.names(), "and");
        return Cause {
            code,
            message: format!(
                "No route and no default applies to {path}. The host's routing may name a policy, which is not in this \
                 file."
            ),
            remedy: Remedy::Elsewhere(format!(
                "Add --policy with the name in the metadata of the host's route. The policies are {names}. If the routing \
                 names none, add the name there: that is the field \"policy\" under \"edge-cors\"."
            )),
        };
    }
    let message = format!("No policy applies to {path}, so the edge leaves the request alone.");
    let names = document.names();
    let edits = names.iter().filter_map(|name| {
        let applies = |edit: &Rewrite| {
            let changed = document.with(edit).ok()?;
            let outcome = situation.play(&changed.policies);
            let applies = outcome.steps.iter().all(|step| step.reason != Some(Reason::NoPolicy));
            applies.then(|| find(situation, &changed, &outcome).is_none())
        };
        document.routing_edits(name).into_iter().find_map(|edit| applies(&edit).map(|solves| (*name, edit, solves)))
    });
    let edits: Vec<(&str, Rewrite, bool)> = edits.collect();
    let solving: Vec<&(&str, Rewrite, bool)> = edits.iter().filter(|(_, _, solves)| *solves).collect();
    let remedy = match (edits.as_slice(), solving.as_slice()) {
        ([(_, edit, _)], _) | (_, [(_, edit, _)]) => Remedy::Configure(edit.clone()),
        ([], _) => Remedy::Elsewhere("Give this path a policy by a route or \"default\".".to_owned()),
        (_, []) => Remedy::Elsewhere(format!(
            "Write a policy for this path, and name it in a route. With each of the others, {}, this request would \
             fail.",
            list::quoted(names, "and")
        )),
        (_, several) => Remedy::Elsewhere(format!(
            "Name the policy that is meant for this path in a route. With {}, this request succeeds: this was tried.",
            list::quoted(several.iter().map(|(name, _, _)| name), "or")
        )),
    };
    Cause { code, message, remedy }
}

/// A response that a cache in front of the edge kept for another page.
fn stale(situation: &Situation, policy: &PolicyDraft<'_>) -> Cause {
    let other = situation.cached_for.as_deref().unwrap_or_default();
    let message = format!(
        "A cache answered with the response that was sent to {other}, because that response has no \"Vary: Origin\"."
    );
    let remedy = if policy.compiled.upstream_headers() == UpstreamHeaders::Keep {
        Remedy::Configure(policy.set(vec![("upstreamHeaders", "replace".into())]))
    } else {
        Remedy::Elsewhere("Purge the cache, and let every response go through the edge, which adds Vary.".to_owned())
    };
    Cause { code: "stale-cached-response", message, remedy }
}

/// A policy that does not act, either at all or for this origin.
fn not_enforced(origin: &str, step: &Step, policy: &PolicyDraft<'_>, block: &Block) -> Option<Cause> {
    let mode = policy.compiled.mode();
    if mode != Mode::Enforce {
        return Some(Cause {
            code: "not-enforced",
            message: format!("The policy is in mode \"{mode}\", so it changes nothing."),
            remedy: Remedy::Configure(policy.set(vec![("mode", "enforce".into())])),
        });
    }
    let percent = policy.compiled.rollout();
    let missing = matches!(block, Block::Cors { failure: Failure::MissingAllowOrigin, .. });
    let undecorated = step.by == AnsweredBy::OriginServer && step.reason == Some(Reason::Allowed) && missing;
    (percent < 100 && undecorated).then(|| Cause {
        code: "not-enforced",
        message: format!(
            "The policy is rolled out to {percent} % of the origins, and this one is not among them: it is from {} % on.",
            edge_cors::Policy::rollout_share(origin)
        ),
        remedy: Remedy::Configure(policy.set(vec![("rollout", 100.into())])),
    })
}

fn method_not_allowed(situation: &Situation, policy: &PolicyDraft<'_>) -> Cause {
    let method = situation.call.sent_method();
    // The one method that is always meant in upper case, although browsers do not convert it.
    let is_patch = method != "PATCH" && method.eq_ignore_ascii_case("PATCH");
    let upper = method.to_ascii_uppercase();
    if upper != method && policy.compiled.allows_method(&upper) {
        return Cause {
            code: "method-case",
            message: format!(
                "{upper} is allowed, but the page sends {method}. Methods are case-sensitive, and browsers convert only \
                 DELETE, GET, HEAD, OPTIONS, POST and PUT to upper case."
            ),
            remedy: Remedy::Page(format!("Write {upper:?} in the page's code.")),
        };
    }
    if is_patch {
        return Cause {
            code: "method-not-allowed",
            message: "The policy does not allow the method PATCH.".to_owned(),
            remedy: Remedy::Configure(policy.add("allowMethods", &[upper])),
        };
    }
    Cause {
        code: "method-not-allowed",
        message: format!("The policy does not allow the method {method}."),
        remedy: Remedy::Configure(policy.add("allowMethods", &[method.to_owned()])),
    }
}

/// Headers that need permission only if their values are unusual.
const SAFELISTED: [&str; 3] = ["accept", "accept-language", "content-language"];

fn headers_not_allowed(situation: &Situation, step: &Step, policy: &PolicyDraft<'_>) -> Cause {
    let requested = step.request.headers.iter().find(|(name, _)| name == "access-control-request-headers");
    let requested = requested.map_or("", |(_, names)| names.as_str());
    let refused = policy.compiled.refused_headers(requested.as_bytes()).into_iter().flatten();
    let missing: Vec<String> = refused.map(|name| String::from_utf8_lossy(name).into_owned()).collect();
    let remedy = Remedy::Configure(policy.add("allowHeaders", &missing));
    match missing.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["authorization"] if policy.compiled.allows_any_header() => Cause {
            code: "authorization-not-covered",
            message: "\"*\" covers every header except authorization, which must be listed by name.".to_owned(),
            remedy,
        },
        ["content-type"] => {
            let value = situation.call.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
            let value = value.map_or("this", |(_, value)| value);
            Cause {
                code: "content-type-not-allowed",
                message: format!(
                    "The policy does not allow the header content-type. Without a preflight, pages can send only the \
                     content types of HTML forms, and {value} is not one of them."
                ),
                remedy,
            }
        }
        names if names.iter().all(|name| SAFELISTED.contains(name)) => Cause {
            code: "header-value",
            message: format!(
                "Pages may send {} without permission, but not with every value: this one is over 128 bytes, or has \
                 characters such as \", (, @ or {{.",
                names.join(", ")
            ),
            remedy: Remedy::Page(
                "Send another value. If it has to be this one, list the name in \"allowHeaders\"; the warning \
                 header-safelisted of `check` can then be left out with --allow."
                    .to_owned(),
            ),
        },
        names => Cause { code: "header-not-allowed", message: not_allowed(names), remedy },
    }
}

fn not_allowed(names: &[&str]) -> String {
    let headers = if names.len() == 1 { "header" } else { "headers" };
    format!("The policy does not allow the {headers} {}.", names.join(", "))
}

/// The edge allowed the request, but the browser did not.
fn allowed_and_blocked(situation: &Situation, policy: &PolicyDraft<'_>, block: &Block) -> Cause {
    let Block::Cors { failure, .. } = block else {
        return unexpected(block);
    };
    match failure {
        Failure::WildcardWithCredentials => {
            let origins = Value::from(vec![situation.call.origin.clone()]);
            Cause {
                code: "wildcard-with-credentials",
                message: "The page sends credentials, but a policy that allows every origin cannot allow credentials: \
                          every website could send requests as its visitor. List this origin, and every other that \
                          needs access."
                    .to_owned(),
                remedy: Remedy::Configure(
                    policy.set(vec![("allowOrigins", origins), ("allowCredentials", Value::Bool(true))]),
                ),
            }
        }
        Failure::InvalidAllowCredentials(_) if !policy.compiled.allows_credentials() => Cause {
            code: "credentials-not-allowed",
            message: "The page sends credentials, but the policy does not allow them.".to_owned(),
            remedy: Remedy::Configure(policy.set(vec![("allowCredentials", Value::Bool(true))])),
        },
        _ if policy.compiled.upstream_headers() == UpstreamHeaders::Keep => Cause {
            code: "origin-server-headers",
            message: "The origin server sends its own Access-Control-Allow-Origin, and the policy keeps it.".to_owned(),
            remedy: Remedy::Configure(policy.set(vec![("upstreamHeaders", "replace".into())])),
        },
        _ => unexpected(block),
    }
}

fn unexpected(block: &Block) -> Cause {
    Cause {
        code: block.code(),
        message: "The edge allows this request, but the browser blocks it.".to_owned(),
        remedy: Remedy::Elsewhere("Compare the response headers in the browser with those above.".to_owned()),
    }
}

/// The page can read the response, but not a header that it needs.
fn unreadable_header(situation: &Situation, document: &Draft, outcome: &Outcome) -> Option<Cause> {
    let readable = outcome.readable_headers(situation.call.credentials);
    let step = outcome.steps.last()?;
    let name = situation.reads.iter().find(|name| !readable.contains(name))?;
    if !step.response.headers.iter().any(|(header, _)| header == name) {
        return Some(Cause {
            code: "header-absent",
            message: format!("The response has no header {name:?}."),
            remedy: Remedy::Elsewhere(format!(
                "Make the origin server send it. To explain that case, add --upstream-header '{name}: …'."
            )),
        });
    }
    if name.starts_with("set-cookie") {
        return Some(Cause {
            code: "header-forbidden",
            message: format!("Browsers do not let pages read {name:?}, even if it is exposed."),
            remedy: Remedy::Nothing("Send what the page needs in another header.".to_owned()),
        });
    }
    let policy = document.policy(step.policy.as_ref()?)?;
    Some(Cause {
        code: "header-not-exposed",
        message: format!(
            "The page can read the response, but not its header {name:?}, because the policy does not expose it."
        ),
        remedy: Remedy::Configure(policy.add("exposeHeaders", std::slice::from_ref(name))),
    })
}
