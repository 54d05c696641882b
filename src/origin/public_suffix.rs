//! Public suffixes: names under which anyone can register a name of their own.
//!
//! `build.rs` packs the [list](https://publicsuffix.org) in `data/` into the table. It contains the
//! whole list, so no answer is a guess. It is unpacked only while a configuration loads, and only
//! the rules of the top-level domains that are looked up.

const TABLE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/public_suffixes.bin"));

/// Top-level domains under which nobody can register a name: RFC 2606, RFC 6761, RFC 6762 and
/// ICANN's `internal`.
const RESERVED: [&str; 6] = ["example", "internal", "invalid", "local", "localhost", "test"];

/// The list, unpacked as far as it is needed: a configuration has few top-level domains, but
/// possibly many names below each.
#[derive(Default)]
pub(crate) struct PublicSuffixes {
    /// By top-level domain, in the order of the table.
    blocks: Vec<Block>,
}

/// The rules under one top-level domain.
struct Block {
    /// As the table has it.
    top: &'static [u8],
    packed: &'static [u8],
    /// In order: labels from right to left, without the top-level domain.
    rules: Option<Vec<Vec<u8>>>,
}

impl PublicSuffixes {
    /// Whether the names below `host` can belong to more than one party: it is a public suffix, or
    /// contains one.
    ///
    /// | more than one | one |
    /// |---|---|
    /// | `com`, `co.uk`, `github.io` | `example.com`, `octocat.github.io` |
    /// | `any.ck` (the rule `*.ck`) | `www.ck` (the exception `!www.ck`) |
    /// | `amazonaws.com` (`s3.amazonaws.com` is one) | `a-bucket.s3.amazonaws.com` |
    /// | `new-tld` (the rule `*` for what is unlisted) | `internal`, `test` |
    pub(crate) fn is_shared(&mut self, host: &str) -> bool {
        let Some((front, top)) = host.rsplit_once('.') else {
            return !RESERVED.contains(&host);
        };
        let rules = self.rules(top);
        let mut labels: Vec<&str> = front.rsplit('.').collect();
        let name = labels.join(".");
        labels.pop();
        labels.push("*");
        let sibling = labels.join(".");
        let has = |rule: &str| rules.binary_search_by(|known| known.as_slice().cmp(rule.as_bytes())).is_ok();
        let has_below = || {
            let below = format!("{name}.");
            let first = rules.partition_point(|rule| rule.as_slice() < below.as_bytes());
            rules.get(first).is_some_and(|rule| rule.starts_with(below.as_bytes()))
        };
        (has(&name) || has(&sibling) || has_below()) && !has(&format!("{name}!"))
    }

    fn rules(&mut self, top: &str) -> &[Vec<u8>] {
        if self.blocks.is_empty() {
            self.blocks = blocks(TABLE);
        }
        let plain = |name: &[u8]| name.iter().map(|byte| byte & 0x7f).collect::<Vec<_>>();
        let found = self.blocks.binary_search_by(|block| plain(block.top).as_slice().cmp(top.as_bytes()));
        let block = found.ok().and_then(|at| self.blocks.get_mut(at));
        block.map_or(&[], |block| block.rules.get_or_insert_with(|| rules(block.packed)))
    }
}

fn blocks(mut table: &'static [u8]) -> Vec<Block> {
    let mut blocks = Vec::new();
    while let Some((top, rest)) = split_text(table)
        && let Some((length, rest)) = rest.split_first_chunk()
        && let Some((packed, rest)) = rest.split_at_checked(u16::from_le_bytes(*length).into())
    {
        blocks.push(Block { top, packed, rules: None });
        table = rest;
    }
    blocks
}

fn rules(mut packed: &[u8]) -> Vec<Vec<u8>> {
    let mut rules: Vec<Vec<u8>> = Vec::new();
    while let Some((shared, rest)) = packed.split_first()
        && let Some((text, rest)) = split_text(rest)
    {
        let before = rules.last().and_then(|rule| rule.get(..usize::from(*shared))).unwrap_or_default();
        rules.push(before.iter().copied().chain(text.iter().map(|byte| byte & 0x7f)).collect());
        packed = rest;
    }
    rules
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
            assert!(PublicSuffixes::default().is_shared(host), "{host}");
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
            assert!(!PublicSuffixes::default().is_shared(host), "{host}");
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
        let mut suffixes = PublicSuffixes::default();
        for rule in rules {
            let labels: Vec<String> = rule.trim_start_matches('!').split('.').map(ascii).collect();
            let name = labels.join(".").replacen('*', "anything", 1);
            assert_eq!(suffixes.is_shared(&name), !rule.starts_with('!'), "{rule}");
            count += 1;
        }
        assert!(count > 10_000, "{count}");
    }
}
