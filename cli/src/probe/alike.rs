//! Probing our own engine: the configuration that comes back decides alike.
//!
//! *Alike* means: for every origin that was asked about, except those that the server allows only by mistake, for every
//! method and every header name that was asked about or is listed, alone and all together, with and without
//! credentials, a browser lets the page send the request and read the response in both cases or in neither; the
//! page can read the same headers; and the browser keeps the preflight for the same time. The origins that are allowed by
//! mistake are refused.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by failing")]

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use edge_cors::browser::{Call, Response};
use edge_cors::{Origin, PolicySet};
use http::uri::Scheme;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngSeed, TestRunner};
use serde_json::Value;
use test_support::case::{self, Case, OriginServer};
use test_support::generate;
use url::Url;

use super::infer::infer;
use super::interview::Interview;
use super::permissions::Words;
use super::question::{CANARY_METHOD, CANARY_NAME, Question, response};
use super::survey::Survey;
use crate::ask::{Ask, Failure, Reply};

/// How many configurations are generated: with those of the cases, more than 200.
const GENERATED: usize = 120;

/// The engine in front of an origin server that always answers the same.
struct Edge {
    policies: PolicySet,
    origin_server: OriginServer,
}

impl Ask for Edge {
    fn ask(&mut self, request: &http::Request<()>) -> Result<Reply, Failure> {
        let (mut parts, ()) = request.clone().into_parts();
        parts.extensions.insert(Scheme::HTTP);
        let exchange = self.policies.decide(&parts);
        if let Some(answer) = exchange.answer() {
            return Ok(http::Response::from(answer).map(|()| Vec::new()));
        }
        let mut reply = http::Response::builder().status(self.origin_server.status);
        for (name, value) in &self.origin_server.headers {
            reply = reply.header(name.as_str(), Case::bytes(value));
        }
        let mut reply = reply.body(Vec::new()).unwrap();
        exchange.decorate_response(&mut reply);
        Ok(reply)
    }
}

/// What a browser makes of a question to an edge.
#[derive(Debug, Default, PartialEq)]
struct Outcome {
    sent_and_read: bool,
    exposed: BTreeSet<String>,
    max_age: Option<String>,
}

/// What an edge answers to the pages of one origin.
struct Answers {
    get: Response,
    /// By method and list of names.
    preflights: Vec<(Question, Response)>,
}

impl Answers {
    fn of(edge: &mut Edge, url: &Url, origin: &str, words: &[(String, Vec<String>)]) -> Self {
        let mut ask = |question: &Question| response(&edge.ask(&question.request(url, &[]).unwrap()).unwrap());
        let preflights = words.iter().map(|(method, names)| {
            let question = Question::preflight(origin, method, names);
            let response = ask(&question);
            (question, response)
        });
        Self { preflights: preflights.collect(), get: ask(&Question::get(origin)) }
    }

    /// One outcome for each list of words, without and with credentials.
    fn outcomes(&self, url: &Url, origin: &str) -> Vec<Outcome> {
        let get = Question::get(origin);
        let exposed = self.get.members("access-control-expose-headers");
        let mut outcomes = Vec::new();
        for ((question, preflight), credentials) in self.preflights.iter().flat_map(|one| [(one, false), (one, true)]) {
            let call = |question: &Question| Call { credentials, ..question.call(url) };
            let needs_preflight = question.kind != Question::preflight(origin, "GET", &[]).kind;
            let passes = !needs_preflight || call(question).blocked_by_preflight(preflight).is_none();
            let reads = call(&get).blocked_by(&self.get).is_none();
            let exposed = exposed.iter().filter(|name| reads && (*name != "*" || !credentials));
            let max_age = preflight.get("access-control-max-age").filter(|_| needs_preflight && passes && reads);
            let exposed = exposed.map(|name| name.to_ascii_lowercase()).collect();
            outcomes.push(Outcome { sent_and_read: passes && reads, exposed, max_age });
        }
        outcomes
    }
}

/// Whether a page of this origin can read anything at all.
fn reads(edge: &mut Edge, url: &Url, origin: &str) -> bool {
    let get = Question::get(origin);
    let reply = edge.ask(&get.request(url, &[]).unwrap()).unwrap();
    get.call(url).blocked_by(&response(&reply)).is_none()
}

/// Probes a server, and holds the configuration that comes back against it.
fn check(edge: &mut Edge, url: &Url, given: &[String]) -> Result<(), String> {
    let words = Words::with(&[], &[]);
    let mut interview = Interview::new(edge, url, &[], Duration::ZERO, usize::MAX);
    let survey = Survey::take(&mut interview, given, &words);
    let inference = infer(&interview, &survey);
    let origins: Vec<String> = survey.pages.iter().map(|page| page.relative.origin.clone()).collect();
    let text = inference.draft.text();
    let (policies, _) = PolicySet::from_json(&text).map_err(|error| format!("{error}\n{text}"))?;
    let mut copy = Edge { policies, origin_server: OriginServer::default() };
    let mut methods: BTreeSet<&str> = words.methods.iter().map(String::as_str).collect();
    methods.extend(["GET", CANARY_METHOD]);
    let mut names: BTreeSet<&str> = words.names.iter().map(String::as_str).collect();
    names.insert(CANARY_NAME);
    for policy in &inference.draft.policies {
        methods.extend(policy.allow_methods.iter().map(String::as_str).filter(|method| *method != "*"));
        names.extend(policy.allow_headers.iter().map(String::as_str).filter(|name| *name != "*"));
    }
    let all: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let lists: Vec<Vec<String>> =
        [Vec::new(), all.clone()].into_iter().chain(all.chunks(1).map(<[_]>::to_vec)).collect();
    let words = methods.iter().flat_map(|method| lists.iter().map(|list| ((*method).to_owned(), list.clone())));
    let words: Vec<(String, Vec<String>)> = words.collect();
    for origin in &origins {
        let is_hole = inference.holes.iter().any(|hole| hole.origin == *origin);
        if !reads(edge, url, origin) && !reads(&mut copy, url, origin) {
            continue;
        }
        let expected = Answers::of(edge, url, origin, &words);
        let found = Answers::of(&mut copy, url, origin, &words);
        let (expected, found) = (expected.outcomes(url, origin), found.outcomes(url, origin));
        let asked = words.iter().flat_map(|words| [(words, false), (words, true)]);
        for (((words, credentials), expected), found) in asked.zip(expected).zip(found) {
            let expected = if is_hole { Outcome::default() } else { expected };
            if expected != found {
                return Err(format!(
                    "{origin} {words:?} credentials {credentials}: {expected:?}, but as found {found:?}\n{text}"
                ));
            }
        }
    }
    Ok(())
}

/// Every configuration of a case, with every host and path that its cases ask for, and all origins in them.
#[test]
fn the_configurations_of_the_cases_come_back() {
    let mut probes: BTreeMap<(String, String), (OriginServer, BTreeSet<String>)> = BTreeMap::new();
    for case in case::load() {
        let host = case.request.host.as_deref().unwrap_or("api.example.com");
        let url = format!("http://{host}{}", case.request.path);
        let source = case.configuration.to_string();
        if Url::parse(&url).is_err() || PolicySet::from_json(&source).is_err() {
            continue;
        }
        let (_, origins) = probes.entry((source, url)).or_insert_with(|| (case.origin_server, BTreeSet::new()));
        let origin = case.request.headers.into_iter().find(|(name, _)| name.eq_ignore_ascii_case("origin"));
        origins.extend(origin.map(|(_, value)| value).filter(|value| Origin::parse(value.as_bytes()).is_some()));
    }
    let different: BTreeSet<&String> = probes.keys().map(|(source, _)| source).collect();
    assert!(different.len() + GENERATED > 200, "only {} configurations of cases were probed", different.len());
    for ((source, url), (origin_server, origins)) in probes {
        let mut edge = Edge { policies: PolicySet::from_json(&source).unwrap().0, origin_server };
        let found = check(&mut edge, &Url::parse(&url).unwrap(), &Vec::from_iter(origins));
        assert!(found.is_ok(), "{url} {source}\n{}", found.err().unwrap());
    }
}

/// Generated configurations, with every field.
#[test]
fn generated_configurations_come_back() {
    let mut runner = TestRunner::new(Config { rng_seed: RngSeed::Fixed(13), ..Config::default() });
    let url = Url::parse("http://api.example.com/v1/users").unwrap();
    let given =
        ["https://app.example.com", "https://pr-17.example.org", "http://localhost:5173", "capacitor://localhost"];
    let given = given.map(str::to_owned);
    let mut seen = BTreeSet::new();
    while seen.len() < GENERATED {
        let configuration: Value = generate::configuration().new_tree(&mut runner).unwrap().current();
        let Ok((policies, _)) = PolicySet::from_json(&configuration.to_string()) else { continue };
        seen.insert(configuration.to_string());
        let found = check(&mut Edge { policies, origin_server: OriginServer::default() }, &url, &given);
        assert!(found.is_ok(), "{configuration:#}\n{}", found.err().unwrap());
    }
}
