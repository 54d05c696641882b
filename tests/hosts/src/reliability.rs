//! What docs/reliability.md has to say.

/// `Err` unless the page has these texts.
pub fn documents(figures: &[String]) -> Result<(), String> {
    let page = std::fs::read_to_string(test_support::project().join("docs/reliability.md")).unwrap();
    let absent: Vec<&String> = figures.iter().filter(|figure| !page.contains(*figure)).collect();
    if absent.is_empty() { Ok(()) } else { Err(format!("docs/reliability.md lacks {absent:?}")) }
}
