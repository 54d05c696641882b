//! The Worker's WebAssembly with little memory: a configuration that is large enough traps in it, in the
//! middle of being compiled, as a much larger one does in the Worker as it is.

/// Bytes of a WebAssembly page.
const PAGE: usize = 64 * 1024;

/// Bytes beside those that the module starts with: the Worker's reserve for requests, and as much again.
const MORE: usize = 2 << 20;

/// The id of the [memory section](https://webassembly.github.io/spec/core/binary/modules.html#memory-section).
const MEMORY_SECTION: u8 = 5;

/// The same module with a lower maximum for its memory. No other byte is changed.
pub fn module(mut module: Vec<u8>) -> Vec<u8> {
    // After the magic number and the version: sections, each with its id and its length.
    let mut at = 8;
    loop {
        let id = module[at];
        let (length, body) = number(&module, at + 1);
        if id == MEMORY_SECTION {
            assert_eq!(module[body..body + 2], [1, 1], "one memory, with a maximum: see WORKER_MEMORY in the Makefile");
            let (minimum, maximum) = number(&module, body + 2);
            let end = number(&module, maximum).1;
            let mut pages = minimum + MORE / PAGE;
            for byte in &mut module[maximum..end] {
                *byte = (pages & 0x7f) as u8 | 0x80;
                pages >>= 7;
            }
            module[end - 1] &= 0x7f;
            assert_eq!(pages, 0, "the maximum has room for the lower one");
            return module;
        }
        at = body + length;
    }
}

/// A [LEB128](https://webassembly.github.io/spec/core/binary/values.html#integers) number, and where it ends.
fn number(bytes: &[u8], start: usize) -> (usize, usize) {
    let (mut value, mut at) = (0, start);
    loop {
        value |= usize::from(bytes[at] & 0x7f) << (7 * (at - start));
        at += 1;
        if bytes[at - 1] & 0x80 == 0 {
            return (value, at);
        }
    }
}
