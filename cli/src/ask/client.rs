//! The client: HTTP/1.1 and TLS by ureq, within limits.

use std::io::{self, Read as _};
use std::time::Duration;

use rustls::{AlertDescription, CertificateError};
use ureq::Agent;
use ureq::Timeout;
use ureq::config::Config;
use ureq::tls::{RootCerts, TlsConfig};
use ureq::unversioned::transport::DefaultConnector;
use url::Url;

use super::failure::{Failure, Phase, TlsReason};
use super::resolver::{Guarded, Private};
use super::{Ask, Limits, Reply};

/// The most bytes of a response's status line and headers. ureq reads at most 128 lines of them.
const MAX_HEADERS: usize = 64 * 1024;
/// The bytes of a body that are kept, which is enough to recognise an error page.
pub(super) const MAX_BODY: usize = 4096;
/// The bytes of a body that are read to use the connection again. After a longer one, it is closed.
const MAX_READ: u64 = 64 * 1024;
/// How long a body is waited for, once its headers are there.
const BODY_TIME: Duration = Duration::from_secs(2);

const USER_AGENT: &str = concat!("edge-cors/", env!("CARGO_PKG_VERSION"));

/// A client that keeps its connection and follows nothing by itself.
pub(super) struct Client {
    agent: Agent,
    limits: Limits,
    /// Whether the connection may be one that the server has closed in the meantime.
    has_asked: bool,
}

impl Client {
    pub(super) fn new(url: &Url, limits: Limits) -> Result<Self, Failure> {
        if !["http", "https"].contains(&url.scheme()) {
            return Err(Failure::Scheme(url.scheme().to_owned()));
        }
        let config = Config::builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .allow_non_standard_methods(true)
            // The addresses of the server itself count, not those of a proxy.
            .proxy(None)
            .user_agent(USER_AGENT)
            .accept_encoding("")
            .max_response_header_size(MAX_HEADERS)
            .max_idle_connections_per_host(1)
            .timeout_resolve(Some(limits.connect))
            .timeout_connect(Some(limits.connect))
            .timeout_recv_body(Some(BODY_TIME))
            .timeout_global(Some(limits.total))
            .tls_config(TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build())
            .build();
        let resolver = Guarded::new(url.host_str().unwrap_or_default());
        Ok(Self { agent: Agent::with_parts(config, DefaultConnector::new(), resolver), limits, has_asked: false })
    }

    fn try_once(&self, request: &http::Request<()>) -> Result<Reply, Failure> {
        let mut sent = request.clone();
        // Otherwise ureq sends an empty body in chunks.
        if has_body(request.method()) {
            sent.headers_mut().entry(http::header::CONTENT_LENGTH).or_insert(http::HeaderValue::from_static("0"));
        }
        let response = self.agent.run(sent).map_err(|error| self.failure(request, error))?;
        let (parts, body) = response.into_parts();
        let mut start = Vec::new();
        let mut reader = body.into_with_config().limit(MAX_READ).reader();
        // The headers are what was asked for: a body that is cut, hangs or never ends is no failure.
        let _ = (&mut reader).take(MAX_BODY as u64).read_to_end(&mut start);
        let _ = io::copy(&mut reader, &mut io::sink());
        Ok(http::Response::from_parts(parts, start))
    }

    fn failure(&self, request: &http::Request<()>, error: ureq::Error) -> Failure {
        let uri = request.uri();
        let host = uri.host().unwrap_or_default().to_owned();
        let server = uri.authority().map(ToString::to_string).unwrap_or_default();
        let timed_out = |phase, limit| Failure::TimedOut { server: server.clone(), phase, limit };
        match error {
            ureq::Error::HostNotFound => Failure::NameNotResolved { host },
            ureq::Error::Timeout(Timeout::Resolve | Timeout::Connect) => timed_out(Phase::Connect, self.limits.connect),
            ureq::Error::Timeout(_) => timed_out(Phase::Answer, self.limits.total),
            ureq::Error::LargeResponseHeader(..) => {
                Failure::TooLarge { server, limit: format!("{} KiB", MAX_HEADERS / 1024) }
            }
            ureq::Error::Protocol(why) => match why.to_string() {
                why if why.contains("too many headers") => Failure::TooLarge { server, limit: "128 lines".to_owned() },
                why => Failure::Garbage { server, why },
            },
            ureq::Error::Rustls(error) => Failure::Tls { server, reason: tls_reason(&error) },
            ureq::Error::Tls(words) => Failure::Tls { server, reason: TlsReason::Other(words.to_owned()) },
            ureq::Error::Other(error) => match error.downcast_ref::<Private>() {
                Some(Private(address)) => Failure::PrivateAddress { host, address: *address },
                None => Failure::Unreachable { server, why: error.to_string() },
            },
            ureq::Error::Io(error) => of_io(&error, host, server),
            ureq::Error::Http(_) | ureq::Error::BadUri(_) => Failure::Request(error.to_string()),
            error => Failure::Unreachable { server, why: error.to_string() },
        }
    }
}

impl Ask for Client {
    fn ask(&mut self, request: &http::Request<()>) -> Result<Reply, Failure> {
        let first = self.try_once(request);
        let may_be_stale = std::mem::replace(&mut self.has_asked, true);
        let safe = request.method().is_safe();
        match first {
            Err(Failure::ClosedEarly { .. }) if may_be_stale && safe => self.try_once(request),
            other => other,
        }
    }
}

/// Whether requests with this method usually have a body.
fn has_body(method: &http::Method) -> bool {
    use http::Method;
    ![Method::GET, Method::HEAD, Method::OPTIONS, Method::DELETE].contains(method)
}

fn of_io(error: &io::Error, host: String, server: String) -> Failure {
    if let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        return Failure::Tls { server, reason: tls_reason(error) };
    }
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Failure::Refused { server },
        io::ErrorKind::UnexpectedEof
        | io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe => Failure::ClosedEarly { server },
        // What the resolver of the operating system says has no kind of its own.
        _ if error.raw_os_error().is_none() && error.to_string().contains("lookup") => {
            Failure::NameNotResolved { host }
        }
        _ => Failure::Unreachable { server, why: error.to_string() },
    }
}

fn tls_reason(error: &rustls::Error) -> TlsReason {
    match error {
        rustls::Error::InvalidCertificate(error) => match error {
            // The second is an issuer with the name of a trusted one, such as a development CA that was made again.
            CertificateError::UnknownIssuer | CertificateError::BadSignature => TlsReason::UnknownIssuer,
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => TlsReason::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => TlsReason::NotYetValid,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => TlsReason::OtherName,
            error => TlsReason::Other(format!("its certificate is not valid ({error})")),
        },
        rustls::Error::InvalidMessage(_) => TlsReason::NotTls,
        rustls::Error::AlertReceived(AlertDescription::UnrecognisedName) => TlsReason::OtherName,
        error => TlsReason::Other(error.to_string()),
    }
}
