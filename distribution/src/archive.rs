//! Tar and gzip without a time, an owner or a name of this machine: the same files give the same bytes.

use std::error::Error;
use std::io::Write;

use flate2::{Compression, GzBuilder};

/// A file in an archive.
pub(crate) struct Entry<'b> {
    pub(crate) path: String,
    /// The permissions, such as 0o644.
    pub(crate) mode: u32,
    pub(crate) bytes: &'b [u8],
}

/// A tar archive with these files.
pub(crate) fn tar(entries: &[Entry<'_>]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut archive = tar::Builder::new(Vec::new());
    for Entry { path, mode, bytes } in entries {
        let mut header = tar::Header::new_ustar();
        header.set_size(u64::try_from(bytes.len())?);
        header.set_mode(*mode);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        archive.append_data(&mut header, path, *bytes)?;
    }
    Ok(archive.into_inner()?)
}

pub(crate) fn gzip(bytes: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    // The operating system is "unknown": the default is the one of the build machine.
    let mut gzip = GzBuilder::new().mtime(0).operating_system(255).write(Vec::new(), Compression::best());
    gzip.write_all(bytes)?;
    Ok(gzip.finish()?)
}
