//! Public suffixes: names under which anyone can register a name of their own.
//!
//! `build.rs` packs the [list](https://publicsuffix.org) in `data/` into the table. It contains the
//! whole list, so no answer is a guess. It is read sequentially, but only while a configuration
//! loads, and only the rules of one top-level domain.

const TABLE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/public_suffixes.bin"));

/// Top-level domains under which nobody can register a name: RFC 2606, RFC 6761, RFC 6762 and
/// ICANN's `internal`.
const RESERVED: [&str; 6] = ["example", "internal", "invalid", "local", "localhost", "test"];

/// Whether the names below `host` can belong to more than one party: it is a public suffix, or
/// contains one.
///
/// | more than one | one |
/// |---|---|
/// | `com`, `co.uk`, `github.io` | `example.com`, `octocat.github.io` |
/// | `any.ck` (the rule `*.ck`) | `www.ck` (the exception `!www.ck`) |
/// | `amazonaws.com` (`s3.amazonaws.com` is one) | `a-bucket.s3.amazonaws.com` |
/// | `new-tld` (the rule `*` for what is unlisted) | `internal`, `test` |
pub(crate) fn is_shared(host: &str) -> bool {
    let Some((front, top)) = host.rsplit_once('.') else {
        return !RESERVED.contains(&host);
    };
    let mut labels: Vec<&str> = front.rsplit('.').collect();
    let name = labels.join(".");
    let below = format!("{name}.");
    let exception = format!("{name}!");
    labels.pop();
    labels.push("*");
    let sibling = labels.join(".");
    let mut shared = false;
    let mut excepted = false;
    Rules::of(top).for_each(|rule| {
        shared |= rule == name.as_bytes() || rule == sibling.as_bytes() || rule.starts_with(below.as_bytes());
        excepted |= rule == exception.as_bytes();
    });
    shared && !excepted
}

/// The packed rules under one top-level domain.
struct Rules<'t> {
    block: &'t [u8],
}

impl Rules<'static> {
    fn of(top: &str) -> Self {
        let mut table = TABLE;
        while let Some((name, rest)) = split_text(table)
            && let Some((length, rest)) = rest.split_first_chunk()
            && let Some((block, rest)) = rest.split_at_checked(u16::from_le_bytes(*length).into())
        {
            if name.iter().map(|byte| byte & 0x7f).eq(top.bytes()) {
                return Self { block };
            }
            table = rest;
        }
        Self { block: &[] }
    }

    /// Unpacks every rule: labels from right to left, without the top-level domain.
    fn for_each(mut self, mut visit: impl FnMut(&[u8])) {
        let mut rule = Vec::new();
        while let Some((shared, rest)) = self.block.split_first()
            && let Some((text, rest)) = split_text(rest)
        {
            rule.truncate(usize::from(*shared));
            rule.extend(text.iter().map(|byte| byte & 0x7f));
            visit(&rule);
            self.block = rest;
        }
    }
}

/// Splits after the first byte whose high bit is set.
fn split_text(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let last = bytes.iter().position(|byte| byte & 0x80 != 0)?;
    bytes.split_at_checked(last + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_more_than_one_party() {
        for host in [
            "com",
            "co.uk",
            "uk",
            "github.io",
            "s3.eu-west-1.amazonaws.com",
            "any.ck",
            "any.kobe.jp",
            "kobe.jp",
            "amazonaws.com",
            "xn--p1ai",
            "xn--55qx5d.cn",
            "no-such-top-level-domain",
        ] {
            assert!(is_shared(host), "{host}");
        }
    }

    #[test]
    fn names_of_one_party() {
        for host in [
            "example.com",
            "example.co.uk",
            "octocat.github.io",
            "www.ck",
            "city.kobe.jp",
            "a-bucket.s3.amazonaws.com",
            "notgithub.io",
            "example.xn--p1ai",
            "example.no-such-top-level-domain",
            "internal",
            "test",
            "cluster.local",
        ] {
            assert!(!is_shared(host), "{host}");
        }
    }

    /// Compares the rules of the list with the packed ones.
    #[test]
    fn every_rule_of_the_list_is_in_the_table() {
        let list = include_str!("../../data/public_suffix_list.dat");
        let ascii = |label: &str| match label.is_ascii() {
            true => label.to_owned(),
            false => format!("xn--{}", punycode::encode(label).unwrap()),
        };
        let rules = list.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//"));
        let mut count = 0;
        for rule in rules {
            let labels: Vec<String> = rule.trim_start_matches('!').split('.').map(ascii).collect();
            let name = labels.join(".").replacen('*', "anything", 1);
            assert_eq!(is_shared(&name), !rule.starts_with('!'), "{rule}");
            count += 1;
        }
        assert!(count > 10_000, "{count}");
    }
}
