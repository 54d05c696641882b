//! The names that a preflight asks for: `Access-Control-Request-Headers`.

use super::{is_token, list_members};

/// The most bytes and names that are looked at. Browsers send a few dozen bytes; a longer
/// list is refused before any of it is compared.
pub(crate) const MAX_BYTES: usize = 4096;
pub(crate) const MAX_NAMES: usize = 128;

/// The members of an `Access-Control-Request-Headers` value, known to be names and few.
///
/// Parsed as RFC 9110 has it (`1#field-name`): any order, any case, white space and empty
/// members, lines joined by the host. A browser sends them lower-case, sorted, unique and
/// joined by bare commas.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RequestedNames<'a> {
    value: &'a [u8],
}

impl<'a> RequestedNames<'a> {
    /// `None` is a malformed or oversized list. Takes time linear in the length of the value,
    /// of which at most 4,096 bytes are looked at.
    pub(crate) fn parse(value: &'a [u8]) -> Option<Self> {
        if value.len() > MAX_BYTES {
            return None;
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

    /// The names lower-case, sorted, unique and joined by bare commas: Fetch's serialisation of
    /// the [CORS-unsafe request-header names]. Written into `scratch`, so nothing is allocated.
    ///
    /// [CORS-unsafe request-header names]: https://fetch.spec.whatwg.org/#cors-unsafe-request-header-names
    pub(crate) fn canonical<'s>(&self, scratch: &'s mut Scratch) -> &'s str {
        let mut names: [&[u8]; MAX_NAMES] = [&[]; MAX_NAMES];
        let mut count = 0;
        for name in self.iter() {
            let known = names.get(..count).unwrap_or_default();
            // Browsers send the names in this order, so the place is nearly always the end.
            if let Err(place) = known.binary_search_by(|known| lower(known).cmp(lower(name)))
                && let Some(slots) = names.get_mut(place..=count)
                && let Some(last) = slots.last_mut()
            {
                *last = name;
                slots.rotate_right(1);
                count += 1;
            }
        }
        scratch.clear();
        for name in names.iter().take(count) {
            scratch.push_member(name);
        }
        scratch.as_str()
    }
}

fn lower(name: &[u8]) -> impl Iterator<Item = u8> {
    name.iter().map(u8::to_ascii_lowercase)
}

/// Working memory for one decision.
///
/// The host owns it and lends it to every decision, so that the engine, which echoes the
/// requested names in canonical form where a policy says `*` with credentials, never allocates.
#[derive(Debug)]
pub struct Scratch {
    bytes: Box<[u8; MAX_BYTES]>,
    used: usize,
}

impl Scratch {
    /// Allocates the memory, once.
    pub fn new() -> Self {
        Self { bytes: Box::new([0; MAX_BYTES]), used: 0 }
    }

    fn clear(&mut self) {
        self.used = 0;
    }

    /// The canonical list is never longer than the one it was made of, so it always fits.
    fn push_member(&mut self, name: &[u8]) {
        let comma = (self.used > 0).then_some(b',');
        for byte in comma.into_iter().chain(lower(name)) {
            if let Some(slot) = self.bytes.get_mut(self.used) {
                *slot = byte;
                self.used += 1;
            }
        }
    }

    fn as_str(&self) -> &str {
        let used = self.bytes.get(..self.used).unwrap_or_default();
        std::str::from_utf8(used).unwrap_or_default()
    }
}

impl Default for Scratch {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn canonical(value: &str, expected: &str) {
        let mut scratch = Scratch::new();
        let names = RequestedNames::parse(value.as_bytes()).unwrap();
        assert_eq!(names.canonical(&mut scratch), expected);
    }

    #[test]
    fn the_canonical_form() {
        canonical("", "");
        canonical(" , ,", "");
        canonical("authorization,content-type", "authorization,content-type");
        canonical("X-B, x-a ,, X-A,\tx-b", "x-a,x-b");
        canonical("x-ab,x-a,X-AB", "x-a,x-ab");
    }

    #[test]
    fn the_scratch_is_reused() {
        let mut scratch = Scratch::new();
        let mut canonical =
            |value: &'static str| RequestedNames::parse(value.as_bytes()).unwrap().canonical(&mut scratch).to_owned();
        assert_eq!(canonical("b,a,c"), "a,b,c");
        assert_eq!(canonical("z"), "z");
    }

    #[test]
    fn bounds() {
        let names = |count: usize| vec!["x"; count].join(",");
        assert!(RequestedNames::parse(names(MAX_NAMES).as_bytes()).is_some());
        assert!(RequestedNames::parse(names(MAX_NAMES + 1).as_bytes()).is_none());
        assert!(RequestedNames::parse(&vec![b','; MAX_BYTES]).is_some());
        assert!(RequestedNames::parse(&vec![b','; MAX_BYTES + 1]).is_none());
        canonical(&"a".repeat(MAX_BYTES), &"a".repeat(MAX_BYTES));
    }

    #[test]
    fn names_are_tokens() {
        for value in ["x y", "x;y", "x:", "\"x\"", "x\0", "x\r\ny", "(x)"] {
            assert!(RequestedNames::parse(value.as_bytes()).is_none(), "{value:?}");
        }
        assert!(RequestedNames::parse(b"x-\xff").is_none());
    }
}
