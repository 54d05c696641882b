// The part of the Worker that handles the runtime's own objects. Everything about CORS is
// decided in WebAssembly (src/worker.rs), which gets and gives texts of lines.

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
/** When the configuration is read again; NaN before it was read. */
let due = NaN;

export default {
  async fetch(request, env, context) {
    const now = Date.now();
    if (!(now < due)) await refresh(now, env, context);
    const packed = packRequest(request);
    const answer = edge.decide(packed);
    if (answer !== undefined) return respond(answer);
    const response = await forward(request, env);
    const edits = edge.decorate(packed, response.status, packHeaders(response.headers));
    return edits === "" ? response : edit(new Response(response.body, response), edits.split("\n"), 0);
  },
};

/** Reads the configuration: the first time, the request waits for it. */
async function refresh(now, env, context) {
  const first = Number.isNaN(due);
  if (!first) due = now + REFRESH;
  const loaded = edge.load(env).then((changes) => {
    due = changes ? now + REFRESH : Infinity;
  });
  if (first) await loaded;
  else context.waitUntil(loaded);
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

function respond(answer) {
  const lines = answer.split("\n");
  return edit(new Response(null, { status: Number(lines[0]) }), lines, 1);
}

/** Sets the headers that the lines name, from the given line on; an empty value takes one off. */
function edit(response, lines, from) {
  const { headers } = response;
  for (let at = from; at + 1 < lines.length; at += 2) {
    if (lines[at + 1] === "") headers.delete(lines[at]);
    else headers.set(lines[at], lines[at + 1]);
  }
  return response;
}

async function forward(request, env) {
  try {
    const { UPSTREAM } = env;
    if (UPSTREAM === undefined) return await fetch(request);
    if (typeof UPSTREAM !== "string") return await UPSTREAM.fetch(request);
    const { origin } = new URL(UPSTREAM);
    return await fetch(origin + request.url.slice(request.url.indexOf("/", 8)), request);
  } catch (error) {
    console.error(`edge-cors: the origin server cannot be reached: ${error}`);
    return new Response(null, { status: 502 });
  }
}
