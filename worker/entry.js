// The part of the Worker that handles the runtime's own objects. Everything about CORS is decided in
// WebAssembly (worker/src/lib.rs), which takes and returns strings of lines.

import { refresh } from "./configuration.js";
import { counters, decide, decorate, readFirst, readFromRequests, readFromResponses } from "./engine.js";
import { answer, edit } from "./response.js";
import { forward } from "./upstream.js";

export default {
  async fetch(request, env, context) {
    const now = Date.now();
    const configuration = refresh(now, env, context);
    if (configuration !== undefined) await configuration;
    const packed = packRequest(request);
    if (env.CORS_ANALYTICS !== undefined) count(packed, env.CORS_ANALYTICS);
    // Without this header, a request is forwarded, whatever the policy.
    if (request.headers.has(readFirst)) {
      const decision = decide(packed, Math.floor(now / 1000));
      if (decision.startsWith("answer")) return answer(decision);
      if (decision === "leave") return forward(request, env);
    }
    const response = await forward(request, env);
    return edit(response, decorate(packed, response.status, pack(response.headers, readFromResponses)));
  },
};

/** Writes a data point for every counter that a request moves. An index has 96 bytes at most. */
function count(packed, dataset) {
  for (const name of counters(packed).split("\n")) {
    dataset.writeDataPoint({ indexes: [name.slice(0, 96)], blobs: name.split("."), doubles: [1] });
  }
}

function packRequest({ method, url, headers }) {
  const packed = `${method}\n${url}\n`;
  return headers.has(readFirst) ? packed + pack(headers, readFromRequests) : packed;
}

/** The headers with these names, as far as they are there. */
function pack(headers, names) {
  let packed = "";
  for (const name of names) {
    const value = headers.get(name);
    if (value !== null) packed += `${name}\n${value}\n`;
  }
  return packed;
}
