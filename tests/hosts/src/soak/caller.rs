//! A client: it makes its calls one after another, and judges what comes back.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::{HeaderMap, Response, StatusCode};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use super::Soak;
use super::connection::Connection;
use super::judge::{self, Behind};
use super::ledger::{Names, Unanswered};
use super::plan::{Call, Calls, Fault};
use super::track::{Decides, Track};
use crate::client;
use test_support::case::Observed;

/// Nothing takes that long: a response that is not there by then is lost.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Caller {
    soak: Arc<Soak>,
    track: Arc<Track>,
    /// Kept from one call to the next.
    connection: Option<Connection>,
}

/// One call on its way.
struct Sent<'c> {
    call: &'c Call,
    number: u64,
    began: Instant,
    /// The oldest version that may decide.
    oldest: usize,
    behind: Behind,
}

impl Caller {
    pub fn new(soak: &Arc<Soak>, track: &Arc<Track>) -> Self {
        Self { soak: Arc::clone(soak), track: Arc::clone(track), connection: None }
    }

    /// Makes calls until the end of the soak.
    pub async fn run(mut self, calls: Calls) {
        for call in calls {
            if self.soak.is_over() {
                return;
            }
            sleep(call.pause).await;
            self.make(&call).await;
            if call.closes {
                self.connection = None;
            }
        }
    }

    /// Makes one call. The headers of its response come back, if it has one that is exactly right.
    pub async fn make(&mut self, call: &Call) -> Option<HeaderMap> {
        let number = self.soak.ledger.number();
        let behind = judge::behind(&call.request.path, self.soak.unreachable);
        let mut sent = Sent { call, number, began: Instant::now(), oldest: self.track.oldest(), behind };
        let outcome = if call.fault == Some(Fault::AbortedHead) {
            self.leave_in_head(call).await.map(|()| None)
        } else {
            self.exchange(&mut sent).await
        };
        outcome.unwrap_or_else(|what| {
            let Call { request, fault, .. } = call;
            let place = format!("{}, request {number}, {} {}", self.track.name, request.method, request.path);
            self.soak.ledger.fail(format!("{place}, {fault:?}: {what}"));
            None
        })
    }

    async fn exchange(&mut self, sent: &mut Sent<'_>) -> Result<Option<HeaderMap>, String> {
        let fault = sent.call.fault;
        let mut connection = self.connect().await.map_err(|error| format!("no connection: {error}"))?;
        if self.track.decides == Decides::Connection {
            sent.oldest = connection.oldest;
        }
        let patience = if fault == Some(Fault::AbortedWait) { sent.call.patience } else { PATIENCE };
        let response = match timeout(patience, connection.send(sent.call, sent.number)).await {
            Ok(Ok(response)) => response,
            // The host closes the connection while the rest of the headers is on its way.
            Ok(Err(_)) if fault == Some(Fault::OversizedHeaders) => return Ok(self.met(fault)),
            Ok(Err(_)) if self.track.decides.idle().is_some_and(|most| connection.waited() >= most) => {
                self.soak.ledger.may_have_moved(self.counters(sent));
                return Ok(self.met(Some(Fault::IdleTooLong)));
            }
            Ok(Err(error)) => return Err(format!("no response: {error:?}")),
            Err(_) if fault == Some(Fault::AbortedWait) => {
                self.leave_unanswered(sent);
                return Ok(self.met(fault));
            }
            Err(_) => return Err(format!("no response in {PATIENCE:?}")),
        };
        let is_shared = response.headers().contains_key("access-control-allow-origin");
        let has_panicked = response.status() == 500 && !is_shared && self.track.has_panicked_since(sent.began);
        if fault == Some(Fault::OversizedHeaders) {
            return match response.status() {
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => Ok(self.met(fault)),
                // The hooks of the response see the host's own answer too.
                _ if has_panicked => Ok(self.met(Some(Fault::Panic))),
                status => Err(format!("status {status}")),
            };
        }
        if let Err(what) = self.judge(sent, &response) {
            if !has_panicked {
                return Err(what);
            }
            self.soak.ledger.may_have_moved(self.counters(sent));
            return Ok(self.met(Some(Fault::Panic)));
        }
        self.met(fault);
        if fault == Some(Fault::AbortedBody) {
            return Ok(None);
        }
        let headers = self.receive(sent, response).await?;
        if fault != Some(Fault::CutBody) {
            connection.rest(sent.began);
            self.connection = Some(connection);
        }
        Ok(Some(headers))
    }

    fn met(&self, fault: Option<Fault>) -> Option<HeaderMap> {
        fault.into_iter().for_each(|fault| self.soak.ledger.met(fault));
        None
    }

    /// The connection of the previous call, if the host has not said that it ends, or a new one.
    async fn connect(&mut self) -> std::io::Result<Connection> {
        if let Some(mut connection) = self.connection.take()
            && connection.is_ready().await
        {
            return Ok(connection);
        }
        self.soak.ledger.connect();
        Connection::open(&self.track).await
    }

    /// Compares a response with what each version makes of the request that may have decided about it.
    fn judge(&self, sent: &Sent<'_>, response: &Response<Incoming>) -> Result<(), String> {
        let forwarded = self.soak.origin_server.has_seen(sent.number);
        let observed = Observed::response(response.status().as_u16(), forwarded, client::lines(response));
        let mut counters = Names::new();
        let mut differences = Vec::new();
        for policies in self.track.range(sent.oldest, self.track.newest()) {
            let outcome = judge::outcome(&policies, &sent.call.request, &sent.behind.answer);
            match observed.check(&outcome.expectation) {
                Ok(()) => {
                    counters.insert(outcome.counter);
                }
                Err(difference) => differences.push(difference),
            }
        }
        if counters.is_empty() {
            return Err(differences.join("or\n"));
        }
        if self.track.decides == Decides::ResponseAgain && forwarded {
            counters = self.counters(sent);
        }
        self.soak.ledger.exact(counters);
        Ok(())
    }

    /// The counters that a request can have moved by now.
    fn counters(&self, sent: &Sent<'_>) -> Names {
        let range = self.track.range(sent.oldest, self.track.newest());
        let counter = |policies| judge::outcome(policies, &sent.call.request, &sent.behind.answer).counter;
        range.iter().map(|policies| counter(policies)).collect()
    }

    /// Reads the body. The headers come back.
    async fn receive(&self, sent: &Sent<'_>, response: Response<Incoming>) -> Result<HeaderMap, String> {
        let is_preflight = sent.call.request.method == "OPTIONS";
        let is_of_origin_server = !is_preflight && response.status() == sent.behind.answer.status;
        let length = sent.behind.length.filter(|_| is_of_origin_server);
        let (parts, body) = response.into_parts();
        let body =
            timeout(PATIENCE, body.collect()).await.map_err(|_| format!("no end of the body in {PATIENCE:?}"))?;
        let body = body.map(|body| body.to_bytes().len());
        match (sent.call.fault, body) {
            (Some(Fault::CutBody), Ok(read)) => Err(format!("a body that was cut ended well after {read} bytes")),
            (Some(Fault::CutBody), Err(_)) => Ok(parts.headers),
            (_, Ok(read)) if length.is_some_and(|length| length != read) => {
                Err(format!("{read} bytes of body, not {length:?}"))
            }
            (_, Ok(_)) => Ok(parts.headers),
            (_, Err(error)) => Err(format!("the body ended with {error:?}")),
        }
    }

    fn leave_unanswered(&self, sent: &Sent<'_>) {
        self.soak.ledger.leave_unanswered(Unanswered {
            number: sent.number,
            request: sent.call.request.clone(),
            behind: judge::behind(&sent.call.request.path, self.soak.unreachable),
            track: Arc::clone(&self.track),
            oldest: sent.oldest,
            newest: self.track.newest(),
        });
    }

    /// Sends a part of the headers, and closes the connection.
    async fn leave_in_head(&self, call: &Call) -> Result<(), String> {
        self.soak.ledger.connect();
        let write = async {
            let mut stream = TcpStream::connect(self.track.address).await?;
            let head = format!(
                "{} {} HTTP/1.1\r\nhost: api.example.com\r\norigin: htt",
                call.request.method, call.request.path
            );
            stream.write_all(head.as_bytes()).await?;
            sleep(call.patience / 4).await;
            std::io::Result::Ok(())
        };
        write.await.map_err(|error| error.to_string())?;
        self.met(Some(Fault::AbortedHead));
        Ok(())
    }
}
