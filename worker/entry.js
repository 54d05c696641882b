// The Worker. Everything about CORS is decided in WebAssembly (worker/src/lib.rs).

import { refresh } from "./configuration.js";
import { active } from "./engine.js";
import { exchange } from "./exchange.js";
import { forward } from "./upstream.js";

export default {
  async fetch(request, env, context) {
    const now = Date.now();
    const configuration = refresh(now, env, context);
    if (configuration !== undefined) await configuration;
    const { CORS_ANALYTICS } = env;
    const count = CORS_ANALYTICS === undefined ? undefined : (name) => write(name, CORS_ANALYTICS);
    return exchange(active, request, now, count, () => forward(request, env));
  },
};

/** Writes a data point for a counter that a request moves. An index has 96 bytes at most. */
function write(name, dataset) {
  dataset.writeDataPoint({ indexes: [name.slice(0, 96)], blobs: name.split("."), doubles: [1] });
}
