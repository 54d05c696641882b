#!/usr/bin/env node
// The command line tool as WebAssembly, with the file system and the environment of this process.

import { readFileSync } from "node:fs";
import { parse, relative } from "node:path";

// Otherwise each run prints that WASI is experimental in Node.js.
const { emitWarning } = process;
process.emitWarning = () => {};
const { WASI } = await import("node:wasi");
process.emitWarning = emitWarning;

const { root } = parse(process.cwd());
const wasi = new WASI({
  version: "preview1",
  args: ["edge-cors", ...process.argv.slice(2)],
  // WASI has no working directory: the program enters the one that PWD names.
  env: { ...process.env, PWD: `/${relative(root, process.cwd()).replaceAll("\\", "/")}` },
  preopens: { "/": root },
});
const module = new WebAssembly.Module(readFileSync(new URL("cli.wasm", import.meta.url)));
process.exitCode = wasi.start(new WebAssembly.Instance(module, wasi.getImportObject()));
