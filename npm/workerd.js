// The package in workerd, which compiles WebAssembly only from files that are deployed with the code.

import wasm from "./index.wasm";
import { corsWith } from "./middleware.js";

export const cors = corsWith(wasm);
