//! What is in the package, what its types permit, and what it makes of handlers.

use serde_json::Value;

use super::folder::{Folder, text};
use super::runtime::RUNTIMES;
use crate::Test;
use crate::bed::Bed;
use crate::envoy::project_file;
use test_support::built::TARBALL;

pub fn tests() -> Vec<(String, Test)> {
    let test = |name: &str, test: fn(&Bed) -> Result<(), String>| (name.to_owned(), Box::new(test) as Test);
    let mut tests = vec![
        test("the tarball has what is needed and nothing else", files),
        test("the template asks for this version", template),
        test("publint finds no problem", publint),
        test("every kind of import finds code and types", imports),
        test("the types permit what is right and nothing else", types),
    ];
    tests.extend(RUNTIMES.iter().map(|runtime| {
        let name = format!("handlers in {}", runtime.name);
        (name, Box::new(|_: &Bed| runtime.handlers()) as Test)
    }));
    tests
}

const FILES: [&str; 16] = [
    "LICENSE",
    "NOTICE",
    "README.md",
    "cli.js",
    "cli.wasm",
    "configuration.d.ts",
    "edge-cors.schema.json",
    "index.d.ts",
    "index.js",
    "index.wasm",
    "package.json",
    "template/package.json",
    "template/wrangler.toml",
    "worker.d.ts",
    "worker.js",
    "workerd.js",
];

fn files(_: &Bed) -> Result<(), String> {
    let folder = Folder::with_package("files");
    let output = folder.run("npm", &["pack", "--dry-run", "--json", "./node_modules/edge-cors"]);
    let packed: Value = serde_json::from_slice(&output.stdout).map_err(|_| text(&output))?;
    // An array of packages, or since npm 11 an object.
    let package = packed.get(0).or_else(|| packed.get("edge-cors")).ok_or_else(|| text(&output))?;
    let entries = package["files"].as_array().unwrap().iter();
    let mut paths: Vec<&str> = entries.map(|entry| entry["path"].as_str().unwrap()).collect();
    paths.sort_unstable();
    if paths == FILES { Ok(()) } else { Err(format!("{paths:#?}")) }
}

fn template(_: &Bed) -> Result<(), String> {
    let file = project_file("npm/template/package.json", "git checkout npm");
    let manifest: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let expected = concat!("^", env!("CARGO_PKG_VERSION"));
    let asked = &manifest["dependencies"]["edge-cors"];
    if asked == expected { Ok(()) } else { Err(format!("{asked} is not {expected:?}")) }
}

/// Runs a tool that checks the package.
fn check(folder: &Folder, tool: &str, arguments: &[&str]) -> Result<(), String> {
    let program = project_file(&format!("target/npm/tools/node_modules/.bin/{tool}"), "make test");
    let output = folder.run(&program.display().to_string(), arguments);
    if output.status.success() { Ok(()) } else { Err(text(&output)) }
}

fn tarball() -> String {
    project_file(TARBALL, "make npm").display().to_string()
}

fn publint(_: &Bed) -> Result<(), String> {
    check(&Folder::empty("publint"), "publint", &["--strict", &tarball()])
}

fn imports(_: &Bed) -> Result<(), String> {
    // The package has no CommonJS, which Node.js 20 cannot load modules from.
    check(&Folder::empty("imports"), "attw", &[&tarball(), "--profile", "esm-only", "--no-color"])
}

fn types(_: &Bed) -> Result<(), String> {
    let folder = Folder::with_package("types");
    folder.link("hono", "node_modules");
    folder.link("@cloudflare/workers-types", "target/npm/tools/node_modules");
    folder.copy("types.ts");
    // No other type is needed for these.
    folder.write("bare.ts", "import { cors } from \"edge-cors\";\nexport default cors({ allowOrigins: [] });\n");
    let options = ["--noEmit", "--strict", "--target", "es2022", "--lib", "es2022", "--module", "nodenext", "--types"];
    check(&folder, "tsc", &[&options[..], &["", "bare.ts"]].concat())?;
    check(&folder, "tsc", &[&options[..], &["@cloudflare/workers-types", "types.ts"]].concat())
}
