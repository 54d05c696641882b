//! Readings: the ways in which servers may understand the path of one request.
//!
//! No two servers do the same to a path before they look at it: nginx decodes it once and merges
//! slashes, Tomcat first removes `;…` from its segments, IIS takes `\` for `/` and ignores case, and
//! what stands behind two of them is decoded twice. The edge does not know what stands behind it, so
//! it asks the routes about every reading.

use std::iter::successors;

use super::text::Text;

/// One way to understand a path: these steps, in this order.
///
/// 1. Percent-decode, 0 to 2 times. Before the first decoding or after any of them, where
///    `stripped` says so, remove `;…` from each segment and everything from a decoded `?`, `#` or
///    NUL on.
/// 2. Take `\` for `/`: before parameters are removed, so that they end there too, or after it.
/// 3. Take upper-case ASCII letters for lower-case ones.
/// 4. Merge repeated slashes.
/// 5. Resolve dot segments: [RFC 3986, section 5.2.4](https://www.rfc-editor.org/rfc/rfc3986#section-5.2.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reading {
    decoded: u8,
    /// After how many decodings parameters are removed.
    stripped: Option<u8>,
    steps: Steps,
}

/// The steps after decoding, as bits.
type Steps = u8;

const BACKSLASHES: Steps = 1 << 0;
const FOLD: Steps = 1 << 1;
const MERGE: Steps = 1 << 2;
const RESOLVE: Steps = 1 << 3;
/// Where parameters are removed and `\` is taken for `/`: they are removed first, and end at `/` only.
const PARAMETERS_FIRST: Steps = 1 << 4;

/// How many decodings are considered.
const MAX_DECODED: u8 = 2;

/// How often to decode, and when to remove parameters: what changes most goes first.
const DECODINGS: [(u8, Option<u8>); 9] = [
    (2, Some(2)),
    (2, Some(1)),
    (2, Some(0)),
    (2, None),
    (1, Some(1)),
    (1, Some(0)),
    (1, None),
    (0, Some(0)),
    (0, None),
];

impl Reading {
    /// Byte for byte.
    pub(super) const AS_IT_CAME: Self = Self { decoded: 0, stripped: None, steps: 0 };

    fn takes(self, step: Steps) -> bool {
        self.steps & step != 0
    }

    /// Writes what this reading makes of a path, and says how many bytes were looked at that are
    /// not in it.
    pub(super) fn write(self, path: &[u8], text: &mut Text) -> usize {
        text.clear();
        let mut rest = path;
        // Only dot segments can remove what was written.
        while (!text.is_full() || self.takes(RESOLVE))
            && let Some((byte, tail)) = self.next(rest, self.decoded)
        {
            rest = tail;
            match byte {
                b'/' => self.end_segment(text),
                b'\\' if self.takes(BACKSLASHES) => self.end_segment(text),
                _ if self.takes(FOLD) => text.push(byte.to_ascii_lowercase()),
                _ => text.push(byte),
            }
        }
        if self.takes(RESOLVE) {
            text.resolve_segment();
        }
        (path.len() - rest.len()).saturating_sub(text.as_bytes().len())
    }

    fn end_segment(self, text: &mut Text) {
        if self.takes(RESOLVE) && text.resolve_segment() || self.takes(MERGE) && text.ends_with_slash() {
            return;
        }
        text.push_slash();
    }

    /// The next byte after `decodings` decodings, and what follows it.
    fn next(self, path: &[u8], decodings: u8) -> Option<(u8, &[u8])> {
        match path {
            // These are what is decoded or removed. Most bytes are others.
            [b'%' | b';' | b'?' | b'#' | 0, ..] => self.next_unusual(path, decodings),
            [byte, tail @ ..] => Some((*byte, tail)),
            [] => None,
        }
    }

    fn next_unusual(self, path: &[u8], decodings: u8) -> Option<(u8, &[u8])> {
        let (byte, tail) = self.decode(path, decodings)?;
        if self.stripped != Some(decodings) {
            return Some((byte, tail));
        }
        match byte {
            b'?' | b'#' | 0 => None,
            b';' => self.skip_parameters(tail, decodings),
            _ => Some((byte, tail)),
        }
    }

    fn skip_parameters(self, path: &[u8], decodings: u8) -> Option<(u8, &[u8])> {
        let mut rest = path;
        while let Some((byte, tail)) = self.decode(rest, decodings) {
            rest = tail;
            match byte {
                b'?' | b'#' | 0 => return None,
                b'/' => return Some((byte, rest)),
                b'\\' if self.takes(BACKSLASHES) && !self.takes(PARAMETERS_FIRST) => return Some((byte, rest)),
                _ => {}
            }
        }
        None
    }

    fn decode(self, path: &[u8], decodings: u8) -> Option<(u8, &[u8])> {
        let Some(before) = decodings.checked_sub(1) else {
            return path.split_first().map(|(byte, tail)| (*byte, tail));
        };
        let (byte, tail) = self.next(path, before)?;
        if byte == b'%'
            && let Some((high, digits)) = self.next(tail, before)
            && let Some((low, digits)) = self.next(digits, before)
            && let (Some(high), Some(low)) = (hex(high), hex(low))
        {
            return Some((high << 4 | low, digits));
        }
        Some((byte, tail))
    }

    /// The position of this reading in a [`ReadingSet`]. Routes have no dot segments to resolve.
    fn position(self) -> u8 {
        // As dense as it must be: a set has 128 places.
        let of_decoded = self.decoded * (self.decoded + 2);
        let stripped = self.stripped.map_or(0, |decodings| 1 + 2 * decodings + u8::from(self.takes(PARAMETERS_FIRST)));
        (of_decoded + stripped) << 3 | self.steps & (BACKSLASHES | FOLD | MERGE)
    }
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// Readings in which one spelling of a route holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ReadingSet(u128);

impl ReadingSet {
    pub(super) const NONE: Self = Self(0);
    pub(super) const ALL: Self = Self(u128::MAX);

    pub(super) fn contains(self, reading: Reading) -> bool {
        self.intersects(Self::NONE.with(reading))
    }

    pub(super) fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    #[must_use]
    pub(super) fn with(self, reading: Reading) -> Self {
        Self(self.0 | 1 << reading.position())
    }
}

/// What occurs in a path that servers read in different ways.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Unusual {
    /// How many decodings change the path.
    decodings: u8,
    parameters: bool,
    backslashes: bool,
    upper_case: bool,
    repeated_slashes: bool,
    dot_segments: bool,
    /// It is not UTF-8, or does not start with a slash.
    malformed: bool,
}

impl Unusual {
    /// What a route's path may have: each of these, and no dot segments.
    pub(super) const ALL_BUT_DOT_SEGMENTS: Self = Self {
        decodings: MAX_DECODED,
        parameters: true,
        backslashes: true,
        upper_case: true,
        repeated_slashes: true,
        dot_segments: false,
        malformed: false,
    };

    /// Looks at a path once. Most have nothing unusual, and then each byte is looked at once.
    pub(super) fn of(path: &[u8]) -> Self {
        if is_plain(path) { Self::default() } else { Self::look_for(path) }
    }

    /// What a reading may find, the last decoding shows: a byte that is no percent sign passes
    /// through every decoding.
    fn look_for(path: &[u8]) -> Self {
        let decodings = decodings(path);
        let decoded = Reading { decoded: decodings, ..Reading::AS_IT_CAME };
        let mut found = Self { decodings, malformed: is_malformed(path), ..Self::default() };
        // Some(n): the segment is n dots so far. None: it has other characters.
        let mut dots = Some(0);
        let mut at_slash = false;
        let mut rest = path;
        while let Some((byte, tail)) = decoded.next(rest, decodings) {
            rest = tail;
            let is_slash = matches!(byte, b'/' | b'\\');
            let ends_name = matches!(byte, b';' | b'?' | b'#' | 0);
            found.repeated_slashes |= is_slash && at_slash;
            found.backslashes |= byte == b'\\';
            found.parameters |= ends_name;
            found.upper_case |= byte.is_ascii_uppercase();
            found.dot_segments |= (is_slash || ends_name) && matches!(dots, Some(1 | 2));
            dots = match (byte, dots) {
                _ if is_slash => Some(0),
                (b'.', Some(count)) if count < 2 => Some(count + 1),
                _ => None,
            };
            at_slash = is_slash;
        }
        found.dot_segments |= matches!(dots, Some(1 | 2));
        // A segment of parameters only leaves two slashes side by side.
        found.repeated_slashes |= found.parameters;
        found
    }

    /// Whether every server reads the path alike.
    pub(super) fn is_nothing(self) -> bool {
        self == Self::default()
    }

    /// Whether no origin may be allowed even if all readings agree: what a server makes of a dot
    /// segment also depends on what it did to the path before.
    pub(super) fn is_hopeless(self) -> bool {
        self.dot_segments || self.malformed
    }

    pub(super) fn has_dot_segments(self) -> bool {
        self.dot_segments
    }

    #[must_use]
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            decodings: self.decodings.max(other.decodings),
            parameters: self.parameters | other.parameters,
            backslashes: self.backslashes | other.backslashes,
            upper_case: self.upper_case | other.upper_case,
            repeated_slashes: self.repeated_slashes | other.repeated_slashes,
            dot_segments: self.dot_segments | other.dot_segments,
            malformed: self.malformed | other.malformed,
        }
    }

    /// The readings between which it makes a difference: those that change most go first, and
    /// [`Reading::AS_IT_CAME`] goes last. At most 96 where there are no dot segments, else 192.
    pub(super) fn readings(self) -> impl Iterator<Item = Reading> {
        let step = |occurs: bool, step: Steps| if occurs { step } else { 0 };
        let all = step(self.backslashes, BACKSLASHES)
            | step(self.upper_case, FOLD)
            | step(self.repeated_slashes, MERGE)
            | step(self.dot_segments, RESOLVE)
            | step(self.backslashes && self.parameters, PARAMETERS_FIRST);
        let makes_sense = move |(decoded, stripped): &(u8, Option<u8>)| {
            *decoded <= self.decodings && (self.parameters || stripped.is_none())
        };
        // Counts down through the sets of steps that occur.
        let sets = move || successors(Some(all), move |steps| steps.checked_sub(1).map(|lower| lower & all));
        DECODINGS
            .into_iter()
            .filter(makes_sense)
            .flat_map(move |(decoded, stripped)| sets().map(move |steps| Reading { decoded, stripped, steps }))
            .filter(|reading| {
                !reading.takes(PARAMETERS_FIRST) || (reading.stripped.is_some() && reading.takes(BACKSLASHES))
            })
    }
}

/// Whether a path has no byte, and no two bytes side by side, that could be read in two ways.
fn is_plain(path: &[u8]) -> bool {
    let mut at_slash = false;
    is_rooted(path)
        && path.iter().all(|byte| {
            let plain = match byte {
                b'/' | b'.' => !at_slash,
                b'%' | b';' | b'\\' | b'A'..=b'Z' | 0 => false,
                _ => byte.is_ascii(),
            };
            at_slash = *byte == b'/';
            plain
        })
}

fn is_malformed(path: &[u8]) -> bool {
    !is_rooted(path) || std::str::from_utf8(path).is_err()
}

/// Whether a path starts with a slash, as all do except that of `OPTIONS *` and one that is not there.
fn is_rooted(path: &[u8]) -> bool {
    matches!(path, [] | b"*" | [b'/', ..])
}

/// How many decodings may change a path. A second one does only where the first leaves a percent sign.
fn decodings(path: &[u8]) -> u8 {
    if !path.contains(&b'%') {
        return 0;
    }
    let once = Reading { decoded: 1, ..Reading::AS_IT_CAME };
    let mut rest = path;
    while let Some((byte, tail)) = once.next(rest, 1) {
        if byte == b'%' {
            return MAX_DECODED;
        }
        rest = tail;
    }
    1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::text::MAX_ROUTE_PATH;

    /// Every reading of a path, each once.
    fn readings(path: &str) -> Vec<String> {
        let mut text = Text::new(MAX_ROUTE_PATH);
        let written = Unusual::of(path.as_bytes()).readings().map(|reading| {
            reading.write(path.as_bytes(), &mut text);
            String::from_utf8_lossy(text.as_bytes()).into_owned()
        });
        let mut all: Vec<String> = written.collect();
        all.sort();
        all.dedup();
        all
    }

    #[test]
    fn a_plain_path_has_one_reading() {
        for path in ["", "*", "/", "/v1/users/7", "/a.b/...c", "/~a-b_c/$&'()*+,=:@!"] {
            assert!(Unusual::of(path.as_bytes()).is_nothing(), "{path}");
            assert_eq!(readings(path), [path]);
        }
    }

    #[test]
    fn each_step_is_a_reading_and_so_are_several() {
        for (path, expected) in [
            ("/%61", &["/%61", "/a"][..]),
            ("/%2561", &["/%2561", "/%61", "/a"]),
            ("/%%36%31", &["/%%36%31", "/%61", "/a"]),
            ("/%6", &["/%6"]),
            ("//a///b", &["//a///b", "/a/b"]),
            ("/a\\b", &["/a/b", "/a\\b"]),
            ("/a;x=1/b;y", &["/a/b", "/a;x=1/b;y"]),
            ("/a;%2fb", &["/a", "/a/b", "/a;%2fb", "/a;/b"]),
            ("/a%3bx/b", &["/a%3bx/b", "/a/b", "/a;x/b"]),
            ("/a%3fb/c", &["/a", "/a%3fb/c", "/a?b/c"]),
            ("/a%00.b", &["/a", "/a%00.b", "/a\0.b"]),
            ("/a\0.b", &["/a", "/a\0.b"]),
            ("/A/b", &["/A/b", "/a/b"]),
            ("/%41", &["/%41", "/A", "/a"]),
            ("/a/../b", &["/a/../b", "/b"]),
            ("/a/./b/.", &["/a/./b/.", "/a/b/"]),
            ("/a/..", &["/", "/a/.."]),
            ("/../../a", &["/../../a", "/a"]),
            ("/a/b/..;x/c", &["/a/b/../c", "/a/b/..;x/c", "/a/c"]),
            ("//;/..", &["/", "/..", "//", "///..", "//;/..", "/;/.."]),
        ] {
            let expected: std::collections::BTreeSet<&str> = expected.iter().copied().collect();
            let found = readings(path);
            let found: std::collections::BTreeSet<&str> = found.iter().map(String::as_str).collect();
            assert_eq!(found, expected, "{path}");
        }
    }

    #[test]
    fn dot_segments_are_seen_however_they_are_spelled() {
        for path in [
            "/a/..",
            "/a/.",
            "/./a",
            "/a/../b",
            "/a/%2e%2E/b",
            "/a/..%2fb",
            "/a/..%5cb",
            "/a\\..\\b",
            "/a/%252e./b",
            "/a/..;/b",
            "/a/..;x=1/b",
            "/a/..%3b/b",
            "/a/..%253bx/b",
            "/a/..%3fb",
            "/a/.%00",
            "/a%2f..%252fb",
            "..",
        ] {
            assert!(Unusual::of(path.as_bytes()).is_hopeless(), "{path}");
        }
        for path in ["/.a", "/a/...", "/a../b", "/..a/b", "/a/.b;../c", "/%2ea", "/a;../b"] {
            assert!(!Unusual::of(path.as_bytes()).is_hopeless(), "{path}");
        }
        for path in [&b"/a\xff"[..], b"a/b", b"*/"] {
            assert!(Unusual::of(path).is_hopeless(), "{path:?}");
        }
    }

    #[test]
    fn readings_have_places_of_their_own_and_number_96() {
        let mut all = ReadingSet::NONE;
        for reading in Unusual::ALL_BUT_DOT_SEGMENTS.readings() {
            assert!(!all.contains(reading), "{reading:?}");
            all = all.with(reading);
        }
        assert_eq!(all.0.count_ones(), 96);
        assert_eq!(Unusual::ALL_BUT_DOT_SEGMENTS.readings().last(), Some(Reading::AS_IT_CAME));
    }
}
