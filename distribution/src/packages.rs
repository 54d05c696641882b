//! The two that Envoy loads, packed: the proxy-wasm filter and the dynamic module.

use std::error::Error;
use std::fs;
use std::path::Path;

use oci_spec::image::{Arch, Os};

use crate::archive::Entry;
use crate::image::{self, Image};
use crate::sbom::{self, Product};
use crate::sha256;

/// The name of the filter's file.
const FILTER: &str = "edge_cors_filter.wasm";

/// What Rust and OCI call the architectures that the module is built for.
const ARCHITECTURES: [(&str, Arch); 2] = [("x86_64", Arch::Amd64), ("aarch64", Arch::ARM64)];

/// The path of the module in its image.
const IN_IMAGE: &str = "libedge_cors.so";

/// What copies it into a folder, where a pod cannot mount the image itself.
const INSTALLER: &str = "install";

/// The lines of SHA256SUMS, and of the digests of the images.
#[derive(Default)]
pub(crate) struct Packed {
    pub(crate) sums: String,
    pub(crate) digests: String,
}

impl Packed {
    /// Writes a file's bill of materials, and sums both up.
    fn sum(&mut self, dist: &Path, file: &str, bytes: &[u8], product: &Product<'_>) -> Result<(), Box<dyn Error>> {
        let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
        let (name, bom) = (format!("{stem}.cdx.json"), sbom::of(product, bytes)?);
        fs::write(dist.join(&name), &bom)?;
        self.sums.push_str(&format!("{}  {file}\n{}  {name}\n", sha256(bytes), sha256(&bom)));
        Ok(())
    }
}

/// The filter: its image is the "compat" variant of the Wasm image specification, an ordinary image whose last layer has
/// `plugin.wasm`. Istio, Envoy Gateway and every registry support it.
pub(crate) fn filter(dist: &Path, packed: &mut Packed) -> Result<(), Box<dyn Error>> {
    let filter = read(dist, FILTER)?;
    let product = Product { manifest: "envoy/filter/Cargo.toml", target: "wasm32-unknown-unknown" };
    packed.sum(dist, FILTER, &filter, &product)?;
    let files = vec![Entry { path: "plugin.wasm".to_owned(), mode: 0o644, bytes: &filter }];
    let image = Image { architecture: Arch::Wasm, os: Os::Other("wasip1".to_owned()), files, entrypoint: None };
    let digest = image::write(&dist.join("oci"), "edge-cors", &[image])?;
    packed.digests.push_str(&format!("sha256:{digest}  oci (the filter's image)\n"));
    Ok(())
}

/// The module, for each architecture: an image that pods mount as a volume, or run as an init container.
pub(crate) fn module(dist: &Path, packed: &mut Packed) -> Result<(), Box<dyn Error>> {
    let mut built = Vec::new();
    for (name, architecture) in ARCHITECTURES {
        let file = format!("libedge_cors-{name}.so");
        let module = read(dist, &file)?;
        let target = format!("{name}-unknown-linux-gnu");
        packed.sum(dist, &file, &module, &Product { manifest: "envoy/module/Cargo.toml", target: &target })?;
        let installer = format!("target/{name}-unknown-linux-musl/module/edge-cors-installer");
        built.push((architecture, module, read(Path::new(""), &installer)?));
    }
    let images: Vec<Image<'_>> = built
        .iter()
        .map(|(architecture, module, installer)| Image {
            architecture: architecture.clone(),
            os: Os::Linux,
            files: vec![
                Entry { path: IN_IMAGE.to_owned(), mode: 0o644, bytes: module },
                Entry { path: INSTALLER.to_owned(), mode: 0o755, bytes: installer },
            ],
            entrypoint: Some("/install"),
        })
        .collect();
    let digest = image::write(&dist.join("oci-module"), "edge-cors-module", &images)?;
    packed.digests.push_str(&format!("sha256:{digest}  oci-module (the module's image)\n"));
    Ok(())
}

fn read(folder: &Path, file: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    let path = folder.join(file);
    Ok(fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?)
}
