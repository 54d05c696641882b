//! The checked files, and their findings.

use std::path::Path;

use edge_cors::PolicySet;
use serde::Serialize;

use crate::Exit;
use crate::input::{self, Configuration, Input, InputError, Notice};
use crate::report::Finding;

/// Everything that was checked.
#[derive(Default)]
pub(super) struct Files {
    pub(super) files: Vec<Checked>,
    /// The exit code, not counting the findings in the files.
    pub(super) exit: Exit,
}

/// A file, its configurations and its notices.
#[derive(Serialize)]
pub(super) struct Checked {
    pub(super) path: String,
    pub(super) configurations: Vec<CheckedConfiguration>,
    /// Findings about the file, apart from its configurations.
    pub(super) problems: Vec<Finding>,
    #[serde(skip)]
    pub(super) text: String,
}

#[derive(Serialize)]
pub(super) struct CheckedConfiguration {
    /// Where it is in the file; empty if it is the whole file.
    pub(super) at: String,
    /// What the edge's log and gauge show while it is active, if that is known before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) fingerprint: Option<String>,
    pub(super) problems: Vec<Finding>,
    /// How many more problems there are: of a configuration with hundreds, the engine keeps the first.
    pub(super) omitted: usize,
}

impl Checked {
    pub(super) fn findings(&self) -> impl Iterator<Item = &Finding> + Clone {
        self.problems.iter().chain(self.configurations.iter().flat_map(|configuration| &configuration.problems))
    }

    /// Leaves out the warnings with these codes.
    pub(super) fn leave_out(&mut self, codes: &[String]) {
        let is_kept = |finding: &Finding| finding.is_error() || !codes.iter().any(|code| code == finding.code());
        self.problems.retain(is_kept);
        for configuration in &mut self.configurations {
            configuration.problems.retain(is_kept);
        }
    }
}

impl Files {
    /// Checks a file, or the files of a folder. A file without a configuration is a mistake, unless such files
    /// are passed over.
    pub(super) fn add(&mut self, path: &Path, skips_unrelated: bool) {
        if path.is_dir() {
            self.add_folder(path);
            return;
        }
        if skips_unrelated {
            if input::is_candidate(path) {
                self.add_if_ours(path);
            }
            return;
        }
        let Some(input) = self.read(Input::read(path)) else {
            return;
        };
        if input.configurations.is_empty() {
            let (why, exit) = absence(&input);
            anstream::eprintln!("edge-cors: {}: {why}", input.path);
            self.exit = self.exit.max(exit);
        }
        self.check(input);
    }

    /// Checks the files of a folder that have something to do with edge-cors.
    fn add_folder(&mut self, folder: &Path) {
        let paths = match input::files(folder) {
            Ok(paths) => paths,
            Err(error) => {
                anstream::eprintln!("edge-cors: {}: {error}", folder.display());
                self.exit = Exit::Unreadable;
                return;
            }
        };
        let (before, mut in_kv) = (self.files.len(), false);
        for path in &paths {
            in_kv |= self.add_if_ours(path);
        }
        let found: usize = self.files.iter().skip(before).map(|file| file.configurations.len()).sum();
        let (folder, count) = (folder.display(), paths.len());
        anstream::eprintln!("{folder}: configurations found: {found}, in {count} files");
        if found == 0 && in_kv {
            self.exit = self.exit.max(Exit::InKv);
        } else if found == 0 && self.files.len() == before {
            anstream::eprintln!(
                "edge-cors: {folder}: this folder contains no configuration of edge-cors. {}",
                input::KNOWN
            );
            self.exit = self.exit.max(Exit::Nothing);
        }
    }

    /// Checks a file if it has something to do with edge-cors. Returns whether its policy is in KV.
    fn add_if_ours(&mut self, path: &Path) -> bool {
        let Some(input) = self.read(Input::read_if_ours(path)) else {
            return false;
        };
        let in_kv = input.in_kv;
        if !input.configurations.is_empty() || !input.notices.is_empty() {
            self.check(input);
        }
        in_kv
    }

    /// The file, unless it cannot be read or is not of its format.
    fn read(&mut self, read: Result<Input, InputError>) -> Option<Input> {
        match read {
            Ok(input) => return Some(input),
            Err(InputError::Syntax { path, text, offset, reason }) => {
                let notice = input::syntax_notice(Path::new(&path), &text, offset, &reason);
                let problems = vec![Finding::of_file(notice, &text)];
                self.files.push(Checked { path, configurations: Vec::new(), problems, text });
            }
            Err(InputError::Unreadable(message)) => {
                anstream::eprintln!("edge-cors: {message}");
                self.exit = Exit::Unreadable;
            }
        }
        None
    }

    fn check(&mut self, input: Input) {
        let Input { path, text, configurations, notices, .. } = input;
        let mut notices = notices;
        let checked = configurations.iter().map(|configuration| {
            let (problems, omitted) = problems(configuration, &text, &mut notices);
            let fingerprint = configuration.fingerprint().map(|fingerprint| fingerprint.to_string());
            CheckedConfiguration { at: configuration.label.clone(), fingerprint, problems, omitted }
        });
        let configurations = checked.collect();
        let problems = notices.into_iter().map(|notice| Finding::of_file(notice, &text)).collect();
        self.files.push(Checked { path, configurations, problems, text });
    }
}

/// What a patch lacks can be in the resource that it patches.
const ABOUT_THE_WHOLE: [&str; 7] =
    ["missing-field", "unknown-policy", "policy-unused", "no-origins", "danger-unused", "no-effect", "empty-document"];

/// The findings of a configuration, and how many more problems it has.
pub(super) fn problems(configuration: &Configuration, text: &str, notices: &mut Vec<Notice>) -> (Vec<Finding>, usize) {
    let finding = |problem| Finding::new(problem, configuration, text);
    let (mut findings, omitted): (Vec<Finding>, usize) = match PolicySet::from_json(&configuration.source) {
        Ok((_, warnings)) => (warnings.iter().map(finding).collect(), warnings.omitted()),
        Err(error) => (error.problems().map(finding).collect(), error.omitted()),
    };
    if configuration.is_partial {
        let all = findings.len();
        findings.retain(|finding| !ABOUT_THE_WHOLE.contains(&finding.code()));
        if findings.len() < all {
            notices.push(input::partial(configuration.offset_in_file(0)));
        }
    }
    (findings, omitted)
}

/// Why a file that was named has no configuration, and what to do.
fn absence(input: &Input) -> (String, Exit) {
    if input.in_kv {
        let why = "the policy is in KV, where this command cannot see it. To check it: npx wrangler kv key get \
                   cors.json --binding CORS_CONFIG_KV --remote --text | edge-cors check -";
        return (why.to_owned(), Exit::InKv);
    }
    let why = if input.is_wranglers {
        "no policy: there is neither a variable CORS_CONFIG under [vars] nor a KV namespace CORS_CONFIG_KV. \
         docs/cloudflare.md shows both."
            .to_owned()
    } else {
        format!("this file contains no configuration of edge-cors. {}", input::KNOWN)
    };
    (why, Exit::Nothing)
}
