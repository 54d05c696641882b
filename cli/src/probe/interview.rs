//! The questions and answers of one probe: never one twice, never too many, never too fast.

use std::thread;
use std::time::{Duration, Instant};

use edge_cors::browser::{Block, Response};
use url::Url;

use super::question::{self, Kind, Question};
use crate::ask::{Ask, Failure};

/// After so many failures one after another, the server is asked no more.
const MAX_FAILURES: usize = 3;

/// What a server was asked, and what it answered.
pub(super) struct Interview<'a> {
    server: &'a mut dyn Ask,
    pub(super) url: Url,
    /// Headers that the user wants to be sent with every request but preflights.
    own: &'a [(String, String)],
    /// The least time from one request to the next.
    pace: Duration,
    last: Option<Instant>,
    left: usize,
    pub(super) answers: Vec<(Question, Response)>,
    /// What was not asked, because there were enough requests.
    pub(super) unasked: Vec<Question>,
    failures: usize,
    /// Why the server is asked no more.
    pub(super) ended: Option<Ended>,
}

/// Why a server is asked no more.
pub(super) enum Ended {
    /// It cannot be reached, or what it sends is not HTTP.
    Failed(Failure),
    /// It answers that there were too many requests.
    TooManyRequests,
}

impl Ended {
    pub(super) fn sentence(&self) -> String {
        match self {
            Self::Failed(failure) => failure.to_string(),
            Self::TooManyRequests => {
                "The server answers 429: too many requests. Wait, and set --rate lower.".to_owned()
            }
        }
    }
}

impl<'a> Interview<'a> {
    pub(super) fn new(
        server: &'a mut dyn Ask,
        url: &Url,
        own: &'a [(String, String)],
        pace: Duration,
        most: usize,
    ) -> Self {
        Self {
            server,
            url: url.clone(),
            own,
            pace,
            last: None,
            left: most,
            answers: Vec::new(),
            unasked: Vec::new(),
            failures: 0,
            ended: None,
        }
    }

    /// Asks, unless the answer is known. `None` if there is no answer.
    pub(super) fn ask(&mut self, question: Question) -> Option<&Response> {
        if let Some(at) = self.answers.iter().position(|(asked, _)| *asked == question) {
            return self.answers.get(at).map(|(_, response)| response);
        }
        if self.ended.is_some() {
            return None;
        }
        if self.left == 0 {
            if !self.unasked.contains(&question) {
                self.unasked.push(question);
            }
            return None;
        }
        let request = question.request(&self.url, self.own)?;
        self.left -= 1;
        self.wait();
        match self.server.ask(&request) {
            Ok(reply) if reply.status().as_u16() == 429 => self.ended = Some(Ended::TooManyRequests),
            Ok(reply) => {
                self.failures = 0;
                self.answers.push((question, question::response(&reply)));
                return self.answers.last().map(|(_, response)| response);
            }
            Err(failure) => {
                self.failures += 1;
                if self.answers.is_empty() || self.failures == MAX_FAILURES {
                    self.ended = Some(Ended::Failed(failure));
                }
            }
        }
        None
    }

    fn wait(&mut self) {
        if let Some(rest) = self.last.and_then(|last| self.pace.checked_sub(last.elapsed())) {
            thread::sleep(rest);
        }
        self.last = Some(Instant::now());
    }

    /// Whether nothing is asked any more.
    pub(super) fn is_over(&self) -> bool {
        self.left == 0 || self.ended.is_some()
    }

    /// The answer to a question that was asked.
    pub(super) fn answer(&self, question: &Question) -> Option<&Response> {
        self.answers.iter().find(|(asked, _)| asked == question).map(|(_, response)| response)
    }

    /// The answers to preflights, with the origin that asked.
    pub(super) fn preflights(&self) -> impl Iterator<Item = (&str, &Question, &Response)> {
        let preflights = self.answers.iter().filter(|(question, _)| matches!(question.kind, Kind::Preflight { .. }));
        preflights.filter_map(|(question, response)| Some((question.origin.as_deref()?, question, response)))
    }

    /// What a browser that asked this, without credentials, has against the response.
    pub(super) fn blocked(&self, question: &Question, response: &Response) -> Option<Block> {
        let call = question.call(&self.url);
        match question.kind {
            Kind::Preflight { .. } => call.blocked_by_preflight(response),
            _ => call.blocked_by(response),
        }
    }
}
