# Three Workers in front of one origin server. The benchmark says where that listens, and asks
# where these do.
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "none", worker = (
      modules = [(name = "none.js", esModule = embed "none.js")],
      compatibilityDate = .date, globalOutbound = "upstream")),
    (name = "hono", worker = (
      modules = [(name = "hono.js", esModule = embed "../../../target/bench/hono.js")],
      compatibilityDate = .date, globalOutbound = "upstream")),
    (name = "edge-cors", worker = (
      modules = [
        (name = "index.js", esModule = embed "../../../build/index.js"),
        (name = "index.wasm", wasm = embed "../../../build/index.wasm"),
      ],
      bindings = [(name = "CORS_CONFIG", json = embed "../policy.json")],
      compatibilityDate = .date, globalOutbound = "upstream")),
    (name = "upstream", external = (http = ())),
  ],
  sockets = [
    (name = "none", http = (), service = "none", address = "127.0.0.1:0"),
    (name = "hono", http = (), service = "hono", address = "127.0.0.1:0"),
    (name = "edge-cors", http = (), service = "edge-cors", address = "127.0.0.1:0"),
  ],
);

const date :Text = "2026-04-01";
