//! What is left out of what was pasted, because it may be a secret.

/// A text in which URLs have no user names, passwords, queries and fragments.
pub(super) fn without_queries(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, behind) = rest.split_at(at + 3);
        kept.push_str(before);
        let end = behind.find(|c: char| c.is_whitespace() || "'\"‘’“”<>`)".contains(c)).unwrap_or(behind.len());
        let (url, behind) = behind.split_at(end);
        kept.push_str(&without_query(url));
        rest = behind;
    }
    kept + rest
}

/// The part of a URL behind its scheme. Punctuation at its end belongs to the sentence around it.
fn without_query(url: &str) -> String {
    let (plain, is_cut) = match url.find(['?', '#']) {
        Some(at) => (url.get(..at).unwrap_or_default(), true),
        None => (url, false),
    };
    let (authority, path) = plain.split_at(plain.find('/').unwrap_or(plain.len()));
    let host = authority.rsplit('@').next().unwrap_or_default();
    let end = url.chars().last().filter(|c| is_cut && ".,:".contains(*c));
    format!("{host}{path}{}", end.map(String::from).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_in_messages_have_no_secrets() {
        for (text, kept) in [
            (
                "Access to fetch at 'https://me:s3cret@a.example/x?token=s3cret#y' from",
                "Access to fetch at 'https://a.example/x' from",
            ),
            ("resource at https://a.example/x?s3cret. (Reason:", "resource at https://a.example/x. (Reason:"),
            ("load https://a.example/x. Status", "load https://a.example/x. Status"),
            ("no URL at all?", "no URL at all?"),
            ("wss://a.example?s3cret", "wss://a.example"),
        ] {
            assert_eq!(without_queries(text), kept);
        }
    }
}
