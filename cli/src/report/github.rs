//! Findings as GitHub's workflow commands: annotations at the lines of a pull request.
//!
//! See [workflow commands](https://docs.github.com/actions/reference/workflow-commands-for-github-actions).

use super::Finding;

/// One command for each finding.
///
/// A permitted line is `::error file=cors.json,line=2,col=20,title=origin-path::…`. A message is one line:
/// line breaks, and in properties colons and commas, are percent-encoded, so that text from a file cannot begin
/// a command of its own.
pub(crate) fn annotation(finding: &Finding, path: &str) -> String {
    let Finding { severity, code, line, column, message, fix, .. } = finding;
    let (path, text) = (property(path), data(&format!("{message} Fix: {fix}")));
    format!("::{severity} file={path},line={line},col={column},title={code}::{text}\n")
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Notice;

    #[test]
    fn a_file_cannot_begin_a_command() {
        let notice = Notice {
            code: "json-syntax",
            is_error: true,
            offset: 2,
            message: "100 %\n::set-output name=a::b".to_owned(),
            fix: "remove it.".to_owned(),
        };
        let line = annotation(&Finding::of_file(notice, "{\n}"), "a,b:c.json");
        assert_eq!(
            line,
            "::error file=a%2Cb%3Ac.json,line=2,col=1,title=json-syntax::100 %25%0A::set-output name=a::b Fix: remove it.\n"
        );
    }
}
