//! Drops the exports of the built filter that have nothing to do, and all code that only they reach: what
//! `make filter` runs after the linker.
//!
//! The SDK exports every callback of proxy-wasm. Envoy enters the VM for each one that a module exports, so
//! the filter would be called for every chunk of a body, and for every stream's end, to do nothing.

use std::error::Error;

use walrus::{Module, ModuleConfig};

/// What Envoy needs: the start, the memory, and the callbacks in which the filter does something.
const KEPT: &[&str] = &[
    "_initialize",
    "malloc",
    "memory",
    "proxy_abi_version_0_2_1",
    "proxy_on_configure",
    "proxy_on_context_create",
    "proxy_on_delete",
    "proxy_on_request_headers",
    "proxy_on_response_headers",
    "proxy_on_vm_start",
];

fn main() -> Result<(), Box<dyn Error>> {
    let [from, to] = std::env::args().skip(1).collect::<Vec<_>>().try_into().map_err(|_| "usage: exports FROM TO")?;
    // What is written depends on what is read alone: no names, no traces of the tools.
    let mut module =
        ModuleConfig::new().generate_name_section(false).generate_producers_section(false).parse_file(&from)?;
    let dropped: Vec<_> = module
        .exports
        .iter()
        .filter(|export| !KEPT.contains(&export.name.as_str()))
        .map(|export| export.id())
        .collect();
    if let Some(missing) = KEPT.iter().find(|name| !module.exports.iter().any(|export| export.name == **name)) {
        return Err(format!("{from} does not export {missing}").into());
    }
    for export in dropped {
        module.exports.delete(export);
    }
    walrus::passes::gc::run(&mut module);
    emit(&mut module, &to)
}

fn emit(module: &mut Module, to: &str) -> Result<(), Box<dyn Error>> {
    std::fs::write(to, module.emit_wasm())?;
    Ok(())
}
