//! Files that have configurations in them.

mod align;
mod find;
mod toml;
mod tree;
mod yaml;

use std::io::Read as _;
use std::path::Path;

use base64::prelude::{BASE64_STANDARD, Engine};
use find::Found;
use tree::{Json, Tree, Value};

/// A file that was read, and the configurations in it.
pub(crate) struct Input {
    /// As it was given, `-` for the standard input.
    pub(crate) path: String,
    pub(crate) text: String,
    pub(crate) configurations: Vec<Configuration>,
}

/// One configuration, as JSON text.
pub(crate) struct Configuration {
    /// Where it stands in the file, for people; empty if it is the whole file.
    pub(crate) label: String,
    /// The text that the edge would be given.
    pub(crate) source: String,
    places: Places,
}

/// How offsets in the JSON text relate to offsets in the file.
enum Places {
    /// The text is the file.
    Same,
    /// The text was written from values of another format.
    Written(Json),
    /// The text is a scalar of the file: for every byte of it, where it stands.
    Quoted(Vec<usize>),
    /// All of it stands here, in another form, or is missed here.
    At(usize),
}

/// Why a file has no configurations to offer.
#[derive(Debug)]
pub(crate) enum InputError {
    /// It could not be read, or has nothing in it that the tool knows.
    Unreadable(String),
    /// It is not of the format that it seems to be.
    Syntax {
        path: String,
        text: String,
        /// `yaml-syntax` or `toml-syntax`.
        code: &'static str,
        offset: usize,
        reason: String,
    },
}

/// What cannot be parsed, and where.
struct SyntaxError {
    offset: usize,
    reason: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Json,
    Yaml,
    Toml,
}

impl Configuration {
    /// The offset in the file of what stands at an offset in [`Self::source`].
    pub(crate) fn offset_in_file(&self, offset: usize) -> usize {
        match &self.places {
            Places::Same => offset,
            Places::Written(json) => json.place_of(offset),
            Places::Quoted(places) => places.get(offset).or(places.last()).copied().unwrap_or_default(),
            Places::At(place) => *place,
        }
    }
}

impl Input {
    /// Reads a file, or the standard input for `-`.
    pub(crate) fn read(path: &Path) -> Result<Self, InputError> {
        let name = path.display().to_string();
        let unreadable = |error: std::io::Error| InputError::Unreadable(format!("{name}: {error}"));
        let mut bytes = Vec::new();
        if name == "-" {
            std::io::stdin().read_to_end(&mut bytes).map_err(unreadable)?;
        } else {
            bytes = std::fs::read(path).map_err(unreadable)?;
        }
        let text = String::from_utf8(bytes)
            .map_err(|_| InputError::Unreadable(format!("{name}: this is no text in UTF-8")))?;
        let format = format_of(path, &text);
        Self::parse(name, text, format)
    }

    fn parse(path: String, text: String, format: Format) -> Result<Self, InputError> {
        let parsed = match format {
            Format::Json | Format::Yaml => yaml::parse(&text).map_err(|error| ("yaml-syntax", error)),
            Format::Toml => toml::parse(&text).map(|tree| vec![tree]).map_err(|error| ("toml-syntax", error)),
        };
        let documents = match parsed {
            Ok(documents) => documents,
            // The engine says better what is wrong with JSON.
            Err(_) if format == Format::Json => return Ok(Self::whole(path, text)),
            Err((code, SyntaxError { offset, reason })) => {
                return Err(InputError::Syntax { path, text, code, offset, reason });
            }
        };
        let configurations = configurations(&documents, &text);
        if !configurations.is_empty() {
            return Ok(Self { path, text, configurations });
        }
        let foreign = documents.iter().any(find::belongs_to_a_host);
        if format == Format::Json && !foreign {
            return Ok(Self::whole(path, text));
        }
        Err(InputError::Unreadable(format!("{path}: no configuration of edge-cors in here. {}", find::KNOWN)))
    }

    /// The file is the configuration.
    fn whole(path: String, text: String) -> Self {
        let configuration = Configuration { label: String::new(), source: text.clone(), places: Places::Same };
        Self { path, text, configurations: vec![configuration] }
    }
}

fn configurations(documents: &[Tree], text: &str) -> Vec<Configuration> {
    let several = documents.len() > 1;
    let mut configurations = Vec::new();
    for (number, document) in (1..).zip(documents) {
        for Found { pointer, payload, base64, plugin } in find::configurations(document) {
            let label = if several { format!("document {number}, {pointer}") } else { pointer };
            let (source, places) = match payload {
                None => (String::new(), Places::At(plugin.span.start)),
                Some(Tree { span, value: Value::Text(encoded) }) if base64 => {
                    let bytes = BASE64_STANDARD.decode(encoded.trim()).unwrap_or_default();
                    (String::from_utf8_lossy(&bytes).into_owned(), Places::At(span.start))
                }
                Some(Tree { span, value: Value::Text(source) }) => {
                    let raw = text.get(span.clone()).unwrap_or_default();
                    (source.clone(), Places::Quoted(align::places(source, raw, span.start)))
                }
                Some(tree) => {
                    let json = tree.to_json();
                    (json.text.clone(), Places::Written(json))
                }
            };
            configurations.push(Configuration { label, source, places });
        }
    }
    configurations
}

/// By the file's name, or where that says nothing, by how the text begins.
fn format_of(path: &Path, text: &str) -> Format {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("toml") => Format::Toml,
        Some("yaml" | "yml") => Format::Yaml,
        Some("json") => Format::Json,
        _ if text.trim_start().starts_with('{') || text.trim().is_empty() => Format::Json,
        _ => Format::Yaml,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use edge_cors::PolicySet;

    use super::*;
    use crate::report::Finding;

    const SEEDS: [(Format, &str); 5] = [
        (Format::Yaml, include_str!("../tests/check/envoy.yaml")),
        (Format::Yaml, include_str!("../tests/check/wasm-plugin.yaml")),
        (Format::Yaml, include_str!("../tests/check/envoy-extension-policy.yaml")),
        (Format::Json, include_str!("../tests/check/listener.json")),
        (Format::Toml, include_str!("../tests/check/wrangler.toml")),
    ];

    /// A file of a host with a few characters in another place still has its problems inside.
    #[test]
    fn mutated_files_are_read_without_panic_and_places_are_in_the_file() {
        arbtest::arbtest(|u| {
            let (format, seed) = u.choose(&SEEDS)?;
            let mut text = (*seed).to_owned();
            for _ in 0..u.int_in_range(0..=4)? {
                let start = text.floor_char_boundary(u.int_in_range(0..=text.len())?);
                let end = text.floor_char_boundary((start + u.int_in_range(0..=12)?).min(text.len()));
                let piece =
                    *u.choose(&["", "\n", "  ", "- ", "'", "\"", "\\", "{", "]", "&a ", "*a", "é", "|", "\t", ": "])?;
                text.replace_range(start..end, piece);
            }
            let Ok(input) = Input::parse("file".to_owned(), text, *format) else {
                return Ok(());
            };
            for configuration in &input.configurations {
                let problems = PolicySet::from_json(&configuration.source)
                    .map_or_else(|problems| problems, |(_, warnings)| warnings);
                for problem in &problems {
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
