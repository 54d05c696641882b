//! The inputs of a target: those that were found, in `fuzz/corpus/`, and those made of the tests' data.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use test_support::project;

use crate::Target;

/// The folder with the inputs that were found.
pub fn folder(target: &Target) -> PathBuf {
    project().join("fuzz/corpus").join(target.name)
}

/// Every input of a target, each with a name for people.
pub fn inputs(target: &Target) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder(target)).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let found = files.into_iter().map(|file| {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        (format!("fuzz/corpus/{}/{name}", target.name), fs::read(&file).unwrap())
    });
    let seeds = (target.seeds)().into_iter().enumerate();
    found.chain(seeds.map(|(at, seed)| (format!("seed {at}"), seed))).collect()
}

/// Writes the seeds of a target, a file for each, into a new folder.
///
/// # Errors
/// If the file system refuses.
pub fn write_seeds(target: &Target, to: &Path) -> io::Result<()> {
    if to.exists() {
        fs::remove_dir_all(to)?;
    }
    fs::create_dir_all(to)?;
    let mut seeds = (target.seeds)().into_iter().filter(|seed| seed.len() <= target.longest).enumerate();
    seeds.try_for_each(|(at, seed)| fs::write(to.join(at.to_string()), seed))
}

/// The words of a target as libFuzzer reads them: strings in quotes, one a line.
pub fn dictionary(target: &Target) -> String {
    let word = |word: &&str| -> String {
        let escaped: String = word
            .bytes()
            .map(|byte| match byte {
                b'"' | b'\\' => format!("\\{}", char::from(byte)),
                b' '..=b'~' => char::from(byte).to_string(),
                _ => format!("\\x{byte:02x}"),
            })
            .collect();
        format!("\"{escaped}\"\n")
    };
    target.words.iter().map(word).collect()
}
