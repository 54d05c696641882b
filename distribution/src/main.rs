//! Packs the built filter for its users: what `make dist` runs.
//!
//! From `dist/edge_cors_filter.wasm` it creates an OCI image layout, which Istio and Envoy Gateway can
//! pull from a registry, a bill of materials, and the checksums. None of them contains a time, a path
//! or anything random: the same source produces the same bytes.

mod image;
mod sbom;

use std::error::Error;
use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};

const FILTER: &str = "edge_cors_filter.wasm";
const SBOM: &str = "edge_cors_filter.cdx.json";

fn main() -> Result<(), Box<dyn Error>> {
    let dist = Path::new("dist");
    let filter = fs::read(dist.join(FILTER)).map_err(|error| format!("dist/{FILTER}: {error}"))?;
    let sbom = sbom::of(&filter)?;
    fs::write(dist.join(SBOM), &sbom)?;
    let digest = image::write(&dist.join("oci"), &filter)?;
    let sums = format!("{}  {FILTER}\n{}  {SBOM}\n", sha256(&filter), sha256(&sbom));
    fs::write(dist.join("SHA256SUMS"), &sums)?;
    println!("{sums}sha256:{digest}  oci (the image)");
    Ok(())
}

/// The SHA-256 of some bytes, as 64 hexadecimal digits.
fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
