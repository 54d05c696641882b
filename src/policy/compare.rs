//! Whether two policies that allow a request also answer it alike.

use super::{Asked, Policy};

impl Policy {
    /// Whether a page that asks this gets the same CORS headers from both policies, which both allow it.
    pub(crate) fn grants_like<V>(&self, other: &Self, asked: &Asked<V>) -> bool {
        let shares_alike = self.answers_any() == other.answers_any()
            && self.credentials == other.credentials
            && self.exposed == other.exposed;
        let Asked::Preflight { names, private_network, .. } = asked else {
            return shares_alike;
        };
        shares_alike
            && self.preflight_status == other.preflight_status
            && self.max_age == other.max_age
            && self.methods.any() == other.methods.any()
            && self.methods.joined() == other.methods.joined()
            && (names.is_none()
                || (self.headers.any() == other.headers.any() && self.headers.joined() == other.headers.joined()))
            && (!private_network || self.allow_private_network == other.allow_private_network)
    }
}
