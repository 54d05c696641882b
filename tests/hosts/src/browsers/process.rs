//! The processes of a browser.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::group::Group;

/// Starts a browser, without input and output but for its standard error, whose lines it passes on.
pub fn start(command: &mut Command, mut line: impl FnMut(String) + Send + 'static) -> Group {
    let mut group = Group::spawn(command.stdout(Stdio::null()).stderr(Stdio::piped()))
        .unwrap_or_else(|error| panic!("{command:?}: {error}; CONTRIBUTING.md names Debian's package"));
    let mut errors = BufReader::new(group.errors());
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        while errors.read_until(b'\n', &mut bytes).is_ok_and(|length| length > 0) {
            line(String::from_utf8_lossy(&bytes).trim_end().to_owned());
            bytes.clear();
        }
    });
    group
}

/// An empty folder for the profile of a browser.
pub fn profile(browser: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("browsers").join(browser);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}
