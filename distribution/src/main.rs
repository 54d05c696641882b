//! Packs what was built for its users, the same way here and in a release.
//!
//! Nothing that it writes contains a time, a path of this machine or anything random: the same source produces the
//! same bytes.

mod archive;
mod image;
mod notes;
mod program;
mod sbom;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use clap::{Parser, Subcommand};
use sha2::{Digest, Sha256};

const FILTER: &str = "edge_cors_filter.wasm";
const SBOM: &str = "edge_cors_filter.cdx.json";

/// Packs what was built, into dist/.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// The filter in dist/: its OCI image, its bill of materials, the checksums
    Filter,
    /// The command line tool, as an archive for one platform
    Program {
        /// The platform, such as x86_64-unknown-linux-gnu
        target: String,
        /// The built program
        binary: PathBuf,
    },
    /// Print what CHANGELOG.md says of this version
    Notes,
}

fn main() -> Result<(), Box<dyn Error>> {
    let dist = Path::new("dist");
    match Arguments::parse().what {
        What::Filter => filter(dist)?,
        What::Program { target, binary } => println!("{}", program::pack(dist, &target, &binary)?.display()),
        What::Notes => println!("{}", notes::of(&fs::read_to_string("CHANGELOG.md")?, env!("CARGO_PKG_VERSION"))?),
    }
    Ok(())
}

fn filter(dist: &Path) -> Result<(), Box<dyn Error>> {
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
