//! `edge-cors probe`: finds out by questions what a server's policy is, and what is wrong with it.

#[cfg(test)]
mod alike;
mod draft;
mod find;
mod finding;
mod infer;
mod interview;
mod permissions;
mod print;
mod question;
mod relation;
mod sentence;
mod survey;
#[cfg(test)]
mod tests;

use std::time::Duration;

use clap::Args;
use url::Url;

use crate::ask::{self, Limits};
use crate::explain::shown::without_query;
use crate::output::print;
use crate::report::Format;
use crate::{Exit, explain, origin};
use interview::{Ended, Interview};
use permissions::Words;
use print::Report;
use survey::Survey;

/// Find out what CORS policy a server has, and what is wrong with it.
///
/// Sends GET requests and preflights with many origins, one after another, and prints what is wrong, and a
/// configuration that gives pages the same. Ask only servers that you may test.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// The URL that pages call
    url: Url,

    /// The origin of a page that should have access; can be repeated
    #[arg(long = "origin", value_name = "ORIGIN", value_parser = origin::parse)]
    origins: Vec<String>,

    /// Another method to ask about, besides PUT, PATCH and DELETE
    #[arg(long = "method", value_name = "METHOD", value_parser = explain::method)]
    methods: Vec<String>,

    /// Another header name to ask about, besides authorization, content-type and x-requested-with
    #[arg(long = "header-name", value_name = "NAME", value_parser = header_name)]
    names: Vec<String>,

    /// A header for every request but preflights, such as an authorization; it is never printed
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE", value_parser = explain::header)]
    headers: Vec<(String, String)>,

    /// The most requests
    #[arg(long, value_name = "NUMBER", default_value_t = 80, value_parser = clap::value_parser!(u16).range(1..))]
    max_requests: u16,

    /// The most requests in a second
    #[arg(long, value_name = "NUMBER", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..))]
    rate: u16,

    /// The most seconds for one answer
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=600))]
    timeout: u64,

    /// Leave out intended findings, by their codes
    #[arg(long, value_name = "CODE", value_delimiter = ',', value_parser = code)]
    allow: Vec<String>,

    /// How to print what was found
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

const AFTER_HELP: &str = "Examples:
  edge-cors probe https://api.example.com/data --origin https://app.example.com
  edge-cors probe https://api.example.com/data --origin https://app.example.com --format json | jq .configuration
  edge-cors probe https://api.example.com/me --origin https://app.example.com -H 'authorization: Bearer …' --rate 2

Only GET and OPTIONS are sent. Redirects are not followed.

Exit codes: 0 nothing is wrong, 1 there are findings, 2 the server could not be asked.";

fn header_name(text: &str) -> Result<String, String> {
    explain::method(text).map(|name| name.to_ascii_lowercase()).map_err(|_| "this is not a header name".to_owned())
}

fn code(code: &str) -> Result<String, String> {
    match finding::CODES.contains(&code) {
        true => Ok(code.to_owned()),
        false => Err("no finding has this code; findings show their codes in brackets".to_owned()),
    }
}

pub(crate) fn run(arguments: &Arguments) -> Exit {
    probe(arguments).unwrap_or_else(|message| {
        anstream::eprintln!("edge-cors: {message}");
        Exit::Unreadable
    })
}

fn probe(arguments: &Arguments) -> Result<Exit, String> {
    let Arguments { url, origins, headers, rate, .. } = arguments;
    ask::refuse_userinfo(url)?;
    let words = Words::with(&arguments.methods, &arguments.names);
    let own = url.origin().ascii_serialization();
    let most = usize::from(arguments.max_requests).min(Survey::most_questions(&own, origins, &words));
    let mut server = ask::open(url, Limits::within(arguments.timeout)).map_err(|failure| failure.to_string())?;
    anstream::eprintln!("Asking {own}: at most {most} requests, {rate} a second.");
    let pace = Duration::from_secs(1) / u32::from(*rate);
    let mut interview = Interview::new(server.as_mut(), url, headers, pace, most);
    let survey = Survey::take(&mut interview, origins, &words);
    match &interview.ended {
        Some(Ended::Failed(failure)) if interview.answers.is_empty() => return Err(failure.to_string()),
        _ => {}
    }
    let inference = infer::infer(&interview, &survey);
    let mut findings = find::find(&interview, &survey, &inference);
    findings.retain(|finding| !arguments.allow.iter().any(|code| code == finding.code()));
    let shown = without_query(url.as_str());
    let report = Report { url: shown, requests: interview.answers.len(), findings: &findings, inference: &inference };
    let printed = print(&match arguments.format {
        Format::Text => report.text(),
        Format::Json => report.json(),
    });
    let found = if findings.is_empty() { Exit::Fine } else { Exit::Refused };
    let ended = interview.ended.as_ref().map(|ended| {
        anstream::eprintln!(
            "edge-cors: after {} answers, this happened: {}",
            interview.answers.len(),
            ended.sentence()
        );
        Exit::Unreadable
    });
    Ok(found.max(printed).max(ended.unwrap_or_default()))
}
