//! Chromium, headless. It writes its console to standard error.

use std::process::Command;

use super::console::Console;
use super::process::{self, profile};
use crate::group::Group;

/// Where Debian has it.
pub const PROGRAM: &str = "/usr/bin/chromium";

pub fn start(url: &str, console: Console) -> Group {
    let mut command = Command::new(PROGRAM);
    command
        // Its sandbox needs rights that root in a container does not have. It loads our own pages only.
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--enable-logging=stderr"])
        .args(["--ignore-certificate-errors"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-breakpad"])
        .arg(format!("--user-data-dir={}", profile("chromium").display()))
        .arg(url);
    process::start(&mut command, move |line| {
        if let Some(message) = message(&line) {
            console.show(message);
        }
    })
}

/// The message in a line such as `[1:1:1126/154928.4:INFO:CONSOLE:2] "message", source: http://… (2)`.
fn message(line: &str) -> Option<String> {
    let (_, rest) = line.split_once(":CONSOLE:")?;
    let (_, rest) = rest.split_once("] \"")?;
    rest.rsplit_once("\", source: ").map(|(message, _)| message.to_owned())
}
