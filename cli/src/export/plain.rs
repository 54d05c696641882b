//! JSON that YAML and TOML read as JSON does.

/// The same JSON, with the same lines. Strings have no escapes that only JSON has, and no characters that only JSON
/// permits; there are no tabs.
pub(super) fn json(text: &str) -> String {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim();
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('"') {
        plain.push_str(&blanks(before));
        let length = length_of_string(behind);
        plain.push_str(&string(behind.get(..length).unwrap_or_default()));
        rest = behind.get(length + 1..).unwrap_or_default();
    }
    plain + &blanks(rest)
}

fn blanks(text: &str) -> String {
    text.replace('\t', "  ").replace('\r', "")
}

/// How many bytes there are in front of the closing quotation mark.
fn length_of_string(text: &str) -> usize {
    let mut escaped = false;
    let end = text.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    end.unwrap_or(text.len())
}

fn string(written: &str) -> String {
    let quoted = format!("\"{written}\"");
    let decoded = serde_json::from_str::<String>(&quoted).map(|text| serde_json::Value::from(text).to_string());
    let escape = |c: char| if is_printable(c) { c.to_string() } else { format!("\\u{:04x}", u32::from(c)) };
    decoded.unwrap_or(quoted).chars().map(escape).collect()
}

/// Whether YAML and TOML permit the character within a string.
fn is_printable(c: char) -> bool {
    !matches!(c, '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_strings_and_blanks_change() {
        for (text, plain) in [
            ("\u{feff}{\r\n\t\"a\": [1, true],\r\n\t\"b\": {}\r\n}\r\n", "{\n  \"a\": [1, true],\n  \"b\": {}\n}"),
            (r#"["\/\u0041\ud83d\ude00", "\"\\", "\n"]"#, "[\"/A\u{1f600}\", \"\\\"\\\\\", \"\\n\"]"),
            ("[\"\u{7f}\u{2028}\"]", r#"["\u007f\u2028"]"#),
        ] {
            assert_eq!(json(text), plain, "{text}");
            let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
            assert_eq!(value(plain), value(text.trim_start_matches('\u{feff}')), "{text}");
        }
    }
}
