//! The Access-Control headers that nginx adds at some place, and when.

use super::by_origin::ByOrigin;
use super::syntax::Directive;
use super::variables::{About, Variables, condition};
use crate::import::loss::Losses;

/// A header, and what it is for each origin.
#[derive(Clone)]
pub(super) struct Header {
    /// In lower case.
    pub(super) name: String,
    /// As it is written.
    pub(super) written: String,
    /// `None` where it is not added.
    pub(super) value: ByOrigin<Option<String>>,
    pub(super) always: bool,
    /// Whether it is added under a condition, in place of what is added anyway.
    pub(super) is_conditional: bool,
    pub(super) offset: usize,
}

/// What one kind of requests meets: preflights, or all others.
#[derive(Clone)]
pub(super) struct State {
    is_preflight: bool,
    pub(super) variables: Variables,
    /// The origins whose requests come through.
    pub(super) admitted: ByOrigin<bool>,
    /// Conditions that turn some origins away, of which nobody knows which ones.
    pub(super) barriers: Vec<usize>,
}

/// What is found at a level.
#[derive(Default)]
pub(super) struct Found {
    pub(super) headers: Vec<Header>,
    /// Whether preflights are answered there.
    pub(super) answers: bool,
}

impl State {
    pub(super) fn new(is_preflight: bool, variables: Variables) -> Self {
        Self { is_preflight, variables, admitted: ByOrigin::always(true), barriers: Vec::new() }
    }

    /// Walks through a level and its conditions, in the order in which nginx does.
    pub(super) fn walk(&mut self, level: &[Directive], losses: &mut Losses) -> Found {
        let mut found = Found::default();
        self.collect(level, None, &mut found, losses);
        found
    }

    /// `when` is the condition around the level.
    fn collect(&mut self, level: &[Directive], when: Option<&ByOrigin<bool>>, found: &mut Found, losses: &mut Losses) {
        let always = ByOrigin::always(true);
        for directive in level {
            match directive.name.as_str() {
                "add_header" | "more_set_headers" => found.headers.extend(self.headers(directive, when)),
                "set" => {
                    if let (Some(variable), Some(value)) = (directive.argument(0), directive.argument(1)) {
                        self.variables.set(variable, value, when.unwrap_or(&always));
                    }
                }
                // What a script or another server says.
                name if name == "auth_request_set" || name.starts_with("set_") => {
                    directive.argument(0).into_iter().for_each(|variable| self.variables.forget(variable));
                }
                "if" => self.branch(directive, when.unwrap_or(&always), found, losses),
                _ => {}
            }
        }
    }

    fn branch(&mut self, directive: &Directive, when: &ByOrigin<bool>, found: &mut Found, losses: &mut Losses) {
        let block = &directive.block;
        let (about, holds) = condition(directive, &self.variables, self.is_preflight);
        if holds.is_always(&false) {
            return;
        }
        let holds = when.with(&holds, &|outer, inner| *outer && *inner);
        let ends = block.iter().any(|inner| ["return", "rewrite"].contains(&inner.name.as_str()));
        let answers =
            |inner: &Directive| inner.name == "return" && inner.argument(0).is_some_and(|code| code.starts_with('2'));
        found.answers |= self.is_preflight && block.iter().any(answers);
        // Who gets the header there is answered there.
        if ends && about == About::Value && !adds_origin(block) {
            match holds.is_known() {
                true => self.admitted = self.admitted.with(&holds, &|admitted, leaves| *admitted && !*leaves),
                false => self.barriers.push(directive.offset),
            }
        }
        if holds.is_known() {
            self.collect(block, Some(&holds), found, losses);
            return;
        }
        // What it sets is not known from here on.
        self.collect(block, Some(&holds), &mut Found::default(), losses);
        if mentions(block) {
            let message = "This condition cannot be expressed, so what nginx adds under it is left out.";
            losses.different(directive.offset, message.to_owned(), "write a policy for it by hand.");
        }
    }

    /// The headers of one directive.
    pub(super) fn headers(&self, directive: &Directive, when: Option<&ByOrigin<bool>>) -> Vec<Header> {
        let is_conditional = when.is_some();
        let header = |name: &str, written: &str, always: bool, offset: usize| {
            let name = name.trim().to_ascii_lowercase();
            let value = self.variables.expand(written);
            let when = when.cloned().unwrap_or_else(|| ByOrigin::always(true));
            let value = when.then(&|holds| match holds {
                // An empty header is not sent.
                true => value.map(&|value| Some(value.clone()).filter(|value| !value.is_empty())),
                false => ByOrigin::always(None),
            });
            let is_cors = name.starts_with("access-control-");
            is_cors.then(|| Header { name, written: written.to_owned(), value, always, is_conditional, offset })
        };
        if directive.name == "more_set_headers" {
            let lines = directive.arguments.iter();
            let of_line = lines.filter_map(|line| {
                let (name, value) = line.value.split_once(':')?;
                header(name, value.trim(), true, line.offset)
            });
            return of_line.collect();
        }
        let (Some(name), Some(value)) = (directive.argument(0), directive.argument(1)) else { return Vec::new() };
        header(name, value, directive.argument(2) == Some("always"), directive.offset).into_iter().collect()
    }
}

/// Whether a level, or what is in it, adds a header that starts like this.
fn adds(level: &[Directive], start: &str) -> bool {
    level.iter().any(|directive| {
        let names = directive.arguments.iter().any(|word| word.value.to_ascii_lowercase().contains(start));
        names || adds(&directive.block, start)
    })
}

fn adds_origin(block: &[Directive]) -> bool {
    adds(block, "access-control-allow-origin")
}

/// Whether there is any CORS header in a level.
pub(super) fn mentions(level: &[Directive]) -> bool {
    adds(level, "access-control-")
}
