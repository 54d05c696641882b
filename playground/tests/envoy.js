// A real Envoy with the built filter: one listener for each configuration.

import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";

const ENVOY = "target/venv/bin/envoy";
const FILTER = "dist/edge_cors_filter.wasm";
const FOLDER = "target/playground/envoy";
const TYPE = "type.googleapis.com/envoy.extensions.filters";

/** Starts it in front of the server on a port. Returns the ports of the listeners, by the order of configurations. */
export async function startEnvoy(configurations, upstream) {
  for (const file of [ENVOY, FILTER])
    if (!existsSync(file)) throw new Error(`${file} is missing: run make test-playground.`);
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(`${FOLDER}/envoy.json`, JSON.stringify(bootstrap(configurations, upstream)));
  const admin = `${FOLDER}/admin.txt`;
  const options = ["--config-path", `${FOLDER}/envoy.json`, "--admin-address-path", admin];
  const process = spawn(ENVOY, [...options, "--concurrency", "1", "--disable-hot-restart", "--log-level", "warning"]);
  let log = "";
  process.stderr.on("data", (data) => (log += data));
  const ended = new Promise((resolve) => process.once("exit", resolve));
  const stop = async () => {
    process.kill();
    await ended;
  };
  const dead = ended.then(() => Promise.reject(new Error(`Envoy ended:\n${log}`)));
  dead.catch(() => {});
  const ports = await Promise.race([dead, listening(admin, configurations.length)]);
  return { ports, stop };
}

/** The ports of all listeners, once there are all of them. */
async function listening(admin, count) {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    if (!existsSync(admin) || readFileSync(admin, "utf8") === "") continue;
    const base = `http://${readFileSync(admin, "utf8")}`;
    const ready = await fetch(`${base}/ready`).catch(() => null);
    if (!ready?.ok) continue;
    const { listener_statuses: listeners } = await (await fetch(`${base}/listeners?format=json`)).json();
    const ports = new Map(listeners.map(({ name, local_address: at }) => [name, at.socket_address.port_value]));
    if (ports.size === count) return Array.from({ length: count }, (_, index) => ports.get(`${index}`));
  }
}

const address = (port) => ({ socket_address: { address: "127.0.0.1", port_value: port } });

function bootstrap(configurations, upstream) {
  const cluster = {
    name: "upstream",
    load_assignment: {
      cluster_name: "upstream",
      endpoints: [{ lb_endpoints: [{ endpoint: { address: address(upstream) } }] }],
    },
  };
  const listeners = configurations.map((configuration, index) => ({
    name: `${index}`,
    address: address(0),
    filter_chains: [{ filters: [manager(configuration)] }],
  }));
  return { admin: { address: address(0) }, static_resources: { listeners, clusters: [cluster] } };
}

const manager = (configuration) => ({
  name: "envoy.filters.network.http_connection_manager",
  typed_config: {
    "@type": `${TYPE}.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: "test",
    upgrade_configs: [{ upgrade_type: "websocket" }],
    http_filters: [
      { name: "edge-cors", typed_config: filter(configuration) },
      { name: "envoy.filters.http.router", typed_config: { "@type": `${TYPE}.http.router.v3.Router` } },
    ],
    route_config: {
      virtual_hosts: [
        { name: "all", domains: ["*"], routes: [{ match: { prefix: "/" }, route: { cluster: "upstream" } }] },
      ],
    },
  },
});

const filter = (configuration) => ({
  "@type": `${TYPE}.http.wasm.v3.Wasm`,
  config: {
    name: "edge-cors",
    configuration: { "@type": "type.googleapis.com/google.protobuf.StringValue", value: configuration },
    vm_config: { vm_id: "edge-cors", runtime: "envoy.wasm.runtime.v8", code: { local: { filename: resolve(FILTER) } } },
  },
});
