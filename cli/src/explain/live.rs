//! The server itself is asked, as a browser would ask it.

mod print;
mod real;

use edge_cors::browser::{Block, Call, Hop, RedirectFailure, Verdict, follow};
use url::Url;

use super::answered::{self, Finding};
use super::arguments::{Arguments, Via};
use super::compare::Comparison;
use super::needs::Needs;
use super::remedy::{Cause, Remedy};
use super::server::{Recognised, Sample, recognise, settings};
use super::smallest::{Smallest, Wanted};
use super::{Situation, load};
use crate::ask::{self, Failure, Limits};
use crate::report::Format;
use crate::{Exit, output};
use real::Real;

/// Why there is no response to the last request.
enum Stopped {
    /// It was sent, or tried to.
    Failed(Failure),
    /// It may change something, and was not sent: its method.
    HeldBack(String),
}

/// What became of a call, and what to do about it.
pub(super) struct Answered {
    /// At least one.
    hops: Vec<Hop>,
    stopped: Option<Stopped>,
    finding: Option<Finding>,
    advice: Vec<Cause>,
    /// Which software answered, and its settings.
    server: Option<(Recognised, String)>,
    policy: Smallest,
    comparison: Option<Comparison>,
}

pub(super) fn run(arguments: &Arguments, url: &Url) -> Result<Exit, String> {
    if !matches!(arguments.via, Via::Fetch | Via::Xhr) {
        return Err(
            "--via form, no-cors and web-socket are not checked by CORS, so there is nothing to ask the server: \
                    to see what the edge does with them, add --config"
                .to_owned(),
        );
    }
    ask::refuse_userinfo(url)?;
    let situation = Situation::of(arguments, url);
    let document = match &arguments.compare {
        Some(file) => match load(arguments, file)? {
            Some(document) => Some(document),
            None => return Ok(Exit::Refused),
        },
        None => None,
    };
    let client = ask::open(url, Limits::within(arguments.timeout)).map_err(|failure| failure.to_string())?;
    let mut real = Real::new(client, url, arguments.cookie.clone(), arguments.send);
    let hops = follow(&situation.call, &mut real, situation.local_network_granted);
    let mut answered = Answered::new(&situation, hops, real);
    answered.comparison = document.map(|document| Comparison::new(&situation, &answered.hops, document));
    let text = match arguments.format {
        Format::Text => print::text(&situation, &answered),
        Format::Json => print::json(&situation, &answered),
    };
    Ok(answered.exit().max(output::print(&text)))
}

impl Answered {
    fn new(situation: &Situation, hops: Vec<Hop>, real: Real) -> Self {
        let reads = &situation.reads;
        let Real { stopped, bodies, .. } = real;
        let last = hops.last();
        let finding =
            last.filter(|_| stopped.is_none()).and_then(|Hop { call, outcome }| answered::find(call, outcome, reads));
        let mut advice: Vec<Cause> = dropped_headers(&situation.call).into_iter().collect();
        advice.extend(last.map(|Hop { call, outcome }| answered::advice(call, outcome)).unwrap_or_default());
        let by_settings = finding.as_ref().is_some_and(|finding| finding.by_settings);
        let wanted: Vec<Wanted> = last
            .filter(|_| by_settings)
            .map(|hop| Wanted { call: hop.call.clone(), reads: reads.clone() })
            .into_iter()
            .collect();
        let server = last.filter(|_| by_settings).and_then(|hop| {
            let responses: Vec<_> = hop.outcome.steps.iter().map(|step| &step.response).collect();
            let bodies = bodies.iter().rev().take(responses.len()).rev();
            let samples: Vec<Sample<'_>> =
                responses.iter().zip(bodies).map(|(response, body)| Sample { response, body }).collect();
            let recognised = recognise(&samples)?;
            let text = settings(recognised.software, &Needs::of(&hop.call, reads), &responses);
            Some((recognised, text))
        });
        let hops = hops.into_iter().map(without_tokens).collect();
        Self { policy: Smallest::of(&wanted), hops, stopped, finding, advice, server, comparison: None }
    }

    /// The last hop, and whether there is a verdict on it.
    fn last(&self) -> Option<(&Call, &Verdict)> {
        self.hops.last().map(|hop| (&hop.call, &hop.outcome.verdict))
    }

    fn exit(&self) -> Exit {
        let own = match (&self.stopped, &self.finding) {
            (Some(_), _) => Exit::Unreadable,
            (None, Some(_)) => Exit::Refused,
            (None, None) => match self.last() {
                Some((_, Verdict::Blocked(_))) => Exit::Refused,
                _ => Exit::Fine,
            },
        };
        let compared = self.comparison.as_ref().is_some_and(Comparison::is_blocked);
        own.max(if compared { Exit::Refused } else { Exit::Fine })
    }
}

impl Stopped {
    /// Why there is no response, or what it takes to get one.
    fn sentence(&self) -> String {
        match self {
            Self::Failed(failure) => failure.to_string(),
            Self::HeldBack(method) => format!(
                "The browser would now send the {method} request. It was not sent, because it may change something: to \
                 send it, add --send."
            ),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Failed(failure) => failure.code(),
            Self::HeldBack(_) => "not-sent",
        }
    }

    /// What the browser makes of it.
    fn is_blocked(&self, verdict: &Verdict) -> bool {
        matches!(self, Self::Failed(_)) && matches!(verdict, Verdict::Blocked(Block::Connection(_)))
    }
}

/// A hop without the query and the password of a redirect's target: there is often a token in it.
fn without_tokens(mut hop: Hop) -> Hop {
    if hop.call.redirected.is_some() {
        hop.call.url.set_query(None);
        hop.outcome.steps.iter_mut().for_each(|step| step.request.url.set_query(None));
    }
    match &mut hop.outcome.verdict {
        Verdict::Blocked(Block::Cors { location: Some(url), .. }) | Verdict::Redirected { url, .. } => {
            url.set_query(None);
        }
        Verdict::Blocked(Block::Redirect(RedirectFailure::Credentials(url) | RedirectFailure::Scheme(url))) => {
            url.set_query(None);
            // It fails for URLs that cannot have a password.
            let _ = url.set_password(url.password().map(|_| "hidden").map(str::to_owned).as_deref());
        }
        _ => {}
    }
    hop
}

fn dropped_headers(call: &Call) -> Option<Cause> {
    let names: Vec<&str> = call.forbidden_headers().collect();
    (!names.is_empty()).then(|| Cause {
        code: "headers-dropped",
        message: format!("Browsers do not let pages set these headers, so they were not sent: {}.", names.join(", ")),
        remedy: Remedy::Nothing("Cookies are given with --credentials --cookie NAME=VALUE.".to_owned()),
    })
}
