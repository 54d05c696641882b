//! What cargo resolves.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::{LazyLock, OnceLock};

use cargo_metadata::{Metadata, MetadataCommand, Package, TargetKind};
use test_support::project;

pub(crate) struct Resolved(Metadata);

/// A crate's name and version.
pub(crate) type Named = (String, String);

/// What is shipped, with the package and the target that it is built from.
const PRODUCTS: [(&str, &str, &str); 5] = [
    ("filter", "edge-cors-filter", "wasm32-unknown-unknown"),
    ("module", "edge-cors-module", "x86_64-unknown-linux-gnu"),
    ("Worker", "edge-cors-worker", "wasm32-unknown-unknown"),
    ("tool", "edge-cors-cli", "all"),
    ("playground", "edge-cors-playground", "wasm32-unknown-unknown"),
];

/// Those of which a bug runs in front of every request.
pub(crate) const EMBEDDED: [&str; 3] = ["filter", "module", "Worker"];

impl Resolved {
    pub(crate) fn load() -> &'static Self {
        static RESOLVED: LazyLock<Resolved> = LazyLock::new(|| {
            let mut command = MetadataCommand::new();
            command.manifest_path(project().join("Cargo.toml")).other_options(["--locked".to_owned()]);
            Resolved(command.exec().unwrap())
        });
        &RESOLVED
    }

    /// The packages of this workspace.
    pub(crate) fn own(&self) -> impl Iterator<Item = &Package> {
        self.0.packages.iter().filter(|package| package.source.is_none())
    }

    /// All others.
    pub(crate) fn foreign(&self) -> impl Iterator<Item = &Package> {
        self.0.packages.iter().filter(|package| package.source.is_some())
    }

    /// What the manifests of this workspace name.
    pub(crate) fn direct(&self) -> BTreeSet<Named> {
        let nodes = &self.0.resolve.as_ref().unwrap().nodes;
        let own: BTreeSet<_> = self.own().map(|package| &package.id).collect();
        let named = nodes.iter().filter(|node| own.contains(&node.id)).flat_map(|node| &node.dependencies);
        named.map(|id| &self.0[id]).filter(|package| package.source.is_some()).map(named_version).collect()
    }

    /// The crates in each product.
    pub(crate) fn products(&self) -> &'static BTreeMap<&'static str, BTreeSet<Named>> {
        static CRATES: OnceLock<BTreeMap<&str, BTreeSet<Named>>> = OnceLock::new();
        CRATES.get_or_init(|| {
            let own: BTreeSet<Named> = self.own().map(named_version).collect();
            let of = |(product, package, target): (&'static str, &str, &str)| {
                let mut crates = tree(package, target);
                crates.retain(|named| !own.contains(named));
                (product, crates)
            };
            PRODUCTS.into_iter().map(of).collect()
        })
    }

    pub(crate) fn package(&self, (name, version): &Named) -> &Package {
        let found = self.foreign().find(|p| p.name.as_str() == name && p.version.to_string() == *version);
        found.unwrap_or_else(|| panic!("{name} {version} is not resolved"))
    }
}

/// The licence of a crate, as an SPDX expression. Old manifests have a slash between two.
pub(crate) fn licence(package: &Package) -> String {
    package.license.clone().unwrap_or_default().replace('/', " OR ")
}

/// What of a crate runs while something is built.
pub(crate) fn runs(package: &Package) -> Option<&'static str> {
    let has = |kind: TargetKind| package.targets.iter().any(|target| target.kind.contains(&kind));
    match (has(TargetKind::ProcMacro), has(TargetKind::CustomBuild)) {
        (true, _) => Some("macro"),
        (false, true) => Some("build script"),
        (false, false) => None,
    }
}

fn named_version(package: &Package) -> Named {
    (package.name.to_string(), package.version.to_string())
}

/// What is linked into a package; macros and build scripts are not.
fn tree(package: &str, target: &str) -> BTreeSet<Named> {
    let options =
        format!("tree --locked --package {package} --target {target} --edges normal,no-proc-macro --prefix none");
    let output = Command::new(env!("CARGO")).current_dir(project()).args(options.split(' ')).output().unwrap();
    assert!(output.status.success(), "cargo {options}: {}", String::from_utf8_lossy(&output.stderr));
    let named = |line: &str| {
        let mut words = line.split(' ');
        Some((words.next()?.to_owned(), words.next()?.strip_prefix('v')?.to_owned()))
    };
    String::from_utf8(output.stdout).unwrap().lines().filter_map(named).collect()
}

/// In how many lines of a crate's source the word `unsafe` is code.
pub(crate) fn unsafe_lines(package: &Package) -> usize {
    fn count(folder: &Path) -> usize {
        let entries = fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
        entries
            .map(|path| match path.extension() {
                _ if path.is_dir() => count(&path),
                Some(end) if end == "rs" => {
                    fs::read_to_string(&path).unwrap_or_default().lines().filter(|l| is_unsafe(l)).count()
                }
                _ => 0,
            })
            .sum()
    }
    count(&package.manifest_path.parent().unwrap().join("src").into_std_path_buf())
}

fn is_unsafe(line: &str) -> bool {
    let code = line.split("//").next().unwrap_or_default();
    code.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == "unsafe")
}
