// The engine and the command line's explanations, as WebAssembly: texts in, JSON out.

import init, * as glue from "engine";
import { XzReadableStream } from "xz-decompress";

/** Loads it. Nothing else here works before. */
export async function load() {
  // xz, because the servers of static files compress with gzip, which takes a third more.
  const packed = await fetch(new URL("engine.wasm.xz", import.meta.url));
  const headers = { "content-type": "application/wasm" };
  await init({ module_or_path: new Response(new XzReadableStream(packed.body), { headers }) });
}

/** The problems of a configuration, and the names of its policies. */
export const check = (configuration) => JSON.parse(glue.check(configuration));

/** What a browser does with a request, and what would change that. */
export const explain = (question) => JSON.parse(glue.explain(JSON.stringify(question)));

/** What a pasted text is. */
export const recognise = (text) => JSON.parse(glue.recognise(text));

/** A configuration as a file for a deployment. */
export const exportAs = (configuration, format) => JSON.parse(glue.export_as(configuration, format));

/** What can be written at a position of a configuration. */
export const completions = (configuration, position) => JSON.parse(glue.completions(configuration, position));

/** The values of the page's lists. */
export const formats = () => JSON.parse(glue.formats());
export const vias = () => JSON.parse(glue.vias());
export const methods = () => JSON.parse(glue.methods());
