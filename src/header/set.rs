//! The request-header names that a policy allows.

use std::borrow::Cow;

use super::AUTHORIZATION;
use super::requested::RequestedNames;
use crate::hash::Rolling;
use crate::table::Table;

/// The [header names](https://fetch.spec.whatwg.org/#header-name) that a policy allows in
/// requests, compiled for case-insensitive look-up.
#[derive(Debug, Default)]
pub(crate) struct HeaderSet {
    /// `*`
    any: bool,
    /// Whether `authorization`, which `*` does not cover, is listed.
    authorization: bool,
    listed: Table<String>,
    /// The list in the configured order, as a header's value. `None` for `*`, which is never sent.
    joined: Option<String>,
}

impl HeaderSet {
    /// Compiles a list of names, or `*`. None of them may be forbidden, or occur twice.
    pub(crate) fn new(names: Vec<String>) -> Self {
        let any = names.iter().any(|name| name == "*");
        let authorization = names.iter().any(|name| name.eq_ignore_ascii_case(AUTHORIZATION));
        let joined = (!any && !names.is_empty()).then(|| names.join(", "));
        let mut listed = Table::default();
        for name in names {
            listed.insert(hash(name.as_bytes()), name);
        }
        Self { any, authorization, listed, joined }
    }

    pub(crate) fn any(&self) -> bool {
        self.any
    }

    /// The value of `Access-Control-Allow-Headers`, if it does not depend on the request.
    pub(crate) fn joined(&self) -> Option<&str> {
        self.joined.as_deref()
    }

    /// Those of the requested names that are allowed, in their canonical form.
    pub(crate) fn allowed_of<'n>(&self, names: RequestedNames<'n>) -> Cow<'n, str> {
        if names.iter().all(|name| self.allows(name)) {
            return names.canonical();
        }
        Cow::Owned(names.canonical_where(|name| self.allows(name)))
    }

    /// Whether a request with a header of this name is allowed.
    pub(crate) fn allows(&self, name: &[u8]) -> bool {
        if self.any {
            // A header named `*` is legal but unused, and would mean the wildcard if it were echoed.
            return name != b"*" && (self.authorization || !name.eq_ignore_ascii_case(AUTHORIZATION.as_bytes()));
        }
        self.listed
            .find(hash(name), |listed| {
                // Browsers send lower case.
                listed.as_bytes() == name || listed.as_bytes().eq_ignore_ascii_case(name)
            })
            .is_some()
    }
}

fn hash(name: &[u8]) -> Rolling {
    Rolling::new().with_piece_in_any_case(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(names: &[&str]) -> HeaderSet {
        HeaderSet::new(names.iter().map(|&name| name.to_owned()).collect())
    }

    #[test]
    fn listed_names_in_any_case() {
        let set = set(&["Content-Type", "x-api-key"]);
        assert!(set.allows(b"content-type") && set.allows(b"X-API-Key"));
        assert!(!set.allows(b"x-api-ke") && !set.allows(b"accept") && !set.allows(b""));
        assert_eq!(set.joined(), Some("Content-Type, x-api-key"));
    }

    #[test]
    fn the_wildcard_never_covers_authorization() {
        let wildcard = set(&["*"]);
        assert!(wildcard.allows(b"x-any") && !wildcard.allows(b"Authorization") && !wildcard.allows(b"*"));
        assert_eq!(wildcard.joined(), None);
        let both = set(&["*", "authorization"]);
        assert!(both.allows(b"x-any") && both.allows(b"Authorization"));
        assert_eq!(both.joined(), None);
    }

    #[test]
    fn an_empty_list_allows_nothing() {
        assert!(!set(&[]).allows(b"x-any"));
        assert_eq!(set(&[]).joined(), None);
    }
}
