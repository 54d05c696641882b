//! Reads a file line by line, in constant memory.

use std::io::{self, BufRead};

/// The longest line, in bytes. Envoy's request headers have at most 96 KiB.
const MAX_LINE: usize = 256 * 1024;

/// Calls a function with each line, without its end. A line that is too long is cut.
pub(crate) fn each(mut input: impl BufRead, mut take: impl FnMut(&[u8])) -> io::Result<()> {
    let mut line: Vec<u8> = Vec::new();
    loop {
        let chunk = input.fill_buf()?;
        if chunk.is_empty() {
            if !line.is_empty() {
                take(&line);
            }
            return Ok(());
        }
        let end = chunk.iter().position(|byte| *byte == b'\n');
        let part = chunk.get(..end.unwrap_or(chunk.len())).unwrap_or_default();
        let room = MAX_LINE.saturating_sub(line.len());
        line.extend(part.iter().take(room));
        let used = end.map_or(chunk.len(), |end| end + 1);
        input.consume(used);
        if end.is_some() {
            if !line.trim_ascii().is_empty() {
                take(&line);
            }
            line.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_cut_where_they_are_too_long() {
        let mut text = b"a\r\n\nb\n".to_vec();
        text.extend(vec![b'x'; 3 * MAX_LINE]);
        text.extend(b"\nlast");
        let mut lengths = Vec::new();
        each(&text[..], |line| lengths.push(line.len())).unwrap();
        assert_eq!(lengths, [2, 1, MAX_LINE, 4]);
    }
}
