//! What `make dist` makes: the image as Istio reads it, the bill of materials as cargo sees it, and
//! the same bytes from a copy of the project in another folder.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects by failing"
)]

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use cyclonedx_bom::models::component::{Classification, Scope};
use cyclonedx_bom::models::license::{LicenseChoice, Licenses};
use cyclonedx_bom::prelude::{Bom, SpecVersion, Validate};
use flate2::read::GzDecoder;
use libtest_mimic::{Arguments, Trial};
use oci_spec::image::{Descriptor, ImageConfiguration, ImageIndex, ImageManifest, MediaType, OciLayout};
use sha2::{Digest, Sha256};
use test_support::built;

const FILTER: &str = "edge_cors_filter.wasm";

fn project() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn dist() -> PathBuf {
    let dist = project().join("dist");
    assert!(dist.join("SHA256SUMS").exists(), "dist/SHA256SUMS is missing: run `make dist`");
    dist
}

fn main() {
    let trials: [(&str, fn()); 5] = [
        ("the_image_holds_the_filter", the_image_holds_the_filter),
        ("the_checksums_are_those_of_the_files", the_checksums_are_those_of_the_files),
        ("the_bill_of_materials_is_complete", the_bill_of_materials_is_complete),
        ("no_file_names_this_machine", no_file_names_this_machine),
        ("another_folder_gives_the_same_bytes", another_folder_gives_the_same_bytes),
    ];
    let trial = |(name, test): (&str, fn())| {
        let run = move || {
            test();
            Ok(())
        };
        (built::DISTRIBUTION, Trial::test(name, run))
    };
    built::run(&Arguments::from_args(), trials.into_iter().map(trial).collect()).exit();
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The content of a blob that has the size and the digest of its descriptor.
fn blob(descriptor: &Descriptor) -> Vec<u8> {
    let digest = descriptor.digest().digest();
    let bytes = fs::read(dist().join("oci/blobs/sha256").join(digest)).unwrap();
    assert_eq!((sha256(&bytes).as_str(), bytes.len() as u64), (digest, descriptor.size()));
    bytes
}

/// Istio and Envoy Gateway take the manifest, its last layer, and in there the file `plugin.wasm`.
fn the_image_holds_the_filter() {
    assert_eq!(OciLayout::from_file(dist().join("oci/oci-layout")).unwrap().image_layout_version(), "1.0.0");
    let index = ImageIndex::from_file(dist().join("oci/index.json")).unwrap();
    let [entry] = index.manifests().as_slice() else { panic!("one manifest: {index:?}") };
    let name = entry.annotations().as_ref().and_then(|all| all.get("org.opencontainers.image.ref.name"));
    assert_eq!(name.map(String::as_str), Some(env!("CARGO_PKG_VERSION")));

    let manifest = ImageManifest::from_reader(blob(entry).as_slice()).unwrap();
    let layer = manifest.layers().last().unwrap();
    assert_eq!(*layer.media_type(), MediaType::ImageLayerGzip);
    let mut archive = Vec::new();
    GzDecoder::new(blob(layer).as_slice()).read_to_end(&mut archive).unwrap();
    let mut entries = tar::Archive::new(archive.as_slice());
    let mut plugin = entries.entries().unwrap().map(Result::unwrap).find(is_plugin).expect("plugin.wasm");
    let mut wasm = Vec::new();
    plugin.read_to_end(&mut wasm).unwrap();
    assert!(wasm == fs::read(dist().join(FILTER)).unwrap(), "plugin.wasm is not {FILTER}");

    let config = ImageConfiguration::from_reader(blob(manifest.config()).as_slice()).unwrap();
    assert_eq!(config.rootfs().diff_ids(), &[format!("sha256:{}", sha256(&archive))]);
}

fn is_plugin(entry: &tar::Entry<'_, &[u8]>) -> bool {
    entry.path().unwrap().file_name() == Some(OsStr::new("plugin.wasm"))
}

fn the_checksums_are_those_of_the_files() {
    let sums = fs::read_to_string(dist().join("SHA256SUMS")).unwrap();
    for line in sums.lines() {
        let (sum, file) = line.split_once("  ").unwrap();
        assert_eq!(sha256(&fs::read(dist().join(file)).unwrap()), sum, "{file}");
    }
    assert_eq!(sums.lines().count(), 2);
}

/// What is in the filter is what `cargo tree` says, which knows nothing of ours.
fn the_bill_of_materials_is_complete() {
    let bom = Bom::parse_from_json(File::open(dist().join("edge_cors_filter.cdx.json")).unwrap()).unwrap();
    assert!(bom.validate_version(SpecVersion::V1_5).passed());
    let product = bom.metadata.unwrap().component.unwrap();
    assert_eq!(product.hashes.unwrap().0[0].content.0, sha256(&fs::read(dist().join(FILTER)).unwrap()));

    let components = bom.components.unwrap().0;
    let (data, components): (Vec<_>, Vec<_>) =
        components.into_iter().partition(|component| component.component_type == Classification::Data);
    let [list] = &data[..] else { panic!("{} components are data", data.len()) };
    let text = fs::read(project().join("data/public_suffix_list.dat")).unwrap();
    assert_eq!(list.name.to_string(), "public-suffix-list");
    assert_eq!(list.hashes.as_ref().unwrap().0[0].content.0, sha256(&text));
    let version = format!("// VERSION: {}\n", list.version.as_ref().unwrap());
    assert!(String::from_utf8(text).unwrap().contains(&version), "{version}");
    assert_eq!(list.licenses, Some(Licenses(vec![LicenseChoice::expression("MPL-2.0")])));

    let linked = components.iter().filter(|component| component.scope == Some(Scope::Required));
    let mut linked: Vec<String> =
        linked.map(|component| format!("{} v{}", component.name, component.version.as_ref().unwrap())).collect();
    linked.push(format!("edge-cors-filter v{}", env!("CARGO_PKG_VERSION")));
    linked.sort();

    let options = "tree --locked --target wasm32-unknown-unknown --package edge-cors-filter \
                   --edges normal,no-proc-macro --prefix none --no-dedupe";
    let tree = Command::new(env!("CARGO")).args(options.split_whitespace()).current_dir(project()).output().unwrap();
    let tree = String::from_utf8(tree.stdout).unwrap();
    let mut crates: Vec<String> =
        tree.lines().map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" ")).collect();
    crates.sort();
    crates.dedup();
    assert_eq!(linked, crates);
    for component in components {
        // The engine comes with the filter, and from no registry that would have a checksum of it.
        let hashed = component.hashes.is_some() || component.name.to_string() == "edge-cors";
        assert!(component.licenses.is_some() && hashed, "{}", component.name);
    }
}

fn no_file_names_this_machine() {
    let home = std::env::var("HOME").unwrap();
    for (name, bytes) in files(&dist()) {
        for path in [project().to_str().unwrap(), &home, "/.cargo", "/.rustup"] {
            let found = bytes.windows(path.len()).any(|window| window == path.as_bytes());
            assert!(!found, "{} has {path:?} in it", name.display());
        }
    }
}

/// The steps of `make dist`, in a copy of the project and with another name of cargo's home. Its
/// target folder outlives the test, so that only the first run compiles all dependencies again.
fn another_folder_gives_the_same_bytes() {
    let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join("a copy");
    for name in ["src", "bench", "tests", "dist"] {
        let _ = fs::remove_dir_all(copy.join(name));
    }
    copy_folder(project(), &copy, &["target", "dist", "build", "node_modules", ".git", ".wrangler"]);
    let cargo_home =
        std::env::var("CARGO_HOME").unwrap_or_else(|_| format!("{}/.cargo", std::env::var("HOME").unwrap()));
    let other_home = copy.join("cargo-home");
    let _ = fs::remove_file(&other_home);
    std::os::unix::fs::symlink(cargo_home, &other_home).unwrap();
    run(Command::new("make").arg("filter"), &copy, &other_home);
    run(&mut Command::new(env!("CARGO_BIN_EXE_dist")), &copy, &other_home);

    let (here, there) = (files(&dist()), files(&copy.join("dist")));
    for (name, bytes) in &there {
        assert!(here.get(name) == Some(bytes), "{} differs", name.display());
    }
    for name in ["SHA256SUMS", FILTER, "edge_cors_filter.cdx.json", "oci/index.json", "oci/oci-layout"] {
        assert!(there.contains_key(Path::new(name)), "the copy has no {name}");
    }
}

fn run(command: &mut Command, folder: &Path, cargo_home: &Path) {
    // Variables of the make that runs this test are none of the copy's.
    command.current_dir(folder).env("CARGO_HOME", cargo_home).env_remove("MAKEFLAGS").env_remove("MAKELEVEL");
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}:\n{}", String::from_utf8_lossy(&output.stderr));
}

fn copy_folder(from: &Path, to: &Path, without: &[&str]) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (path, copy) = (entry.path(), to.join(entry.file_name()));
        if without.iter().any(|name| entry.file_name() == *name) {
            continue;
        }
        if path.is_dir() {
            copy_folder(&path, &copy, &[]);
        } else {
            fs::copy(&path, &copy).unwrap();
        }
    }
}

/// What `make dist` has made, by path: other targets put files of theirs beside them.
fn files(dist: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    fn walk(root: &Path, folder: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                walk(root, &path, found);
            } else {
                found.insert(path.strip_prefix(root).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(dist, dist, &mut found);
    found.retain(|path, _| {
        path.starts_with("oci")
            || path == Path::new("SHA256SUMS")
            || path.to_str().unwrap().starts_with("edge_cors_filter")
    });
    found
}
