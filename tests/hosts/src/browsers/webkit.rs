//! WebKitGTK's MiniBrowser on a display of its own. Without automation: only then does it write its console to
//! standard error.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use super::console::Console;
use super::process::{self, profile};
use crate::group::Group;

/// Where Debian has it.
pub const PROGRAM: &str = if cfg!(target_arch = "aarch64") {
    "/usr/lib/aarch64-linux-gnu/webkit2gtk-4.1/MiniBrowser"
} else {
    "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser"
};

/// The display's server.
pub const DISPLAY: &str = "/usr/bin/Xvfb";

/// MiniBrowser and its display. They end when this is dropped.
pub struct WebKit {
    _browser: Group,
    _display: Display,
}

pub fn start(url: &str, console: Console) -> WebKit {
    let display = Display::start();
    let profile = profile("webkit");
    let mut command = Command::new(PROGRAM);
    command
        .env("DISPLAY", &display.name)
        .env("HOME", &profile)
        .env("XDG_CACHE_HOME", &profile)
        .env("XDG_DATA_HOME", &profile)
        // Its sandbox needs rights that root in a container does not have. It loads our own pages only.
        .env("WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS", "1")
        .env("WEBKIT_DISABLE_COMPOSITING_MODE", "1")
        .args(["--enable-write-console-messages-to-stdout=true", "--ignore-tls-errors", url]);
    let browser = process::start(&mut command, move |line| {
        if let Some(message) = message(&line) {
            console.show(message);
        }
    });
    WebKit { _browser: browser, _display: display }
}

/// The message in a line such as `http://…:2:65: CONSOLE JS ERROR message`.
fn message(line: &str) -> Option<String> {
    let (_, rest) = line.split_once("CONSOLE ")?;
    let levels = ["ERROR ", "WARN ", "LOG ", "INFO ", "DEBUG "];
    let level = levels.iter().filter_map(|level| Some(rest.find(level)? + level.len())).min()?;
    rest.get(level..).map(str::to_owned)
}

/// An X server that shows nothing to anybody.
struct Display {
    server: Child,
    name: String,
}

impl Display {
    /// Starts it on the first free display, and waits until it is there.
    fn start() -> Self {
        let mut server = Command::new(DISPLAY)
            .args(["-displayfd", "1", "-screen", "0", "800x600x24", "-nolisten", "tcp"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut number = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut number).unwrap();
        Self { server, name: format!(":{}", number.trim()) }
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
