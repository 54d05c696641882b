//! The `Vary` response header: RFC 9110, section 12.5.5.

use crate::header::list_members;

/// Whether a response that has these `Vary` lines already varies by `name`: it is a member,
/// in any case, or one of the members is `*`.
pub(crate) fn names<'v>(lines: impl Iterator<Item = &'v [u8]>, name: &str) -> bool {
    let mut members = lines.flat_map(list_members);
    members.any(|member| member == b"*" || member.eq_ignore_ascii_case(name.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(lines: &[&str], expected: bool) {
        let lines = lines.iter().map(|line| line.as_bytes());
        assert_eq!(names(lines, "Origin"), expected);
    }

    #[test]
    fn members_in_any_case_on_any_line() {
        check(&[], false);
        check(&[""], false);
        check(&["Accept-Encoding"], false);
        check(&["X-Origin, Origin-Agent-Cluster"], false);
        check(&["origin"], true);
        check(&["Accept-Encoding,ORIGIN"], true);
        check(&["Accept-Encoding", " Origin "], true);
        check(&["*"], true);
        check(&["Accept, *"], true);
    }
}
