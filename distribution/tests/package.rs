//! The crate as a stranger gets it: packed by cargo, unpacked in another folder, and used from there
//! by the server of `examples/axum.rs`.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by failing")]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use flate2::read::GzDecoder;

/// What a user of the crate needs, besides its modules. Cargo adds the last four.
const FILES: [&str; 11] = [
    "CHANGELOG.md",
    "LICENSE",
    "NOTICE",
    "README.md",
    "build.rs",
    "data/public_suffix_list.dat",
    "examples/axum.rs",
    ".cargo_vcs_info.json",
    "Cargo.lock",
    "Cargo.toml",
    "Cargo.toml.orig",
];

const MANIFEST: &str = r#"
[package]
name = "stranger"
edition = "2024"

[dependencies]
axum = { version = "0.8", default-features = false, features = ["http1", "tokio"] }
edge-cors = { path = "PATH", features = ["http"] }
tokio = { version = "1", features = ["macros", "net", "rt-multi-thread"] }
tower = { version = "0.5", default-features = false }

[workspace]
"#;

fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn cargo(folder: &Path, arguments: &[&str]) {
    let output = Command::new(env!("CARGO")).args(arguments).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "cargo {arguments:?}:\n{}", String::from_utf8_lossy(&output.stderr));
}

/// Packs the engine, and unpacks it in a folder that has nothing of this project around it.
fn unpacked() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("package");
    let target_dir = target.to_str().unwrap();
    let options = ["--package", "edge-cors", "--no-verify", "--allow-dirty", "--offline", "--target-dir", target_dir];
    cargo(&project(), &[&["package"][..], &options].concat());
    let name = format!("edge-cors-{}", env!("CARGO_PKG_VERSION"));
    let archive = fs::File::open(target.join("package").join(format!("{name}.crate"))).unwrap();
    let folder = std::env::temp_dir().join(format!("edge-cors-package-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    tar::Archive::new(GzDecoder::new(archive)).unpack(&folder).unwrap();
    folder.join(name)
}

fn files(root: &Path, folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(root, &path));
        } else {
            found.push(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned());
        }
    }
    found
}

/// A server that ends with the test.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_strangers_crate_uses_the_package() {
    let package = unpacked();
    let (modules, others): (Vec<_>, Vec<_>) =
        files(&package, &package).into_iter().partition(|file| file.starts_with("src/") && file.ends_with(".rs"));
    assert!(modules.contains(&"src/lib.rs".to_owned()));
    let unexpected: Vec<_> = others.iter().filter(|file| !FILES.contains(&file.as_str())).collect();
    assert!(unexpected.is_empty(), "{unexpected:?}");
    let missing: Vec<_> = FILES.iter().filter(|file| !others.iter().any(|other| other == *file)).collect();
    // Cargo writes the last of git only where there is a repository.
    assert!(missing.iter().all(|file| **file == ".cargo_vcs_info.json"), "{missing:?}");

    let stranger = package.with_file_name("stranger");
    fs::create_dir_all(stranger.join("src")).unwrap();
    fs::write(stranger.join("Cargo.toml"), MANIFEST.replace("PATH", package.to_str().unwrap())).unwrap();
    // The versions that are tested here, which are there already.
    fs::copy(project().join("Cargo.lock"), stranger.join("Cargo.lock")).unwrap();
    fs::copy(package.join("examples/axum.rs"), stranger.join("src/main.rs")).unwrap();
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("stranger");
    cargo(&stranger, &["build", "--quiet", "--offline", "--target-dir", target.to_str().unwrap()]);

    let mut command = Command::new(target.join("debug/stranger"));
    let mut server = Server(command.arg("127.0.0.1:0").stdout(Stdio::piped()).spawn().unwrap());
    let mut line = String::new();
    BufReader::new(server.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("listening on http://").unwrap();

    let answer = send(address, "OPTIONS", "access-control-request-method: PUT\r\n");
    assert!(answer.starts_with("HTTP/1.1 204 "), "{answer}");
    assert!(answer.contains("access-control-allow-methods: PUT\r\n"), "{answer}");
    let response = send(address, "GET", "");
    assert!(response.contains("access-control-allow-origin: https://app.example.com\r\n"), "{response}");
    assert!(response.contains("vary: Origin\r\n") && response.ends_with("hello"), "{response}");

    fs::remove_dir_all(package.parent().unwrap()).unwrap();
}

fn send(address: &str, method: &str, header: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let origin = "https://app.example.com";
    write!(stream, "{method} / HTTP/1.1\r\nhost: {address}\r\norigin: {origin}\r\n{header}connection: close\r\n\r\n")
        .unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response
}
