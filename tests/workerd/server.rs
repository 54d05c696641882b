//! The configuration of workerd, in the text form of Cap'n Proto.

use std::net::SocketAddr;

/// The Worker with one set of bindings, on a socket of its own.
pub struct Isolate {
    /// What tests call it.
    pub name: String,
    /// What the Worker finds in its environment: names and Cap'n Proto values.
    pub bindings: Vec<(&'static str, String)>,
    /// The service that the Worker's own `fetch` goes to: `upstream`, `dead` or `network`.
    pub outbound: &'static str,
}

impl Isolate {
    /// The Worker with this JSON text as its configuration, in front of the origin server.
    pub fn new(name: &str, configuration: &str) -> Self {
        Self::with(name, vec![("CORS_CONFIG", object(configuration))])
    }

    pub fn with(name: &str, bindings: Vec<(&'static str, String)>) -> Self {
        Self { name: name.to_owned(), bindings, outbound: "upstream" }
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

/// The whole configuration.
pub fn config(isolates: &[Isolate], upstream: SocketAddr) -> String {
    let services: Vec<String> =
        isolates.iter().enumerate().map(|(index, isolate)| service(&socket(index), isolate)).collect();
    let listen = |name| format!("(name = \"{name}\", address = \"127.0.0.1:0\", http = (), service = \"{name}\")");
    let sockets: Vec<String> = (0..isolates.len()).map(socket).map(listen).collect();
    let (services, sockets) = (services.join(",\n    "), sockets.join(",\n    "));
    // Nothing listens on port 1: connections are refused.
    format!(
        r#"using Workerd = import "/workerd/workerd.capnp";

const entry :Text = embed "shim.mjs";
const wasm :Data = embed "index.wasm";

const config :Workerd.Config = (
  services = [
    {services},
    (name = "upstream", external = (address = "{upstream}", http = ())),
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

fn service(name: &str, Isolate { bindings, outbound, .. }: &Isolate) -> String {
    let bindings: Vec<String> = bindings.iter().map(|(name, value)| format!("(name = \"{name}\", {value})")).collect();
    let bindings = bindings.join(", ");
    format!(
        r#"(name = "{name}", worker = (
      modules = [(name = "shim.mjs", esModule = .entry), (name = "index.wasm", wasm = .wasm)],
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
