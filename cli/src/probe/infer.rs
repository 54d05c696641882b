//! From what the pages of each origin get to policies that give them the same.

use edge_cors::{Origin, OriginPattern, OriginSet, Policy};

use super::draft::{Draft, LeftOut, PolicyDraft};
use super::interview::Interview;
use super::permissions::{Granted, Permissions};
use super::question::Question;
use super::relation::{Relation, Relative};
use super::survey::{Page, Reads, Survey};

/// A configuration, and what in it is not certain.
pub(super) struct Inference {
    pub(super) draft: Draft,
    pub(super) guesses: Vec<Guess>,
    /// Origins that the server allows only by mistake, and the configuration does not.
    pub(super) holes: Vec<Relative>,
}

/// Something that the answers do not prove.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Guess {
    /// JSON Pointer in the configuration; empty for all of it.
    pub(super) pointer: String,
    pub(super) kind: GuessKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum GuessKind {
    /// A pattern covers more origins than were asked about: these.
    Pattern { pattern: String, asked: Vec<String> },
    /// The server shows no list, so only these were found.
    OneByOne { asked: Vec<String> },
    /// The response to `GET` had this status and no CORS headers, so only preflights count.
    AfterPreflight { origin: String, status: u16 },
    /// Preflights and responses do not agree about credentials.
    Credentials,
    /// Something that the edge does not take.
    LeftOut { value: String, why: String },
    /// The server's value is larger.
    MaxAge { sent: u64 },
    /// So many questions were not asked.
    Unasked { count: usize },
}

/// The origins that get the same.
struct Group<'s> {
    pages: Vec<&'s Page>,
    permissions: Permissions,
}

/// A policy for each group of origins that get the same, and none for what is allowed by mistake.
pub(super) fn infer(interview: &Interview<'_>, survey: &Survey) -> Inference {
    let mut groups = groups(survey);
    // Those that cover the most origins are last: the first policy that allows an origin decides.
    groups.sort_by_key(|group| group.pages.iter().filter(|page| widens(page.relative.relation)).count());
    let mut guesses = Vec::new();
    let mut draft = Draft { policies: Vec::new() };
    let reject = rejects(interview, survey).then_some("reject");
    let mut patterns: Vec<Vec<Widened>> = Vec::new();
    for (index, group) in groups.iter().enumerate() {
        let earlier = groups.iter().take(index).flat_map(|group| &group.pages);
        let earlier: Vec<&str> = earlier.map(|page| page.relative.origin.as_str()).collect();
        let own: Vec<&Relative> = group.pages.iter().map(|page| &page.relative).collect();
        // What is allowed by mistake forbids no pattern.
        let foreign = survey.pages.iter().filter(|page| !page.is_allowed() || !page.relative.relation.is_confusion());
        let foreign = foreign
            .map(|page| page.relative.origin.as_str())
            .filter(|origin| !earlier.contains(origin) && !own.iter().any(|relative| relative.origin == *origin));
        let found = widened(&own, &foreign.collect::<Vec<_>>(), survey);
        draft.policies.push(policy(group, &found, reject));
        patterns.push(found);
    }
    if draft.policies.is_empty() {
        draft.policies.push(PolicyDraft { disallowed_requests: reject, ..PolicyDraft::default() });
    }
    for LeftOut { pointer, value, why } in draft.settle() {
        guesses.push(Guess { pointer, kind: GuessKind::LeftOut { value, why } });
    }
    for (index, (group, patterns)) in groups.iter().zip(patterns).enumerate() {
        guesses.extend(guesses_of(&draft, index, group, patterns));
    }
    if !interview.unasked.is_empty() {
        let count = interview.unasked.len();
        guesses.push(Guess { pointer: String::new(), kind: GuessKind::Unasked { count } });
    }
    let all: Vec<&str> = draft.policies.iter().flat_map(|policy| &policy.allow_origins).map(String::as_str).collect();
    let covered = set(&all);
    let holes = survey.pages.iter().filter(|page| page.is_allowed() && !matches(&covered, &page.relative.origin));
    Inference { holes: holes.map(|page| page.relative.clone()).collect(), draft, guesses }
}

fn groups(survey: &Survey) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let allowed = survey.pages.iter().filter(|page| page.is_allowed() && !page.relative.relation.is_confusion());
    for page in allowed {
        let permissions = page.permissions.clone().unwrap_or_default();
        let same = groups.iter_mut().find(|group| {
            let known = &group.permissions;
            let first = group.pages.first();
            first.is_some_and(|first| first.credentials == page.credentials && first.exposed == page.exposed)
                && alike(&known.methods, &permissions.methods)
                && alike(&known.names, &permissions.names)
                && known.max_age == permissions.max_age
        });
        match same {
            Some(group) => group.pages.push(page),
            None => groups.push(Group { pages: vec![page], permissions }),
        }
    }
    groups
}

fn alike(one: &Granted, other: &Granted) -> bool {
    one.any == other.any && one.listed == other.listed
}

/// Whether an origin that is allowed is a reason to allow others.
fn widens(relation: Relation) -> bool {
    !matches!(relation, Relation::Given | Relation::Own | Relation::PublicSite | Relation::Local | Relation::Null)
}

/// Whether requests from origins that are not allowed are answered with 403.
fn rejects(interview: &Interview<'_>, survey: &Survey) -> bool {
    let status = |origin: &str| interview.answer(&Question::get(origin)).map(|response| response.status);
    let plain = interview.answer(&Question::plain()).map(|response| response.status);
    let mut refused = survey.pages.iter().filter(|page| page.reads == Reads::No).peekable();
    plain != Some(403) && refused.peek().is_some() && refused.all(|page| status(&page.relative.origin) == Some(403))
}

/// A pattern, and the origins that it was found by.
struct Widened {
    pattern: String,
    found_by: Vec<String>,
}

/// The patterns that allow these origins, as wide as the answers permit, and none of the foreign ones.
fn widened(own: &[&Relative], foreign: &[&str], survey: &Survey) -> Vec<Widened> {
    let mut rest: Vec<&Relative> = own.to_vec();
    let mut found = Vec::new();
    for Widened { pattern, found_by } in candidates(own, survey) {
        let set = set(&[&pattern]);
        let covers = rest.iter().any(|relative| matches(&set, &relative.origin));
        if covers && !foreign.iter().any(|origin| matches(&set, origin)) {
            rest.retain(|relative| !matches(&set, &relative.origin));
            found.push(Widened { pattern, found_by });
        }
    }
    // As people write them: what is exact first.
    let exact = rest.iter().map(|relative| Widened { pattern: relative.origin.clone(), found_by: Vec::new() });
    exact.chain(found).collect()
}

/// The patterns that the origins of a group suggest, the widest first.
fn candidates(own: &[&Relative], survey: &Survey) -> Vec<Widened> {
    use Relation as R;
    let has = |relation: R| own.iter().find(|relative| relative.relation == relation);
    let mut found = Vec::new();
    let mut suggest = |pattern: String, evidence: &[Option<&&Relative>]| {
        let origins: Option<Vec<String>> =
            evidence.iter().map(|relative| relative.map(|relative| relative.origin.clone())).collect();
        found.extend(origins.map(|found_by| Widened { pattern, found_by }));
    };
    let [stranger, port, insecure, insecure_port, app, null] =
        [R::Stranger, R::StrangerPort, R::InsecureStranger, R::InsecureStrangerPort, R::StrangerApp, R::Null].map(has);
    suggest("*".to_owned(), &[stranger, port, insecure, insecure_port, app, null]);
    suggest("https://*:*".to_owned(), &[stranger, port]);
    suggest("https://*".to_owned(), &[stranger]);
    suggest("http://*:*".to_owned(), &[insecure, insecure_port]);
    suggest("http://*".to_owned(), &[insecure]);
    let bases = survey.pages.iter().map(|page| &page.relative);
    for base in bases.filter(|relative| matches!(relative.relation, R::Given | R::Own)) {
        let of =
            |relation: R| own.iter().find(|relative| relative.relation == relation && relative.base == base.origin);
        let Some((scheme, rest)) = base.origin.split_once("://") else { continue };
        let itself = own.iter().find(|relative| relative.origin == base.origin);
        if let Some((_, parent)) = rest.split_once('.') {
            suggest(format!("{scheme}://*.{parent}"), &[of(R::Sibling), of(R::DeepSibling)]);
            suggest(format!("{scheme}://{{label}}.{parent}"), &[of(R::Sibling)]);
        }
        suggest(format!("{scheme}://*.{rest}"), &[of(R::Subdomain), of(R::DeepSubdomain)]);
        suggest(format!("{scheme}://{{label}}.{rest}"), &[of(R::Subdomain)]);
        let host = rest.rsplit_once(':').filter(|(host, port)| !port.ends_with(']') && !host.is_empty());
        let host = host.map_or(rest, |(host, _)| host);
        suggest(format!("{scheme}://{host}:*"), &[itself, of(R::OtherPort)]);
        suggest(format!("{scheme}://*"), &[of(R::OtherApp)]);
    }
    found
}

fn set(patterns: &[&str]) -> OriginSet {
    let parsed: Vec<OriginPattern> = patterns.iter().filter_map(|text| OriginPattern::parse(text).ok()).collect();
    OriginSet::new(&parsed)
}

fn matches(set: &OriginSet, origin: &str) -> bool {
    Origin::parse(origin.as_bytes()).is_some_and(|origin| set.matches(&origin))
}

fn policy(group: &Group<'_>, patterns: &[Widened], disallowed_requests: Option<&'static str>) -> PolicyDraft {
    let Permissions { methods, names, max_age, status, silent, .. } = &group.permissions;
    let first = group.pages.first();
    let words = |granted: &Granted, also: &dyn Fn(&str) -> bool| {
        let any = granted.any.then(|| "*".to_owned());
        let listed = granted.listed.iter().filter(|word| !granted.any || also(word)).cloned();
        any.into_iter().chain(listed).collect::<Vec<String>>()
    };
    PolicyDraft {
        allow_origins: patterns.iter().map(|widened| widened.pattern.clone()).collect(),
        allow_methods: words(methods, &|_| false),
        // `*` never covers this one.
        allow_headers: words(names, &|name| name == "authorization"),
        expose_headers: first.map(|page| page.exposed.clone()).unwrap_or_default(),
        allow_credentials: first.is_some_and(|page| page.credentials),
        max_age: max_age.map(|seconds| seconds.min(Policy::MAX_AGE)),
        preflight_status: status.filter(|status| *status == 200),
        refused_preflights: silent.then_some("silent"),
        disallowed_requests,
        dangerously_allow: Vec::new(),
    }
}

fn guesses_of(draft: &Draft, index: usize, group: &Group<'_>, patterns: Vec<Widened>) -> Vec<Guess> {
    let own = draft.pointer(index);
    let kept = draft.policies.get(index).map(|policy| policy.allow_origins.as_slice()).unwrap_or_default();
    let mut found = Vec::new();
    let mut guess = |field: &str, kind| found.push(Guess { pointer: format!("{own}/{field}"), kind });
    for Widened { pattern, found_by } in patterns {
        let at = kept.iter().position(|kept| *kept == pattern);
        if let (Some(at), false) = (at, found_by.is_empty()) {
            guess(&format!("allowOrigins/{at}"), GuessKind::Pattern { pattern, asked: found_by });
        }
    }
    let Permissions { methods, names, credentials, max_age, .. } = &group.permissions;
    if methods.one_by_one && !methods.any && !methods.listed.is_empty() {
        guess("allowMethods", GuessKind::OneByOne { asked: methods.listed.clone() });
    }
    if names.one_by_one && !names.any && !names.listed.is_empty() {
        guess("allowHeaders", GuessKind::OneByOne { asked: names.listed.clone() });
    }
    let first = group.pages.first();
    if first.is_some_and(|page| credentials.is_some_and(|preflight| preflight != page.credentials)) {
        guess("allowCredentials", GuessKind::Credentials);
    }
    if let Some(sent) = max_age.filter(|seconds| *seconds > Policy::MAX_AGE) {
        guess("maxAge", GuessKind::MaxAge { sent });
    }
    for page in &group.pages {
        if let Reads::AfterPreflight(status) = page.reads {
            let origin = page.relative.origin.clone();
            guess("allowOrigins", GuessKind::AfterPreflight { origin, status });
        }
    }
    found
}
