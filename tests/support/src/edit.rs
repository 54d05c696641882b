//! Edits, applied to the headers of a response as hosts apply them.

use edge_cors::Edit;

/// The header that an edit concerns.
pub fn name(edit: &Edit<'_>) -> &'static str {
    match edit {
        Edit::Remove { name } | Edit::Set { name, .. } | Edit::Append { name, .. } => name,
    }
}

/// Applies one edit. Names are in lower case.
pub fn apply(edit: Edit<'_>, headers: &mut Vec<(String, Vec<u8>)>) {
    let (name, value) = match edit {
        Edit::Remove { name } => (name, None),
        Edit::Set { name, value } => (name, Some(value)),
        Edit::Append { name, value } => return headers.push((name.to_owned(), value.as_bytes().to_vec())),
    };
    headers.retain(|(line, _)| line != name);
    headers.extend(value.map(|value| (name.to_owned(), value.as_bytes().to_vec())));
}
