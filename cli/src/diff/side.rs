//! One of two configurations that are compared.

use std::path::Path;

use edge_cors::{ConfigError, PolicySet};

use crate::chosen;
use crate::import::{Source, import};
use crate::input::{self, Input};

/// A configuration: one of ours, or one that was made of the settings of other software.
pub(super) struct Side {
    /// As JSON.
    pub(super) text: String,
    pub(super) policies: PolicySet,
}

impl Side {
    /// `None` if the edge rejects the configuration, which was said on the standard error.
    pub(super) fn read(path: &Path) -> Result<Option<Self>, String> {
        let text = input::text_of(path)?;
        let input = Input::of(path, text.clone());
        let is_ours = |input: &Input| input.configurations.iter().any(|found| Self::of(&found.source).is_ok());
        if !input.as_ref().is_ok_and(is_ours)
            && let Some(side) = Self::imported(path, &text)
        {
            return Ok(Some(side));
        }
        chosen::of_input(&chosen::read(input)?, None, Self::of)
    }

    pub(super) fn of(text: &str) -> Result<Self, ConfigError> {
        PolicySet::from_json(text).map(|(policies, _)| Self { text: text.to_owned(), policies })
    }

    /// `None` if there are no settings of other software in the file.
    fn imported(path: &Path, text: &str) -> Option<Self> {
        let imported = import(Source::Auto, path, text).ok()?;
        if !imported.is_exact() {
            let path = path.display();
            anstream::eprintln!(
                "edge-cors: {path} cannot be expressed exactly: `edge-cors import auto {path}` shows why.\n"
            );
        }
        Self::of(&imported.configuration).ok()
    }
}
