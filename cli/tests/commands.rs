//! The console blocks of `tests/commands/` and of README: each is run in that folder, and must
//! print what the block shows.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by failing")]

use std::env;
use std::path::Path;

#[test]
fn every_console_block_shows_what_is_printed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    env::set_current_dir(root.join("tests/commands")).unwrap();
    let cases = trycmd::TestCases::new();
    cases.env("COLUMNS", "100").env("NO_COLOR", "1");
    cases.case("*.md").case(root.join("../README.md"));
}
