//! What the tests of several packages share.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects by failing"
)]

pub mod address;
pub mod built;
pub mod case;
pub mod edit;
pub mod generate;
pub mod head;
pub mod native;
pub mod outcome;
pub mod problem;
pub mod report;
pub mod server;
pub mod two_routes;

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

/// The root of the workspace.
pub fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The first block of code in a language and with a certain text, in a document of this project.
pub fn block(document: &str, language: &str, with: &str) -> String {
    let text = std::fs::read_to_string(project().join(document)).unwrap();
    let fence = format!("```{language}\n");
    let mut blocks = text.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap());
    let block = blocks.find(|block| block.contains(with));
    block.unwrap_or_else(|| panic!("{document} has no block with {with}")).to_owned()
}

/// The JSON files in a folder of this project, in the order of their names: the name without its
/// ending, and the content.
pub fn json_files<T: DeserializeOwned>(folder: &str) -> Vec<(String, T)> {
    let entries = std::fs::read_dir(project().join(folder)).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    let read = |file: &PathBuf| {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let content = serde_json::from_str(&std::fs::read_to_string(file).unwrap());
        (name, content.unwrap_or_else(|error| panic!("{}: {error}", file.display())))
    };
    files.iter().map(read).collect()
}
