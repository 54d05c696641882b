// Instances of the engine: WebAssembly (worker/src/lib.rs), which takes and returns strings of lines.

import bind from "glue";

/**
 * A new instance of the engine, which has no configuration yet: what it exports, and what `exchange` reads
 * for it. It logs to `console`.
 */
export function instantiate(module, console) {
  // The glue has state, so each instance has its own.
  const glue = bind(console);
  const { exports } = new WebAssembly.Instance(module, { "./index_bg.js": glue });
  glue.__wbg_set_wasm(exports);
  exports.__wbindgen_start();
  const { compile, counters, decide, decorate, load } = glue;
  return {
    compile,
    counters,
    decide,
    decorate,
    load,
    readFirst: glue.read_first(),
    readFromRequests: glue.read_from_requests().split("\n"),
    readFromResponses: glue.read_from_responses().split("\n"),
  };
}
