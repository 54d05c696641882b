//! The same over HTTP/3.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::sync::Arc;

use hyper::Response;
use quinn::crypto::rustls::QuicClientConfig;
use quinn::{ClientConfig, Endpoint};
use test_support::case::RequestEntry;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::{RootCertStore, crypto};

use super::http2::translated;

/// The name in the server's certificate.
pub const NAME: &str = "localhost";

/// What connects to servers with one certificate.
pub struct Client(Endpoint);

impl Client {
    pub fn new(certificate: CertificateDer<'static>) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(certificate).unwrap();
        let provider = Arc::new(crypto::ring::default_provider());
        let config = tokio_rustls::rustls::ClientConfig::builder_with_provider(provider);
        let config = config.with_protocol_versions(&[&tokio_rustls::rustls::version::TLS13]).unwrap();
        let mut config = config.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = vec![b"h3".to_vec()];
        let mut endpoint = Endpoint::client("127.0.0.1:0".parse().unwrap()).unwrap();
        endpoint.set_default_client_config(ClientConfig::new(Arc::new(QuicClientConfig::try_from(config).unwrap())));
        Self(endpoint)
    }

    /// One request on a connection of its own. `None` if the server closes it instead of an answer.
    pub async fn send(
        &self,
        address: SocketAddr,
        entry: &RequestEntry,
        extra: &[(&str, &str)],
    ) -> Option<Response<()>> {
        let connection = self.0.connect(address, NAME).unwrap().await.unwrap();
        let (mut driver, mut sender) = h3::client::new(h3_quinn::Connection::new(connection)).await.unwrap();
        let driven = tokio::spawn(async move { poll_fn(|context| driver.poll_close(context)).await });
        let (head, _) = translated(super::request(entry, extra)).into_parts();
        let request = hyper::Request::from_parts(head, ());
        let response = async {
            let mut stream = sender.send_request(request).await.ok()?;
            // A server that has answered already asks the client to send no more (RFC 9114, 4.1): its answer counts.
            let _ = stream.finish().await;
            stream.recv_response().await.ok()
        }
        .await;
        driven.abort();
        response
    }
}
