// The part of the Worker that handles the runtime's own objects. Everything about CORS is decided
// in WebAssembly (worker/src/lib.rs), which takes and returns strings of lines.

import * as edge from "./index_bg.js";
import wasm from "./index.wasm";
$SNIPPET_JS_IMPORTS

const instance = new WebAssembly.Instance(wasm, { "./index_bg.js": edge, $SNIPPET_WASM_IMPORTS });
edge.__wbg_set_wasm(instance.exports);
instance.exports.__wbindgen_start();

const readFromRequests = edge.read_from_requests().split("\n");
const readFromResponses = new RegExp(edge.read_from_responses());

/** How long a configuration that can change is not read again, in milliseconds. */
const REFRESH = 60_000;
/** When the configuration is to be read again. */
let due = -Infinity;

export default {
  async fetch(request, env, context) {
    const now = Date.now();
    if (now >= due) await refresh(now, env, context);
    const packed = packRequest(request);
    const answer = edge.decide(packed);
    if (env.CORS_ANALYTICS !== undefined) count(packed, env.CORS_ANALYTICS);
    if (answer !== undefined) return respond(answer);
    const response = await forward(request, env);
    const edits = edge.decorate(packed, response.status, packHeaders(response.headers));
    return edits === "" ? response : edit(copy(response), edits.split("\n"));
  },
};

/** Reads the configuration. Where there is none yet, the request waits for it. */
async function refresh(now, env, context) {
  const waits = due === -Infinity;
  // Not after reading: the request that started it may be cancelled.
  if (!waits) due = now + REFRESH;
  const changes = edge.load(env).then((changes) => {
    due = changes ? now + REFRESH : Infinity;
  });
  if (waits) await changes;
  else context.waitUntil(changes);
}

/** Writes a data point for every counter that a request moves. An index has 96 bytes at most. */
function count(packed, dataset) {
  for (const name of edge.counters(packed).split("\n")) {
    dataset.writeDataPoint({ indexes: [name.slice(0, 96)], blobs: name.split("."), doubles: [1] });
  }
}

function packRequest({ method, url, headers }) {
  let packed = `${method}\n${url}\n`;
  for (const name of readFromRequests) {
    const value = headers.get(name);
    if (value !== null) packed += `${name}\n${value}\n`;
    else if (name === readFromRequests[0]) break;
  }
  return packed;
}

function packHeaders(headers) {
  let packed = "";
  for (const name of headers.keys()) {
    if (readFromResponses.test(name)) packed += `${name}\n${headers.get(name)}\n`;
  }
  return packed;
}

async function forward(request, env) {
  try {
    const { UPSTREAM } = env;
    if (UPSTREAM === undefined) return await fetch(request);
    if (typeof UPSTREAM !== "string") return await UPSTREAM.fetch(request);
    return await fetch(new URL(UPSTREAM).origin + pathAndQuery(request.url), request);
  } catch (error) {
    return badGateway("the origin server cannot be reached", error);
  }
}

/** The part after `scheme://authority`. */
function pathAndQuery(url) {
  return url.slice(url.indexOf("/", url.indexOf("://") + 3));
}

/** The edge's own answer: a status, then names and values of headers. */
function respond(answer) {
  const lines = answer.split("\n");
  const headers = new Headers();
  for (let at = 1; at + 1 < lines.length; at += 2) headers.set(lines[at], lines[at + 1]);
  return new Response(null, { status: Number(lines[0]), headers });
}

/** The same response, with headers that can be changed: those that `fetch` gives cannot. */
function copy(response) {
  try {
    return new Response(response.body, response);
  } catch (error) {
    return badGateway("the origin server's response cannot be passed on", error);
  }
}

/** Tells the client what went wrong, and the log why. */
function badGateway(what, why) {
  console.error(`edge-cors: ${what}: ${why}`);
  return new Response(`edge-cors: ${what}\n`, { status: 502 });
}

/** Sets ("=name") and removes ("-name") the headers that the lines name. */
function edit(response, lines) {
  const { headers } = response;
  for (let at = 0; at + 1 < lines.length; at += 2) {
    const name = lines[at].slice(1);
    if (lines[at][0] === "=") headers.set(name, lines[at + 1]);
    else headers.delete(name);
  }
  return response;
}
