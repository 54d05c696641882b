//! An empty folder in which only the npm package is installed, on a machine without Rust.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use test_support::built::TARBALL;

use crate::envoy::project_file;

/// A folder, and the commands in it.
pub struct Folder {
    pub path: PathBuf,
}

impl Folder {
    /// Makes the folder of this name anew, with the package from the tarball and nothing else.
    pub fn with_package(name: &str) -> Self {
        let folder = Self::empty(name);
        folder.write("package.json", r#"{ "private": true, "type": "module" }"#);
        folder.install();
        folder
    }

    pub fn empty(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("npm").join(name);
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self { path }
    }

    /// Installs the tarball: here, and not in the project around this folder. It has no dependencies, so npm needs no
    /// network.
    pub fn install(&self) {
        let tarball = project_file(TARBALL, "make npm");
        let output =
            self.run("npm", &["install", "--prefix", ".", "--offline", "--no-audit", &tarball.display().to_string()]);
        assert!(output.status.success(), "{}", text(&output));
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path.join(name), text).unwrap();
    }

    /// Copies a file of `tests/npm`.
    pub fn copy(&self, name: &str) {
        std::fs::copy(test_support::project().join("tests/npm").join(name), self.path.join(name)).unwrap();
    }

    /// Makes a package that is installed elsewhere in the project known here.
    pub fn link(&self, package: &str, node_modules: &str) {
        let link = self.path.join("node_modules").join(package);
        std::fs::create_dir_all(link.parent().unwrap()).unwrap();
        let target = project_file(&format!("{node_modules}/{package}"), "make test");
        std::os::unix::fs::symlink(std::fs::canonicalize(target).unwrap(), link).unwrap();
    }

    pub fn run(&self, program: &str, arguments: &[&str]) -> Output {
        self.command(program).args(arguments).output().unwrap_or_else(|error| panic!("{program}: {error}"))
    }

    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.path).env("PATH", path_without_rust()).env("WRANGLER_SEND_METRICS", "false");
        command
    }
}

/// The folders of programs, without those that have cargo.
fn path_without_rust() -> OsString {
    let folders = env::split_paths(&env::var_os("PATH").unwrap()).collect::<Vec<_>>();
    env::join_paths(folders.iter().filter(|folder| !folder.join("cargo").exists())).unwrap()
}

/// What a command printed.
pub fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}
