//! Which request headers a page may set without a preflight.

/// The most bytes of one value, and of all safelisted values together, without a preflight.
const MAX_VALUE: usize = 128;
const MAX_VALUES: usize = 1024;

const FORM_TYPES: [&str; 3] = ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"];

/// The [CORS-unsafe request-header names] of headers with lower-case names: sorted and unique.
///
/// [CORS-unsafe request-header names]: https://fetch.spec.whatwg.org/#cors-unsafe-request-header-names
pub(super) fn unsafe_names(headers: &[(String, String)]) -> Vec<String> {
    let (safe, mut names): (Vec<_>, Vec<_>) = headers.iter().partition(|(name, value)| is_safelisted(name, value));
    if safe.iter().map(|(_, value)| value.len()).sum::<usize>() > MAX_VALUES {
        names.extend(safe);
    }
    let mut names: Vec<String> = names.into_iter().map(|(name, _)| name.clone()).collect();
    names.sort();
    names.dedup();
    names
}

/// Whether a header is a [CORS-safelisted request-header].
///
/// [CORS-safelisted request-header]: https://fetch.spec.whatwg.org/#cors-safelisted-request-header
fn is_safelisted(name: &str, value: &str) -> bool {
    if value.len() > MAX_VALUE {
        return false;
    }
    match name {
        "accept" => !value.bytes().any(is_unsafe_byte),
        "accept-language" | "content-language" => {
            value.bytes().all(|b| b.is_ascii_alphanumeric() || b" *,-.;=".contains(&b))
        }
        "content-type" => !value.bytes().any(is_unsafe_byte) && is_form_type(value),
        "range" => is_simple_range(value),
        _ => false,
    }
}

/// A value of a request header with which a page needs permission, where the name alone does not tell: that of a
/// [CORS-safelisted request-header], in any case. `None` for every other name, which needs it with any value.
///
/// It stands for a value that is not known, as where a preflight asked for the name.
///
/// ```
/// use edge_cors::browser::unsafe_value;
///
/// assert_eq!(unsafe_value("Content-Type"), Some("application/json"));
/// assert_eq!(unsafe_value("x-api-key"), None);
/// ```
///
/// [CORS-safelisted request-header]: https://fetch.spec.whatwg.org/#cors-safelisted-request-header
pub fn unsafe_value(name: &str) -> Option<&'static str> {
    match name.to_ascii_lowercase().as_str() {
        "accept" | "accept-language" | "content-language" => Some("\""),
        "content-type" => Some("application/json"),
        "range" => Some("bytes=-1"),
        _ => None,
    }
}

/// A [CORS-unsafe request-header byte](https://fetch.spec.whatwg.org/#cors-unsafe-request-header-byte).
fn is_unsafe_byte(byte: u8) -> bool {
    (byte < 0x20 && byte != b'\t') || byte == 0x7f || b"\"():<>?@[\\]{}".contains(&byte)
}

fn is_form_type(value: &str) -> bool {
    let essence = value.split(';').next().unwrap_or_default().trim_matches([' ', '\t', '\r', '\n']);
    FORM_TYPES.iter().any(|form| essence.eq_ignore_ascii_case(form))
}

/// A range with a start: `bytes=0-`, `bytes=0-99`, but not `bytes=-99`.
fn is_simple_range(value: &str) -> bool {
    let Some((start, end)) = value.strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
        return false;
    };
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let number = |text: &str| text.parse::<u64>().unwrap_or(u64::MAX);
    !start.is_empty() && digits(start) && digits(end) && (end.is_empty() || number(start) <= number(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(headers: &[(&str, &str)], expected: &[&str]) {
        let headers: Vec<_> = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        assert_eq!(unsafe_names(&headers), expected, "{headers:?}");
    }

    #[test]
    fn names_and_values_are_looked_at() {
        check(&[("accept", "text/html"), ("accept-language", "de, en;q=0.5")], &[]);
        check(&[("content-type", "text/plain;charset=UTF-8")], &[]);
        check(&[("content-type", "Multipart/Form-Data; boundary=x")], &[]);
        check(&[("content-type", "application/json")], &["content-type"]);
        check(&[("content-type", "text/plain; x=\"y\"")], &["content-type"]);
        check(&[("accept", "text/html, (x)")], &["accept"]);
        check(&[("accept-language", "de_DE")], &["accept-language"]);
        check(&[("x-b", "1"), ("x-a", "1"), ("x-b", "2"), ("authorization", "x")], &["authorization", "x-a", "x-b"]);
        check(&[("range", "bytes=0-")], &[]);
        check(&[("range", "bytes=5-9")], &[]);
        check(&[("range", "bytes=-9")], &["range"]);
        check(&[("range", "bytes=9-5")], &["range"]);
    }

    #[test]
    fn an_unsafe_value_is_asked_for() {
        for name in ["accept", "accept-language", "content-language", "content-type", "range"] {
            check(&[(name, unsafe_value(name).unwrap())], &[name]);
        }
        assert_eq!(unsafe_value("authorization"), None);
    }

    #[test]
    fn long_values_are_asked_for() {
        check(&[("accept", &"a".repeat(128))], &[]);
        check(&[("accept", &"a".repeat(129))], &["accept"]);
        let long = "a".repeat(128);
        let eight = vec![("accept", long.as_str()); 8];
        check(&eight, &[]);
        check(&[eight.as_slice(), &[("accept-language", "d")]].concat(), &["accept", "accept-language"]);
    }
}
