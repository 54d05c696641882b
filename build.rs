//! Packs the public suffix list into the table that `src/origin/public_suffix.rs` reads.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::path::Path;
use std::{env, fs};

const LIST: &str = "data/public_suffix_list.dat";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={LIST}");
    let list = fs::read_to_string(LIST)?;
    let version = list.lines().find_map(|line| line.strip_prefix("// VERSION: ")).ok_or("the list has no version")?;
    let date = version.get(.."2026-01-01".len()).ok_or("the list's version is no date")?;
    println!("cargo::rustc-env=PUBLIC_SUFFIX_LIST_DATE={date}");
    let table = Path::new(&env::var("OUT_DIR")?).join("public_suffixes.bin");
    fs::write(table, pack(&rules(&list)?)?)?;
    Ok(())
}

/// For every top-level domain, the rest of each rule under it, with its labels from right to left. A rule
/// that is only a top-level domain is left out: the reader treats every top-level domain as a public
/// suffix, which is the list's default rule.
fn rules(list: &str) -> Result<BTreeMap<String, BTreeSet<String>>, Box<dyn Error>> {
    let mut by_top = BTreeMap::<_, BTreeSet<_>>::new();
    let lines = list.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//"));
    for line in lines {
        let (name, mark) = line.strip_prefix('!').map_or((line, ""), |name| (name, "!"));
        let labels: Vec<String> = name.rsplit('.').map(to_ascii).collect::<Result<_, _>>()?;
        if let [top, rest @ ..] = labels.as_slice()
            && !rest.is_empty()
        {
            by_top.entry(top.clone()).or_default().insert(rest.join(".") + mark);
        }
    }
    Ok(by_top)
}

fn to_ascii(label: &str) -> Result<String, Box<dyn Error>> {
    if label.is_ascii() {
        return Ok(label.to_owned());
    }
    let encoded = punycode::encode(label).map_err(|()| format!("{label:?} has no punycode form"))?;
    Ok(format!("xn--{encoded}"))
}

/// A block for each top-level domain: its name, the length of the block's rules in two bytes, and the
/// rules in order. A rule is the number of bytes that it shares with the previous rule, followed by
/// the remaining bytes. The last byte of every name and rule has its high bit set.
fn pack(by_top: &BTreeMap<String, BTreeSet<String>>) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut table = Vec::new();
    for (top, rules) in by_top {
        let mut block = Vec::new();
        let mut previous = "";
        for rule in rules {
            let shared = rule.bytes().zip(previous.bytes()).take_while(|(a, b)| a == b).count();
            block.push(u8::try_from(shared)?);
            push_text(&mut block, rule.as_bytes().get(shared..).unwrap_or_default());
            previous = rule;
        }
        push_text(&mut table, top.as_bytes());
        table.extend(u16::try_from(block.len())?.to_le_bytes());
        table.append(&mut block);
    }
    Ok(table)
}

fn push_text(table: &mut Vec<u8>, text: &[u8]) {
    table.extend(text);
    if let Some(last) = table.last_mut() {
        *last |= 0x80;
    }
}
