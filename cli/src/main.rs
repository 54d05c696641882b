//! The program: everything it does is in the library beside it, for whoever embeds it.

use std::process::ExitCode;

fn main() -> ExitCode {
    edge_cors_cli::main()
}
