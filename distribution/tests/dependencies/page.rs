//! `docs/dependencies.md`.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::list::{List, Looked};
use crate::resolved::{EMBEDDED, Named, Resolved, licence, unsafe_lines};

const INTRODUCTION: &str = "\
# Dependencies

Everything that others wrote and that runs in a product, in its build or in its tests. The data is
[`distribution/dependencies.json`](../distribution/dependencies.json), and this page is written from it. A test fails if
`Cargo.lock`, a `package.json`, a workflow or a list of Python packages has something that is not in it, in another
version or from another place, and prints what to look at and what to write. So an update of a crate is a change of two
files: the lock file, and the line that says what was looked at.

What was looked at:

- **whole**: every line was read.
- **build**: the build script was read, if there is one, and a search found nothing in the source that opens a file or a
  socket, or starts a program.
- **survey**: nothing was read. Tests check what they can: it comes from crates.io with a checksum, has an allowed licence,
  and has no build script or macro that is not listed. It is kept by whom this page names, or needed by such a crate.

The column *unsafe* has the number of lines with that word in the sources of what is in a product's process or is named in
a manifest, whether they are compiled or not.
";

const REST: &str = "
## Checked elsewhere

`cargo deny` compares all of this with the RustSec database of vulnerabilities, on GitHub, on every push and once a week:
[`deny.toml`](../deny.toml). That database is not on the machines that run `.ci/run`; `make deny` runs the same check where
it can be fetched.
";

/// The page.
pub(crate) fn page(list: &List, resolved: &Resolved) -> String {
    let products = resolved.products();
    let mut page = INTRODUCTION.to_owned();
    let embedded: BTreeSet<&Named> =
        products.iter().filter(|(product, _)| EMBEDDED.contains(*product)).flat_map(|(_, crates)| crates).collect();
    page += "\n## In the filter, the module and the Worker\n\n";
    page += "They run inside Envoy and in front of every request.\n\n";
    page += "| crate | in | licence | runs in the build | unsafe | looked at | what for, and who keeps it |\n|---|---|---|---|---|---|---|\n";
    for named in &embedded {
        let within = products.iter().filter(|(product, crates)| EMBEDDED.contains(*product) && crates.contains(*named));
        let within: Vec<&str> = within.map(|(product, _)| *product).collect();
        row(&mut page, list, resolved, named, Some(&within.join(", ")));
    }
    page += "\n## In the command line tool and the playground\n\nBeside those above.\n\n";
    page += "| crate | licence | runs in the build | unsafe | looked at | what for, and who keeps it |\n|---|---|---|---|---|---|\n";
    let tool: BTreeSet<&Named> =
        products["tool"].union(&products["playground"]).filter(|named| !embedded.contains(named)).collect();
    for named in &tool {
        row(&mut page, list, resolved, named, None);
    }
    let direct = resolved.direct();
    let builds: Vec<&Named> =
        direct.iter().filter(|named| !embedded.contains(named) && !tool.contains(named)).collect();
    let rest = list.crates.len() - embedded.len() - tool.len() - builds.len();
    page += "\n## Only in builds, tests and benchmarks\n\n";
    let _ = writeln!(page, "These, and {rest} more crates that they need.\n");
    page += "| crate | licence | runs in the build | unsafe | looked at | what for, and who keeps it |\n|---|---|---|---|---|---|\n";
    for named in builds {
        row(&mut page, list, resolved, named, None);
    }
    page += "\n## Several versions\n\n| crate | why |\n|---|---|\n";
    for (name, why) in &list.duplicates {
        let _ = writeln!(page, "| `{name}` | {why} |");
    }
    page += "\n## What is not a crate\n\nNothing of it is in a product, except where it says so.\n\n| | kind | what for |\n|---|---|---|\n";
    for other in &list.others {
        let _ = writeln!(page, "| `{}` | {} | {} |", other.name, other.kind, other.why);
    }
    page += REST;
    page
}

fn row(page: &mut String, list: &List, resolved: &Resolved, named: &Named, within: Option<&str>) {
    let Some(entry) = list.of(&named.0, &named.1) else { return };
    let package = resolved.package(named);
    let licence = licence(package);
    let looked = match entry.looked {
        Looked::Whole => "whole",
        Looked::Build => "build",
        Looked::Survey => "survey",
    };
    let why = match (&entry.why, &entry.kept_by) {
        (Some(why), Some(keeper)) => format!("{why} Kept by {keeper}."),
        _ => "Others need it.".to_owned(),
    };
    let within = within.map_or(String::new(), |within| format!(" {within} |"));
    let runs = entry.runs.as_deref().unwrap_or_default();
    // Of all others there would be too much to read.
    let counts = !within.is_empty() || entry.why.is_some();
    let lines = if counts { unsafe_lines(package).to_string() } else { String::new() };
    let _ = writeln!(page, "| `{} {}` |{within} {licence} | {runs} | {lines} | {looked} | {why} |", named.0, named.1);
}
