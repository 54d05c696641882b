//! The notes of a release: what CHANGELOG.md says of its version.

/// The section of a version, without its heading: `## [0.1.0] - 2026-11-26`, up to the next heading of that level.
pub(crate) fn of<'c>(changelog: &'c str, version: &str) -> Result<&'c str, String> {
    let heading = format!("## [{version}]");
    let start = changelog
        .match_indices(&heading)
        .map(|(at, _)| at)
        .find(|at| changelog.get(..*at).is_some_and(|before| before.is_empty() || before.ends_with('\n')))
        .ok_or_else(|| {
            format!("CHANGELOG.md has no heading `{heading}`: move what is under [Unreleased] below one.")
        })?;
    let section = changelog.get(start..).unwrap_or_default();
    let body = section.split_once('\n').map_or("", |(_, body)| body);
    let end = body.find("\n## ").map_or(body.len(), |at| at + 1);
    match body.get(..end).unwrap_or_default().trim() {
        "" => Err(format!("CHANGELOG.md says nothing of {version}.")),
        notes => Ok(notes),
    }
}

#[cfg(test)]
mod tests {
    use super::of;

    const CHANGELOG: &str = "# Changelog\n\n## [Unreleased]\n\n## [0.2.0] - 2027-01-01\n\n### Added\n- b, see \
                             ## [0.1.0]\n\n## [0.1.0] - 2026-12-01\n\n- a\n";

    #[test]
    fn a_section_ends_at_the_next_version() {
        assert_eq!(of(CHANGELOG, "0.2.0"), Ok("### Added\n- b, see ## [0.1.0]"));
        assert_eq!(of(CHANGELOG, "0.1.0"), Ok("- a"));
    }

    #[test]
    fn a_version_without_notes_is_not_released() {
        assert!(of(CHANGELOG, "0.3.0").unwrap_err().contains("no heading `## [0.3.0]`"));
        assert!(of(CHANGELOG, "Unreleased").unwrap_err().contains("says nothing"));
    }
}
