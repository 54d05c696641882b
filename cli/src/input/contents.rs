//! What is in a file: configurations, and notices about the rest.

use std::path::Path;
use std::sync::Arc;

use super::configuration::{Configuration, quoted};
use super::find::{self, Found};
use super::format::Format;
use super::notice::Notice;
use super::tree::{Tree, Value};
use super::{SyntaxError, align, foreign, route_names, wrangler};

/// How deep files can be nested in files: a ConfigMap that contains Envoy's files is one level.
const MAX_FILES_IN_FILES: usize = 3;

#[derive(Default)]
pub(super) struct Contents {
    pub(super) configurations: Vec<Configuration>,
    pub(super) notices: Vec<Notice>,
    /// Whether the policy of a Worker is in KV, and the file contains none.
    pub(super) in_kv: bool,
}

/// A text to search.
#[derive(Clone, Copy)]
pub(super) struct File<'f> {
    pub(super) path: &'f Path,
    pub(super) text: &'f str,
    pub(super) format: Format,
    /// Whether it was named as an argument, rather than found in a folder. Then any other JSON counts as
    /// a configuration, and a file that cannot be parsed is an error.
    pub(super) is_named: bool,
}

impl Contents {
    pub(super) fn of(file: File<'_>) -> Result<Self, SyntaxError> {
        Self::at_depth(file, 0, &mut 0)
    }

    /// `copied` is what aliases have added already, in all files around this one and in front of it.
    fn at_depth(file: File<'_>, depth: usize, copied: &mut usize) -> Result<Self, SyntaxError> {
        let File { path, text, format, is_named } = file;
        let concerns_us = is_named || find::mentions_us(text);
        let mut contents = Self::default();
        let documents = match format.parse(text, copied) {
            Ok(documents) => documents,
            Err(_) if !concerns_us => return Ok(contents),
            Err(_) if is_template(text) => {
                contents.notices.push(template(text.find("{{").unwrap_or_default()));
                return Ok(contents);
            }
            // The engine has better messages about JSON.
            Err(_) if format == Format::Json && !wrangler::is_named_so(path) => {
                contents.configurations.push(Configuration::whole(text));
                return Ok(contents);
            }
            Err(error) => return Err(error),
        };
        let several = documents.len() > 1;
        for (number, document) in (1..).zip(&documents) {
            let label = |pointer: &str| match (several, pointer) {
                (true, "") => format!("document {number}"),
                (true, pointer) => format!("document {number}, {pointer}"),
                (false, pointer) => pointer.to_owned(),
            };
            let before = contents.configurations.len();
            let search = find::search(document, format);
            contents.notices.extend(search.notices);
            contents.notices.extend(route_names::unknown(document));
            for found in search.found {
                contents.add_found(&found, label(&found.pointer), text);
            }
            for (pointer, name, scalar) in search.files {
                if depth < MAX_FILES_IN_FILES {
                    contents.add_file(&label(&pointer), &name, scalar, text, depth, copied)?;
                }
            }
            if contents.configurations.len() == before && find::looks_like_a_policy(document) {
                contents.add_policy(file, document, label(""));
            }
            foreign::name(document, &mut contents.notices);
            if format.is_json() || format == Format::Toml {
                contents.in_kv |= wrangler::look(path, document, &mut contents.notices);
            }
        }
        contents.in_kv &= contents.configurations.is_empty();
        let is_host = documents.iter().any(find::belongs_to_a_host) || wrangler::is_named_so(path);
        let is_nothing_else = contents.configurations.is_empty() && contents.notices.is_empty();
        if is_named && format.is_json() && is_nothing_else && !is_host {
            match documents.first() {
                Some(document) => contents.add_policy(file, document, String::new()),
                None => contents.configurations.push(Configuration::whole(text)),
            }
        }
        Ok(contents)
    }

    fn add_found(&mut self, found: &Found<'_>, label: String, text: &str) {
        let configuration = Configuration::found(label, found, text);
        match configuration.source.find("{{") {
            Some(offset) if is_template(&configuration.source) => {
                self.notices.push(template(configuration.offset_in_file(offset)));
            }
            _ => self.configurations.push(configuration),
        }
    }

    /// A document that is a policy itself. The edge reads only plain JSON from a file.
    fn add_policy(&mut self, file: File<'_>, document: &Tree, label: String) {
        let is_plain = || serde_json::from_str::<serde::de::IgnoredAny>(file.text).is_ok();
        let configuration = match file.format {
            Format::Json => Configuration::whole(file.text),
            Format::JsonWithComments if is_plain() => Configuration::whole(file.text),
            _ => Configuration::document(label, document),
        };
        if file.format == Format::JsonWithComments && !is_plain() {
            self.notices.push(Notice::warning(
                "json-comments",
                0,
                "This file has comments or trailing commas, but the edge reads only plain JSON.".to_owned(),
                "remove them before you put the file into KV or Envoy; in a wrangler.jsonc they are allowed.",
            ));
        }
        self.configurations.push(configuration);
    }

    /// A file in a scalar of this one, as in the data of a ConfigMap.
    fn add_file(
        &mut self,
        label: &str,
        name: &str,
        scalar: &Tree,
        text: &str,
        depth: usize,
        copied: &mut usize,
    ) -> Result<(), SyntaxError> {
        let Value::Text(inner) = &scalar.value else { return Ok(()) };
        let path = Path::new(name);
        let raw = text.get(scalar.span.clone()).unwrap_or_default();
        let places: Arc<[usize]> = align::places(inner, raw, scalar.span.start).into();
        let file = File { path, text: inner, format: Format::of(path, inner), is_named: false };
        let Self { configurations, notices, in_kv } = Self::at_depth(file, depth + 1, copied)
            .map_err(|error| SyntaxError { offset: quoted(&places, error.offset), ..error })?;
        self.configurations.extend(configurations.into_iter().map(|found| found.inside(label, &places)));
        let outside = |notice: Notice| Notice { offset: quoted(&places, notice.offset), ..notice };
        self.notices.extend(notices.into_iter().map(outside));
        self.in_kv |= in_kv;
        Ok(())
    }
}

/// Whether a text contains actions of a Go template, as Helm's templates do.
fn is_template(text: &str) -> bool {
    text.split_once("{{").is_some_and(|(_, rest)| rest.contains("}}"))
}

fn template(offset: usize) -> Notice {
    Notice::warning(
        "template",
        offset,
        "This is a template, such as those of Helm: it can be checked only after it is rendered.".to_owned(),
        "check the result: helm template CHART | edge-cors check -",
    )
}
