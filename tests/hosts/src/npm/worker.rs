//! The package in workerd, as wrangler bundles it: the ready Worker, and a Hono app with the middleware.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::folder::{Folder, text};
use crate::bed::Bed;
use crate::envoy::project_file;
use crate::workerd::server::{Addresses, Isolate};
use crate::workerd::{Bundle, Workerd};

/// A Worker, and what it is bundled from.
pub struct Worker {
    /// The host that cases run on.
    pub name: &'static str,
    bundle: fn(&str) -> Bundle,
}

/// In the order of [`Npm::workers`](super::Npm).
pub const WORKERS: [Worker; 2] =
    [Worker { name: "npm-worker", bundle: template }, Worker { name: "npm-hono", bundle: hono }];

impl Worker {
    /// Starts it with an isolate for each configuration of a case.
    pub fn start(&self, bed: &Bed) -> Workerd {
        let cases = bed.cases().iter().filter(|case| case.runs_on("workerd"));
        let configurations: BTreeSet<String> = cases.map(|case| case.configuration.to_string()).collect();
        let isolates: Vec<Isolate> = configurations.iter().map(|text| Isolate::new(text, text)).collect();
        let upstream = bed.upstream().address;
        let addresses = Addresses::all(upstream);
        bed.runtime().block_on(Workerd::run(self.name, &(self.bundle)(self.name), &isolates, &addresses))
    }
}

/// The template, with the package from the tarball.
fn template(name: &str) -> Bundle {
    let folder = from_template(name);
    bundle(&folder, "worker.js")
}

/// A folder that was made from the template in the tarball.
pub fn from_template(name: &str) -> Folder {
    let source = Folder::with_package(&format!("{name}-package"));
    let folder = Folder::empty(name);
    for entry in fs::read_dir(source.path.join("node_modules/edge-cors/template")).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), folder.path.join(entry.file_name())).unwrap();
    }
    // wrangler is installed elsewhere, and no registry has the package.
    let manifest = fs::read_to_string(folder.path.join("package.json")).unwrap();
    folder.write("package.json", &manifest.replace("devDependencies", "installedElsewhere"));
    folder.install();
    folder
}

fn hono(name: &str) -> Bundle {
    let folder = Folder::with_package(name);
    folder.link("hono", "node_modules");
    folder.copy("hono.js");
    folder.write("wrangler.toml", "name = \"hono\"\nmain = \"hono.js\"\ncompatibility_date = \"2026-04-01\"\n");
    bundle(&folder, "hono.js")
}

/// What `wrangler deploy` would send.
pub fn bundle(folder: &Folder, script: &str) -> Bundle {
    let output = folder.run(&wrangler(), &["deploy", "--dry-run", "--outdir", "out"]);
    assert!(output.status.success(), "{}", text(&output));
    let out = folder.path.join("out");
    let files = fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().path());
    let is_wasm = |path: &Path| path.extension().is_some_and(|extension| extension == "wasm");
    let wasm = files.into_iter().find(|path| is_wasm(path)).unwrap();
    Bundle { script: out.join(script), wasm }
}

/// wrangler's program.
pub fn wrangler() -> String {
    project_file("node_modules/.bin/wrangler", "make test").display().to_string()
}
