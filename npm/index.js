// The package in Node.js, Deno, Bun and other runtimes: the bytes of the engine are part of this file, so
// that it needs no permission to read files, and bundlers have nothing to copy.

import bytes from "../build/index.wasm";
import { corsWith } from "./middleware.js";

export const cors = corsWith(new WebAssembly.Module(bytes));
