//! The command line tool, packed for one platform.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use crate::archive::{self, Entry};

/// Writes `dist/edge-cors-VERSION-TARGET.tar.gz` and its checksum, and returns the archive's path. `binary` is the
/// built program; an archive with `edge-cors.exe` can be unpacked with Windows' own `tar`.
pub(crate) fn pack(dist: &Path, target: &str, binary: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let name = format!("edge-cors-{}-{target}", env!("CARGO_PKG_VERSION"));
    let program = binary.file_name().ok_or("the program has no name")?.to_string_lossy().into_owned();
    let read = |path: &Path| fs::read(path).map_err(|error| format!("{}: {error}", path.display()));
    let (bytes, license, notice) = (read(binary)?, read(Path::new("LICENSE"))?, read(Path::new("NOTICE"))?);
    let entries = [
        Entry { path: format!("{name}/{program}"), mode: 0o755, bytes: &bytes },
        Entry { path: format!("{name}/LICENSE"), mode: 0o644, bytes: &license },
        Entry { path: format!("{name}/NOTICE"), mode: 0o644, bytes: &notice },
    ];
    let packed = archive::gzip(&archive::tar(&entries)?)?;
    fs::create_dir_all(dist)?;
    let path = dist.join(format!("{name}.tar.gz"));
    fs::write(&path, &packed)?;
    fs::write(dist.join(format!("{name}.tar.gz.sha256")), format!("{}  {name}.tar.gz\n", crate::sha256(&packed)))?;
    Ok(path)
}
