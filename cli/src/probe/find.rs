//! From questions and answers to findings.

use edge_cors::Origin;
use edge_cors::browser::{Block, Failure, Response};

use crate::explain::shown::without_query;

use super::finding::{Finding, Sloppy, To};
use super::infer::Inference;
use super::interview::Interview;
use super::question::{Kind, Question};
use super::relation::{Relation, Relative, is_of_one_party, keeps_registered_name};
use super::survey::{Page, Reads, Survey};

const ALLOW_ORIGIN: &str = "access-control-allow-origin";
const ALLOW_CREDENTIALS: &str = "access-control-allow-credentials";

/// Headers that may be sent only once.
const SINGLE: [&str; 3] = [ALLOW_ORIGIN, ALLOW_CREDENTIALS, "access-control-max-age"];

/// What only a granted preflight should tell.
const TELLING: [&str; 2] = ["access-control-allow-methods", "access-control-allow-headers"];

/// Everything that is wrong, the worst first.
pub(super) fn find(interview: &Interview<'_>, survey: &Survey, inference: &Inference) -> Vec<Finding> {
    let mut found = Vec::new();
    found.extend(of_strangers(interview, survey));
    found.extend(of_sloppiness(survey, inference));
    if !survey.is_open() {
        found.extend(of_neighbours(interview, survey));
    }
    found.extend(of_values(interview, survey));
    found.extend(of_caches(interview, survey));
    found.extend(of_preflights(interview, survey));
    found.extend(of_other_responses(interview, survey));
    let mut unique: Vec<Finding> = Vec::new();
    for finding in found {
        if !unique.contains(&finding) {
            unique.push(finding);
        }
    }
    unique.sort_by_key(|finding| std::cmp::Reverse(finding.severity()));
    unique
}

/// The pages that may read and are related in this way.
fn allowed(survey: &Survey, relation: Relation) -> impl Iterator<Item = &Page> {
    survey.pages.iter().filter(move |page| page.relative.relation == relation && page.is_allowed())
}

fn of_strangers(interview: &Interview<'_>, survey: &Survey) -> Vec<Finding> {
    let mut found = Vec::new();
    if let Some(stranger) = allowed(survey, Relation::Stranger).next() {
        found.push(match stranger.by_wildcard {
            true => Finding::AnyOrigin,
            false => Finding::OriginReflected { credentials: stranger.credentials },
        });
    }
    let null = survey.pages.iter().find(|page| page.relative.origin == "null" && page.is_allowed());
    if let Some(null) = null.filter(|page| !page.by_wildcard) {
        found.push(Finding::NullOrigin { credentials: null.credentials });
    }
    let both = |response: &Response| {
        response.get(ALLOW_ORIGIN).as_deref() == Some("*") && response.get(ALLOW_CREDENTIALS).as_deref() == Some("true")
    };
    if interview.answers.iter().any(|(_, response)| both(response)) {
        found.push(Finding::WildcardWithCredentials);
    }
    found
}

fn of_sloppiness(survey: &Survey, inference: &Inference) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    let looks_at_end = inference.holes.iter().any(|hole| hole.relation == Relation::Prepended);
    // What looks at the end of an origin only lets every character in before it, not only a dot.
    let by_its_end = |hole: &Relative| looks_at_end && keeps_registered_name(hole);
    for hole in &inference.holes {
        let Some(kind) = Sloppy::of(hole.relation).filter(|kind| *kind != Sloppy::Dot || !by_its_end(hole)) else {
            continue;
        };
        let with_credentials = survey.page(&hole.origin).is_some_and(|page| page.credentials);
        let same = found.iter_mut().find_map(|finding| match finding {
            Finding::Sloppy { how, origins, credentials } if *how == kind => Some((origins, credentials)),
            _ => None,
        });
        match same {
            Some((origins, credentials)) => {
                origins.push(hole.origin.clone());
                *credentials |= with_credentials;
            }
            None => found.push(Finding::Sloppy {
                how: kind,
                origins: vec![hole.origin.clone()],
                credentials: with_credentials,
            }),
        }
    }
    found
}

/// Origins that are allowed beside those that were meant.
fn of_neighbours(interview: &Interview<'_>, survey: &Survey) -> Vec<Finding> {
    let secure = interview.url.scheme() == "https";
    let group = |is_one: &dyn Fn(&Page) -> bool| {
        let pages: Vec<&Page> = survey.pages.iter().filter(|page| page.is_allowed() && is_one(page)).collect();
        let origins: Vec<String> = pages.iter().map(|page| page.relative.origin.clone()).collect();
        let credentials = pages.iter().any(|page| page.credentials);
        (!origins.is_empty()).then_some((origins, credentials))
    };
    let related = |relations: &'static [Relation]| move |page: &Page| relations.contains(&page.relative.relation);
    let is_insecure = |page: &Page| {
        let url = url::Url::parse(&page.relative.origin);
        let insecure = url.is_ok_and(|url| url.scheme() == "http");
        insecure && !Origin::parse(page.relative.origin.as_bytes()).is_some_and(|origin| is_loopback(&origin))
    };
    let subdomain = group(&related(&[Relation::Subdomain, Relation::Sibling]));
    let port = group(&related(&[Relation::OtherPort]));
    let insecure = group(&|page| secure && is_insecure(page) && page.relative.relation != Relation::PublicSite);
    let public = group(&related(&[Relation::PublicSite]));
    let local = group(&related(&[Relation::Local]));
    [
        subdomain.map(|(origins, credentials)| Finding::AnySubdomain { origins, credentials }),
        port.map(|(origins, credentials)| Finding::AnyPort { origins, credentials }),
        insecure.map(|(origins, credentials)| Finding::InsecureOrigin { origins, credentials }),
        public.map(|(origins, credentials)| Finding::PublicSite { origins, credentials }),
        local.map(|(origins, credentials)| Finding::LocalOrigin { origins, credentials }),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn is_loopback(origin: &Origin<'_>) -> bool {
    matches!(origin, Origin::Tuple(tuple) if tuple.is_loopback())
}

/// Values that browsers do not accept.
fn of_values(interview: &Interview<'_>, survey: &Survey) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    for (question, response) in &interview.answers {
        for name in SINGLE {
            let known =
                |finding: &Finding| matches!(finding, Finding::DuplicateHeader { name: known, .. } if *known == name);
            if response.lines(name).count() > 1 && !found.iter().any(known) {
                found.push(Finding::DuplicateHeader { name, value: response.get(name).unwrap_or_default() });
            }
        }
        let one = response.lines(ALLOW_ORIGIN).count() == 1;
        if let Some(value) = response.get(ALLOW_ORIGIN).filter(|value| one && question.origin.as_ref() != Some(value)) {
            let valid = value == "*" || Origin::parse(value.as_bytes()).is_some();
            if !valid {
                found.push(Finding::InvalidAllowOrigin { value });
            } else if survey.page(&value).is_some_and(|page| page.relative.relation == Relation::Given) {
                // The user knows it.
            } else if let Some(finding) = third_party(interview, question, value) {
                found.push(finding);
            }
        }
        let one = response.lines(ALLOW_CREDENTIALS).count() == 1;
        if let Some(value) = response.get(ALLOW_CREDENTIALS).filter(|value| one && value != "true" && value != "false")
        {
            found.push(Finding::InvalidAllowCredentials { value });
        }
        if let (Kind::Preflight { .. }, Some(Block::Cors { failure, .. })) =
            (&question.kind, interview.blocked(question, response))
        {
            let (name, list) = match failure {
                Failure::InvalidAllowMethods(list) => ("Access-Control-Allow-Methods", list),
                Failure::InvalidAllowHeaders(list) => ("Access-Control-Allow-Headers", list),
                _ => continue,
            };
            found.push(Finding::InvalidList { name, value: list.value, member: list.member });
        }
        if response.members("access-control-allow-headers").iter().any(|name| name == "*") {
            found.push(Finding::WildcardHeaders);
        }
    }
    found
}

/// A site of others that is named whoever asks.
fn third_party(interview: &Interview<'_>, question: &Question, value: String) -> Option<Finding> {
    let host = interview.url.host_str()?;
    let named = url::Url::parse(&value).ok()?;
    let others = question.kind == Kind::Get && !is_of_one_party(host, named.host_str()?);
    others.then_some(Finding::ThirdParty { origin: value })
}

/// Responses that a cache gives to the wrong page.
fn of_caches(interview: &Interview<'_>, survey: &Survey) -> Option<Finding> {
    let gets: Vec<(&Question, &Response)> =
        interview.answers.iter().filter(|(question, _)| question.kind == Kind::Get).map(|(q, r)| (q, r)).collect();
    let mut values = gets.iter().map(|(_, response)| response.get(ALLOW_ORIGIN));
    let first = values.next()?;
    if values.all(|value| value == first) {
        return None;
    }
    let mut on = Vec::new();
    for (question, response) in gets {
        let members = response.members("vary");
        if members.iter().any(|member| member == "*" || member.eq_ignore_ascii_case("origin")) {
            continue;
        }
        let to = match &question.origin {
            None => To::NotCors,
            Some(origin) if survey.page(origin).is_some_and(|page| page.reads == Reads::Yes) => To::Allowed,
            Some(_) => To::Denied,
        };
        if !on.contains(&to) {
            on.push(to);
        }
    }
    (!on.is_empty()).then_some(Finding::MissingVary { on })
}

fn of_preflights(interview: &Interview<'_>, survey: &Survey) -> Vec<Finding> {
    let mut found = Vec::new();
    let is_base = |page: &&Page| matches!(page.relative.relation, Relation::Given | Relation::Own);
    for page in survey.pages.iter().filter(is_base) {
        let origin = page.relative.origin.as_str();
        let own = interview.preflights().filter(|(asking, ..)| *asking == origin);
        let own: Vec<(&Question, &Response)> = own.map(|(_, question, response)| (question, response)).collect();
        let passes = |(question, response): &&(&Question, &Response)| {
            let wordless = Kind::Preflight { method: "GET".to_owned(), names: Vec::new() };
            let wordless = Question { kind: wordless, ..(*question).clone() };
            interview.blocked(&wordless, response).is_none()
        };
        if own.iter().any(|one| passes(&one)) {
            if page.reads == Reads::No {
                found.push(Finding::ResponseWithoutHeaders { origin: origin.to_owned() });
            }
            let preflight = page.permissions.as_ref().and_then(|permissions| permissions.credentials);
            found.extend(
                preflight
                    .filter(|preflight| *preflight != page.credentials)
                    .map(|preflight| Finding::CredentialsDiffer { preflight }),
            );
            continue;
        }
        let Some((_, response)) = own.last() else { continue };
        match response.status {
            status @ (401 | 407) => found.push(Finding::PreflightAuthentication { status }),
            status @ 300..=399 => {
                let location = without_query(&response.get("location").unwrap_or_default()).to_owned();
                found.push(Finding::PreflightRedirect { status, location });
            }
            status if page.is_allowed() => found.push(Finding::PreflightStatus { status }),
            _ => {}
        }
    }
    let is_stranger = |page: &Page| page.relative.relation == Relation::Stranger && !page.is_allowed();
    let refused = interview.preflights().filter(|(origin, ..)| survey.page(origin).is_some_and(is_stranger));
    let mut names: Vec<&'static str> = Vec::new();
    for (_, question, response) in refused {
        // What passes is not refused.
        if interview.blocked(question, response).is_some() && !response.lines(ALLOW_ORIGIN).any(|value| value == "*") {
            names.extend(TELLING.iter().filter(|name| response.get(name).is_some()));
        }
    }
    names.sort_unstable();
    names.dedup();
    found.extend((!names.is_empty()).then_some(Finding::RefusedPreflightLeaks { names }));
    found
}

fn of_other_responses(interview: &Interview<'_>, survey: &Survey) -> Vec<Finding> {
    let mut found = Vec::new();
    if let Some(response) =
        interview.answer(&Question::plain()).filter(|response| (300..400).contains(&response.status))
        && let Some(location) = response.get("location")
    {
        let location = without_query(&location).to_owned();
        found.push(Finding::Redirect { status: response.status, location });
    }
    if let Some(origin) = &survey.missing
        && survey.page(origin).is_some_and(|page| page.reads == Reads::Yes)
        && let Some(response) = interview.answer(&Question::missing(origin))
        && response.status >= 400
        && interview.blocked(&Question::missing(origin), response).is_some()
    {
        found.push(Finding::ErrorWithoutHeaders { status: response.status });
    }
    let after = survey.pages.iter().find_map(|page| match page.reads {
        Reads::AfterPreflight(status) if status >= 400 => Some(status),
        _ => None,
    });
    found.extend(after.map(|status| Finding::ErrorWithoutHeaders { status }));
    found
}
