//! Real servers on loopback, asked by the real command line tool.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects by failing"
)]

use std::path::Path;
use std::process::{Command, Output};

use expect_test::expect_file;
use serde::Deserialize;
use serde_json::{Value, json};
use test_support::server::{Head, Reply, Server, response};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Situation {
    name: String,
    #[serde(default)]
    arguments: Vec<String>,
    /// The status and the headers of the response to a preflight, and to everything else.
    #[serde(default)]
    preflight: Vec<String>,
    #[serde(default)]
    response: Vec<String>,
    #[serde(default)]
    body: String,
    /// The cause that is found, if there is one.
    code: Option<String>,
    exit: i32,
    #[serde(default)]
    advice: Vec<String>,
    /// Why there is no response.
    stopped: Option<String>,
}

const ORIGIN: &str = "http://localhost:3000";

impl Situation {
    fn server(&self) -> Server {
        let preflight = response(&self.preflight.join("\n"), &self.body);
        let other = response(&self.response.join("\n"), &self.body);
        Server::start(move |head: &Head| {
            let is_preflight = head.method == "OPTIONS" && head.get("access-control-request-method").is_some();
            Reply::Send(if is_preflight { preflight.clone() } else { other.clone() })
        })
    }

    fn explain(&self, server: &Server, more: &[&str]) -> Output {
        let origin = ["--origin".to_owned(), ORIGIN.to_owned()];
        let origin = if self.arguments.contains(&origin[0]) { &[][..] } else { &origin[..] };
        let arguments = self.arguments.iter().map(|argument| argument.replace("SELF", &server.url()));
        let mut command = Command::new(env!("CARGO_BIN_EXE_edge-cors"));
        command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/live"));
        command.arg("explain").args(origin).args(arguments).args(more).arg(format!("{}/data", server.url()));
        command.output().unwrap()
    }
}

fn situations() -> Vec<Situation> {
    serde_json::from_str(include_str!("live/situations.json")).unwrap()
}

#[test]
fn every_situation_is_explained() {
    for situation in situations() {
        let server = situation.server();
        let output = situation.explain(&server, &["--format", "json"]);
        let name = &situation.name;
        let Ok(found) = serde_json::from_slice::<Value>(&output.stdout) else {
            panic!("{name}: {}", String::from_utf8_lossy(&output.stderr));
        };
        let codes = |list: &Value| -> Vec<Value> {
            list.as_array().unwrap().iter().map(|cause| cause["code"].clone()).collect()
        };
        let expected: Vec<Value> = situation.code.iter().map(|code| json!(code)).collect();
        assert_eq!(codes(&found["causes"]), expected, "{name}: {found:#}");
        assert_eq!(codes(&found["advice"]), situation.advice, "{name}: {found:#}");
        assert_eq!(output.status.code(), Some(situation.exit), "{name}");
        assert_eq!(found["noResponse"]["code"], json!(situation.stopped), "{name}");
        assert!(!String::from_utf8_lossy(&output.stdout).contains("s3cret"), "{name}: a secret is printed");
        let may_send = situation.arguments.contains(&"--send".to_owned());
        let methods = server.requests().into_iter().map(|head| head.method);
        let sent: Vec<String> =
            methods.filter(|method| !["GET", "HEAD", "OPTIONS"].contains(&method.as_str())).collect();
        assert!(may_send || sent.is_empty(), "{name}: {sent:?} was sent");
    }
}

#[test]
fn every_text_is_in_the_golden_file() {
    let text = |situation: &Situation| {
        let server = situation.server();
        let output = situation.explain(&server, &[]);
        let printed = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(!printed.contains("s3cret"), "{}: a secret is printed", situation.name);
        let printed = printed.replace(&server.address().to_string(), "SERVER");
        format!("=== {}\n\n{printed}\n", situation.name)
    };
    let texts: String = situations().iter().map(text).collect();
    expect_file!["live/situations.txt"].assert_eq(&texts);
}

/// The policy that is suggested lets the page through in front of the same server.
#[test]
fn every_policy_works_in_front_of_the_server() {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("suggested.json");
    let mut tried = 0;
    for situation in situations() {
        let server = situation.server();
        let found: Value = serde_json::from_slice(&situation.explain(&server, &["--format", "json"]).stdout).unwrap();
        if found["policy"].is_null() || situation.arguments.contains(&"--compare".to_owned()) {
            continue;
        }
        std::fs::write(&file, found["policy"].to_string()).unwrap();
        let path = file.to_str().unwrap();
        let output = situation.explain(&server, &["--format", "json", "--compare", path]);
        let compared: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(compared["compare"][0]["ours"], "can read the response", "{}: {compared:#}", situation.name);
        tried += 1;
    }
    assert!(tried > 25, "only {tried} situations have a policy");
}

#[test]
fn requests_are_those_of_a_browser() {
    let allow = "204 No Content\naccess-control-allow-origin: http://localhost:3000\n\
                 access-control-allow-credentials: true\naccess-control-allow-methods: PUT\n\
                 access-control-allow-headers: authorization, x-a";
    let server = Server::fixed(allow);
    let url = format!("{}/a?b#c", server.url());
    let arguments = ["--credentials", "--cookie", "id=1", "-X", "put", "-H", "X-A: 1", "-H", "Authorization: Basic x"];
    let mut command = Command::new(env!("CARGO_BIN_EXE_edge-cors"));
    command.args(["explain", "--send", "--origin", ORIGIN]).args(arguments).arg(url);
    assert_eq!(command.output().unwrap().status.code(), Some(0));
    let requests = server.requests();
    let [preflight, request] = &requests[..] else { panic!("two requests are sent: {requests:?}") };
    let sent = |head: &Head| {
        let mut lines: Vec<String> = head.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        lines.retain(|line| !line.starts_with("user-agent: edge-cors/"));
        lines.sort_unstable();
        format!("{} {}\n{}", head.method, head.target, lines.join("\n"))
            .replace(&server.address().to_string(), "SERVER")
    };
    assert_eq!(
        sent(preflight),
        "OPTIONS /a?b\naccept: */*\naccess-control-request-headers: authorization,x-a\n\
         access-control-request-method: PUT\nhost: SERVER\norigin: http://localhost:3000"
    );
    assert_eq!(
        sent(request),
        "PUT /a?b\naccept: */*\nauthorization: Basic x\ncontent-length: 0\ncookie: id=1\nhost: SERVER\n\
         origin: http://localhost:3000\nx-a: 1"
    );
}
