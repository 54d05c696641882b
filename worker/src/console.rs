//! The Worker's log: `npx wrangler tail`, and Workers Logs.

use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = console)]
    pub(super) fn log(line: &str);

    #[wasm_bindgen(js_namespace = console)]
    pub(super) fn warn(line: &str);

    #[wasm_bindgen(js_namespace = console)]
    pub(super) fn error(line: &str);
}
