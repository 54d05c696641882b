//! Edits, applied to the headers of a response as hosts apply them.

use edge_cors::Edit;

/// Applies one edit. Names are in lower case.
pub fn apply(edit: Edit<'_>, headers: &mut Vec<(String, Vec<u8>)>) {
    match edit {
        Edit::Remove { name } => headers.retain(|(line, _)| line != name),
        Edit::Set { name, value } => {
            headers.retain(|(line, _)| line != name);
            headers.push((name.to_owned(), value.as_bytes().to_vec()));
        }
        Edit::Append { name, value } => {
            let (same, others) = headers.drain(..).partition(|(line, _)| line == name);
            *headers = others;
            let lines: Vec<Vec<u8>> =
                same.into_iter().map(|(_, value)| value).chain([value.as_bytes().to_vec()]).collect();
            headers.push((name.to_owned(), lines.join(b", ".as_slice())));
        }
    }
}
