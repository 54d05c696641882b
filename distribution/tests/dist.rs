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
const ARCHITECTURES: [&str; 2] = ["x86_64", "aarch64"];

fn project() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn dist() -> PathBuf {
    let dist = project().join("dist");
    assert!(dist.join("SHA256SUMS").exists(), "dist/SHA256SUMS is missing: run `make dist`");
    dist
}

fn main() {
    let trials: [(&str, fn()); 7] = [
        ("the_image_holds_the_filter", the_image_holds_the_filter),
        ("the_module_needs_nothing_but_an_old_glibc", the_module_needs_nothing_but_an_old_glibc),
        ("the_checksums_are_those_of_the_files", the_checksums_are_those_of_the_files),
        ("the_image_holds_the_module_for_each_architecture", the_image_holds_the_module_for_each_architecture),
        ("the_bills_of_materials_are_complete", the_bills_of_materials_are_complete),
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

/// The content of a blob of an image that has the size and the digest of its descriptor.
fn blob(image: &str, descriptor: &Descriptor) -> Vec<u8> {
    let digest = descriptor.digest().digest();
    let bytes = fs::read(dist().join(image).join("blobs/sha256").join(digest)).unwrap();
    assert_eq!((sha256(&bytes).as_str(), bytes.len() as u64), (digest, descriptor.size()));
    bytes
}

/// Istio and Envoy Gateway take the manifest, its last layer, and in there the file `plugin.wasm`.
fn the_image_holds_the_filter() {
    let (_, archive) = unpack("oci", &top("oci"));
    let mut entries = tar::Archive::new(archive.as_slice());
    let mut plugin = entries.entries().unwrap().map(Result::unwrap).find(is_plugin).expect("plugin.wasm");
    let mut wasm = Vec::new();
    plugin.read_to_end(&mut wasm).unwrap();
    assert!(wasm == fs::read(dist().join(FILTER)).unwrap(), "plugin.wasm is not {FILTER}");
}

/// What the one entry of an image's layout refers to.
fn top(image: &str) -> Descriptor {
    assert_eq!(OciLayout::from_file(dist().join(image).join("oci-layout")).unwrap().image_layout_version(), "1.0.0");
    let index = ImageIndex::from_file(dist().join(image).join("index.json")).unwrap();
    let [entry] = index.manifests().as_slice() else { panic!("one manifest: {index:?}") };
    let name = entry.annotations().as_ref().and_then(|all| all.get("org.opencontainers.image.ref.name"));
    assert_eq!(name.map(String::as_str), Some(env!("CARGO_PKG_VERSION")));
    entry.clone()
}

/// The configuration and the last layer of a manifest.
fn unpack(image: &str, manifest: &Descriptor) -> (ImageConfiguration, Vec<u8>) {
    let manifest = ImageManifest::from_reader(blob(image, manifest).as_slice()).unwrap();
    let layer = manifest.layers().last().unwrap();
    assert_eq!(*layer.media_type(), MediaType::ImageLayerGzip);
    let mut archive = Vec::new();
    GzDecoder::new(blob(image, layer).as_slice()).read_to_end(&mut archive).unwrap();
    let config = ImageConfiguration::from_reader(blob(image, manifest.config()).as_slice()).unwrap();
    assert_eq!(config.rootfs().diff_ids(), &[format!("sha256:{}", sha256(&archive))]);
    (config, archive)
}

/// Kubernetes takes the manifest of its architecture. As an init container, the image copies the module into a folder.
fn the_image_holds_the_module_for_each_architecture() {
    let top = top("oci-module");
    assert_eq!(*top.media_type(), MediaType::ImageIndex);
    let index = ImageIndex::from_reader(blob("oci-module", &top).as_slice()).unwrap();
    let architectures: Vec<String> = index
        .manifests()
        .iter()
        .map(|manifest| manifest.platform().as_ref().unwrap().architecture().to_string())
        .collect();
    assert_eq!(architectures, ["amd64", "arm64"]);
    for (name, manifest) in ARCHITECTURES.iter().zip(index.manifests()) {
        let (config, archive) = unpack("oci-module", manifest);
        let entrypoint = config.config().as_ref().and_then(|config| config.entrypoint().clone());
        assert_eq!(entrypoint, Some(vec!["/install".to_owned()]));
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("image-{name}"));
        let _ = fs::remove_dir_all(&folder);
        tar::Archive::new(archive.as_slice()).unpack(&folder).unwrap();
        let module = fs::read(dist().join(format!("libedge_cors-{name}.so"))).unwrap();
        assert!(fs::read(folder.join("libedge_cors.so")).unwrap() == module, "{name}");
        if *name == std::env::consts::ARCH {
            let target = folder.join("volume");
            fs::create_dir_all(&target).unwrap();
            assert!(Command::new(folder.join("install")).arg(&target).status().unwrap().success());
            assert!(fs::read(target.join("libedge_cors.so")).unwrap() == module);
            assert!(!Command::new(folder.join("install")).arg(folder.join("absent")).status().unwrap().success());
        }
    }
}

fn is_plugin(entry: &tar::Entry<'_, &[u8]>) -> bool {
    entry.path().unwrap().file_name() == Some(OsStr::new("plugin.wasm"))
}

/// The names of libraries and of glibc's versions are in the file as text. Envoy itself needs glibc 2.30, and its smallest
/// image has no libgcc_s.
fn the_module_needs_nothing_but_an_old_glibc() {
    for architecture in ARCHITECTURES {
        let bytes = fs::read(dist().join(format!("libedge_cors-{architecture}.so"))).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(text.contains("libc.so.6") && !text.contains("libgcc_s"), "{architecture}");
        let minor = |rest: &str| rest.split(|c: char| !c.is_ascii_digit()).next()?.parse::<u32>().ok();
        let newest = text.split("GLIBC_2.").skip(1).filter_map(minor).max();
        assert!(newest.is_some_and(|minor| minor <= 17), "{architecture}: glibc 2.{newest:?}");
    }
}

fn the_checksums_are_those_of_the_files() {
    let sums = fs::read_to_string(dist().join("SHA256SUMS")).unwrap();
    for line in sums.lines() {
        let (sum, file) = line.split_once("  ").unwrap();
        assert_eq!(sha256(&fs::read(dist().join(file)).unwrap()), sum, "{file}");
    }
    assert_eq!(sums.lines().count(), 6);
}

/// What is in each file is what `cargo tree` says, which knows nothing of ours.
fn the_bills_of_materials_are_complete() {
    complete(FILTER, "edge-cors-filter", "wasm32-unknown-unknown");
    for architecture in ARCHITECTURES {
        let target = format!("{architecture}-unknown-linux-gnu");
        complete(&format!("libedge_cors-{architecture}.so"), "edge-cors-module", &target);
    }
}

fn complete(file: &str, package: &str, target: &str) {
    let bom = Path::new(file).with_extension("cdx.json");
    let bom = Bom::parse_from_json(File::open(dist().join(bom)).unwrap()).unwrap();
    assert!(bom.validate_version(SpecVersion::V1_5).passed());
    let product = bom.metadata.unwrap().component.unwrap();
    assert_eq!(product.hashes.unwrap().0[0].content.0, sha256(&fs::read(dist().join(file)).unwrap()));

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
    linked.push(format!("{package} v{}", env!("CARGO_PKG_VERSION")));
    linked.sort();

    let options = format!(
        "tree --locked --target {target} --package {package} --edges normal,no-proc-macro --prefix none --no-dedupe"
    );
    let tree = Command::new(env!("CARGO")).args(options.split_whitespace()).current_dir(project()).output().unwrap();
    let tree = String::from_utf8(tree.stdout).unwrap();
    let mut crates: Vec<String> =
        tree.lines().map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" ")).collect();
    crates.sort();
    crates.dedup();
    assert_eq!(linked, crates);
    for component in components {
        // Ours come with the file, and from no registry that would have a checksum of them.
        let ours = ["edge-cors", "edge-cors-envoy"].contains(&component.name.to_string().as_str());
        let hashed = component.hashes.is_some() || ours;
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
    link(Path::new(&cargo_home), &other_home);
    // The linker of the module is only unpacked, so the copy has the same one.
    link(&project().join("target/tools"), &copy.join("target/tools"));
    let module = |architecture| format!("dist/libedge_cors-{architecture}.so");
    let module_for_here = module(std::env::consts::ARCH);
    run(Command::new("make").args(["filter", &module_for_here]), &copy, &other_home);
    // The module for the other architecture and the installers are not built again. They are packed again.
    let others = ARCHITECTURES.map(module).into_iter().filter(|module| *module != module_for_here);
    let installer = |architecture| format!("target/{architecture}-unknown-linux-musl/module/edge-cors-installer");
    for built in others.chain(ARCHITECTURES.map(installer)) {
        fs::create_dir_all(copy.join(&built).parent().unwrap()).unwrap();
        fs::copy(project().join(&built), copy.join(&built)).unwrap();
    }
    run(Command::new(env!("CARGO_BIN_EXE_dist")).arg("envoy"), &copy, &other_home);

    let (here, there) = (files(&dist()), files(&copy.join("dist")));
    for (name, bytes) in &there {
        assert!(here.get(name) == Some(bytes), "{} differs", name.display());
    }
    for name in
        ["SHA256SUMS", FILTER, "edge_cors_filter.cdx.json", "oci/index.json", "oci/oci-layout", "oci-module/index.json"]
    {
        assert!(there.contains_key(Path::new(name)), "the copy has no {name}");
    }
}

/// Makes `link` a link to a folder, whatever it was before.
fn link(folder: &Path, link: &Path) {
    let _ = fs::remove_file(link);
    fs::create_dir_all(link.parent().unwrap()).unwrap();
    std::os::unix::fs::symlink(folder, link).unwrap();
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
            || path.starts_with("oci-module")
            || path == Path::new("SHA256SUMS")
            || ["edge_cors_filter", "libedge_cors-"].iter().any(|name| path.to_str().unwrap().starts_with(name))
    });
    found
}
