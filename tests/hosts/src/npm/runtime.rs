//! The middleware in Node.js, Deno and Bun: one process runs all cases.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::{Value, json};
use test_support::case::{Case, Observed, Told};

use super::folder::{Folder, text};
use crate::envoy::project_file;
use crate::told;

/// A runtime, and how it runs a file.
pub struct Runtime {
    /// The host that cases run on.
    pub name: &'static str,
    program: &'static str,
    arguments: &'static [&'static str],
}

/// In the order of [`Npm::outcomes`](super::Npm).
pub const RUNTIMES: [Runtime; 3] = [
    Runtime { name: "npm-node", program: "node", arguments: &[] },
    Runtime {
        name: "npm-deno",
        program: "target/npm/tools/node_modules/@deno/linux-x64-glibc/deno",
        // Only what the test itself reads: the middleware needs no permission.
        arguments: &["run", "--allow-read=."],
    },
    Runtime { name: "npm-bun", program: "target/npm/tools/node_modules/@oven/bun-linux-x64/bin/bun", arguments: &[] },
];

/// What came of a case.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum Outcome {
    /// The runtime cannot represent the request or the response.
    Impossible { impossible: String },
    /// The middleware answered, or let the handler answer.
    Response(Reply),
}

/// A response, and what was told of the request.
#[derive(Deserialize)]
pub struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    forwarded: bool,
    counters: Vec<String>,
    log: Vec<String>,
    /// The URL as the runtime has it: without dot segments and backslashes.
    url: String,
}

impl Runtime {
    /// Runs these cases, and returns what came of each by its id.
    pub fn run(&self, cases: &[&Case]) -> HashMap<String, Outcome> {
        let folder = Folder::with_package(self.name);
        folder.copy("cases.js");
        folder.write("cases.json", &Value::from_iter(cases.iter().map(|case| given(case))).to_string());
        let output = folder.run(&self.program(), &[self.arguments, &["cases.js", "cases.json"]].concat());
        assert!(output.status.success(), "{}", text(&output));
        let outcomes: Vec<Outcome> = serde_json::from_slice(&output.stdout).unwrap();
        cases.iter().map(|case| case.id.clone()).zip(outcomes).collect()
    }

    /// Runs the checks of `tests/npm/handlers.js`.
    pub fn handlers(&self) -> Result<(), String> {
        let folder = Folder::with_package(&format!("{}-handlers", self.name));
        folder.copy("handlers.js");
        let output = folder.run(&self.program(), &[self.arguments, &["handlers.js"]].concat());
        let passed = output.status.success() && output.stdout.ends_with(b"all is well\n");
        if passed { Ok(()) } else { Err(text(&output)) }
    }

    fn program(&self) -> String {
        match self.program {
            "node" => "node".to_owned(),
            path => project_file(path, "make test").display().to_string(),
        }
    }
}

/// A case as `cases.js` reads it.
fn given(case: &Case) -> Value {
    json!({
        "configuration": case.configuration,
        "method": case.request.method,
        "url": url(case),
        "headers": case.request.headers,
        "originServer": { "status": case.origin_server.status, "headers": case.origin_server.headers },
    })
}

fn url(case: &Case) -> String {
    format!("http://{}{}", case.request.host.as_deref().unwrap_or_default(), case.request.path)
}

impl Outcome {
    /// Compares what came of a case with what was expected.
    pub fn check(&self, case: &Case) -> Result<(), String> {
        match self {
            // Node.js has no responses that switch protocols.
            Self::Impossible { .. } if case.origin_server.status == 101 => Ok(()),
            Self::Impossible { impossible } => Err(format!("the runtime refuses the case: {impossible}")),
            Self::Response(reply) => reply.check(case),
        }
    }
}

impl Reply {
    fn check(&self, case: &Case) -> Result<(), String> {
        let headers = self.headers.iter().map(|(name, value)| (name.clone(), Case::bytes(value)));
        let mut observed = Observed::response(self.status, self.forwarded, headers.collect());
        // Where the runtime has resolved the path, another reason can lead to the same headers.
        if self.url == url(case) {
            let log = told::one(self.log.iter().filter_map(|line| told::record(line, &case.configuration)))?;
            observed.told = Some(Told { counters: self.counters.clone(), log });
        }
        observed.check(case.expect("workerd"))
    }
}
