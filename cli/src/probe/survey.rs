//! The order of the questions: what matters most first, so that a probe that has to stop early knows it.

use super::interview::Interview;
use super::permissions::{Permissions, Words, allows_credentials, study};
use super::question::{CANARY_NAME, Question};
use super::relation::{Relation, Relative, STRANGER, confusions, family, others, special, strangers};

/// What a probe found out about the origins.
#[derive(Default)]
pub(super) struct Survey {
    /// Every origin that was asked about and answered.
    pub(super) pages: Vec<Page>,
    /// The origin whose `GET` of a page that does not exist was sent.
    pub(super) missing: Option<String>,
}

/// What the pages of an origin get.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) relative: Relative,
    pub(super) reads: Reads,
    /// `Access-Control-Allow-Origin` is `*`.
    pub(super) by_wildcard: bool,
    /// Whether the response allows credentials.
    pub(super) credentials: bool,
    /// The names in `Access-Control-Expose-Headers`: lower-case, sorted.
    pub(super) exposed: Vec<String>,
    /// What preflights say, if they were asked.
    pub(super) permissions: Option<Permissions>,
}

/// Whether a page can read responses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reads {
    /// Yes: `GET` has shown it.
    Yes,
    /// Preflights pass, but the response to `GET` has this status and cannot be read.
    AfterPreflight(u16),
    /// No.
    No,
}

/// What the answer to `GET` shows of the policy that decided.
#[derive(PartialEq)]
struct Surface {
    by_wildcard: bool,
    credentials: bool,
    exposed: Vec<String>,
}

impl Page {
    pub(super) fn is_allowed(&self) -> bool {
        self.reads != Reads::No
    }

    fn surface(&self) -> Surface {
        Surface { by_wildcard: self.by_wildcard, credentials: self.credentials, exposed: self.exposed.clone() }
    }
}

impl Survey {
    /// Asks about the user's origins, the server's own, and all their relatives.
    pub(super) fn take(interview: &mut Interview<'_>, given: &[String], words: &Words) -> Self {
        let mut survey = Self::default();
        interview.ask(Question::plain());
        let own = interview.url.origin().ascii_serialization();
        let mut bases: Vec<Relative> = given.iter().map(|origin| Relative::alone(origin, Relation::Given)).collect();
        let is_given = bases.iter().any(|base| base.origin == own);
        bases.extend((!is_given).then(|| Relative::alone(&own, Relation::Own)));
        survey.ask_about(interview, bases.clone());
        survey.ask_about(
            interview,
            vec![
                Relative::alone(&format!("https://{STRANGER}"), Relation::Stranger),
                Relative::alone("null", Relation::Null),
            ],
        );
        let open = survey.is_open();
        if open {
            survey.ask_about(interview, strangers());
        }
        survey.study_bases(interview, words);
        survey.ask_for_missing_page(interview, &bases);
        for base in &bases {
            survey.ask_about(interview, family(&base.origin));
        }
        survey.study_the_rest(interview, words);
        // Where every site is allowed, no confusion adds anything.
        if !open {
            bases.iter().for_each(|base| survey.ask_about(interview, confusions(&base.origin)));
            survey.ask_about(interview, others());
            let appended = |page: &Page| page.relative.relation == Relation::Appended && page.is_allowed();
            if let Some(base) = bases.first().filter(|_| !survey.pages.iter().any(appended)) {
                survey.ask_about(interview, special(&base.origin));
            }
            survey.study_the_rest(interview, words);
        }
        survey
    }

    /// The most questions that a survey asks, whatever the answers are.
    pub(super) fn most_questions(own: &str, given: &[String], words: &Words) -> usize {
        let own = Some(own.to_owned()).filter(|own| !given.contains(own));
        let bases: Vec<&String> = given.iter().chain(&own).collect();
        let families: usize = bases.iter().map(|base| family(base).len()).sum();
        let confused: usize = bases.iter().map(|base| confusions(base).len()).sum();
        let special = bases.first().map_or(0, |base| special(base).len());
        let closed = confused + others().len() + special;
        let studied = bases.len() + families + others().len() + 2 + strangers().len();
        // The plain one, a stranger and an opaque origin, and the missing page.
        4 + bases.len() + families + closed + strangers().len() + studied * words.most_questions()
    }

    /// Whether the server allows a site that it cannot know.
    pub(super) fn is_open(&self) -> bool {
        self.pages.iter().any(|page| page.relative.relation == Relation::Stranger && page.is_allowed())
    }

    pub(super) fn page(&self, origin: &str) -> Option<&Page> {
        self.pages.iter().find(|page| page.relative.origin == origin)
    }

    fn ask_about(&mut self, interview: &mut Interview<'_>, relatives: Vec<Relative>) {
        for relative in relatives {
            if self.page(&relative.origin).is_some() {
                continue;
            }
            let question = Question::get(&relative.origin);
            let Some(response) = interview.ask(question.clone()).cloned() else { continue };
            let readable = interview.blocked(&question, &response).is_none();
            let mut exposed: Vec<String> = response.members("access-control-expose-headers");
            exposed.iter_mut().for_each(|name| name.make_ascii_lowercase());
            exposed.sort();
            exposed.dedup();
            self.pages.push(Page {
                relative,
                reads: if readable { Reads::Yes } else { Reads::No },
                by_wildcard: response.get("access-control-allow-origin").as_deref() == Some("*"),
                credentials: readable && allows_credentials(&response),
                exposed: if readable { exposed } else { Vec::new() },
                permissions: None,
            });
        }
    }

    /// Asks preflights for the origins that the user cares about, and one of a stranger.
    fn study_bases(&mut self, interview: &mut Interview<'_>, words: &Words) {
        let asked = [words.names.clone(), vec![CANARY_NAME.to_owned()]].concat();
        for page in &mut self.pages {
            let origin = page.relative.origin.clone();
            let is_base = matches!(page.relative.relation, Relation::Given | Relation::Own);
            let status = interview.answer(&Question::get(&origin)).map_or(0, |response| response.status);
            if page.is_allowed() && is_base {
                page.permissions = Some(study(interview, &origin, words));
            } else if is_base && status >= 300 {
                // An error or a redirect without CORS headers: only a preflight can tell.
                let permissions = study(interview, &origin, words);
                if permissions.status.is_some() {
                    page.reads = Reads::AfterPreflight(status);
                    page.credentials = permissions.credentials == Some(true);
                    page.permissions = Some(permissions);
                }
            } else if !page.is_allowed() && page.relative.relation != Relation::Null {
                // What a refused preflight tells.
                interview.ask(Question::preflight(&origin, "PUT", &asked));
            }
        }
    }

    /// Asks preflights for what else is allowed: the same questions, unless the first answer is one that another
    /// origin with the same response has got, or nothing may be asked any more.
    fn study_the_rest(&mut self, interview: &mut Interview<'_>, words: &Words) {
        let studied = |page: &Page| Some((page.surface(), page.relative.origin.clone(), page.permissions.clone()?));
        let mut known: Vec<(Surface, String, Permissions)> = self.pages.iter().filter_map(studied).collect();
        for page in &mut self.pages {
            if page.permissions.is_some() || !page.is_allowed() || page.relative.relation.is_confusion() {
                continue;
            }
            let (surface, origin) = (page.surface(), page.relative.origin.clone());
            let mut same = known.iter().filter(|(known, ..)| *known == surface);
            let like = same
                .clone()
                .find(|(_, known, permissions)| !permissions.silent && answers_alike(interview, words, known, &origin));
            let permissions = match like.or_else(|| same.next().filter(|_| interview.is_over())) {
                Some((.., permissions)) => permissions.clone(),
                None => study(interview, &origin, words),
            };
            known.push((surface, origin, permissions.clone()));
            page.permissions = Some(permissions);
        }
    }

    /// Asks for a page that does not exist, from an origin that can read others.
    fn ask_for_missing_page(&mut self, interview: &mut Interview<'_>, bases: &[Relative]) {
        let allowed = self.pages.iter().find(|page| page.reads == Reads::Yes);
        let origin = allowed.map(|page| page.relative.origin.clone());
        let origin = origin.or_else(|| bases.first().map(|base| base.origin.clone()));
        if let Some(origin) = origin {
            interview.ask(Question::missing(&origin));
            self.missing = Some(origin);
        }
    }
}

/// Whether two origins get the same answer to their first preflight, but for their own names in it.
fn answers_alike(interview: &mut Interview<'_>, words: &Words, known: &str, other: &str) -> bool {
    let canaries = [words.names.clone(), vec![CANARY_NAME.to_owned()]].concat();
    let mut answer = |origin: &str| {
        let question = Question::preflight(origin, super::question::CANARY_METHOD, &canaries);
        let response = interview.ask(question)?;
        let lines = response.headers.iter().filter(|(name, _)| name.starts_with("access-control-"));
        let lines: Vec<(String, String)> =
            lines.map(|(name, value)| (name.clone(), value.replace(origin, "{origin}"))).collect();
        Some((response.status, lines))
    };
    let (known, other) = (answer(known), answer(other));
    known.is_some() && known == other
}
