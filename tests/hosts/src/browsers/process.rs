//! The processes of a browser.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process_group};

/// A process and all that it starts. They end when this is dropped.
pub struct Group(Child);

impl Group {
    /// Starts a command, without input and output but for its standard error, whose lines it passes on.
    pub fn start(command: &mut Command, mut line: impl FnMut(String) + Send + 'static) -> Self {
        let command = command.process_group(0).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}; CONTRIBUTING.md names Debian's package"));
        let mut errors = BufReader::new(child.stderr.take().unwrap());
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            while errors.read_until(b'\n', &mut bytes).is_ok_and(|length| length > 0) {
                line(String::from_utf8_lossy(&bytes).trim_end().to_owned());
                bytes.clear();
            }
        });
        Self(child)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let _ = kill_process_group(Pid::from_child(&self.0), Signal::KILL);
        let _ = self.0.wait();
    }
}

/// An empty folder for the profile of a browser.
pub fn profile(browser: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("browsers").join(browser);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}
