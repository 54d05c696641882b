//! The OCI image, as a layout on disk.
//!
//! It is the "compat" variant of the Wasm image specification: an ordinary image whose last layer
//! contains `plugin.wasm`. Istio, Envoy Gateway and every registry support it.

use std::collections::HashMap;
use std::error::Error;
use std::fs;
use std::path::Path;

use oci_spec::image::{
    ANNOTATION_LICENSES, ANNOTATION_REF_NAME, ANNOTATION_TITLE, ANNOTATION_VERSION, Arch, Descriptor,
    DescriptorBuilder, ImageConfigurationBuilder, ImageIndexBuilder, ImageManifestBuilder, MediaType, OciLayoutBuilder,
    Os, RootFsBuilder, SCHEMA_VERSION, Sha256Digest,
};
use serde::Serialize;

use crate::archive::{self, Entry};
use crate::sha256;

/// Writes the layout and returns the manifest's digest, by which the image can be pinned.
pub(crate) fn write(folder: &Path, filter: &[u8]) -> Result<String, Box<dyn Error>> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    let blobs = folder.join("blobs/sha256");
    fs::create_dir_all(&blobs)?;
    let blob = |media_type, bytes: &[u8]| -> Result<Descriptor, Box<dyn Error>> {
        let digest = sha256(bytes);
        fs::write(blobs.join(&digest), bytes)?;
        Ok(Descriptor::new(media_type, u64::try_from(bytes.len())?, digest.parse::<Sha256Digest>()?))
    };

    let archive = archive::tar(&[Entry { path: "plugin.wasm".to_owned(), mode: 0o644, bytes: filter }])?;
    let layer = blob(MediaType::ImageLayerGzip, &archive::gzip(&archive)?)?;
    let root = RootFsBuilder::default().typ("layers").diff_ids([format!("sha256:{}", sha256(&archive))]).build()?;
    let config = ImageConfigurationBuilder::default()
        .architecture(Arch::Wasm)
        .os(Os::Other("wasip1".to_owned()))
        .rootfs(root)
        .build()?;
    let config = blob(MediaType::ImageConfig, &json(&config)?)?;
    let manifest = ImageManifestBuilder::default()
        .schema_version(SCHEMA_VERSION)
        .media_type(MediaType::ImageManifest)
        .config(config)
        .layers([layer])
        .annotations(annotations(&[
            (ANNOTATION_TITLE, "edge-cors"),
            (ANNOTATION_VERSION, env!("CARGO_PKG_VERSION")),
            (ANNOTATION_LICENSES, env!("CARGO_PKG_LICENSE")),
        ]))
        .build()?;
    let manifest = blob(MediaType::ImageManifest, &json(&manifest)?)?;

    let digest = manifest.digest().digest().to_owned();
    let named = DescriptorBuilder::default()
        .media_type(manifest.media_type().clone())
        .size(manifest.size())
        .digest(manifest.digest().clone())
        .annotations(annotations(&[(ANNOTATION_REF_NAME, env!("CARGO_PKG_VERSION"))]))
        .build()?;
    let index = ImageIndexBuilder::default().schema_version(SCHEMA_VERSION).manifests([named]).build()?;
    fs::write(folder.join("index.json"), json(&index)?)?;
    let layout = OciLayoutBuilder::default().image_layout_version("1.0.0").build()?;
    fs::write(folder.join("oci-layout"), json(&layout)?)?;
    Ok(digest)
}

/// JSON with sorted members, because annotations are a hash map.
fn json(document: &impl Serialize) -> Result<Vec<u8>, Box<dyn Error>> {
    Ok(serde_json::to_vec(&serde_json::to_value(document)?)?)
}

fn annotations(pairs: &[(&str, &str)]) -> HashMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}
