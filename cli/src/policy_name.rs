//! The names of policies in configurations that the tool writes.

/// The longest name of a policy, less room for a number.
const MAX_NAME: usize = 60;

/// A name that a policy can have, and none of these.
pub(crate) fn unused(wanted: &str, names: &[String]) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' };
    let mut name: String = wanted.chars().map(plain).take(MAX_NAME).collect();
    name = name.trim_matches('-').to_owned();
    if !edge_cors::Policy::is_valid_name(&name) {
        name = "policy".to_owned();
    }
    let is_used = |name: &str| names.iter().any(|known| known == name);
    let numbered = (2..).map(|number| format!("{name}-{number}"));
    [name.clone()].into_iter().chain(numbered).find(|name| !is_used(name)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_valid_and_differ() {
        let (long, cut) = ("a".repeat(100), "a".repeat(MAX_NAME));
        let mut names = Vec::new();
        for (wanted, name) in [
            ("a-b.example", "a-b-example"),
            ("a.b.example", "a-b-example-2"),
            ("[::1]", "1"),
            ("", "policy"),
            ("*", "policy-2"),
            (&long, &cut),
            (&long, &format!("{cut}-2")),
        ] {
            names.push(unused(wanted, &names));
            assert_eq!(names.last().map(String::as_str), Some(name));
            assert!(edge_cors::Policy::is_valid_name(name));
        }
    }
}
