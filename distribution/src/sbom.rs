//! Bills of materials: every crate that is in a product, the public suffix list, and those that only help to build it.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs;
use std::process::Command;

use cargo_lock::Lockfile;
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Node, NodeDep, Package, PackageId, TargetKind};
use cyclonedx_bom::models::component::{Classification, Scope};
use cyclonedx_bom::models::dependency::{Dependencies, Dependency};
use cyclonedx_bom::models::hash::{Hash, HashAlgorithm, HashValue, Hashes};
use cyclonedx_bom::models::license::{LicenseChoice, Licenses};
use cyclonedx_bom::prelude::{Bom, Component, Components, Metadata as BomMetadata, Purl, SpecVersion, Validate};

use crate::sha256;

/// What is built, and for which target.
pub(crate) struct Product<'a> {
    /// The path of its manifest.
    pub(crate) manifest: &'a str,
    /// What Rust calls the target.
    pub(crate) target: &'a str,
}

/// The crates of a product's build, as cargo resolves them.
struct Graph {
    packages: BTreeMap<PackageId, Package>,
    nodes: BTreeMap<PackageId, Node>,
    root: PackageId,
}

/// The bill of materials of a product that was built to these bytes, as CycloneDX 1.5 in JSON.
pub(crate) fn of(product: &Product<'_>, bytes: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let graph = Graph::load(product)?;
    let (linked, built) = (graph.reachable(Graph::linked), graph.reachable(Graph::built));
    let checksums = checksums()?;

    let mut components = Vec::new();
    let mut dependencies = Vec::new();
    for id in &built {
        dependencies.push(graph.dependency(id)?);
        if *id == graph.root {
            continue;
        }
        let mut component = graph.component(id, Classification::Library)?;
        component.scope = Some(if linked.contains(id) { Scope::Required } else { Scope::Excluded });
        let checksum = component.bom_ref.as_ref().and_then(|reference| checksums.get(reference));
        component.hashes = checksum.map(|checksum| hash(checksum));
        components.push(component);
    }
    components.push(public_suffix_list()?);
    components.sort_by_key(|component| component.bom_ref.clone());
    dependencies.sort_by_key(|dependency| dependency.dependency_ref.clone());

    let mut product = graph.component(&graph.root, Classification::Application)?;
    product.hashes = Some(hash(&sha256(bytes)));
    let bom = Bom {
        // A serial number would be random, and the only thing that differs between builds.
        serial_number: None,
        metadata: Some(BomMetadata { component: Some(product), ..BomMetadata::default() }),
        components: Some(Components(components)),
        dependencies: Some(Dependencies(dependencies)),
        spec_version: SpecVersion::V1_5,
        ..Bom::default()
    };
    let validation = bom.validate_version(SpecVersion::V1_5);
    if validation.has_errors() {
        return Err(format!("the bill of materials is not valid: {validation:?}").into());
    }
    let mut json = Vec::new();
    bom.output_as_json(&mut json, SpecVersion::V1_5)?;
    json.push(b'\n');
    Ok(json)
}

impl Graph {
    fn load(product: &Product<'_>) -> Result<Self, Box<dyn Error>> {
        let options = ["--filter-platform", product.target, "--locked"].map(str::to_owned);
        let Metadata { packages, resolve, .. } =
            MetadataCommand::new().manifest_path(product.manifest).other_options(options).exec()?;
        let resolve = resolve.ok_or("cargo metadata has no resolved dependencies")?;
        let packages: BTreeMap<_, _> = packages.into_iter().map(|package| (package.id.clone(), package)).collect();
        // cargo metadata turns on the features that any package of the workspace asks for.
        let tree = tree(product)?;
        let in_build = |node: &Node| {
            packages
                .get(&node.id)
                .is_some_and(|package| tree.contains(&format!("{} v{}", package.name, package.version)))
        };
        let nodes = resolve.nodes.into_iter().filter(in_build);
        Ok(Self {
            nodes: nodes.map(|node| (node.id.clone(), node)).collect(),
            packages,
            root: resolve.root.ok_or("cargo metadata has no root package")?,
        })
    }

    /// The dependencies of a crate that are in the product.
    fn linked(&self, node: &Node) -> Vec<PackageId> {
        let normal = dependencies(node, &[DependencyKind::Normal]);
        normal.filter(|id| self.nodes.contains_key(id) && !self.is_macro(id)).cloned().collect()
    }

    /// The dependencies that build a crate, except those of its tests.
    fn built(&self, node: &Node) -> Vec<PackageId> {
        let built = dependencies(node, &[DependencyKind::Normal, DependencyKind::Build]);
        built.filter(|id| self.nodes.contains_key(id)).cloned().collect()
    }

    /// The crates that the root reaches over some edges, including the root.
    fn reachable(&self, edges: impl Fn(&Self, &Node) -> Vec<PackageId>) -> BTreeSet<PackageId> {
        let mut reached = BTreeSet::new();
        let mut open = vec![self.root.clone()];
        while let Some(id) = open.pop() {
            if let Some(node) = self.nodes.get(&id)
                && reached.insert(id)
            {
                open.extend(edges(self, node));
            }
        }
        reached
    }

    fn is_macro(&self, id: &PackageId) -> bool {
        let targets = self.packages.get(id).into_iter().flat_map(|package| &package.targets);
        targets.flat_map(|target| &target.kind).any(|kind| *kind == TargetKind::ProcMacro)
    }

    fn package(&self, id: &PackageId) -> Result<&Package, Box<dyn Error>> {
        self.packages.get(id).ok_or_else(|| format!("cargo metadata does not describe {id}").into())
    }

    /// The package URL of a crate, by which it is referenced: cargo's own identifiers contain paths.
    fn purl(&self, id: &PackageId) -> Result<Purl, Box<dyn Error>> {
        let package = self.package(id)?;
        Ok(Purl::new("cargo", &package.name, &package.version.to_string())?)
    }

    fn component(&self, id: &PackageId, class: Classification) -> Result<Component, Box<dyn Error>> {
        let (package, purl) = (self.package(id)?, self.purl(id)?);
        let version = package.version.to_string();
        let mut component = Component::new(class, &package.name, &version, Some(purl.to_string()));
        // Old manifests separate alternatives with a slash.
        let license = package.license.as_ref().map(|license| license.replace('/', " OR "));
        component.licenses = license.map(|license| Licenses(vec![LicenseChoice::expression(&license)]));
        component.purl = Some(purl);
        Ok(component)
    }

    fn dependency(&self, id: &PackageId) -> Result<Dependency, Box<dyn Error>> {
        let reference = |id: &PackageId| self.purl(id).map(|purl| purl.to_string());
        let node = self.nodes.get(id).ok_or_else(|| format!("cargo metadata does not resolve {id}"))?;
        let dependencies: BTreeSet<String> = self.built(node).iter().map(reference).collect::<Result<_, _>>()?;
        Ok(Dependency { dependency_ref: reference(id)?, dependencies: dependencies.into_iter().collect() })
    }
}

/// The crates of a product's build, each as `name vVersion`, with the features that the product alone asks for.
fn tree(Product { manifest, target }: &Product<'_>) -> Result<BTreeSet<String>, Box<dyn Error>> {
    let options = format!(
        "tree --locked --manifest-path {manifest} --target {target} --edges normal,build --prefix none --no-dedupe"
    );
    let output = Command::new(env!("CARGO")).args(options.split_whitespace()).output()?;
    if !output.status.success() {
        return Err(format!("cargo {options}: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    let name = |line: &str| line.split(' ').take(2).collect::<Vec<_>>().join(" ");
    Ok(String::from_utf8(output.stdout)?.lines().map(name).collect())
}

fn dependencies<'a>(node: &'a Node, kinds: &[DependencyKind]) -> impl Iterator<Item = &'a PackageId> {
    let of_kind = move |dep: &&NodeDep| dep.dep_kinds.iter().any(|kind| kinds.contains(&kind.kind));
    node.deps.iter().filter(of_kind).map(|dep| &dep.pkg)
}

/// The checksum of every crate in the lock file, by package URL.
fn checksums() -> Result<BTreeMap<String, String>, Box<dyn Error>> {
    let mut checksums = BTreeMap::new();
    for package in Lockfile::load("Cargo.lock")?.packages {
        if let Some(checksum) = package.checksum {
            let purl = Purl::new("cargo", package.name.as_str(), &package.version.to_string())?;
            checksums.insert(purl.to_string(), checksum.to_string());
        }
    }
    Ok(checksums)
}

/// The public suffix list, which the engine contains as a table. Its version is its date.
fn public_suffix_list() -> Result<Component, Box<dyn Error>> {
    let list = fs::read_to_string("data/public_suffix_list.dat")?;
    let version = list.lines().find_map(|line| line.strip_prefix("// VERSION: "));
    let version = version.ok_or("the public suffix list has no version")?;
    let purl = Purl::new("generic", "public-suffix-list", version)?;
    let mut component = Component::new(Classification::Data, "public-suffix-list", version, Some(purl.to_string()));
    component.scope = Some(Scope::Required);
    component.hashes = Some(hash(&sha256(list.as_bytes())));
    component.licenses = Some(Licenses(vec![LicenseChoice::expression("MPL-2.0")]));
    component.purl = Some(purl);
    Ok(component)
}

fn hash(sha256: &str) -> Hashes {
    Hashes(vec![Hash { alg: HashAlgorithm::SHA_256, content: HashValue(sha256.to_owned()) }])
}
