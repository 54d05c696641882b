//! A configuration that was found in a file.

use std::sync::Arc;

use base64::prelude::{BASE64_STANDARD, Engine};
use edge_cors::Fingerprint;

use super::align;
use super::find::Found;
use super::tree::{Json, Tree, Value};
use crate::explain::policy_text;

/// One configuration, as JSON text.
pub(crate) struct Configuration {
    /// Where it is in the file, for people; empty if it is the whole file.
    pub(crate) label: String,
    /// The text that the edge would read.
    pub(crate) source: String,
    /// Whether it is in an incomplete resource, such as a patch: then the rest of the configuration is
    /// elsewhere.
    pub(crate) is_partial: bool,
    /// From the text to the file, over each file in a file.
    places: Vec<Places>,
}

/// How offsets in one text relate to offsets in the text around it.
enum Places {
    /// They are the same.
    Same,
    /// The text was written from values of another format.
    Written(Json),
    /// The text is a scalar of the other: for every byte of it, where that is. Shared, because a file in a scalar can
    /// have thousands of configurations.
    Quoted(Arc<[usize]>),
    /// All of it is here, in another form, or is missing here.
    At(usize),
}

impl Places {
    fn outside(&self, offset: usize) -> usize {
        match self {
            Self::Same => offset,
            Self::Written(json) => json.place_of(offset),
            Self::Quoted(places) => quoted(places, offset),
            Self::At(place) => *place,
        }
    }
}

/// The place of a byte of a scalar.
pub(super) fn quoted(places: &[usize], offset: usize) -> usize {
    places.get(offset).or(places.last()).copied().unwrap_or_default()
}

impl Configuration {
    /// The file is the configuration.
    pub(crate) fn whole(text: &str) -> Self {
        Self { label: String::new(), source: text.to_owned(), is_partial: false, places: vec![Places::Same] }
    }

    /// A document is the configuration.
    pub(super) fn document(label: String, tree: &Tree) -> Self {
        let json = tree.to_json();
        Self { label, source: json.text.clone(), is_partial: false, places: vec![Places::Written(json)] }
    }

    /// The configuration of a host's plugin, in a file with this text.
    pub(super) fn found(label: String, found: &Found<'_>, text: &str) -> Self {
        let (source, places) = match found.payload {
            None => (String::new(), Places::At(found.plugin.span.start)),
            Some(Tree { span, value: Value::Text(encoded) }) if found.base64 => {
                let bytes = BASE64_STANDARD.decode(encoded.trim()).unwrap_or_default();
                (String::from_utf8_lossy(&bytes).into_owned(), Places::At(span.start))
            }
            Some(Tree { span, value: Value::Text(source) }) => {
                let raw = text.get(span.clone()).unwrap_or_default();
                (source.clone(), Places::Quoted(align::places(source, raw, span.start).into()))
            }
            Some(tree) => {
                let json = tree.to_json();
                (json.text.clone(), Places::Written(json))
            }
        };
        Self { label, source, is_partial: found.is_partial, places: vec![places] }
    }

    /// The same configuration, in the file that contains its file as a scalar.
    pub(super) fn inside(mut self, label: &str, places: &Arc<[usize]>) -> Self {
        self.label = if self.label.is_empty() { label.to_owned() } else { format!("{label}, {}", self.label) };
        self.places.push(Places::Quoted(Arc::clone(places)));
        self
    }

    /// The text as it is in the file, or with a line for each field if the file has no such text.
    pub(super) fn into_text(self) -> String {
        match serde_json::from_str(&self.source).ok().filter(|_| self.is_written()) {
            Some(values) => policy_text(&values),
            None => self.source,
        }
    }

    /// Whether the text was written from values of another format.
    fn is_written(&self) -> bool {
        matches!(self.places.first(), Some(Places::Written(_)))
    }

    /// The mark that the edge shows while this configuration is active. `None` if the host writes the text,
    /// which can then differ from [`Self::source`] in white space.
    pub(crate) fn fingerprint(&self) -> Option<Fingerprint> {
        (!self.is_written()).then(|| Fingerprint::of(self.source.as_bytes()))
    }

    /// The offset in the file of what is at an offset in [`Self::source`].
    pub(crate) fn offset_in_file(&self, offset: usize) -> usize {
        self.places.iter().fold(offset, |offset, places| places.outside(offset))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With a copy for each, a ConfigMap of 532 kB with 4,000 configurations would take 15 GB.
    #[test]
    fn configurations_in_a_file_in_a_scalar_share_its_places() {
        let places: Arc<[usize]> = vec![5, 6, 7].into();
        let found = Configuration::whole("{}").inside("/data/cors.json", &places);
        assert_eq!((found.offset_in_file(1), Arc::strong_count(&places)), (6, 2));
    }
}
