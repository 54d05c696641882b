//! Between the model of a browser and the client that asks.

use edge_cors::browser::{ConnectionError, Request, Response, Server};
use url::{Origin, Url};

use super::Stopped;
use crate::ask::{Ask, Failure, Reply};

/// The servers on the way of a call.
pub(super) struct Real {
    client: Box<dyn Ask>,
    /// The server that the user has named, which alone gets the cookies.
    own: Origin,
    cookie: Option<String>,
    /// Whether requests that may change something are sent.
    send: bool,
    pub(super) stopped: Option<Stopped>,
    /// The start of the body of each response.
    pub(super) bodies: Vec<Vec<u8>>,
}

impl Real {
    pub(super) fn new(client: Box<dyn Ask>, own: &Url, cookie: Option<String>, send: bool) -> Self {
        Self { client, own: own.origin(), cookie, send, stopped: None, bodies: Vec::new() }
    }

    fn http(&self, request: &Request) -> Result<http::Request<()>, http::Error> {
        let mut url = request.url.clone();
        url.set_fragment(None);
        let mut builder = http::Request::builder().method(request.method.as_str()).uri(url.as_str());
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        if !is_preflight(request) && request.url.origin() == self.own {
            builder = self.cookie.iter().fold(builder, |builder, cookie| builder.header("cookie", cookie));
        }
        builder.body(())
    }
}

fn is_preflight(request: &Request) -> bool {
    request.method == "OPTIONS" && request.headers.iter().any(|(name, _)| name == "access-control-request-method")
}

impl Server for Real {
    fn answer(&mut self, request: &Request) -> Result<Response, ConnectionError> {
        let is_harmless = is_preflight(request) || ["GET", "HEAD"].contains(&request.method.as_str());
        if !is_harmless && !self.send {
            self.stopped = Some(Stopped::HeldBack(request.method.clone()));
            return Err(ConnectionError::Other);
        }
        let answered = self.http(request).map_err(|error| Failure::Request(error.to_string()));
        match answered.and_then(|request| self.client.ask(&request)) {
            Ok(reply) => {
                let response = response(&reply);
                self.bodies.push(reply.into_body());
                Ok(response)
            }
            Err(failure) => {
                let error = match failure {
                    Failure::NameNotResolved { .. } => ConnectionError::NameNotResolved,
                    Failure::Refused { .. } => ConnectionError::Refused,
                    Failure::ClosedEarly { .. } => ConnectionError::Closed,
                    _ => ConnectionError::Other,
                };
                self.stopped = Some(Stopped::Failed(failure));
                Err(error)
            }
        }
    }
}

/// A response as the model has it: every byte of a value is a character, as in browsers.
fn response(reply: &Reply) -> Response {
    let text = |value: &http::HeaderValue| value.as_bytes().iter().copied().map(char::from).collect();
    let headers = reply.headers().iter().map(|(name, value)| (name.as_str().to_owned(), text(value)));
    Response { status: reply.status().as_u16(), headers: headers.collect() }
}
