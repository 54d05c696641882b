//! The ways in which servers may read a path: docs/behaviour.md, section 9.

/// Which steps a server takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Steps {
    decodings: usize,
    /// Whether `;…` is removed before decoding, after one decoding, and after two.
    removals: [bool; 3],
    backslashes: bool,
    /// Whether `\` is taken for `/` before `;…` is removed, which then ends there too.
    backslashes_first: bool,
    folds: bool,
    merges: bool,
    resolves: bool,
}

/// Every choice of steps.
pub(crate) fn all() -> Vec<Steps> {
    let mut all = Vec::new();
    for choice in 0..3 * 8 * 32 {
        let is = |bit: usize| (choice / 3) & (1 << bit) != 0;
        let steps = Steps {
            decodings: choice % 3,
            removals: [is(0), is(1), is(2)],
            backslashes: is(3),
            folds: is(4),
            merges: is(5),
            resolves: is(6),
            backslashes_first: is(7),
        };
        // A removal after a decoding that does not happen is no choice, nor is the order of what does not happen.
        let has_order = steps.backslashes && steps.removals.contains(&true);
        if (has_order || !steps.backslashes_first)
            && steps.removals.iter().rposition(|removes| *removes).is_none_or(|last| last <= steps.decodings)
        {
            all.push(steps);
        }
    }
    all
}

impl Steps {
    pub(crate) fn resolves(&self) -> bool {
        self.resolves
    }

    /// The reading of a path without its query.
    pub(crate) fn read(&self, path: &[u8]) -> Vec<u8> {
        let mut path = path.to_vec();
        for decoding in 0..=self.decodings {
            if decoding > 0 {
                path = decode(&path);
            }
            if self.removals[decoding] {
                path = remove(&path, self.backslashes_first);
            }
        }
        if self.backslashes {
            path.iter_mut().filter(|b| **b == b'\\').for_each(|b| *b = b'/');
        }
        if self.folds {
            path.make_ascii_lowercase();
        }
        if self.merges {
            path.dedup_by(|b, a| *a == b'/' && *b == b'/');
        }
        if self.resolves { resolve(&path) } else { path }
    }
}

fn decode(path: &[u8]) -> Vec<u8> {
    let hex = |b: Option<&u8>| b.and_then(|b| char::from(*b).to_digit(16));
    let mut decoded = Vec::new();
    let mut at = 0;
    while let Some(byte) = path.get(at) {
        match (byte, hex(path.get(at + 1)), hex(path.get(at + 2))) {
            (b'%', Some(high), Some(low)) => {
                decoded.push(u8::try_from(high * 16 + low).unwrap());
                at += 3;
            }
            _ => {
                decoded.push(*byte);
                at += 1;
            }
        }
    }
    decoded
}

/// Without `;…` in each segment, and without everything from a `?`, `#` or NUL.
fn remove(path: &[u8], backslashes: bool) -> Vec<u8> {
    let end = path.iter().position(|b| b"?#\0".contains(b)).unwrap_or(path.len());
    let ends = |b: &u8| *b == b'/' || (backslashes && *b == b'\\');
    let plain = path[..end].split_inclusive(ends).flat_map(|segment| {
        let (name, parameters) = segment.split_at(segment.iter().position(|b| *b == b';').unwrap_or(segment.len()));
        name.iter().chain(parameters.last().filter(|b| ends(b)))
    });
    plain.copied().collect()
}

fn resolve(path: &[u8]) -> Vec<u8> {
    let mut kept: Vec<&[u8]> = Vec::new();
    let segments: Vec<&[u8]> = path.split(|b| *b == b'/').collect();
    for (at, segment) in segments.iter().enumerate() {
        let is_last = at + 1 == segments.len();
        match *segment {
            b"." if is_last => kept.push(b""),
            b"." => {}
            b".." => {
                if kept.len() > 1 {
                    kept.pop();
                }
                if is_last {
                    kept.push(b"");
                }
            }
            segment => kept.push(segment),
        }
    }
    kept.join(&b'/')
}

/// Whether a reading has a segment `.` or `..`.
pub(crate) fn has_dots(reading: &[u8]) -> bool {
    reading.split(|b| *b == b'/').any(|segment| segment == b"." || segment == b"..")
}
