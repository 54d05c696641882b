//! The engine as a dynamic module of Envoy: a shared library in Envoy's own process.
//!
//! It passes values between Envoy and the engine, as the proxy-wasm filter does.

mod abi;
mod filter;
mod guard;
mod head;
mod in_force;
mod lengths;
mod logger;
mod per_route;
mod telemetry;

/// Called once, when Envoy has loaded the module.
fn start() {
    guard::report_panics();
    logger::install();
}
