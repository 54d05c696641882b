//! OCI images, as a layout on disk.

use std::collections::HashMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use oci_spec::image::{
    ANNOTATION_LICENSES, ANNOTATION_REF_NAME, ANNOTATION_TITLE, ANNOTATION_VERSION, Arch, ConfigBuilder, Descriptor,
    DescriptorBuilder, ImageConfigurationBuilder, ImageIndexBuilder, ImageManifestBuilder, MediaType, OciLayoutBuilder,
    Os, PlatformBuilder, RootFsBuilder, SCHEMA_VERSION, Sha256Digest,
};
use serde::Serialize;

use crate::archive::{self, Entry};
use crate::sha256;

/// The image of one platform. It has one layer.
pub(crate) struct Image<'a> {
    pub(crate) architecture: Arch,
    pub(crate) os: Os,
    pub(crate) files: Vec<Entry<'a>>,
    /// What runs in a container of it, if anything does.
    pub(crate) entrypoint: Option<&'a str>,
}

/// Writes the layout and returns the digest by which the image can be pinned: the manifest's, or with several platforms
/// the index's.
pub(crate) fn write(folder: &Path, title: &str, images: &[Image<'_>]) -> Result<String, Box<dyn Error>> {
    let layout = Layout::new(folder)?;
    let manifests = images.iter().map(|image| layout.manifest(title, image)).collect::<Result<Vec<_>, _>>()?;
    let top = match &manifests[..] {
        [manifest] => manifest.clone(),
        _ => {
            let index = ImageIndexBuilder::default()
                .schema_version(SCHEMA_VERSION)
                .media_type(MediaType::ImageIndex)
                .manifests(manifests)
                .annotations(about(title))
                .build()?;
            layout.blob(MediaType::ImageIndex, &json(&index)?)?
        }
    };
    let digest = top.digest().digest().to_owned();
    let named = DescriptorBuilder::default()
        .media_type(top.media_type().clone())
        .size(top.size())
        .digest(top.digest().clone())
        .annotations(annotations(&[(ANNOTATION_REF_NAME, env!("CARGO_PKG_VERSION"))]))
        .build()?;
    let index = ImageIndexBuilder::default().schema_version(SCHEMA_VERSION).manifests([named]).build()?;
    fs::write(folder.join("index.json"), json(&index)?)?;
    let layout = OciLayoutBuilder::default().image_layout_version("1.0.0").build()?;
    fs::write(folder.join("oci-layout"), json(&layout)?)?;
    Ok(digest)
}

/// The folder of a layout's blobs.
struct Layout(PathBuf);

impl Layout {
    fn new(folder: &Path) -> Result<Self, Box<dyn Error>> {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        let blobs = folder.join("blobs/sha256");
        fs::create_dir_all(&blobs)?;
        Ok(Self(blobs))
    }

    fn blob(&self, media_type: MediaType, bytes: &[u8]) -> Result<Descriptor, Box<dyn Error>> {
        let digest = sha256(bytes);
        fs::write(self.0.join(&digest), bytes)?;
        Ok(Descriptor::new(media_type, u64::try_from(bytes.len())?, digest.parse::<Sha256Digest>()?))
    }

    fn manifest(&self, title: &str, image: &Image<'_>) -> Result<Descriptor, Box<dyn Error>> {
        let archive = archive::tar(&image.files)?;
        let layer = self.blob(MediaType::ImageLayerGzip, &archive::gzip(&archive)?)?;
        let root = RootFsBuilder::default().typ("layers").diff_ids([format!("sha256:{}", sha256(&archive))]).build()?;
        let mut config = ImageConfigurationBuilder::default()
            .architecture(image.architecture.clone())
            .os(image.os.clone())
            .rootfs(root);
        if let Some(entrypoint) = image.entrypoint {
            config = config.config(ConfigBuilder::default().entrypoint([entrypoint.to_owned()]).build()?);
        }
        let config = self.blob(MediaType::ImageConfig, &json(&config.build()?)?)?;
        let manifest = ImageManifestBuilder::default()
            .schema_version(SCHEMA_VERSION)
            .media_type(MediaType::ImageManifest)
            .config(config)
            .layers([layer])
            .annotations(about(title))
            .build()?;
        let mut manifest = self.blob(MediaType::ImageManifest, &json(&manifest)?)?;
        let platform = PlatformBuilder::default().architecture(image.architecture.clone()).os(image.os.clone());
        manifest.set_platform(Some(platform.build()?));
        Ok(manifest)
    }
}

/// JSON with sorted members, because annotations are a hash map.
fn json(document: &impl Serialize) -> Result<Vec<u8>, Box<dyn Error>> {
    Ok(serde_json::to_vec(&serde_json::to_value(document)?)?)
}

fn about(title: &str) -> HashMap<String, String> {
    annotations(&[
        (ANNOTATION_TITLE, title),
        (ANNOTATION_VERSION, env!("CARGO_PKG_VERSION")),
        (ANNOTATION_LICENSES, env!("CARGO_PKG_LICENSE")),
    ])
}

fn annotations(pairs: &[(&str, &str)]) -> HashMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}
