//! Files with configurations.

mod align;
mod configuration;
mod contents;
mod dev_vars;
mod find;
mod foreign;
mod format;
mod json;
mod notice;
mod route_names;
#[cfg(feature = "toml")]
mod toml;
mod tree;
mod upstream;
mod walk;
mod wrangler;
mod yaml;

use std::io::{self, Read as _};
use std::path::Path;

pub(crate) use configuration::Configuration;
use contents::{Contents, File};
pub(crate) use find::{KNOWN, partial};
use format::Format;
pub(crate) use notice::Notice;
pub(crate) use tree::{Member, Tree as Document, Value};
pub(crate) use walk::{files, is_candidate};

/// A file that was read, and what is in it.
pub(crate) struct Input {
    /// As it was given, `-` for the standard input.
    pub(crate) path: String,
    pub(crate) text: String,
    pub(crate) configurations: Vec<Configuration>,
    /// Notices about the file, apart from its configurations.
    pub(crate) notices: Vec<Notice>,
    /// Whether it is the file of a Worker whose policy is in KV, and contains no policy.
    pub(crate) in_kv: bool,
    /// Whether it has the name of wrangler's file.
    pub(crate) is_wranglers: bool,
}

/// Why a file cannot be searched.
#[derive(Debug)]
pub(crate) enum InputError {
    /// It could not be read.
    Unreadable(String),
    /// It is not in the format of its name.
    Syntax { path: String, text: String, offset: usize, reason: String },
}

/// Why a text cannot be parsed, and where.
struct SyntaxError {
    offset: usize,
    reason: String,
}

impl Input {
    /// Reads a file that was named, or the standard input for `-`.
    pub(crate) fn read(path: &Path) -> Result<Self, InputError> {
        Self::of(path, text_of(path).map_err(InputError::Unreadable)?)
    }

    /// Reads a file that was found in a folder: most have nothing to do with edge-cors.
    pub(crate) fn read_if_ours(path: &Path) -> Result<Self, InputError> {
        Self::parse(path, text_of(path).map_err(InputError::Unreadable)?, false)
    }

    /// A file that was named, and read already.
    pub(crate) fn of(path: &Path, text: String) -> Result<Self, InputError> {
        Self::parse(path, text, true)
    }

    fn parse(path: &Path, text: String, is_named: bool) -> Result<Self, InputError> {
        let format = Format::of(path, &text);
        let contents = Contents::of(File { path, text: &text, format, is_named });
        let is_wranglers = wrangler::is_named_so(path);
        let path = path.display().to_string();
        match contents {
            Ok(Contents { configurations, notices, in_kv }) => {
                Ok(Self { path, text, configurations, notices, in_kv, is_wranglers })
            }
            Err(SyntaxError { offset, reason }) => Err(InputError::Syntax { path, text, offset, reason }),
        }
    }
}

/// The configurations of edge-cors in a text: it is one itself, or the file of a host, such as a WasmPlugin.
///
/// `name` tells the format of the text, as the name of a file does; nothing is read from there.
pub fn configurations(name: &Path, text: &str) -> Vec<String> {
    let found = Input::parse(name, text.to_owned(), false).map(|input| input.configurations).unwrap_or_default();
    found.into_iter().map(Configuration::into_text).collect()
}

/// The documents of a text in the format that the name of its file has. `Err` is where it is none, and why.
pub(crate) fn documents(name: &Path, text: &str) -> Result<Vec<Document>, (usize, String)> {
    let documents = Format::of(name, text).parse(text, &mut 0);
    documents.map_err(|SyntaxError { offset, reason }| (offset, reason))
}

/// The error that a text is not in the format of its name.
pub(crate) fn syntax_notice(name: &Path, text: &str, offset: usize, reason: &str) -> Notice {
    let code = Format::of(name, text).syntax_code();
    let message = format!("This file cannot be parsed: {reason}.");
    Notice::error(code, offset, message, "correct the syntax at this place.")
}

/// The text of a file, without the byte order mark of some editors. `Err` is a sentence.
pub(crate) fn text_of(path: &Path) -> Result<String, String> {
    let unreadable = |why: String| format!("{}: {why}", path.display());
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        io::stdin().read_to_end(&mut bytes).map(drop)
    } else {
        std::fs::read(path).map(|read| bytes = read)
    };
    read.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => unreadable("the file does not exist.".to_owned()),
        io::ErrorKind::IsADirectory => unreadable("this is a folder; name a file in it.".to_owned()),
        _ => unreadable(error.to_string()),
    })?;
    let text = String::from_utf8(bytes).map_err(|_| unreadable("the file is not UTF-8 text.".to_owned()))?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use edge_cors::PolicySet;

    use super::*;
    use crate::report::Finding;

    const SEEDS: [(&str, &str); 9] = [
        ("envoy.yaml", include_str!("../tests/check/envoy.yaml")),
        ("wasm-plugin.yaml", include_str!("../tests/check/wasm-plugin.yaml")),
        ("envoy-extension-policy.yaml", include_str!("../tests/check/envoy-extension-policy.yaml")),
        ("listener.json", include_str!("../tests/check/listener.json")),
        ("wrangler.toml", include_str!("../tests/check/wrangler.toml")),
        ("config-map.yaml", include_str!("../tests/check/config-map.yaml")),
        ("merge-keys.yaml", include_str!("../tests/check/merge-keys.yaml")),
        ("wrangler.jsonc", include_str!("../tests/check/wrangler.jsonc")),
        (".dev.vars", include_str!("../tests/check/.dev.vars")),
    ];

    /// Problems in a mutated file have places within the file.
    #[test]
    fn mutated_files_are_read_without_panic_and_places_are_in_the_file() {
        arbtest::arbtest(|u| {
            let (name, seed) = u.choose(&SEEDS)?;
            let mut text = (*seed).to_owned();
            for _ in 0..u.int_in_range(0..=4)? {
                let start = text.floor_char_boundary(u.int_in_range(0..=text.len())?);
                let end = text.floor_char_boundary((start + u.int_in_range(0..=12)?).min(text.len()));
                let piece = *u.choose(&[
                    "", "\n", "  ", "- ", "'", "\"", "\\", "{", "]", "&a ", "*a", "é", "|", "\t", ": ", "/*", "{{ }}",
                ])?;
                text.replace_range(start..end, piece);
            }
            let Ok(input) = Input::parse(Path::new(name), text, u.arbitrary()?) else {
                return Ok(());
            };
            for notice in &input.notices {
                assert!(notice.offset <= input.text.len(), "{}", notice.message);
            }
            for configuration in &input.configurations {
                let compiled = PolicySet::from_json(&configuration.source);
                let problems: Vec<_> = match &compiled {
                    Ok((_, warnings)) => warnings.iter().collect(),
                    Err(error) => error.problems().collect(),
                };
                for problem in problems {
                    assert!(configuration.offset_in_file(problem.offset()) <= input.text.len(), "{problem}");
                    let finding = Finding::new(problem, configuration, &input.text);
                    assert!(!finding.render("file", &input.text).is_empty());
                }
            }
            Ok(())
        })
        .budget(Duration::from_secs(1));
    }
}
