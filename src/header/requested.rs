//! The header names in a preflight: `Access-Control-Request-Headers`.

use std::borrow::Cow;

use super::{is_list_byte, is_token, list_members};

/// The most bytes and names in a list. Browsers send a few dozen bytes; a longer list is refused
/// before any name is compared.
pub(crate) const MAX_BYTES: usize = 4096;
pub(crate) const MAX_NAMES: usize = 128;

/// The members of an `Access-Control-Request-Headers` value: valid names, and not too many.
///
/// Parsed as in RFC 9110 (`1#field-name`): any order, any case, white space and empty members, and
/// lines that the host has joined. Browsers send the names lower-case, sorted, unique and joined by
/// commas without spaces.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RequestedNames<'a> {
    value: &'a [u8],
}

impl<'a> RequestedNames<'a> {
    /// `None` if the list is malformed or too long. Takes time linear in the length of the value, and
    /// reads at most 4,096 bytes of it.
    pub(crate) fn parse(value: &'a [u8]) -> Option<Self> {
        if value.len() > MAX_BYTES {
            return None;
        }
        if let Some(count) = count_plain(value) {
            return (count <= MAX_NAMES).then_some(Self { value });
        }
        let mut count = 0;
        for name in list_members(value) {
            count += 1;
            if count > MAX_NAMES || !is_token(name) {
                return None;
            }
        }
        Some(Self { value })
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        list_members(self.value)
    }

    /// The names lower-case, sorted, unique and joined by bare commas, as Fetch serialises the
    /// [CORS-unsafe request-header names]. Browsers send them in this form, so only the list of
    /// another client is copied.
    ///
    /// [CORS-unsafe request-header names]: https://fetch.spec.whatwg.org/#cors-unsafe-request-header-names
    pub(crate) fn canonical(&self) -> Cow<'a, str> {
        match std::str::from_utf8(self.value) {
            Ok(text) if self.is_canonical() => Cow::Borrowed(text),
            _ => Cow::Owned(self.canonical_where(|_| true)),
        }
    }

    fn is_canonical(&self) -> bool {
        let mut previous: &[u8] = b"";
        self.value.split(|byte| *byte == b',').all(|name| {
            let rises = name > previous && is_token(name) && !name.iter().any(u8::is_ascii_uppercase);
            previous = name;
            rises
        })
    }

    /// The names of the same form that are to be kept, as a copy.
    pub(crate) fn canonical_where(&self, kept: impl Fn(&[u8]) -> bool) -> String {
        let mut names: [&[u8]; MAX_NAMES] = [&[]; MAX_NAMES];
        let mut count = 0;
        for name in self.iter().filter(|name| kept(name)) {
            let known = names.get(..count).unwrap_or_default();
            if let Err(place) = known.binary_search_by(|known| lower(known).cmp(lower(name)))
                && let Some(slots) = names.get_mut(place..=count)
                && let Some(last) = slots.last_mut()
            {
                *last = name;
                slots.rotate_right(1);
                count += 1;
            }
        }
        // It never gets longer than the list it is made of.
        let mut list = String::with_capacity(self.value.len());
        for name in names.iter().take(count) {
            if !list.is_empty() {
                list.push(',');
            }
            list.extend(lower(name).map(char::from));
        }
        list
    }
}

/// How many bytes are looked at without a branch in between: so many names begin in them at most that a byte counts
/// them.
const PIECE: usize = 255;

/// How many names there are in a list without white space, as browsers send it: as many as begin, at its start or
/// behind a comma. Counts no further than it must to find too many. `None` if there is another byte among them.
fn count_plain(value: &[u8]) -> Option<usize> {
    let begins = |before: u8, byte: u8| u8::from((before == b',') & (byte != b','));
    let (mut count, mut before) = (0, b',');
    for piece in value.chunks(PIECE) {
        if piece.iter().fold(0, |others, byte| others | u8::from(!is_list_byte(*byte))) != 0 {
            return None;
        }
        let (first, rest) = piece.split_first()?;
        let pairs = piece.iter().zip(rest).map(|(before, byte)| begins(*before, *byte));
        count += usize::from(begins(before, *first) + pairs.fold(0, u8::wrapping_add));
        if count > MAX_NAMES {
            break;
        }
        before = *piece.last()?;
    }
    Some(count)
}

fn lower(name: &[u8]) -> impl Iterator<Item = u8> {
    name.iter().map(u8::to_ascii_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn canonical(value: &str, expected: &str) {
        let names = RequestedNames::parse(value.as_bytes()).unwrap();
        assert_eq!(names.canonical(), expected);
    }

    #[test]
    fn the_canonical_form() {
        canonical("", "");
        canonical(" , ,", "");
        canonical("authorization,content-type", "authorization,content-type");
        canonical("X-B, x-a ,, X-A,\tx-b", "x-a,x-b");
        canonical("x-ab,x-a,X-AB", "x-a,x-ab");
        canonical("b,a,c", "a,b,c");
        canonical("a,a", "a");
        canonical("a,", "a");
    }

    #[test]
    fn what_browsers_send_is_not_copied() {
        for (value, copied) in [("authorization,content-type", false), ("x-a", false), ("x-b,x-a", true), ("X-A", true)]
        {
            let names = RequestedNames::parse(value.as_bytes()).unwrap();
            assert_eq!(matches!(names.canonical(), Cow::Owned(_)), copied, "{value}");
        }
    }

    #[test]
    fn bounds() {
        let names = |count: usize| vec!["x"; count].join(",");
        assert!(RequestedNames::parse(names(MAX_NAMES).as_bytes()).is_some());
        assert!(RequestedNames::parse(names(MAX_NAMES + 1).as_bytes()).is_none());
        assert!(RequestedNames::parse(names(MAX_BYTES / 2).as_bytes()).is_none());
        assert!(RequestedNames::parse(format!(",{},,", names(MAX_NAMES)).as_bytes()).is_some());
        assert!(RequestedNames::parse(format!(",{},,x", names(MAX_NAMES)).as_bytes()).is_none());
        assert!(RequestedNames::parse(&vec![b','; MAX_BYTES]).is_some());
        assert!(RequestedNames::parse(&vec![b','; MAX_BYTES + 1]).is_none());
        canonical(&"a".repeat(MAX_BYTES), &"a".repeat(MAX_BYTES));
    }

    #[test]
    fn names_are_counted() {
        for value in ["", ",", "a", ",a", "a,", "a,b", ",,a,,bc,,d,", "ab,c"] {
            assert_eq!(count_plain(value.as_bytes()), Some(list_members(value.as_bytes()).count()), "{value}");
        }
        for (length, each) in (0..3 * PIECE).map(|length| (length, length / 100 + 2)) {
            let value: Vec<u8> = (0..length).map(|at| if at * at % each < 2 { b',' } else { b'x' }).collect();
            let (count, names) = (count_plain(&value).unwrap(), list_members(&value).count());
            assert!(count == names || (count > MAX_NAMES && names > MAX_NAMES), "{length}: {count} for {names}");
        }
    }

    #[test]
    fn names_are_tokens() {
        for value in ["x y", "x;y", "x:", "\"x\"", "x\0", "x\r\ny", "(x)"] {
            assert!(RequestedNames::parse(value.as_bytes()).is_none(), "{value:?}");
        }
        assert!(RequestedNames::parse(b"x-\xff").is_none());
    }
}
