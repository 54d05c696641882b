//! The `Vary` response header: RFC 9110, section 12.5.5.

use std::borrow::Cow;

use crate::header::list_members;

/// Whether a response that has these `Vary` lines already varies by `name`: it is a member,
/// in any case, or one of the members is `*`.
pub(crate) fn has_member<'v>(lines: impl Iterator<Item = &'v [u8]>, name: &str) -> bool {
    let mut members = lines.flat_map(list_members);
    members.any(|member| member == b"*" || member.eq_ignore_ascii_case(name.as_bytes()))
}

/// These lines and `name`, merged into one line. `None` if the response already varies by `name`:
/// then the lines stay as they are.
pub(crate) fn with<'v>(lines: impl Iterator<Item = &'v [u8]> + Clone, name: &'static str) -> Option<Cow<'v, [u8]>> {
    if has_member(lines.clone(), name) {
        return None;
    }
    if lines.clone().next().is_none() {
        return Some(Cow::Borrowed(name.as_bytes()));
    }
    let mut merged = Vec::with_capacity(lines.clone().map(|line| line.len() + 2).sum::<usize>() + name.len());
    for line in lines {
        merged.extend(line);
        merged.extend(b", ");
    }
    merged.extend(name.as_bytes());
    Some(Cow::Owned(merged))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(lines: &[&str], expected: Option<&str>) {
        let lines = lines.iter().map(|line| line.as_bytes());
        let merged = with(lines, "Origin").map(|value| String::from_utf8(value.into_owned()).unwrap());
        assert_eq!(merged.as_deref(), expected);
    }

    #[test]
    fn a_member_is_added_behind_those_that_are_there() {
        check(&[], Some("Origin"));
        check(&["Accept-Encoding"], Some("Accept-Encoding, Origin"));
        check(&["X-Origin, Origin-Agent-Cluster", "Accept"], Some("X-Origin, Origin-Agent-Cluster, Accept, Origin"));
    }

    #[test]
    fn members_are_found_in_any_case_on_any_line() {
        check(&["origin"], None);
        check(&["Accept-Encoding,ORIGIN"], None);
        check(&["Accept-Encoding", " Origin "], None);
        check(&["*"], None);
        check(&["Accept, *"], None);
    }
}
