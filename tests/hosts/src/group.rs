//! A process and all that it starts.

use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStderr, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process_group};

/// They end when this is dropped.
pub struct Group(Child);

impl Group {
    /// Starts a command, and listens to nothing that it says.
    pub fn start(command: &mut Command) -> Self {
        Self::spawn(command.stdout(Stdio::null()).stderr(Stdio::null())).unwrap()
    }

    /// Starts a command, whose output goes where the command says.
    pub fn spawn(command: &mut Command) -> std::io::Result<Self> {
        command.process_group(0).stdin(Stdio::null()).spawn().map(Self)
    }

    /// What it writes to its standard error, if the command has a pipe for that.
    pub fn errors(&mut self) -> ChildStderr {
        self.0.stderr.take().unwrap()
    }

    /// Whether it has not ended.
    pub fn is_up(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let _ = kill_process_group(Pid::from_child(&self.0), Signal::KILL);
        let _ = self.0.wait();
    }
}
