//! Which format a file is in.

use std::path::Path;

#[cfg(feature = "toml")]
use super::toml;
use super::tree::Tree;
use super::{SyntaxError, dev_vars, json, yaml};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Json,
    /// JSON with comments, according to its name.
    JsonWithComments,
    Yaml,
    Toml,
    DevVars,
}

impl Format {
    /// The format by the file's name, or otherwise by the start of the text.
    pub(super) fn of(path: &Path, text: &str) -> Self {
        match path.extension().and_then(|extension| extension.to_str()) {
            _ if is_dev_vars(path) => Self::DevVars,
            Some("toml") => Self::Toml,
            Some("yaml" | "yml") => Self::Yaml,
            Some("json") => Self::Json,
            Some("jsonc") => Self::JsonWithComments,
            _ if begins_like_json(text) => Self::Json,
            _ => Self::Yaml,
        }
    }

    pub(super) fn is_json(self) -> bool {
        matches!(self, Self::Json | Self::JsonWithComments)
    }

    /// The code of the error that a text is not in this format.
    pub(super) fn syntax_code(self) -> &'static str {
        match self {
            Self::Json | Self::JsonWithComments => "json-syntax",
            Self::Yaml => "yaml-syntax",
            Self::Toml => "toml-syntax",
            Self::DevVars => "dev-vars-syntax",
        }
    }

    /// The documents of a text: one, except in YAML. `copied` is how many bytes aliases have added so far.
    pub(super) fn parse(self, text: &str, copied: &mut usize) -> Result<Vec<Tree>, SyntaxError> {
        match self {
            Self::Json | Self::JsonWithComments => Ok(json::parse(text)?.into_iter().collect()),
            Self::Yaml => yaml::parse(text, copied),
            #[cfg(feature = "toml")]
            Self::Toml => Ok(vec![toml::parse(text)?]),
            #[cfg(not(feature = "toml"))]
            Self::Toml => Err(SyntaxError { offset: 0, reason: "this program was built without TOML".to_owned() }),
            Self::DevVars => Ok(vec![dev_vars::parse(text)]),
        }
    }
}

/// `.dev.vars` and, for an environment, `.dev.vars.staging`.
pub(super) fn is_dev_vars(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    name == ".dev.vars" || name.starts_with(".dev.vars.")
}

/// A text that starts with two braces is a template.
fn begins_like_json(text: &str) -> bool {
    let text = text.trim_start();
    text.is_empty()
        || text.starts_with("//")
        || text.starts_with("/*")
        || (text.starts_with('{') && !text.starts_with("{{"))
}
