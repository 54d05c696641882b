//! One target, as libFuzzer runs it: the environment variable `FUZZ_TARGET` names it. `make fuzz` builds this with
//! `--cfg fuzzing` and instrumented; without, it only says so.

#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    static CHECK: std::sync::LazyLock<fn(&[u8])> = std::sync::LazyLock::new(|| {
        let name = std::env::var("FUZZ_TARGET").unwrap_or_default();
        edge_cors_fuzz::target(&name).unwrap_or_else(|unknown| panic!("FUZZ_TARGET: {unknown}")).check
    });
    CHECK(bytes);
});

#[cfg(not(fuzzing))]
fn main() {
    eprintln!("This program is not instrumented. Run `make fuzz`, which builds and runs the one that is.");
    std::process::exit(2);
}
