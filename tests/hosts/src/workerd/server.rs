//! The configuration of workerd, in the text form of Cap'n Proto.

use std::net::SocketAddr;

use super::origin::NAMESPACE;

/// The Worker with one set of bindings, on a socket of its own.
pub struct Isolate {
    /// What tests call it.
    pub name: String,
    /// What the Worker finds in its environment: names and Cap'n Proto values.
    pub bindings: Vec<(&'static str, String)>,
    /// The service that the Worker's own `fetch` goes to: see [`config`]. [`ITSELF`] is the Worker.
    pub outbound: &'static str,
    /// The KV namespace among the bindings.
    pub namespace: Option<String>,
    /// Whether the Worker has as little memory as [`cramped`](super::cramped) says.
    pub is_cramped: bool,
}

/// The outbound of a Worker that nothing is behind.
pub const ITSELF: &str = "itself";

impl Isolate {
    /// The Worker with this JSON text as its configuration, in front of the origin server.
    pub fn new(name: &str, configuration: &str) -> Self {
        Self::with(name, vec![("CORS_CONFIG", object(configuration))])
    }

    pub fn with(name: &str, bindings: Vec<(&'static str, String)>) -> Self {
        Self { name: name.to_owned(), bindings, outbound: "upstream", namespace: None, is_cramped: false }
    }
}

/// A variable that is an object in wrangler.toml.
pub fn object(json: &str) -> String {
    format!("json = {}", quoted(json))
}

/// A variable that is a text in wrangler.toml.
pub fn text(text: &str) -> String {
    format!("text = {}", quoted(text))
}

/// The name of the socket of an isolate, and of its service. Plain, because workerd writes it
/// into its JSON as it is.
pub fn socket(index: usize) -> String {
    format!("isolate-{index}")
}

/// Where the services listen that are no Workers.
pub struct Addresses {
    pub upstream: SocketAddr,
    pub raw: SocketAddr,
    pub origin: SocketAddr,
    /// Others, with the names of their services.
    pub more: Vec<(&'static str, SocketAddr)>,
}

impl Addresses {
    /// One server for all of them.
    pub fn all(upstream: SocketAddr) -> Self {
        Self { upstream, raw: upstream, origin: upstream, more: Vec::new() }
    }
}

/// The whole configuration. The script imports its WebAssembly by the name `wasm`.
pub fn config(isolates: &[Isolate], addresses: &Addresses, wasm: &str) -> String {
    let Addresses { upstream, raw, origin, more } = addresses;
    let workers = isolates.iter().enumerate().map(|(index, isolate)| service(&socket(index), isolate, wasm));
    // The origin server keeps what is in the namespaces, and tells them apart by a header.
    let namespaces = isolates.iter().filter_map(|isolate| isolate.namespace.as_ref()).map(|name| {
        format!(
            r#"(name = "{name}", external = (address = "{origin}",
      http = (injectRequestHeaders = [(name = "{NAMESPACE}", value = "{name}")])))"#
        )
    });
    let more = more.iter().map(|(name, address)| external(name, *address));
    let services: Vec<String> = workers.chain(namespaces).chain(more).collect();
    let listen = |name| format!("(name = \"{name}\", address = \"127.0.0.1:0\", http = (), service = \"{name}\")");
    let sockets: Vec<String> = (0..isolates.len()).map(socket).map(listen).collect();
    let (services, sockets) = (services.join(",\n    "), sockets.join(",\n    "));
    // Nothing listens on port 1: connections are refused.
    format!(
        r#"using Workerd = import "/workerd/workerd.capnp";

const entry :Text = embed "index.js";
const wasm :Data = embed "index.wasm";
const cramped :Data = embed "cramped.wasm";

const config :Workerd.Config = (
  services = [
    {services},
    (name = "upstream", external = (address = "{upstream}", http = ())),
    (name = "raw", external = (address = "{raw}", http = ())),
    (name = "origin", external = (address = "{origin}", http = ())),
    (name = "dead", external = (address = "127.0.0.1:1", http = ())),
    (name = "network", network = (allow = ["local"]))
  ],
  sockets = [
    {sockets}
  ]
);
"#
    )
}

fn external(name: &str, address: SocketAddr) -> String {
    format!("(name = \"{name}\", external = (address = \"{address}\", http = ()))")
}

fn service(name: &str, Isolate { bindings, outbound, is_cramped, .. }: &Isolate, imported: &str) -> String {
    let outbound = if *outbound == ITSELF { name } else { outbound };
    let wasm = if *is_cramped { "cramped" } else { "wasm" };
    let bindings: Vec<String> = bindings.iter().map(|(name, value)| format!("(name = \"{name}\", {value})")).collect();
    let bindings = bindings.join(", ");
    format!(
        r#"(name = "{name}", worker = (
      modules = [(name = "index.js", esModule = .entry), (name = "{imported}", wasm = .{wasm})],
      compatibilityDate = "2026-04-01",
      bindings = [{bindings}],
      globalOutbound = "{outbound}"))"#
    )
}

/// A text literal: like C's.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}
