//! The program: everything it does is in the library beside it, for whoever embeds it.

use std::process::ExitCode;

fn main() -> ExitCode {
    enter_working_directory();
    edge_cors_cli::main()
}

/// WASI starts a program in no directory: `npm/cli.js` names that of the user in `PWD`.
#[cfg(target_os = "wasi")]
fn enter_working_directory() {
    if let Some(Err(error)) = std::env::var_os("PWD").map(std::env::set_current_dir) {
        eprintln!("edge-cors: the working directory cannot be entered ({error}). Fix: write absolute paths.");
    }
}

#[cfg(not(target_os = "wasi"))]
fn enter_working_directory() {}
