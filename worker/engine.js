// The engine: WebAssembly (worker/src/lib.rs), which takes and returns strings of lines.

import * as glue from "glue";
import wasm from "./index.wasm";

/** The instance that answers requests. It has one configuration, or none. */
let serving;
start();

function start() {
  use(new WebAssembly.Instance(wasm, { "./index_bg.js": glue }));
  serving.exports.__wbindgen_start();
}

/** Makes all calls go to an instance. */
function use(instance) {
  // The glue caches a view of the memory and renews it when its buffer is detached. Growing the memory
  // detaches it, even by nothing.
  serving?.exports.memory.grow(0);
  glue.__wbg_set_wasm(instance.exports);
  serving = instance;
}

/**
 * Makes a configuration the active one, or returns false. It is compiled in an instance of its own, so
 * that nothing in it, not even a trap, can damage the one that answers requests. The log names `place`.
 */
export function load(text, place) {
  const before = serving;
  try {
    start();
    if (glue.load(text, place)) return true;
  } catch (error) {
    console.error(
      `edge-cors: configuration rejected, from ${place}: it needs more memory than a Worker has (${error}). ` +
        "Fix: make it smaller. One pattern such as https://*.example.com can replace many origins.",
    );
  }
  use(before);
  return false;
}

export const { counters, decide, decorate } = glue;

export const readFirst = glue.read_first();
export const readFromRequests = glue.read_from_requests().split("\n");
export const readFromResponses = glue.read_from_responses().split("\n");
