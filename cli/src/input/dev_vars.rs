//! `.dev.vars`: the variables that `wrangler dev` reads, in the format of dotenv.

use super::tree::{Member, Tree, Value};

/// The variables in order. The last one of a name applies.
pub(super) fn parse(text: &str) -> Tree {
    let mut members = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let line = rest.lines().next().unwrap_or_default();
        let (member, length) = variable(line, rest, at).map_or((None, line.len()), |(member, end)| (Some(member), end));
        members.extend(member);
        at += length;
        at += text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len() - at, |newline| newline + 1);
    }
    Tree { span: 0..text.len(), value: Value::Map(members) }
}

/// The variable that starts with this line, and its end in `rest`, which starts with the line: a
/// quoted value can have several lines.
fn variable(line: &str, rest: &str, offset: usize) -> Option<(Member, usize)> {
    let (name, _) = line.split_once('=')?;
    let start = name.len() + 1;
    let indentation = name.len() - name.trim_start().len();
    let key = name.trim();
    let key = key.strip_prefix("export ").unwrap_or(key).trim();
    let is_name = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    if key.is_empty() || !key.chars().all(is_name) {
        return None;
    }
    let after = rest.get(start..)?;
    let value_start = start + after.len() - after.trim_start_matches([' ', '\t']).len();
    let (value, end) = value(rest.get(value_start..)?);
    let span = offset + value_start..offset + value_start + end;
    let value = Tree { span, value: Value::Text(value) };
    Some((Member { key: key.to_owned(), key_offset: offset + indentation, value }, value_start + end))
}

/// A value and its length: up to the closing quote, or else to the end of the line or a `#`.
fn value(rest: &str) -> (String, usize) {
    if let Some(quote @ ('\'' | '"' | '`')) = rest.chars().next()
        && let Some((inner, length)) = quoted(rest, quote)
    {
        // In double quotes, dotenv expands the two escapes of line breaks, and no others.
        let text = if quote == '"' { inner.replace("\\n", "\n").replace("\\r", "\r") } else { inner.to_owned() };
        return (text, length);
    }
    let line = rest.lines().next().unwrap_or_default();
    let value = line.split('#').next().unwrap_or_default().trim_end();
    (value.to_owned(), value.len())
}

/// The text between the quotes. A quote after a backslash does not close it.
fn quoted(rest: &str, quote: char) -> Option<(&str, usize)> {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        if c == quote && !escaped {
            return Some((rest.get(1..at)?, at + 1));
        }
        escaped = c == '\\' && !escaped;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_read_as_dotenv_reads_them() {
        for (text, expected) in [
            ("A=1\nB = two words # comment\n", "A: 1 @2, B: two words @8"),
            ("export A='{\"a\": \"#\"}'\r\nB=\r\n", "A: {\"a\": \"#\"} @9, B:  @25"),
            ("# A=1\n\nno variable\nA=\"a\\nb\"", "A: a\nb @21"),
            ("A='two\nlines'\nB=`it's`", "A: two\nlines @2, B: it's @16"),
            ("A='open\nB=1", "A: 'open @2, B: 1 @10"),
            ("A={\"a\": [1]}", "A: {\"a\": [1]} @2"),
        ] {
            let Value::Map(members) = parse(text).value else { panic!("{text}") };
            let shown =
                members.iter().map(|m| format!("{}: {} @{}", m.key, m.value.text().unwrap(), m.value.span.start));
            assert_eq!(shown.collect::<Vec<_>>().join(", "), expected, "{text}");
        }
    }
}
