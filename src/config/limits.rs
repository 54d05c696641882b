//! How large a configuration may be.
//!
//! The limits are far above what people write. They keep a document that a program wrote by
//! mistake from taking the memory or the time of the edge that loads it.

use super::{Document, Named, PolicyConfig};
use crate::problem::{Place, ProblemKind, Report};

/// Of a document, in bytes: 8 MiB.
pub(super) const BYTES: usize = 8 * 1024 * 1024;

const POLICIES: usize = 1_000;
const ROUTES: usize = 10_000;

/// Origin patterns in all lists of all policies.
const ORIGINS: usize = 100_000;

/// Entries in any other list of a policy. Browsers get the whole list in one header.
const NAMES: usize = 256;

/// Whether a document has more of something than it may have. If it has, nothing is compiled.
pub(super) fn exceeded(document: &Document, report: &mut Report<'_>) -> bool {
    let mut exceeded = false;
    let mut check = |place: &Place, what, found, most| {
        if found > most {
            report.push(place, ProblemKind::TooMany { what, found, most });
            exceeded = true;
        }
    };
    if let Some(routes) = &document.routes {
        check(&routes.place, "routes", routes.value.len(), ROUTES);
        for policy in routes.value.iter().filter_map(|route| route.value.policy.as_ref()) {
            check(&policy.place, "policies in this list", policy.value.0.len(), NAMES);
        }
    }
    if let Some(default) = &document.default {
        check(&default.place, "policies in this list", default.value.0.len(), NAMES);
    }
    let Some(policies) = &document.policies else { return exceeded };
    check(&policies.place, "policies", policies.value.0.len(), POLICIES);
    let mut origins = 0;
    for Named { policy, .. } in &policies.value.0 {
        let PolicyConfig { allow_origins, timing_allow_origins, .. } = &policy.value;
        origins += allow_origins.as_ref().map_or(0, |list| list.value.len());
        origins += timing_allow_origins.as_ref().map_or(0, |list| list.value.len());
        let lists = [
            ("methods in this list", &policy.value.allow_methods),
            ("header names in this list", &policy.value.allow_headers),
            ("header names in this list", &policy.value.expose_headers),
        ];
        for (what, list) in lists.into_iter().filter_map(|(what, list)| Some((what, list.as_ref()?))) {
            check(&list.place, what, list.value.len(), NAMES);
        }
        if let Some(list) = &policy.value.dangerously_allow {
            check(&list.place, "dangers in this list", list.value.len(), NAMES);
        }
    }
    check(&policies.place, "origins in all policies", origins, ORIGINS);
    exceeded
}
