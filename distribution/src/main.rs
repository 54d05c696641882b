//! Packs what was built for its users, the same way here and in a release.
//!
//! Nothing that it writes contains a time, a path of this machine or anything random: the same source produces the
//! same bytes.

mod archive;
mod image;
mod notes;
mod packages;
mod program;
mod sbom;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use clap::{Parser, Subcommand};
use sha2::{Digest, Sha256};

/// Packs what was built, into dist/.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// What Envoy loads, the filter and the module in dist/: OCI images, bills of materials, the checksums
    Envoy,
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
        What::Envoy => envoy(dist)?,
        What::Program { target, binary } => println!("{}", program::pack(dist, &target, &binary)?.display()),
        What::Notes => println!("{}", notes::of(&fs::read_to_string("CHANGELOG.md")?, env!("CARGO_PKG_VERSION"))?),
    }
    Ok(())
}

fn envoy(dist: &Path) -> Result<(), Box<dyn Error>> {
    let mut packed = packages::Packed::default();
    packages::filter(dist, &mut packed)?;
    packages::module(dist, &mut packed)?;
    fs::write(dist.join("SHA256SUMS"), &packed.sums)?;
    print!("{}{}", packed.sums, packed.digests);
    Ok(())
}

/// The SHA-256 of some bytes, as 64 hexadecimal digits.
fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
