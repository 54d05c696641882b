# Workers in front of one origin server. The benchmark says which of them run in a process, where they listen, and
# where the origin server does.
using Workerd = import "/workerd/workerd.capnp";

const date :Text = "2026-04-01";
const originServer :Workerd.Service = (name = "origin-server", external = (http = ()));

const none :Workerd.Service = (name = "none", worker = (
  modules = [(name = "none.js", esModule = embed "none.js")],
  compatibilityDate = .date, globalOutbound = "origin-server"));
const toNone :Workerd.Socket = (name = "none", http = (), service = "none");

const hono :Workerd.Service = (name = "hono", worker = (
  modules = [(name = "hono.js", esModule = embed "../../../target/bench/hono.js")],
  compatibilityDate = .date, globalOutbound = "origin-server"));
const toHono :Workerd.Socket = (name = "hono", http = (), service = "hono");

const edgeCors :Workerd.Service = (name = "edge-cors", worker = (
  modules = [
    (name = "index.js", esModule = embed "../../../build/index.js"),
    (name = "index.wasm", wasm = embed "../../../build/index.wasm"),
  ],
  bindings = [(name = "CORS_CONFIG", json = embed "../policy.json")],
  compatibilityDate = .date, globalOutbound = "origin-server"));
const toEdgeCors :Workerd.Socket = (name = "edge-cors", http = (), service = "edge-cors");
