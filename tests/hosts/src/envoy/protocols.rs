//! Every case over HTTP/2 and HTTP/3.

use serde_json::{Value, json};
use test_support::case::{Case, Observed};

use super::difference::Differences;
use super::{Envoy, Kind};
use crate::Test;
use crate::bed::Bed;
use crate::client::http3::{self, Client};
use crate::client::{self, http2};

/// A version of HTTP between the client and Envoy, besides HTTP/1.1.
#[derive(Clone, Copy)]
enum Protocol {
    Http2,
    Http3,
}

impl Protocol {
    const ALL: [Self; 2] = [Self::Http2, Self::Http3];

    /// What it is called in the data.
    fn name(self) -> &'static str {
        match self {
            Self::Http2 => "HTTP/2",
            Self::Http3 => "HTTP/3",
        }
    }
}

/// What the protocols are called in the data.
pub fn engines() -> impl Iterator<Item = String> {
    Protocol::ALL.into_iter().map(|protocol| protocol.name().to_owned())
}

/// An Envoy that has each listener of the cases over QUIC, and what connects to it.
pub struct Http3 {
    envoy: Envoy,
    client: Client,
}

pub fn tests(cases: &[Case]) -> Vec<(String, Test)> {
    let mut tests: Vec<(String, Test)> = Vec::new();
    for protocol in Protocol::ALL {
        for (index, case) in cases.iter().enumerate().filter(|(_, case)| case.runs_on("envoy")) {
            let test = move |bed: &Bed| check(bed, protocol, index);
            let name = protocol.name().to_lowercase().replace('/', "");
            tests.push((format!("envoy::{name}/{}", case.id), Box::new(test)));
        }
    }
    tests
}

fn check(bed: &Bed, protocol: Protocol, index: usize) -> Result<(), String> {
    let case = &bed.cases()[index];
    let observed = match protocol {
        Protocol::Http2 => over_http2(bed, case),
        Protocol::Http3 => over_http3(bed, case),
    };
    Differences::load().check(protocol.name(), case, "envoy", observed.as_ref())
}

fn over_http2(bed: &Bed, case: &Case) -> Option<Observed> {
    let address = bed.envoy(Kind::Wasm).listener(&case.configuration.to_string());
    bed.runtime().block_on(client::run_by(case, "HTTP/2", bed.upstream(), async |extra| {
        let response = http2::send(address, &case.request, extra).await;
        Some((response.status(), client::lines(&response)))
    }))
}

fn over_http3(bed: &Bed, case: &Case) -> Option<Observed> {
    let Http3 { envoy, client } = bed.http3.get_or_init(|| start(bed));
    let address = envoy.listener(&case.configuration.to_string());
    bed.runtime().block_on(client::run_by(case, "HTTP/3", bed.upstream(), async |extra| {
        let response = client.send(address, &case.request, extra).await?;
        Some((response.status(), client::lines(&response)))
    }))
}

fn start(bed: &Bed) -> Http3 {
    let own = rcgen::generate_simple_self_signed([http3::NAME.to_owned()]).unwrap();
    let certificate = json!({
        "certificate_chain": { "inline_string": own.cert.pem() },
        "private_key": { "inline_string": own.signing_key.serialize_pem() },
    });
    let mut bootstrap = bed.bootstrap(Kind::Wasm);
    for listener in bootstrap["static_resources"]["listeners"].as_array_mut().unwrap() {
        over_quic(listener, &certificate);
    }
    let envoy = bed.runtime().block_on(Envoy::start("cases-http3", &bootstrap));
    let client = bed.runtime().block_on(async { Client::new(own.cert.der().clone()) });
    Http3 { envoy, client }
}

/// The same listener for HTTP/3.
fn over_quic(listener: &mut Value, certificate: &Value) {
    listener["address"]["socket_address"]["protocol"] = json!("UDP");
    listener["udp_listener_config"] = json!({ "quic_options": {} });
    // By default listeners may share a port, and the kernel gives any of them a UDP port that another one has.
    listener["enable_reuse_port"] = json!(false);
    let chain = &mut listener["filter_chains"][0];
    chain["transport_socket"] = json!({ "name": "envoy.transport_sockets.quic", "typed_config": {
        "@type": "type.googleapis.com/envoy.extensions.transport_sockets.quic.v3.QuicDownstreamTransport",
        "downstream_tls_context": { "common_tls_context": { "tls_certificates": [certificate] } },
    } });
    let manager = &mut chain["filters"][0]["typed_config"];
    manager["codec_type"] = json!("HTTP3");
    manager["http3_protocol_options"] = json!({ "allow_extended_connect": true });
}
