// A request and its response. Everything about CORS is decided in WebAssembly.

import { answer, edit } from "./response.js";

/**
 * Answers a request, or gets its response from `next` and edits that. `active.engine` is the instance that
 * decides; `now` is in milliseconds; `count`, if there is one, gets the name of every counter that moves.
 */
export async function exchange(active, request, now, count, next) {
  const packed = packRequest(active.engine, request);
  if (count !== undefined) active.engine.counters(packed).split("\n").forEach((name) => count(name));
  // Without this header, a request is forwarded, whatever the policy.
  if (request.headers.has(active.engine.readFirst)) {
    const decision = active.engine.decide(packed, Math.floor(now / 1000));
    if (decision.startsWith("answer")) return answer(decision);
    if (decision === "leave") return next();
  }
  const response = await next();
  // The handler has taken the connection over, as `server.upgrade` of Bun does.
  if (response === undefined) return response;
  const { engine } = active;
  return edit(response, engine.decorate(packed, response.status, pack(response.headers, engine.readFromResponses)));
}

function packRequest({ readFirst, readFromRequests }, { method, url, headers }) {
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
