//! A copy of the project, in which files are changed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A copy of the files that git knows or would know.
pub(crate) struct Copy {
    root: PathBuf,
}

/// What the model's test needs of the workspace.
const MEMBERS: &str = "[\"tests/model\", \"tests/support\"]";

/// What it needs of the engine's own dependencies for tests. The others would take minutes to build.
const NEEDED: [&str; 4] = ["edge-cors-test-", "proptest", "serde ", "serde_json"];

impl Copy {
    /// Copies what differs from an earlier copy, so that little is built again.
    pub(crate) fn new() -> io::Result<Self> {
        let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
        let copy = Self { root: project.join("target/mutants") };
        let listed = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
        let listed = Command::new("git").current_dir(&project).args(listed).output()?;
        for file in String::from_utf8_lossy(&listed.stdout).split_terminator('\0') {
            // A file that was removed, or a link to a folder, cannot be read.
            match fs::read(project.join(file)) {
                Ok(text) if file == "Cargo.toml" => copy.write(file, &lean(&String::from_utf8_lossy(&text)))?,
                Ok(bytes) => copy.write_bytes(file, &bytes)?,
                Err(_) => {}
            }
        }
        if copy.root.join("Cargo.toml").exists() { Ok(copy) } else { Err(io::Error::other("git lists no files here")) }
    }

    /// The text of a file.
    pub(crate) fn read(&self, file: &str) -> io::Result<String> {
        fs::read_to_string(self.root.join(file))
    }

    /// Changes a file.
    pub(crate) fn write(&self, file: &str, text: &str) -> io::Result<()> {
        self.write_bytes(file, text.as_bytes())
    }

    fn write_bytes(&self, file: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.root.join(file);
        if fs::read(&path).is_ok_and(|before| before == bytes) {
            return Ok(());
        }
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, bytes)
    }

    /// cargo in the copy. It has a target folder of its own: what is built from mutants must not be taken for the engine.
    pub(crate) fn cargo(&self) -> Command {
        let mut command = Command::new("cargo");
        command.current_dir(&self.root).env("CARGO_TARGET_DIR", self.root.join("target"));
        command
    }
}

/// The manifest of the workspace without what the model's test does not need.
fn lean(manifest: &str) -> String {
    let mut section = "";
    let mut lines = String::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            section = line;
        }
        let is_needed = NEEDED.iter().any(|needed| line.starts_with(needed));
        let (name, _) = line.split_once(" = ").unwrap_or_default();
        match (section, name) {
            ("[workspace]", "members" | "default-members") => lines += &format!("{name} = {MEMBERS}"),
            ("[dev-dependencies]", name) if !name.is_empty() && !is_needed => {}
            _ => lines += line,
        }
        lines.push('\n');
    }
    lines
}
