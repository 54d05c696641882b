//! Which policies a request gets: docs/configuration.md, section "Routes", and docs/behaviour.md, section 9.

use serde_json::Value;

use crate::path::{self, Steps};
use crate::{Model, Request};

/// What a route selects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    LeftAlone,
    /// The names of a list, or of the one policy.
    Policies(Vec<String>),
}

/// What all readings of a path select together.
pub(crate) enum Selected {
    One(Target),
    Ambiguous(Vec<Target>),
}

/// A route.
#[derive(Debug)]
pub(crate) struct Route {
    host: Option<String>,
    path: String,
    is_exact: bool,
    target: Target,
}

impl Target {
    pub(crate) fn new(value: Option<&Value>) -> Self {
        match value {
            Some(Value::String(name)) => Self::Policies(vec![name.clone()]),
            Some(Value::Array(names)) => {
                Self::Policies(names.iter().map(|name| name.as_str().unwrap().to_owned()).collect())
            }
            _ => Self::LeftAlone,
        }
    }

    pub(crate) fn names(&self) -> &[String] {
        match self {
            Self::LeftAlone => &[],
            Self::Policies(names) => names,
        }
    }
}

impl Route {
    pub(crate) fn new(route: &Value) -> Self {
        let path = route.get("path");
        let exact = path.and_then(|path| path.get("exact"));
        Self {
            host: route.get("host").map(|host| host.as_str().unwrap().to_ascii_lowercase()),
            path: exact.or(path).map_or("/", |path| path.as_str().unwrap()).to_owned(),
            is_exact: exact.is_some(),
            target: Target::new(route.get("policy")),
        }
    }

    /// How specific the host is, if it is that of the request: an exact host, then the longest wildcard, then none.
    fn specificity(&self, host: &str) -> Option<usize> {
        match self.host.as_deref() {
            None => Some(0),
            Some(own) => match own.strip_prefix('*') {
                Some(parent) => (host.len() > parent.len() && host.ends_with(parent)).then_some(parent.len()),
                None => (own == host).then_some(usize::MAX),
            },
        }
    }

    /// How specific the path is, if it is that of the request: an exact path, then the longest prefix.
    fn length(&self, steps: Option<&Steps>, reading: &[u8]) -> Option<usize> {
        // For every path, even one that does not begin with a slash.
        if !self.names_a_path() {
            return Some(0);
        }
        let own = steps.map_or_else(|| self.path.clone().into_bytes(), |steps| steps.read(self.path.as_bytes()));
        if self.is_exact {
            return (own == reading).then_some(usize::MAX);
        }
        let prefix = own.strip_suffix(b"/").unwrap_or(&own);
        let rest = reading.strip_prefix(prefix)?;
        (rest.is_empty() || rest.starts_with(b"/")).then_some(prefix.len())
    }

    fn names_a_path(&self) -> bool {
        self.is_exact || self.path != "/"
    }
}

fn select<'m>(model: &'m Model, host: &str, steps: Option<&Steps>, reading: &[u8]) -> &'m Target {
    let fitting = model.routes.iter().filter_map(|route| {
        let key = (route.specificity(host)?, route.length(steps, reading)?);
        Some((key, &route.target))
    });
    // Of equals, which have the same target, the first.
    fitting.rev().max_by_key(|(key, _)| *key).map_or(&model.default, |(_, target)| target)
}

pub(crate) fn of(model: &Model, request: &Request) -> Selected {
    let (host, port) = request.authority.rsplit_once(':').unwrap_or((&request.authority, ""));
    let host = if port.ends_with(']') { &request.authority } else { host }.to_ascii_lowercase();
    let path = request.path.split(['?', '#']).next().unwrap().as_bytes();
    let of_host = || model.routes.iter().filter(|route| route.specificity(&host).is_some());
    if !of_host().any(Route::names_a_path) || path == b"*" || path.is_empty() {
        return Selected::One(select(model, &host, None, b"").clone());
    }
    let mut targets: Vec<Target> = Vec::new();
    let mut is_doubtful = !path.starts_with(b"/") || std::str::from_utf8(path).is_err();
    for steps in path::all() {
        let reading = steps.read(path);
        is_doubtful |= !steps.resolves() && path::has_dots(&reading);
        let target = select(model, &host, Some(&steps), &reading);
        if !targets.contains(target) {
            targets.push(target.clone());
        }
    }
    match targets.as_slice() {
        [one] if !is_doubtful => Selected::One(one.clone()),
        _ => Selected::Ambiguous(targets),
    }
}
