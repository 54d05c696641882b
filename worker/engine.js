// The engine of this Worker.

import wasm from "./index.wasm";
import { instantiate } from "./instance.js";

/** The instance that answers requests. It has one configuration, or none. */
export const active = { engine: instantiate(wasm, console) };

/**
 * Makes a configuration the active one, or returns false. It is compiled in an instance of its own, so
 * that nothing in it, not even a trap, can damage the one that answers requests. The log names `place`.
 */
export function load(text, place) {
  try {
    const engine = instantiate(wasm, console);
    if (!engine.load(text, place)) return false;
    active.engine = engine;
    return true;
  } catch (error) {
    console.error(
      `edge-cors: configuration rejected, from ${place}: it needs more memory than a Worker has (${error}). ` +
        "Fix: make it smaller. One pattern such as https://*.example.com can replace many origins.",
    );
    return false;
  }
}
