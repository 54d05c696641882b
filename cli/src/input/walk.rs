//! The files of a folder that can contain configurations.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use super::format::is_dev_vars;

/// The extensions of hosts' files.
const EXTENSIONS: [&str; 5] = ["yaml", "yml", "json", "jsonc", "toml"];
/// Folders with installed or built files.
const SKIPPED: [&str; 2] = ["node_modules", "target"];

/// The files at any depth, sorted by name. Hidden folders, `node_modules` and
/// `target` are skipped, and links are not followed out of the folder.
pub(crate) fn files(folder: &Path) -> Result<Vec<PathBuf>, walkdir::Error> {
    let entries = WalkDir::new(folder).sort_by_file_name().into_iter().filter_entry(is_searched);
    let files = entries
        .filter(|entry| entry.as_ref().map_or(true, |entry| entry.path().is_file() && is_candidate(entry.path())));
    files.map(|entry| entry.map(DirEntry::into_path)).collect()
}

fn is_searched(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    // The folder that was named is searched, whatever its name.
    entry.depth() == 0 || !entry.file_type().is_dir() || !(name.starts_with('.') || SKIPPED.contains(&name.as_ref()))
}

/// Whether a file of this name can contain a configuration.
pub(crate) fn is_candidate(path: &Path) -> bool {
    path.extension().is_some_and(is_known) || is_dev_vars(path)
}

/// Whether hosts' files can have this extension.
pub(super) fn is_known(extension: &OsStr) -> bool {
    extension.to_str().is_some_and(|extension| EXTENSIONS.contains(&extension))
}
