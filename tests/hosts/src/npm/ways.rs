//! The ways into the package, as its documents describe them, and what becomes of mistakes on each.

use std::process::Output;
use std::thread::sleep;
use std::time::{Duration, Instant};

use test_support::case::RequestEntry;
use test_support::{address, block};

use super::folder::{Folder, text};
use super::worker::{bundle, from_template, wrangler};
use crate::Test;
use crate::bed::Bed;
use crate::client;
use crate::group::Group;
use crate::workerd::Workerd;
use crate::workerd::server::{Addresses, Isolate};

pub fn tests() -> Vec<(String, Test)> {
    let test = |name: &str, test: fn(&Bed) -> Result<(), String>| (name.to_owned(), Box::new(test) as Test);
    vec![
        test("README: a Worker", readme),
        test("README: the command line", command_line),
        test("the code in the documents runs in workerd", documents),
        test("a mistake in the template's policy fails the deployment", deployment),
        test("a template without a policy fails the deployment", without_policy),
        test("npx edge-cors check finds what was planted", check),
    ]
}

const APP: &str = "https://app.example.com";

fn preflight() -> RequestEntry {
    RequestEntry::new("OPTIONS", "/", &[("origin", APP), ("access-control-request-method", "POST")])
}

/// Whether a preflight is granted at an address.
fn grants(bed: &Bed, address: std::net::SocketAddr) -> Result<(), String> {
    let request = async { client::try_send(address, &preflight(), &[]).await };
    let response = bed.runtime().block_on(request).map_err(|error| error.to_string())?;
    let allowed = response.headers().get("access-control-allow-origin");
    if response.status() == 204 && allowed.is_some_and(|value| value == APP) {
        return Ok(());
    }
    Err(format!("{} with {allowed:?}", response.status()))
}

/// The lines under "A Worker" in README.md, but for where npm gets the packages from.
fn readme(bed: &Bed) -> Result<(), String> {
    let folder = Folder::empty("readme");
    let address = address::unused();
    let lines = block("README.md", "sh", "edge-cors/template");
    let lines: Vec<&str> = lines.lines().map(|line| line.split(" # ").next().unwrap().trim_end()).collect();
    let [install, rest @ .., dev] = &lines[..] else { return Err(format!("{lines:?}")) };
    if lines.len() > 4 || *install != "npm install edge-cors wrangler" || *dev != "npx wrangler dev" {
        return Err(format!("{lines:?}"));
    }
    folder.install();
    folder.link("wrangler", "node_modules");
    for line in rest {
        let output = folder.run("sh", &["-c", line]);
        if !output.status.success() {
            return Err(format!("{line}:\n{}", text(&output)));
        }
    }
    let mut command = folder.command(&wrangler());
    command.args(["dev", "--ip", "127.0.0.1", "--port", &address.port().to_string()]);
    let _dev = Group::start(&mut command);
    let deadline = Instant::now() + Duration::from_secs(120);
    loop {
        let outcome = grants(bed, address);
        if outcome.is_ok() || Instant::now() > deadline {
            return outcome;
        }
        sleep(Duration::from_millis(200));
    }
}

/// The lines under "The command line" in README.md, in a folder with a policy and Envoy's own CORS settings.
fn command_line(_: &Bed) -> Result<(), String> {
    let folder = Folder::with_package("readme-command-line");
    folder.write("cors.json", &format!(r#"{{ "allowOrigins": ["{APP}"] }}"#));
    let envoy = test_support::project().join("cli/tests/import/envoy/five-routes.yaml");
    folder.write("envoy.yaml", &std::fs::read_to_string(envoy).unwrap());
    let lines = block("README.md", "sh", "npx edge-cors import auto");
    assert!((1..=4).contains(&lines.lines().count()), "{lines}");
    for line in lines.lines() {
        let output = folder.run("sh", &["-c", line]);
        if !output.status.success() {
            return Err(format!("{line}:\n{}", text(&output)));
        }
    }
    Ok(())
}

/// What is written in documents, and a class of the runtime, each bundled by wrangler.
fn documents(bed: &Bed) -> Result<(), String> {
    let entrypoint = std::fs::read_to_string(test_support::project().join("tests/npm/entrypoint.js")).unwrap();
    for (name, code) in [
        ("npm-readme", block("npm/README.md", "js", "export default")),
        ("npm-handler", block("docs/middleware.md", "js", "export default policy({")),
        ("npm-hono-app", block("docs/middleware.md", "js", "app.use(")),
        ("npm-entrypoint", entrypoint),
    ] {
        let folder = Folder::with_package(name);
        folder.link("hono", "node_modules");
        folder.write("code.js", &code);
        let config = "name = \"code\"\nmain = \"code.js\"\ncompatibility_date = \"2026-04-01\"\n";
        folder.write("wrangler.toml", config);
        let upstream = bed.upstream().address;
        let addresses = Addresses::all(upstream);
        let policy = r#"{ "allowOrigins": ["https://app.example.com"], "allowMethods": ["PUT"] }"#;
        let (bundle, isolates) = (bundle(&folder, "code.js"), [Isolate::new("one", policy)]);
        let start = Workerd::run(name, &bundle, &isolates, &addresses);
        let workerd = bed.runtime().block_on(start);
        grants(bed, workerd.isolate("one")).map_err(|error| format!("{name}: {error}"))?;
    }
    Ok(())
}

/// Whether a command failed with this status and printed all of this.
fn fails(output: &Output, code: i32, printed: &[&str]) -> Result<(), String> {
    let said = text(output);
    match printed.iter().find(|part| !said.contains(**part)) {
        None if output.status.code() == Some(code) => Ok(()),
        None => Err(format!("{}:\n{said}", output.status)),
        Some(missing) => Err(format!("{missing:?} is missing:\n{said}")),
    }
}

/// Replaces a part of a folder's wrangler.toml, and bundles it.
fn deploy(name: &str, was: &str, is: &str) -> Output {
    let folder = from_template(name);
    let config = std::fs::read_to_string(folder.path.join("wrangler.toml")).unwrap();
    assert!(config.contains(was), "{was} is missing:\n{config}");
    folder.write("wrangler.toml", &config.replace(was, is));
    folder.run(&wrangler(), &["deploy", "--dry-run"])
}

fn deployment(_: &Bed) -> Result<(), String> {
    let output = deploy("spoilt", "\"https://app.example.com\"", "\"https://app.example.com/\"");
    fails(&output, 1, &["error[origin-path]", "--> wrangler.toml:", "write \"https://app.example.com\"", "1 error"])
}

fn without_policy(_: &Bed) -> Result<(), String> {
    let output = deploy("without-policy", "[vars.CORS_CONFIG]", "[vars.CORS]");
    fails(&output, 1, &["wrangler.toml", "CORS_CONFIG"])
}

fn check(_: &Bed) -> Result<(), String> {
    let folder = Folder::with_package("check");
    folder.write("cors.json", "{\n  \"allowOrigins\": [\"https://app.example.com/\"],\n  \"allowMethod\": []\n}\n");
    folder
        .write("wrangler.jsonc", "{\n  // A comment.\n  \"vars\": { \"CORS_CONFIG\": { \"allowOrigins\": [1] } }\n}\n");
    let output = folder.run("npx", &["edge-cors", "check", "cors.json", "wrangler.jsonc"]);
    let found = ["error[origin-path]", "--> cors.json:2:20", "error[unknown-field]", "--> cors.json:3:3"];
    let found = [&found[..], &["error[wrong-type]", "--> wrangler.jsonc:3:47"]].concat();
    fails(&output, 1, &found)?;
    // The working directory is that of the user.
    std::fs::create_dir(folder.path.join("deeper")).unwrap();
    let output = folder
        .command("npx")
        .args(["edge-cors", "check", "../cors.json"])
        .current_dir(folder.path.join("deeper"))
        .output();
    fails(&output.unwrap(), 1, &["--> ../cors.json:2:20"])?;
    fails(&folder.run("npx", &["edge-cors", "check", "none.json"]), 2, &["none.json: the file does not exist"])?;
    folder.write("good.json", "{ \"allowOrigins\": [\"https://app.example.com\"] }");
    let output = folder.run("npx", &["edge-cors", "check", "good.json"]);
    // Nothing else, such as a warning of Node.js.
    if !output.status.success() || text(&output) != "good.json: no problems\n" {
        return Err(text(&output));
    }
    let output = folder.run("npx", &["edge-cors", "probe", "https://api.example.com/", "--origin", APP]);
    fails(&output, 2, &["This build cannot ask servers"])
}
