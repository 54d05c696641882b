//! Whoever answers a browser's requests: a network that is made up, or a server that is really asked.

use super::check::ConnectionError;
use super::message::{Request, Response};
use super::network::{AnsweredBy, Network, Step};

/// A server that is really asked.
pub trait Server {
    /// Sends a request as it is, and waits for the response. Redirects are not followed.
    ///
    /// # Errors
    ///
    /// What a browser makes of it if there is no response.
    fn answer(&mut self, request: &Request) -> Result<Response, ConnectionError>;
}

/// What the browser's algorithms send requests through.
pub(super) trait Wire {
    fn send(&mut self, request: Request) -> Result<Step, ConnectionError>;

    /// Sends a request that a shared cache may answer.
    fn send_through_cache(&mut self, request: Request) -> Result<Step, ConnectionError>;

    /// Whether the user permits the page to access the local network.
    fn local_network_granted(&self) -> bool;
}

impl Wire for &Network<'_> {
    fn send(&mut self, request: Request) -> Result<Step, ConnectionError> {
        Ok(self.decide(request))
    }

    fn send_through_cache(&mut self, request: Request) -> Result<Step, ConnectionError> {
        Ok(self.decide_through_cache(request))
    }

    fn local_network_granted(&self) -> bool {
        self.local_network_granted
    }
}

/// A server, and what the user permits.
pub(super) struct Asked<'s> {
    pub(super) server: &'s mut dyn Server,
    pub(super) local_network_granted: bool,
}

impl Wire for Asked<'_> {
    fn send(&mut self, request: Request) -> Result<Step, ConnectionError> {
        let response = self.server.answer(&request)?;
        let by = AnsweredBy::Server;
        Ok(Step { request, response, by, policy: None, asked: Vec::new(), reason: None })
    }

    fn send_through_cache(&mut self, request: Request) -> Result<Step, ConnectionError> {
        self.send(request)
    }

    fn local_network_granted(&self) -> bool {
        self.local_network_granted
    }
}
