//! What a server lets the pages of one origin do.

use edge_cors::SAFELISTED_METHODS;
use edge_cors::browser::Response;

use super::interview::Interview;
use super::question::{CANARY_METHOD, CANARY_NAME, Kind, Question};

/// The methods and header names that a server is asked about.
pub(super) struct Words {
    pub(super) methods: Vec<String>,
    /// In lower case.
    pub(super) names: Vec<String>,
}

impl Words {
    /// What pages use most, and what the user adds.
    pub(super) fn with(methods: &[String], names: &[String]) -> Self {
        let usual = |usual: &[&str], more: &[String]| {
            let mut words: Vec<String> = usual.iter().map(|word| (*word).to_owned()).collect();
            for word in more {
                if !words.contains(word) {
                    words.push(word.clone());
                }
            }
            words
        };
        Self {
            methods: usual(&["PUT", "PATCH", "DELETE"], methods),
            names: usual(&["authorization", "content-type", "x-requested-with"], names),
        }
    }

    /// The most preflights that one origin needs.
    pub(super) fn most_questions(&self) -> usize {
        // Two lists, a granted one, and if the server shows no lists, each word and both canaries.
        3 + self.methods.len() + self.names.len() + 2
    }
}

/// Methods or header names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Granted {
    /// Whether every other one is allowed too; for header names, all but `authorization`.
    pub(super) any: bool,
    /// Sorted.
    pub(super) listed: Vec<String>,
    /// Whether the server was asked about each word, because it shows no list.
    pub(super) one_by_one: bool,
}

/// What pages of an origin may do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Permissions {
    pub(super) methods: Granted,
    pub(super) names: Granted,
    /// Whether preflights allow credentials; `None` if no preflight passes.
    pub(super) credentials: Option<bool>,
    /// `Access-Control-Max-Age` in seconds.
    pub(super) max_age: Option<u64>,
    /// The status of a granted preflight; `None` if none passes.
    pub(super) status: Option<u16>,
    /// Whether a page of this origin is told nothing if its method or a header is refused.
    pub(super) silent: bool,
}

/// The lists in the answer to a preflight that allows the origin.
struct Lists {
    methods: Vec<String>,
    names: Vec<String>,
}

impl Granted {
    fn add(&mut self, words: &[String], canary: &str) {
        for word in words {
            match word.as_str() {
                "*" => self.any = true,
                word if word == canary => self.any = true,
                _ if !self.listed.contains(word) => self.listed.push(word.clone()),
                _ => {}
            }
        }
        self.listed.sort();
    }
}

/// Asks until it is known which methods and names the pages of this origin may use.
///
/// What an answer lists is allowed: browsers remember the whole list. What it does not list was asked for,
/// unless the list is complete, which it is if a method that cannot exist is answered with others.
pub(super) fn study(interview: &mut Interview<'_>, origin: &str, words: &Words) -> Permissions {
    let mut found = Permissions::default();
    let canaries = [words.names.clone(), vec![CANARY_NAME.to_owned()]].concat();
    let first = lists(interview, &Question::preflight(origin, CANARY_METHOD, &canaries));
    if let Some(Lists { methods, names }) = &first {
        found.methods.add(methods, CANARY_METHOD);
        found.names.add(names, CANARY_NAME);
    }
    if first.as_ref().is_none_or(|lists| lists.methods.is_empty()) {
        ask_for_methods(interview, origin, words, &mut found.methods);
    }
    found.methods.listed.retain(|method| !SAFELISTED_METHODS.contains(&method.as_str()));
    // Many servers show no names if the method is not one of theirs.
    let method = found.methods.listed.first().cloned().unwrap_or_else(|| "GET".to_owned());
    if first.as_ref().is_none_or(|lists| lists.names.is_empty()) {
        ask_for_names(interview, origin, &method, &canaries, &mut found.names);
    }
    let names: Vec<String> = words.names.iter().filter(|name| found.allows_name(name)).cloned().collect();
    let question = Question::preflight(origin, &method, &names);
    if granted(interview, &question)
        && let Some(response) = interview.answer(&question)
    {
        found.status = Some(response.status);
        found.credentials = Some(allows_credentials(response));
        found.max_age = max_age(response);
        found.silent = first.is_none();
    }
    found
}

/// Asks about each method, until an answer lists others too.
fn ask_for_methods(interview: &mut Interview<'_>, origin: &str, words: &Words, found: &mut Granted) {
    found.one_by_one = true;
    for method in words.methods.iter().map(String::as_str).chain([CANARY_METHOD]) {
        let question = Question::preflight(origin, method, &[]);
        if !granted(interview, &question) {
            continue;
        }
        let listed = lists(interview, &question).map(|lists| lists.methods).unwrap_or_default();
        found.add(&listed, CANARY_METHOD);
        found.add(&[method.to_owned()], CANARY_METHOD);
        if listed.iter().any(|listed| listed != method) {
            found.one_by_one = false;
            return;
        }
    }
}

/// Asks about all names at once with a method that is allowed, and about each if the answer has no lists.
fn ask_for_names(interview: &mut Interview<'_>, origin: &str, method: &str, canaries: &[String], found: &mut Granted) {
    if let Some(Lists { methods, names }) = lists(interview, &Question::preflight(origin, method, canaries)) {
        found.add(&names, CANARY_NAME);
        if !names.is_empty() || !methods.is_empty() {
            return;
        }
    }
    found.one_by_one = true;
    for name in canaries {
        if granted(interview, &Question::preflight(origin, method, std::slice::from_ref(name))) {
            found.add(std::slice::from_ref(name), CANARY_NAME);
        }
    }
}

impl Permissions {
    fn allows_name(&self, name: &str) -> bool {
        self.names.listed.iter().any(|listed| listed == name) || (self.names.any && name != "authorization")
    }
}

/// Whether a browser would accept credentials, if the origin is allowed.
pub(super) fn allows_credentials(response: &Response) -> bool {
    response.get("access-control-allow-credentials").as_deref() == Some("true")
        && response.get("access-control-allow-origin").as_deref() != Some("*")
}

/// `Access-Control-Max-Age`, if a browser can read it. A negative one counts as 0.
fn max_age(response: &Response) -> Option<u64> {
    let value = response.get("access-control-max-age")?;
    let (negative, digits) = value.trim().strip_prefix('-').map_or((false, value.trim()), |digits| (true, digits));
    let seconds: u64 = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())??;
    Some(if negative { 0 } else { seconds })
}

/// Whether the browser sends the request that the preflight was for.
fn granted(interview: &mut Interview<'_>, question: &Question) -> bool {
    let Some(response) = interview.ask(question.clone()).cloned() else {
        return false;
    };
    interview.blocked(question, &response).is_none()
}

/// The lists of an answer, if it allows the origin.
fn lists(interview: &mut Interview<'_>, question: &Question) -> Option<Lists> {
    let response = interview.ask(question.clone())?.clone();
    // Without words of its own, nothing but the origin and the status is judged.
    let wordless =
        Question { kind: Kind::Preflight { method: "GET".to_owned(), names: Vec::new() }, ..question.clone() };
    if interview.blocked(&wordless, &response).is_some() {
        return None;
    }
    let names = response.members("access-control-allow-headers");
    Some(Lists {
        methods: response.members("access-control-allow-methods"),
        names: names.iter().map(|name| name.to_ascii_lowercase()).collect(),
    })
}
