//! The `Vary` response header: RFC 9110, section 12.5.5.

use crate::header::list_members;

/// Whether a response that has this `Vary` already varies by `name`: it is a member, in any case, or one of
/// the members is `*`.
pub(crate) fn has_member(vary: &[u8], name: &str) -> bool {
    list_members(vary).any(|member| member == b"*" || member.eq_ignore_ascii_case(name.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_found_in_any_case() {
        for vary in ["origin", "Accept-Encoding,ORIGIN", "Accept-Encoding, \tOrigin ", "*", "Accept, *"] {
            assert!(has_member(vary.as_bytes(), "Origin"), "{vary}");
        }
        for vary in ["", "Accept-Encoding", "X-Origin, Origin-Agent-Cluster, Accept"] {
            assert!(!has_member(vary.as_bytes(), "Origin"), "{vary}");
        }
    }
}
